// SPDX-License-Identifier: Apache-2.0
#include "test/sim/tail.h"

#include <algorithm>
#include <array>

#include "test/sim/island.h"
#include "test/sim/memo.h"
#include "test/support/beside.h"

namespace verbena::sim {

namespace {

constexpr std::size_t tills_each = 3;        // one is destroyed
constexpr std::uint64_t settled_ms = 5'000;  // everybody has agreed on who is there
constexpr std::uint64_t sells_for_ms = 60'000;
constexpr std::uint64_t way_changes_ms = 8'000;
constexpr std::uint64_t sales_tail_max = 3, age_tail_max_ms = 5'000;

class Ground {
 public:
  Ground(const TailOptions& options, std::uint64_t seed, std::uint64_t destroyed, TailResult& out)
      : options_(options),
        out_(out),
        island_(seed, {options.delay_ms, options.jitter_ms, options.bytes_per_ms}),
        sold_at_(1 + destroyed * tills_each) {
    island_.add(schemas::HUB, "hub");
    for (std::size_t i = 1; i < sold_at_.size(); ++i) {
      island_.add(schemas::VENDOR, "pos-" + std::to_string(i), "bar-" + std::to_string(1 + i % 4));
    }
    island_.build();
    for (std::size_t till = 1; till < sold_at_.size(); till += tills_each) {
      for (const std::size_t peer : peers(till)) island_.connect(till, peer);
      for (const std::size_t stays : {till + 1, till + 2}) island_.connect(stays, 0);
    }
  }

  void run() {
    island_.start_all();
    auto& scheduler = island_.scheduler;
    scheduler.run_until(settled_ms);
    for (std::size_t till = 1; till < sold_at_.size(); ++till) sell(till);
    for (std::size_t till = 1; till < sold_at_.size(); till += tills_each) {
      const auto ways = peers(till);
      const std::size_t kept = ways[island_.random.below(ways.size())];
      for (const std::size_t peer : ways) {
        if (peer != kept) change_way(till, peer);
      }
      scheduler.in(sells_for_ms / 10 + island_.random.below(sells_for_ms * 9 / 10),
                   [this, till] { destroy(till); });
    }
    scheduler.run_until(settled_ms + sells_for_ms);
    out_.violations.insert(out_.violations.end(), island_.violations.begin(),
                           island_.violations.end());
  }

 private:
  // The hub and the two next tills, which stay.
  static std::array<std::size_t, 3> peers(std::size_t till) { return {0, till + 1, till + 2}; }

  // Cut for a while, open for a while.
  void change_way(std::size_t till, std::size_t peer) {
    const auto& from = island_.aliases[till];
    const auto& to = island_.aliases[peer];
    if (cut_.insert({till, peer}).second) {
      island_.network.cut(from, to);
      ++out_.cuts;
    } else {
      cut_.erase({till, peer});
      island_.network.mend(from, to);
    }
    island_.scheduler.in(1 + island_.random.below(2 * way_changes_ms),
                         [this, till, peer] { change_way(till, peer); });
  }

  void sell(std::size_t till) {
    auto& node = *island_.nodes[till];
    if (!node.up()) return;
    auto asked = test::sell_request(island_.random.below(2) == 0 ? "beer" : "water");
    asked.set_intent(island_.random.next());
    if (node.operate(asked).has_done()) {
      sold_at_[till].push_back(island_.scheduler.now_ms());
    } else {
      out_.violations.push_back("a sale of " + node.alias() + " was refused");
    }
    ++out_.sales;
    island_.scheduler.in(1 + island_.random.below(2 * options_.between_sales),
                         [this, till] { sell(till); });
  }

  void destroy(std::size_t till) {
    auto& lost = *island_.nodes[till];
    TailResult::Tail tail;
    for (const auto& log : lost.store().logs()) {
      if (log.name.certificate != lost.certificate()) continue;
      std::uint64_t elsewhere = 0;
      for (std::size_t i = 0; i < island_.nodes.size(); ++i) {
        if (i % tills_each == 1) continue;  // destroyed as well, sooner or later
        const auto held = island_.nodes[i]->ledger().log(log.name.id());
        if (held) elsewhere = std::max(elsewhere, held->head.size);
      }
      (void)lost.store().read(log.name, elsewhere, SIZE_MAX, [&](auto, std::string_view bytes) {
        schemas::Event event;
        if (!ledger::parse_event(bytes, event)) out_.violations.push_back("an unreadable event");
        tail.sales += event.kind() == schemas::KIND_SALE ? 1 : 0;
        return ledger::done();
      });
    }
    const auto& times = sold_at_[till];
    if (tail.sales > times.size()) out_.violations.push_back("more sales than were acknowledged");
    if (tail.sales > 0) tail.age_ms = island_.scheduler.now_ms() - times[times.size() - tail.sales];
    out_.tails.push_back(tail);
    lost.crash(false);
  }

  const TailOptions& options_;
  TailResult& out_;
  Island island_;
  std::vector<std::vector<std::uint64_t>> sold_at_;  // by till
  std::set<std::pair<std::size_t, std::size_t>> cut_;
};

}  // namespace

TailResult::Tail TailResult::percentile(std::uint64_t percent) const {
  if (tails.empty()) return {};
  const std::size_t rank = (tails.size() * percent + 99) / 100;
  const auto at = [&](auto figure) {
    std::vector<std::uint64_t> all;
    for (const auto& tail : tails) all.push_back(tail.*figure);
    std::sort(all.begin(), all.end());
    return all[std::max<std::size_t>(rank, 1) - 1];
  };
  return {at(&Tail::sales), at(&Tail::age_ms)};
}

bool TailResult::passed() const {
  const Tail most = percentile(99);
  return violations.empty() && most.sales <= sales_tail_max && most.age_ms <= age_tail_max_ms;
}

TailResult run_tail(const TailOptions& options) {
  remember_signatures(true);
  TailResult out;
  for (std::uint64_t done = 0; done < options.destroyed; done += options.on_a_ground) {
    const std::uint64_t here = std::min(options.on_a_ground, options.destroyed - done);
    Ground(options, options.seed * 1'000'003 + done, here, out).run();
  }
  return out;
}

}  // namespace verbena::sim
