// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "ledger/ledger.h"
#include "replication/replicator.h"

namespace verbena::node {

std::string make_status_json(ledger::Ledger& ledger,
                             const std::vector<replication::PeerStatus>& peers,
                             const std::vector<std::string>& alarms,
                             const schemas::TapCounts& taps);

// {"taps","torn","blocked"} since the device started.
nlohmann::ordered_json taps_json(const schemas::TapCounts& taps);

// How the festival writes amounts: its id, currency and scale; the id is null where its settings
// are not known here yet.
std::string festival_json(const schemas::Festival* festival);

// Every device with its role, stand, standing and what is held of it.
std::string devices_json(const ledger::Ledger& ledger);

}  // namespace verbena::node
