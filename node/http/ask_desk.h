// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <mutex>

#include "node/http/answer.h"
#include "replication/asks.h"

namespace verbena::node::http {

constexpr std::size_t intents_asked_max = 16;  // the one asked first is forgotten

// Where a till waits for the yes of others, and where a supervisor gives it. Any thread.
class AskDesk {
 public:
  // `wake`: there is something to send.
  AskDesk(replication::Asks& asks, ledger::Ledger& ledger, std::function<void()> wake)
      : asks_(asks), ledger_(ledger), wake_(std::move(wake)) {}

  // On a till: what was refused for want of approvals becomes a question to all who can hear it.
  Answer ask(std::uint64_t intent, const schemas::Refused& refused, Language language);
  void add_approvals(schemas::OperateRequest& request);
  void settled(std::uint64_t intent);
  // `hash` in hex. `neighbours`: how many can hear the question now.
  Answer look(const std::string& hash, std::size_t neighbours, Language language);
  Answer withdraw(const std::string& hash, Language language);

  // On a wall: what others wait for. `may_approve`: of the person who looks.
  std::string open_json(bool may_approve);
  Answer answer(const std::string& hash, bool yes, Language language);
  std::uint64_t changes() const { return asks_.changes(); }

 private:
  replication::Asks& asks_;
  ledger::Ledger& ledger_;
  const std::function<void()> wake_;
  std::mutex mutex_;
  std::vector<std::pair<std::uint64_t, ledger::Hash>> asked_;  // by intent
};

}  // namespace verbena::node::http
