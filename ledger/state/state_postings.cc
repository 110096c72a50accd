// SPDX-License-Identifier: Apache-2.0
// Which event each transfer is of. The fold keeps sums; books need the entries.
#include "ledger/state/state.h"

namespace verbena::ledger {

void State::visit_cells(const PostingVisitor& visit) {
  evaluate_dirty();
  for (const auto purse : purses()) {
    const Cell& cell = cells_.at(purse);
    // Evaluated once more with numbers in the place of transfers: what comes out, in the same
    // order, says where each transfer that counts comes from.
    PurseCell marked = cell.cell;
    std::vector<EventPlace> places;
    const auto mark = [&](auto& entry) {
      const auto number = static_cast<AccountId>(places.size());
      for (auto& transfer : entry.transfers) transfer = {number, 0, 0};
      places.push_back({logs_[entry.log].id, entry.index});
    };
    for (auto& event : marked.events) mark(event);
    for (auto& grant : marked.grants) mark(grant);
    CellContext marking = context();
    marking.suspend = [](const Transfer& transfer, std::uint32_t, std::uint64_t) {
      return transfer;
    };
    marking.gap_leg = [](std::uint64_t, const std::string&, bool, std::uint64_t) {
      return Transfer{0, 1, 0};
    };
    const PurseView told = marked.evaluate(marking);
    VERBENA_CHECK(told.transfers.size() == cell.view.transfers.size());
    for (std::size_t i = 0; i < told.transfers.size(); ++i) {
      const auto [number, gap, amount] = told.transfers[i];
      const EventPlace place = gap != 0 ? EventPlace{} : places[number];
      visit({place, purse, gap != 0}, cell.view.transfers[i]);
    }
  }
  for (const auto& [sale, cell] : voids_) {
    if (cell.winner == Hash{}) continue;
    for (const auto& candidate : cell.candidates) {
      if (candidate.id != cell.winner || candidate.transfers != cell.posted) continue;
      for (const auto& transfer : cell.posted) {
        visit({{logs_[candidate.log].id, candidate.index}}, transfer);
      }
      break;
    }
  }
}

Cause State::cause(const EventPlace& place) const {
  const auto found = log_index_.find(place.log);
  if (found == log_index_.end()) return Cause::none;
  const Log& log = logs_[found->second];
  if (place.index >= log.standing.cut) return log.standing.cause;
  return is_phantom(log, place.index) ? Cause::phantom : Cause::none;
}

}  // namespace verbena::ledger
