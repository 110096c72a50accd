// SPDX-License-Identifier: Apache-2.0
#include "node/status.h"

#include <nlohmann/json.hpp>

#include "replication/frontier.h"

namespace verbena::node {

using nlohmann::ordered_json;

std::string make_status_json(ledger::Ledger& ledger,
                             const std::vector<replication::PeerStatus>& peers,
                             const std::vector<std::string>& alarms, const ledger::Clock& clock) {
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
    if (festival != nullptr && festival->follow_zone() &&
        device.certificate.role == schemas::VENDOR) {
      out["state_digest"] = nullptr;
    } else {
      out["state_digest"] = ledger::hex(state.digest());
    }
    const auto& open = device.unwitnessed;
    out["unwitnessed"] = {
        {"count", open.count},
        {"amount_minor", open.amount_minor},
        {"age_ms", open.count == 0 ? 0 : clock.monotonic_ms() - open.oldest_monotonic_ms}};
  });
  out["events"] = ledger.events();
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
  return out.dump();
}

}  // namespace verbena::node
