// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "ledger/ledger.h"
#include "replication/replicator.h"

namespace verbena::node {

std::string make_status_json(ledger::Ledger& ledger,
                             const std::vector<replication::PeerStatus>& peers,
                             const std::vector<std::string>& alarms);

// What each holder should have, has counted and misses, by item.
// Every device with its role, stand, standing and what is held of it.
std::string devices_json(const ledger::Ledger& ledger);

}  // namespace verbena::node
