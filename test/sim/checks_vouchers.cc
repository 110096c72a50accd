// SPDX-License-Identifier: Apache-2.0
#include "test/sim/checks.h"

#include "ledger/audit.h"

namespace verbena::sim {

namespace {

struct Moved {
  __int128 issued_minor = 0;
  __int128 spent_minor = 0;  // less what voids put back
};

// By voucher, of all events that count.
std::map<std::string, Moved> moved_by(const Held& held) {
  std::map<std::string, Moved> out;
  for (const auto& one : held.events) {
    const bool is_void = one.event.kind() == schemas::KIND_CASH_VOID;
    if (!one.counts || (is_void && !held.posted.contains(one.place))) continue;
    for (const auto& posting : one.event.posting()) {
      const auto amount = static_cast<__int128>(posting.amount_minor());
      if (posting.from() == schemas::VOUCHER) out[posting.from_id()].spent_minor += amount;
      if (posting.to() != schemas::VOUCHER) continue;
      Moved& into = out[posting.to_id()];
      is_void ? into.spent_minor -= amount : into.issued_minor += amount;
    }
  }
  return out;
}

}  // namespace

// I10: a voucher costs no more than its value for each till that took it, less what was paid for
// it; and whichever was spent for more than was issued is told, and no other.
void Checks::check_vouchers(const Held& held, ledger::State& state) {
  if (held.forked || held.ambiguous) return;  // an event of several histories counts once
  const auto moved = moved_by(held);
  for (const auto& voucher : field_.vouchers) {
    const auto found = moved.find(voucher.id);
    if (found == moved.end()) continue;
    const auto balance = state.accounts().balance(state.currency(), "voucher/" + voucher.id);
    const auto taken = static_cast<__int128>(voucher.value_minor * voucher.taken);
    ++field_.result.checked;
    if (-balance > taken - found->second.issued_minor) {
      field_.violate("I10: a voucher cost more than the tills that took it");
    }
  }
  std::size_t overdrawn = 0;
  for (const auto& [id, sums] : moved) overdrawn += sums.spent_minor > sums.issued_minor;
  const auto report = ledger::audit(field_.reference().store(), field_.world.root);
  std::size_t told = 0;
  for (const auto& finding : report->findings) told += finding.kind == "voucher-overdrawn";
  if (told != overdrawn) {
    field_.violate("I10: " + std::to_string(overdrawn) + " vouchers are overdrawn and " +
                   std::to_string(told) + " told");
  }
}

}  // namespace verbena::sim
