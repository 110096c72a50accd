// SPDX-License-Identifier: Apache-2.0
#include "node/http/count_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "ledger/stock/counts.h"
#include "ledger/stock/drawers.h"

namespace verbena::node::http {

using nlohmann::ordered_json;

ordered_json count_json(ledger::State& state, const std::string& holder, std::uint32_t sheet,
                        schemas::CountOf of) {
  const auto* festival = state.festival();
  const auto& custody = state.custody();
  struct Attempts {
    std::uint32_t sealed = 0, opened = 0;
  };
  std::map<std::string, Attempts> persons;
  for (const auto& [name, sealed] : custody.sealed()) {
    if (sealed.holder != holder || sealed.sheet != sheet || sealed.of != of) continue;
    auto& person = persons[name.person];
    person.sealed = std::max(person.sealed, sealed.attempt);
    if (custody.opened(name) != nullptr) person.opened = std::max(person.opened, sealed.attempt);
  }
  ordered_json out{{"sheet", sheet},
                   {"persons", ordered_json::array()},
                   {"agreed", ordered_json::array()},
                   {"recount", ordered_json::array()}};
  for (const auto& [person, attempts] : persons) {
    out["persons"].push_back(
        {{"person", person}, {"attempt", attempts.sealed}, {"opened", attempts.opened}});
  }
  for (const auto& [number, figure] : ledger::counted(custody, holder, sheet, of).items) {
    const auto* item = festival ? ledger::find_item(*festival, number) : nullptr;
    if (item == nullptr) continue;
    if (figure.units) {
      out["agreed"].push_back({{"sku", item->sku()}, {"quantity", *figure.units}});
    } else {
      out["recount"].push_back(item->sku());
    }
  }
  return out;
}

ordered_json waits_for_json(ledger::State& state, const std::string& holder, std::uint32_t sheet) {
  const auto& custody = state.custody();
  std::map<std::string, std::uint32_t> on;  // by alias
  for (const auto& [number, log] : custody.logs()) {
    if (log.holder != holder || log.name.log_class != ledger::LogClass::trade ||
        log.role == schemas::SUPERVISOR) {
      continue;
    }
    auto& reached = on[log.alias];
    reached = std::max(reached, custody.sheet_of(log.name.certificate, holder));
  }
  ordered_json out = ordered_json::array();
  for (const auto& [alias, reached] : on) {
    const auto* device = state.roster().find_alias(alias);
    const bool revoked = device != nullptr && state.roster().revoked(device->key);
    if (reached <= sheet && !revoked) out.push_back(alias);
  }
  return out;
}

std::set<std::uint32_t> sold_items(const schemas::Festival& festival, const std::string& stand) {
  std::set<std::uint32_t> out;
  const auto* found = ledger::find_stand(festival, stand);
  if (found == nullptr) return out;
  for (const auto number : found->item()) {
    out.insert(number);
    const auto* item = ledger::find_item(festival, number);
    for (int i = 0; item != nullptr && i < item->part_size(); ++i) {
      out.insert(item->part(i).item());
    }
  }
  return out;
}

ordered_json over_json(ledger::State& state, const ledger::Hash& closed) {
  for (const auto& drawer : ledger::drawers(state)) {
    if (drawer.closed == closed && drawer.over_minor()) return *drawer.over_minor();
  }
  return nullptr;
}

}  // namespace verbena::node::http
