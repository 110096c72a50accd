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
  struct Told {
    std::uint32_t attempt = 0;
    const schemas::CountLines* lines = nullptr;
  };
  std::map<std::string, Told> last;  // by person; ascending ids: the lowest wins a tie
  for (const auto& [name, sealed] : custody.sealed()) {
    if (sealed.holder != holder || sealed.sheet != sheet || sealed.of != of) continue;
    out.sealed_by.insert(name.person);
    if (out.events.empty() || out.events.back() != name.id) out.events.push_back(name.id);
    const schemas::CountLines* lines = custody.opened(name);
    Told& newest = last[name.person];
    if (lines != nullptr && (newest.lines == nullptr || newest.attempt < sealed.attempt)) {
      newest = {sealed.attempt, lines};
    }
  }
  // Figures of equal attempts only: a second one may have seen what the first ones were.
  using Figure = std::pair<std::uint64_t, std::uint32_t>;  // units, attempt
  std::map<std::uint32_t, std::map<Figure, std::set<std::string>>> told;
  for (const auto& [person, newest] : last) {
    for (int i = 0; newest.lines != nullptr && i < newest.lines->item_size(); ++i) {
      told[newest.lines->item(i)][{newest.lines->counted(i), newest.attempt}].insert(person);
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
