// SPDX-License-Identifier: Apache-2.0
#include "node/status.h"

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "replication/frontier.h"

namespace verbena::node {

using nlohmann::ordered_json;

std::string festival_json(const schemas::Festival* festival) {
  ordered_json out;
  out["id"] = festival ? ordered_json(festival->id()) : ordered_json();
  if (festival != nullptr) {
    out["currency"] = festival->currency();
    out["scale"] = festival->scale();
  }
  return out.dump();
}

ordered_json taps_json(const schemas::TapCounts& taps) {
  return {{"taps", taps.taps()}, {"torn", taps.torn()}, {"blocked", taps.blocked()}};
}

std::string make_status_json(ledger::Ledger& ledger,
                             const std::vector<replication::PeerStatus>& peers,
                             const std::vector<std::string>& alarms,
                             const schemas::TapCounts& taps) {
  ordered_json out;
  replication::Frontier frontier;
  frontier.pull(ledger);
  ledger.ask([&](ledger::State& state, const ledger::DeviceView& device) {
    out["device"] = device.certificate.alias;
    out["role"] = ledger::role_name(device.certificate.role);
    out["stand"] = device.certificate.stand;
    const auto* festival = state.festival();
    out["festival"] = festival ? festival->id() : "";
    out["logs"] = frontier.entries().size();
    out["frontier_root"] = ledger::hex(frontier.root());
    // Only a full replica can speak for the whole state.
    const bool in_part = replication::follows_zone(festival, device.certificate);
    out["state_digest"] = in_part ? ordered_json() : ordered_json(ledger::hex(state.digest()));
    const auto& open = device.unwitnessed;
    out["unwitnessed"] = {
        {"count", open.count}, {"amount_minor", open.amount_minor}, {"age_ms", open.age_ms}};
  });
  out["scopes"] = ordered_json::object();
  for (const auto& [name, root] : replication::scope_roots(ledger)) {
    out["scopes"][name] = ledger::hex(root);
  }
  out["events"] = ledger.events();
  out["taps"] = taps_json(taps);
  out["peers"] = ordered_json::array();
  out["alarms"] = ordered_json::array();
  for (const auto& peer : peers) {
    out["peers"].push_back({{"address", peer.address},
                            {"connected", peer.connected},
                            {"last_progress_ms", peer.last_progress_ms},
                            {"device", peer.device}});
    if (peer.stalled) {
      out["alarms"].push_back({{"kind", "no-progress"},
                               {"since", peer.last_progress_ms},
                               {"text", "no progress with " + peer.device}});
    }
  }
  for (const auto& alarm : alarms) {
    out["alarms"].push_back({{"kind", "damaged-store"}, {"since", 0}, {"text", alarm}});
  }
  for (const auto& alarm : ledger.alarms()) {
    out["alarms"].push_back({{"kind", alarm.kind}, {"since", 0}, {"text", alarm.text}});
  }
  return out.dump();
}

std::string devices_json(const ledger::Ledger& ledger) {
  std::map<ledger::Hash, std::uint64_t> events;
  for (const auto& log : ledger.logs()) events[log.name.certificate] += log.head.size;
  ordered_json out;
  out["devices"] = ordered_json::array();
  ledger.ask([&](ledger::State& state, const ledger::DeviceView&) {
    const auto& roster = state.roster();
    for (const auto& [hash, certificate] : roster.all()) {
      out["devices"].push_back({{"device", certificate->alias},
                                {"number", certificate->number},
                                {"role", ledger::role_name(certificate->role)},
                                {"stand", certificate->stand},
                                {"zone", certificate->zone},
                                {"events", events[hash]},
                                {"standing", roster.forked(certificate->key)    ? "forked"
                                             : roster.revoked(certificate->key) ? "revoked"
                                             : roster.certified(hash)           ? "certified"
                                                                                : "uncertified"}});
    }
  });
  return out.dump();
}

}  // namespace verbena::node
