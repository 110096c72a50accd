// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "ledger/ledger.h"
#include "ledger/roles.h"
#include "node/http/answer.h"

namespace verbena::node::http {

constexpr std::uint64_t report_fresh_ms = 2'000;  // as good as new, whatever came since
constexpr std::uint64_t report_ms_max = 30'000;   // a silent stand grows silent without news
constexpr std::size_t report_bytes_max = 8 << 20;

// What the books say, to those who look over all: GET /api/report/... and GET /api/event/... of
// docs/http.md. Whoever may count sees only what is counted already. Slow on a great day: not on a
// thread that others wait for. Any thread.
class Reports {
 public:
  using Linked = std::function<std::set<std::string>()>;  // devices linked now, by alias
  Reports(const ledger::Ledger& ledger, const ledger::Clock& clock, Linked linked)
      : ledger_(ledger), clock_(clock), linked_(std::move(linked)) {}

  static bool answers(const std::string& path);
  // `query` as it came; `roles` of who asks.
  Answer answer(const std::string& path, const std::string& query,
                const std::vector<schemas::Role>& roles, Language language);

 private:
  struct Kept {
    std::uint64_t news = 0, at_ms = 0;  // monotonic
    std::shared_ptr<const std::string> json;
  };
  std::shared_ptr<const std::string> find(const std::string& name, Language language);
  std::string make(const std::string& name, Language language) const;

  const ledger::Ledger& ledger_;
  const ledger::Clock& clock_;
  const Linked linked_;
  std::mutex mutex_;
  std::map<std::pair<std::string, Language>, Kept> kept_;  // by name: few
};

}  // namespace verbena::node::http
