// SPDX-License-Identifier: Apache-2.0
#include "test/sim/revoke.h"

#include <algorithm>
#include <deque>

#include "test/sim/island.h"
#include "test/sim/memo.h"

namespace verbena::sim {

namespace {

constexpr std::uint64_t settled_ms = 8'000;  // everybody has dialled and agreed
constexpr std::uint64_t look_each_ms = 10;
constexpr std::uint64_t given_up_ms = 120'000;
constexpr std::uint64_t under_way_ms = 120'000;  // by then a backlog keeps every link of a row busy
constexpr std::size_t sale_bytes = 100;          // of a backlog's events, about what a sale takes

// Links from the first device to the one furthest from it.
std::uint64_t furthest_from_first(const std::vector<std::vector<std::size_t>>& neighbours) {
  std::vector<std::uint64_t> far(neighbours.size(), UINT64_MAX);
  std::deque<std::size_t> queue{0};
  far[0] = 0;
  std::uint64_t out = 0;
  while (!queue.empty()) {
    const std::size_t at = queue.front();
    queue.pop_front();
    out = far[at];
    for (const auto next : neighbours[at]) {
      if (far[next] != UINT64_MAX) continue;
      far[next] = far[at] + 1;
      queue.push_back(next);
    }
  }
  return out;
}

void revoke(SimNode& supervisor, const std::string& alias, std::uint64_t intent) {
  schemas::OperateRequest asked;
  asked.set_intent(intent);
  asked.mutable_revoke()->set_alias(alias);
  asked.mutable_revoke()->set_reason("lost");
  VERBENA_CHECK(supervisor.operate(asked).has_done());
}

// Events of no kind that is known here, each with a head of its own as sales have: what they say
// is nobody's concern, their bytes are.
std::uint64_t write_backlog(ledger::Ledger& author, std::uint64_t bytes,
                            test::SeededRandom& random) {
  std::uint64_t written = 0;
  while (written < bytes) {
    ledger::Draft draft;
    std::string payload(sale_bytes, '\0');
    for (auto& byte : payload) byte = static_cast<char>(random.next());
    draft.event.set_kind(static_cast<schemas::Kind>(58));
    draft.event.set_payload(std::move(payload));
    auto done = author.commit(
        0, [&](auto&, auto&) { return ledger::Result(std::vector<ledger::Draft>{draft}); });
    VERBENA_CHECK(done.ok());
    written += sale_bytes;
  }
  return written;
}

}  // namespace

IslandHeard run_island_revocation(const IslandRevocation& options) {
  remember_signatures(true);
  LinkQuality quality;
  quality.delay_ms = options.delay_ms;
  Island island(options.seed, quality);
  island.add(schemas::SUPERVISOR, "boss");
  for (std::size_t i = 1; i < options.nodes; ++i) {
    island.add(schemas::VENDOR, "pos-" + std::to_string(i), "bar-1");
  }
  island.build();
  std::vector<std::vector<std::size_t>> neighbours(options.nodes);
  for (std::size_t i = 1; i < options.nodes; ++i) {
    // The first dial goes to somebody who is connected already: so the island is one.
    for (std::size_t dial = 0; dial < options.dials; ++dial) {
      const std::size_t to = island.random.below(dial == 0 ? i : options.nodes);
      if (to == i) continue;
      island.connect(i, to);
      neighbours[i].push_back(to);
      neighbours[to].push_back(i);
    }
  }
  island.start_all();
  island.scheduler.run_until(settled_ms);
  IslandHeard out;
  out.furthest = furthest_from_first(neighbours);
  const std::uint64_t began = island.scheduler.now_ms();
  const std::size_t lost = options.nodes - 1;
  const auto key = island.world.device(island.aliases[lost]).identity.certificate.key;
  revoke(*island.nodes.front(), island.aliases[lost], island.random.next());
  std::vector<bool> knows(options.nodes);
  std::size_t told = 0;
  while (told < options.nodes && island.scheduler.now_ms() - began < given_up_ms) {
    island.scheduler.run_until(island.scheduler.now_ms() + look_each_ms);
    for (std::size_t i = 0; i < options.nodes; ++i) {
      if (knows[i] || !island.revoked_at(i, key)) continue;
      knows[i] = true;
      ++told;
    }
    const std::uint64_t now = island.scheduler.now_ms() - began;
    if (out.most_ms == 0 && told * 100 >= options.nodes * 99) out.most_ms = now;
    if (told == options.nodes) out.all_ms = now;
  }
  return out;
}

RowHeard run_row_revocation(const RowRevocation& options) {
  remember_signatures(true);
  LinkQuality quality;
  quality.delay_ms = options.delay_ms;
  quality.bytes_per_ms = options.bytes_per_ms;
  Island island(options.seed, quality);
  island.add(schemas::SUPERVISOR, "boss");
  for (std::size_t i = 1; i <= options.hops; ++i) {
    island.add(schemas::VENDOR, "pos-" + std::to_string(i), "bar-1");
  }
  const std::size_t seller = island.add(schemas::VENDOR, "seller", "bar-2");
  island.add(schemas::VENDOR, "lost", "bar-2");  // of it nothing but its certificate is needed
  RowHeard out;
  // The seller gave its backlog to the head of the row, and is gone.
  auto& author = *island.world.device("seller").ledger;
  if (options.backlog_bytes > 0) {
    out.backlog_bytes = write_backlog(author, options.backlog_bytes, island.random);
    auto& head = *island.world.device("boss").ledger;
    test::World::meet(island.world.device("boss"), island.world.device("root"));
    for (const auto& log : author.logs()) {
      for (std::uint64_t from = 0; from < log.head.size;) {
        for (const auto& run : *author.read(log.name, from, replication::run_bytes_max)) {
          VERBENA_CHECK(head.ingest(run).ok());
          from = run.head.size;
        }
      }
    }
  }
  island.build();
  for (std::size_t i = 1; i <= options.hops; ++i) island.connect(i, i - 1);
  for (std::size_t i = 0; i <= options.hops; ++i) island.nodes[i]->start();
  island.scheduler.run_until(under_way_ms);
  const auto key = island.world.device("lost").identity.certificate.key;
  const std::uint64_t began = island.scheduler.now_ms();
  std::uint64_t arrived = 0;
  for (const auto& log : island.nodes[options.hops]->store().logs()) {
    if (log.name.certificate != island.nodes[seller]->certificate()) continue;
    arrived += log.head.size * sale_bytes;
  }
  out.waiting_bytes = out.backlog_bytes - std::min(out.backlog_bytes, arrived);
  revoke(*island.nodes.front(), "lost", island.random.next());
  out.at_ms.assign(options.hops, UINT64_MAX);
  while (island.scheduler.now_ms() - began < given_up_ms) {
    island.scheduler.run_until(island.scheduler.now_ms() + look_each_ms);
    bool all = true;
    for (std::size_t i = 1; i <= options.hops; ++i) {
      auto& at = out.at_ms[i - 1];
      if (at == UINT64_MAX && island.revoked_at(i, key)) {
        at = island.scheduler.now_ms() - began;
      }
      all &= at != UINT64_MAX;
    }
    if (all) break;
  }
  return out;
}

}  // namespace verbena::sim
