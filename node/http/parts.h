// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>

#include "ledger/ledger.h"
#include "node/home.h"
#include "node/tag_reader.h"
#include "node/tap_tally.h"
#include "replication/asks.h"
#include "replication/replicator.h"

namespace verbena::node::http {

// How this node is linked with others, as of a moment ago.
struct Links {
  std::vector<replication::PeerStatus> peers;
  std::optional<std::uint64_t> agreed_ms;  // age of what this node knows; empty: never compared
};

// What stands behind the door.
struct DoorParts {
  ledger::Ledger& ledger;
  ledger::Random& random;
  const ledger::Clock& clock;
  Path home;
  const HomeKeys& keys;
  TagReader* reader;           // null: this device has no reader
  std::function<void()> wake;  // something was committed
  std::function<Links()> links;
  std::vector<std::string> store_alarms;
  replication::Asks& asks;
  TapTally& taps;
};

}  // namespace verbena::node::http
