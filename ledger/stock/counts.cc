// SPDX-License-Identifier: Apache-2.0
#include "ledger/stock/counts.h"

#include <tuple>

namespace verbena::ledger {

namespace {

constexpr std::size_t persons_needed = 2;

}  // namespace

CountResult counted(const CustodyBook& custody, const std::string& holder, std::uint32_t sheet,
                    schemas::CountOf of) {
  CountResult out;
  std::map<std::string, const SealedCount*>
      last;  // by person; ascending ids: the lowest wins a tie
  for (const auto& [id, sealed] : custody.sealed()) {
    if (sealed.holder != holder || sealed.sheet != sheet || sealed.of != of) continue;
    out.sealed_by.insert(sealed.person);
    out.events.push_back(id);
    if (custody.opened(id) == nullptr) continue;
    const SealedCount*& newest = last[sealed.person];
    if (newest == nullptr || newest->attempt < sealed.attempt) newest = &sealed;
  }
  // Figures of equal attempts only: a second one may have seen what the first ones were.
  using Figure = std::pair<std::uint64_t, std::uint32_t>;  // units, attempt
  std::map<std::uint32_t, std::map<Figure, std::set<std::string>>> told;
  for (const auto& [person, sealed] : last) {
    const schemas::CountLines& lines = *custody.opened(sealed->id);
    for (int i = 0; i < lines.item_size(); ++i) {
      told[lines.item(i)][{lines.counted(i), sealed->attempt}].insert(person);
    }
  }
  for (const auto& [item, figures] : told) {
    CountedItem& result = out.items[item];
    for (const auto& [figure, persons] : figures) {  // ascending: the lower figure wins a tie
      if (persons.size() < persons_needed || persons.size() <= result.persons.size()) continue;
      result = {figure.first, persons};
    }
    if (result.units) continue;
    for (const auto& [figure, persons] : figures) {
      result.persons.insert(persons.begin(), persons.end());
    }
  }
  return out;
}

}  // namespace verbena::ledger
