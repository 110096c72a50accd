// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/rules.h"
#include "node/tap_tally.h"
#include "schemas/terminal.pb.h"

// The vendor's dialogue with a node, without a wire: intent -> ledger -> band -> done.
namespace verbena::node {

// One intent from its first message to its answer. Not thread-safe; the ledger below is.
class TapSession {
 public:
  // `tally` may be null: then nobody counts.
  TapSession(ledger::Ledger& ledger, ledger::Random& random, ledger::Caller caller,
             TapTally* tally = nullptr)
      : ledger_(ledger), random_(random), caller_(std::move(caller)), tally_(tally) {}
  TapSession(const TapSession&) = delete;
  TapSession& operator=(const TapSession&) = delete;
  ~TapSession();  // a write that nobody answered was torn

  schemas::OperateReply begin(const schemas::OperateRequest& request);
  // Answers a `write`: the image read back after it, and its proof where the chip gave one.
  schemas::OperateReply wrote(const std::string& shown);

 private:
  struct Open {  // a band write the caller has been asked for
    ledger::CommittedEvent prepared;
    schemas::Kind kind = schemas::KIND_UNSPECIFIED;
    std::string image;
    std::string proof;  // the chip's word on it, once it was read back
    schemas::Receipted done;
  };

  schemas::OperateReply answer(ledger::Result<schemas::OperateReply> reply) const;
  ledger::Result<schemas::OperateReply> run(const schemas::OperateRequest& request);
  ledger::Result<schemas::OperateReply> repeat(const schemas::OperateRequest& request,
                                               const ledger::CommittedEvent& first);
  ledger::Result<schemas::OperateReply> finish(const Open& open);
  ledger::Result<schemas::OperateReply> propose(const std::string& wanted_bytes);
  ledger::Result<schemas::OperateReply> balance(const std::string& shown);
  void note_evidence(const std::string& shown);
  ledger::Status add_approvals(const schemas::OperateRequest& request, ledger::Plan& planned,
                               ledger::State& state, const ledger::DeviceView& device);
  std::string approval_request(const ledger::Plan& planned, const ledger::DeviceView& device) const;
  schemas::OperateReply write_band(const ledger::BandReading& band, const ledger::Plan& plan,
                                   const ledger::CommittedEvent& prepared, schemas::Kind kind,
                                   schemas::Receipted done);
  ledger::Result<ledger::FoundSale> find_sale(const std::string& id_prefix);

  ledger::Ledger& ledger_;
  ledger::Random& random_;
  ledger::Caller caller_;
  TapTally* const tally_;
  std::optional<Open> open_;
};

schemas::OperateReply to_reply(const ledger::Error& error);

}  // namespace verbena::node
