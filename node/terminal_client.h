// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "node/approval.h"
#include "node/home.h"
#include "node/tag_reader.h"
#include "schemas/terminal.pb.h"

namespace verbena::node {

// What the other side of the terminal door looks like to a till, a script or the demo. The client
// is the reader: the node decides, the client reads and writes the band.
class TerminalClient {
 public:
  TerminalClient(const std::string& address, const HomeKeys& keys);
  ~TerminalClient();

  // `band`: null for intents without one.
  ledger::Result<schemas::OperateReply> operate(schemas::OperateRequest request, Tag* band,
                                                std::uint64_t timeout_ms = 30'000);
  // The same with a band file, held meanwhile.
  ledger::Result<schemas::OperateReply> operate(schemas::OperateRequest request,
                                                const std::optional<Path>& band,
                                                std::uint64_t timeout_ms = 30'000);
  // The same; where it is refused for want of approvals, these keys give theirs and it is asked
  // again.
  ledger::Result<schemas::OperateReply> operate_approved(
      schemas::OperateRequest request, Tag* band,
      std::span<const ledger::SigningKey* const> approvers);
  ledger::Result<schemas::OperateReply> operate_approved(
      schemas::OperateRequest request, const std::optional<Path>& band,
      std::span<const ledger::SigningKey* const> approvers);
  ledger::Result<std::string> status(const std::string& what = {},
                                     const std::string& language = {});
  ledger::Result<std::string> export_bundle();
  ledger::Result<schemas::BundleSummary> import_bundle(std::string_view bundle);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace verbena::node
