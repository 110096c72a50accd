// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "node/http/sales_tally.h"
#include "replication/replicator.h"

namespace verbena::node::http {

constexpr std::uint64_t silent_ms = 5 * 60'000;  // a device unheard of for so long is an alarm
constexpr std::uint64_t slow_part_ms = 2'000;    // stock and alarms are looked at this often
constexpr std::uint64_t minutes_shown_min = 15, minutes_shown_max = 120;
constexpr std::uint64_t purses_ms = 10'000;  // and at all purses this often
constexpr std::size_t alarms_of_a_kind_max = 50, alarms_shown_max = 400;

// The same for those who count stock: without what should lie there.
struct WallJson {
  std::string full, blind;
};

// What supervisors look at, as the JSON of docs/http.md. Any thread.
class Wall {
 public:
  Wall(ledger::Ledger& ledger, const ledger::Clock& clock, std::vector<std::string> store_alarms)
      : ledger_(ledger), clock_(clock), store_alarms_(std::move(store_alarms)) {}

  // `own`: of the bands tapped at this device.
  WallJson json(const std::vector<replication::PeerStatus>& peers,
                const schemas::TapCounts& own = {});

 private:
  struct Heard {
    std::uint64_t size = 0;       // of all its logs
    std::uint64_t hlc_ms = 0;     // wall clock of its newest head
    std::int64_t changed_ms = 0;  // monotonic, before this node's start where negative
  };
  void hear(const std::vector<ledger::LogSummary>& logs);
  std::optional<std::uint64_t> heard_ms(const ledger::Hash& certificate) const;

  ledger::Ledger& ledger_;
  const ledger::Clock& clock_;
  const std::vector<std::string> store_alarms_;
  std::mutex mutex_;
  SalesTally tally_;
  std::map<std::string, schemas::TapCounts> taps_;      // by device, as last told
  std::map<ledger::Hash, Heard> heard_;                 // by certificate
  std::uint64_t looked_ms_ = 0;                         // monotonic; 0: never
  std::string slow_stock_, blind_stock_, slow_alarms_;  // JSON, as of slow_at_ms_
  std::uint64_t slow_at_ms_ = 0;
  std::string purse_rows_;  // JSON, as of purses_at_ms_
  std::uint64_t purses_at_ms_ = 0;
};

}  // namespace verbena::node::http
