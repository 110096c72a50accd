// SPDX-License-Identifier: Apache-2.0
// A till with a long log of its own meets a hub that has none of it. Another till on the same hub
// sells before and meanwhile.
#include <algorithm>
#include <cstdio>

#include "bench/benches.h"
#include "bench/long_log.h"
#include "bench/measure.h"
#include "bench/site.h"
#include "node/system_clock.h"

namespace verbena::bench {

namespace {

constexpr std::uint64_t heads_of = 64;
constexpr std::uint64_t events_min = 20'000;  // fewer are gone before anybody sells
constexpr std::uint64_t warm_up_ms = 2'000;
constexpr std::uint64_t before_ms = 15'000;
constexpr std::uint64_t pause_ms = 10;
constexpr std::uint64_t drained_ms = 15 * 60'000;

// As if this till had sold alone: its own log, signed by it, a head every 64 events.
void fill(Site& site, const std::string& till, std::uint64_t events) {
  const node::SystemClock clock;
  ledger::SystemRandom random;
  const auto home = value_of(node::open_home(site.home(till), clock, random));
  for (const auto& run : long_log(home.keys.identity, random, events, heads_of)) {
    value_of(home.ledger->ingest(run));
  }
  need_ok(home.ledger->sync());
  need_ok(node::remember_heads(site.home(till), home));
}

std::vector<double> sale_ms(const std::vector<Sold>& sold, std::uint64_t from_ns,
                            std::uint64_t to_ns) {
  std::vector<double> out;
  for (const auto& sale : sold) {
    if (sale.began_ns < from_ns || sale.began_ns >= to_ns) continue;
    out.push_back(static_cast<double>(sale.ended_ns - sale.began_ns) / 1e6);
  }
  return out;
}

void print(const std::string& when, const std::vector<double>& ms) {
  row("another till's sale " + when + ", p50", quantile(ms, 0.5), "ms",
      std::to_string(ms.size()) + " sales");
  row("another till's sale " + when + ", p99", quantile(ms, 0.99), "ms",
      std::to_string(ms.size()) + " sales");
}

}  // namespace

void bench_drain(const Job& job) {
  const std::uint64_t events = std::max(events_min, job.sales / 2);
  Site site(job.work, {"full", "other"});
  fill(site, "full", events);
  const auto sold_at = site.notes("sold");
  auto hub =
      site.start("peer", {site.home("hub").string(), site.notes("held").string(),
                          ledger::hex(site.certificate("full").hash), std::to_string(events)});
  auto other = site.start("seller", {site.home("other").string(), sold_at.string(), "0",
                                     std::to_string(pause_ms), hub.address});
  node::sleep_ms(warm_up_ms);
  const std::uint64_t calm_ns = now_ns();
  node::sleep_ms(before_ms);
  const std::uint64_t started_ns = now_ns();
  auto full = site.start("node", {"--home", site.home("full").string(), "--listen", "127.0.0.1:0",
                                  "--peer", hub.address});
  const std::uint64_t ready_ns = now_ns();
  unsigned long long linked_ns = 0, held_ns = 0;
  need(std::sscanf(hub.line(drained_ms).c_str(), "held %llu %llu", &linked_ns, &held_ns) == 2 &&
           linked_ns > started_ns,
       "the hub did not say when it held all");
  for (auto* child : {&other, &full, &hub}) child->stop();

  const double seconds = static_cast<double>(held_ns - linked_ns) / 1e9;
  const auto sold = read_sold(sold_at);
  const auto before = sale_ms(sold, calm_ns, started_ns);
  const auto meanwhile = sale_ms(sold, linked_ns, held_ns);
  row("start of the till with the long log: replayed",
      static_cast<double>(ready_ns - started_ns) / 1e9, "s");
  row("drain of " + std::to_string(events) + " sales, from the link to the last one synced",
      seconds, "s", "", "<= 60 s for 250,000");
  row("drain, rate", static_cast<double>(events) / seconds, "events/s");
  print("before the drain", before);
  print("during the drain", meanwhile);
  row("another till's sale p99, during over before",
      quantile(meanwhile, 0.99) / quantile(before, 0.99), "ratio", "", "<= 2");
}

}  // namespace verbena::bench
