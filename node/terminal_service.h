// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "ledger/ledger.h"
#include "node/files.h"
#include "node/tap_tally.h"

namespace grpc {
class Service;
}

namespace verbena::node {

// What stands behind the door.
struct TerminalDoor {
  ledger::Ledger& ledger;
  const ledger::Clock& clock;
  ledger::Random& random;
  Path home;
  std::function<void()> wake;  // something was committed
  std::function<std::string()> status_json;
  std::function<std::set<std::string>()> linked;  // devices linked now, by alias
  TapTally& taps;
};

// The gRPC door for tills, desks and scripts: who calls is what TLS proved; what it may do is the
// role table's matter.
class TerminalService {
 public:
  explicit TerminalService(TerminalDoor door);
  ~TerminalService();
  grpc::Service* service();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace verbena::node
