// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>

#include "node/presence_check.h"

// A hub's own watch over proofs of presence: whatever arrives is checked, and what lacks a right
// proof is called false in a verdict that counts everywhere.
namespace verbena::node {

// Verdicts over events that are held make every node fold anew: so they are gathered, and written
// at once, of one log as many as are needed.
constexpr std::uint64_t verdict_wait_ms = 5'000;
constexpr std::size_t verdict_indices_max = 1'000;  // of one event
constexpr std::size_t verdicts_max = 16;            // events at a time
constexpr std::size_t presence_events_max = 4'096;  // looked at before others have their turn

// Not thread-safe; the ledger below is. `ledger` and `clock` outlive it.
class PresenceDesk {
 public:
  // `keys` have the presence key.
  PresenceDesk(ledger::Ledger& ledger, const BandKeys& keys, const ledger::Clock& clock)
      : ledger_(ledger), keys_(keys), clock_(clock) {}

  struct Looked {
    bool more = false;       // events wait to be looked at: again soon
    bool published = false;  // something for the peers
  };
  ledger::Result<Looked> look();

 private:
  struct Watched {
    ledger::LogName name;
    std::shared_ptr<const ledger::Certificate> author;
    std::uint64_t looked = 0, size = 0;
    PresenceReader reader;
    std::set<std::uint64_t> false_indices;  // not published yet
  };
  void note_verdict(const ledger::EventPlace& place, const schemas::Event& event);
  void look_at(const ledger::Hash& id, Watched& log, std::size_t& left);
  ledger::Result<bool> publish();

  ledger::Ledger& ledger_;
  const BandKeys keys_;
  const ledger::Clock& clock_;
  std::map<ledger::Hash, Watched> logs_;
  std::set<std::pair<ledger::Hash, std::uint64_t>> judged_;  // by any hub
  std::uint64_t news_ = 0;
  std::uint64_t publish_at_ms_ = 0;  // monotonic
};

}  // namespace verbena::node
