// SPDX-License-Identifier: Apache-2.0
#include "test/sim/mutants.h"

namespace verbena::sim {

using ledger::Mutant;

const std::vector<MutantRow>& mutants() {
  static const std::vector<MutantRow> rows = {
      {Mutant::commit_unsynced, "commit_unsynced", "I6"},
      {Mutant::sync_skipped, "sync_skipped", "I7"},
      {Mutant::receipt_before_sync, "receipt_before_sync", "I7"},
      {Mutant::receipt_beyond_held, "receipt_beyond_held", "I7"},
      {Mutant::own_stand_witness, "own_stand_witness", "I7"},
      {Mutant::incarnation_reused, "incarnation_reused", "I11"},
      {Mutant::intent_forgotten, "intent_forgotten", "I8"},
      {Mutant::head_unverified, "head_unverified", "I2"},
      {Mutant::root_unchecked, "root_unchecked", "I2"},
      {Mutant::log_forgotten, "log_forgotten", "I3"},
      {Mutant::context_kept, "context_kept", "I15"},
      {Mutant::proof_of_other_head, "proof_of_other_head", "I19"},
      {Mutant::anyone_certifies, "anyone_certifies", "I2"},
      {Mutant::anyone_revokes, "anyone_revokes", "I12"},
      {Mutant::cut_ignored, "cut_ignored", "I14"},
      {Mutant::seen_ignored, "seen_ignored", "I14"},
      {Mutant::fork_unproven, "fork_unproven", "I11"},
      {Mutant::standing_kept, "standing_kept", "I4"},
      {Mutant::one_sided_retraction, "one_sided_retraction", "I1"},
      {Mutant::digest_forgets_row, "digest_forgets_row", "I4"},
      {Mutant::void_first_wins, "void_first_wins", "I4"},
      {Mutant::void_before_sale_lost, "void_before_sale_lost", "I5"},
      {Mutant::void_kept_twice, "void_kept_twice", "I20"},
      {Mutant::copies_counted, "copies_counted", "I8"},
      {Mutant::voids_add_up, "voids_add_up", "I8"},
      {Mutant::aborted_posted, "aborted_posted", "I20"},
      {Mutant::unread_unconfirmed, "unread_unconfirmed", "I4"},
      {Mutant::evidence_left_unread, "evidence_left_unread", "I4"},
      {Mutant::gap_despite_held, "gap_despite_held", "I21"},
      {Mutant::gap_unreported, "gap_unreported", "I21"},
      {Mutant::gap_charged_twice, "gap_charged_twice", "I10"},
      {Mutant::replaced_by_each, "replaced_by_each", "I8"},
      {Mutant::credit_by_anyone, "credit_by_anyone", "I13"},
      {Mutant::issue_unlimited, "issue_unlimited", "I13"},
      {Mutant::purse_unlimited, "purse_unlimited", "I13"},
      {Mutant::funds_unchecked, "funds_unchecked", "I10"},
      {Mutant::rolled_back_taken, "rolled_back_taken", "I10"},
      {Mutant::offline_unlimited, "offline_unlimited", "I10"},
      {Mutant::frozen_taken, "frozen_taken", "I10"},
      {Mutant::copies_unfrozen, "copies_unfrozen", "I10"},
      {Mutant::meals_unlimited, "meals_unlimited", "I10"},
      {Mutant::part_used_again, "part_used_again", "I15"},
      {Mutant::voucher_used_again, "voucher_used_again", "I10"},
      {Mutant::void_unapproved, "void_unapproved", "I12"},
      {Mutant::replacement_unapproved, "replacement_unapproved", "I12"},
      {Mutant::replaced_whole_at_once, "replaced_whole_at_once", "I10"},
      {Mutant::delivery_unapproved, "delivery_unapproved", "I12"},
      {Mutant::approved_by_oneself, "approved_by_oneself", "I12"},
      {Mutant::approval_used_twice, "approval_used_twice", "I12"},
      {Mutant::count_opened_early, "count_opened_early", "I12"},
      {Mutant::arrives_by_sender, "arrives_by_sender", "I9"},
      {Mutant::received_by_another, "received_by_another", "I9"},
      {Mutant::escrow_ignored, "escrow_ignored", "I9"},
      {Mutant::strikes_forgiven, "strikes_forgiven", "I17"},
      {Mutant::lives_unlimited, "lives_unlimited", "I17"},
      {Mutant::others_not_relayed, "others_not_relayed", "I18"},
      {Mutant::redial_forgotten, "redial_forgotten", "I18"},
      {Mutant::zoneless_unfollowed, "zoneless_unfollowed", "I18", "--by-zone"},
  };
  return rows;
}

bool plant(const std::string& name) {
#ifdef VERBENA_MUTANTS
  for (const auto& row : mutants()) {
    if (row.name != name) continue;
    ledger::planted_mutant = row.mutant;
    return true;
  }
#endif
  return name.empty();
}

}  // namespace verbena::sim
