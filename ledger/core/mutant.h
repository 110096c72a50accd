// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

// Bugs that the simulator plants, one at a time, to show that it would see them. Each is asked for
// by one line of the product, at the line it breaks. In every build but the preset `mutants` the
// answer is a constant: nothing of it is left in the product. test/sim/mutants.cc says which
// invariant each breaks.
namespace verbena::ledger {

enum class Mutant : std::uint8_t {
  none,
  // logs, storage, receipts
  commit_unsynced,
  sync_skipped,
  receipt_before_sync,
  receipt_beyond_held,
  own_stand_witness,
  incarnation_reused,
  intent_forgotten,
  head_unverified,
  root_unchecked,
  log_forgotten,
  context_kept,
  proof_of_other_head,
  // who belongs
  anyone_certifies,
  anyone_revokes,
  cut_ignored,
  seen_ignored,
  fork_unproven,
  standing_kept,
  // the fold
  one_sided_retraction,
  digest_forgets_row,
  unread_unconfirmed,
  evidence_left_unread,
  void_first_wins,
  void_before_sale_lost,
  void_kept_twice,
  copies_counted,
  voids_add_up,
  aborted_posted,
  gap_despite_held,
  gap_unreported,
  gap_charged_twice,
  replaced_by_each,
  // money in, money out
  credit_by_anyone,
  issue_unlimited,
  purse_unlimited,
  funds_unchecked,
  rolled_back_taken,
  offline_unlimited,
  frozen_taken,
  copies_unfrozen,
  meals_unlimited,
  part_used_again,
  voucher_used_again,
  // two persons
  void_unapproved,
  replacement_unapproved,
  replaced_whole_at_once,
  delivery_unapproved,
  approved_by_oneself,
  approval_used_twice,
  count_opened_early,
  // goods
  arrives_by_sender,
  received_by_another,
  escrow_ignored,
  // between devices
  strikes_forgiven,
  lives_unlimited,
  others_not_relayed,
  redial_forgotten,
  zoneless_unfollowed,
};

#ifdef VERBENA_MUTANTS
// Planted before the first thread starts.
inline Mutant planted_mutant = Mutant::none;
inline bool mutant(Mutant which) {
  return planted_mutant == which;
}
#else
constexpr bool mutant(Mutant) {
  return false;
}
#endif

}  // namespace verbena::ledger
