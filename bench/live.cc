// SPDX-License-Identifier: Apache-2.0
// From the start of a commit at till A to the end of the append at till B, with nothing else going
// on: three processes, A, B and a hub. B syncs before it gives a receipt (64 events or a second),
// not for each event, so "admitted" and "synced" are told apart.
#include "bench/benches.h"
#include "bench/measure.h"
#include "bench/site.h"
#include "node/system_clock.h"

namespace verbena::bench {

namespace {

constexpr std::uint64_t pause_ms = 25;  // and a fifth more or less
constexpr std::size_t warm_up_sales = 80;
constexpr std::size_t sales = 400;
constexpr std::uint64_t settle_ms = 3'000;  // longer than a receipt waits
constexpr std::uint64_t sold_ms = 120'000;

double ms_between(std::uint64_t from_ns, std::uint64_t to_ns) {
  return static_cast<double>(to_ns - from_ns) / 1e6;
}

void print(const std::string& what, const std::vector<double>& ms, bool has_goal) {
  row(what + ", p50", quantile(ms, 0.5), "ms", "", has_goal ? "<= 2 ms" : "");
  row(what + ", p99", quantile(ms, 0.99), "ms", "", has_goal ? "<= 10 ms" : "");
}

void measure(Site& site, bool neighbours) {
  const std::string name = neighbours ? "neighbours" : "behind the hub";
  const auto sold_at = site.notes(name + " sold"), held_at = site.notes(name + " held");
  auto hub = site.start("node", {"--home", site.home("hub").string(), "--listen", "127.0.0.1:0"});
  auto b = site.start("peer", {site.home("b").string(), held_at.string(),
                               ledger::hex(site.certificate("a").hash), "0", hub.address});
  std::vector<std::string> arguments{site.home("a").string(), sold_at.string(),
                                     std::to_string(warm_up_sales + sales),
                                     std::to_string(pause_ms), hub.address};
  if (neighbours) arguments.push_back(b.address);
  auto a = site.start("seller", arguments);
  need(a.line(sold_ms) == "sold", "the seller said something else");
  node::sleep_ms(settle_ms);
  for (auto* child : {&a, &b, &hub}) child->stop();

  std::map<std::pair<std::uint64_t, std::uint64_t>, Held> held;
  for (const auto& event : read_held(held_at)) held[{event.incarnation, event.index}] = event;
  const auto sold = read_sold(sold_at);
  std::vector<double> committed, admitted, synced;
  for (std::size_t i = warm_up_sales; i < sold.size(); ++i) {
    const auto found = held.find({sold[i].incarnation, sold[i].index});
    need(found != held.end() && found->second.synced_ns != 0, "B does not hold a sale of A");
    committed.push_back(ms_between(sold[i].began_ns, sold[i].ended_ns));
    admitted.push_back(ms_between(sold[i].began_ns, found->second.admitted_ns));
    synced.push_back(ms_between(sold[i].began_ns, found->second.synced_ns));
  }
  const std::string place = neighbours ? "A and B linked" : "B behind the hub";
  print("live, " + place + ": durable at A", committed, false);
  print("live, " + place + ": admitted by B, not synced", admitted, false);
  print("live, " + place + ": synced by B, before its receipt", synced, true);
}

}  // namespace

void bench_live(const Job& job) {
  Site site(job.work, {"a", "b"});
  measure(site, true);
  measure(site, false);
}

}  // namespace verbena::bench
