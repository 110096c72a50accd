// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "node/home.h"
#include "schemas/terminal.pb.h"

namespace verbena::node {

// What the other side of the terminal door looks like to a till, a script or the demo. The client
// is the reader: the node decides, the client reads and writes the band.
class TerminalClient {
 public:
  TerminalClient(const std::string& address, const HomeKeys& keys);
  ~TerminalClient();

  // `band`: empty for intents without one.
  ledger::Result<schemas::OperateReply> operate(schemas::OperateRequest request,
                                                const std::optional<Path>& band,
                                                std::uint64_t timeout_ms = 30'000);
  ledger::Result<std::string> status(const std::string& what = {});
  ledger::Result<std::string> export_bundle();
  ledger::Result<schemas::BundleSummary> import_bundle(std::string_view bundle);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace verbena::node
