// SPDX-License-Identifier: Apache-2.0
#include "test/sim/calm.h"

#include <algorithm>
#include <set>

#include "test/sim/day_hours.h"
#include "test/sim/island.h"
#include "test/sim/memo.h"
#include "test/support/beside.h"

namespace verbena::sim {

namespace {

constexpr std::uint64_t site_sales = 500'000, site_devices = 1'200;
constexpr std::uint64_t whole_day_ms = 24 * hour_s * 1'000;
constexpr std::uint64_t settled_ms = 5'000;  // everybody has agreed on who is there
constexpr std::uint64_t sales_a_head = 10;
constexpr std::uint64_t top_up_minor = 2'000;
constexpr std::size_t hub = 0, desk = 1, first_till = 2;

class Calm {
 public:
  Calm(const CalmOptions& options, std::uint64_t sales)
      : sales_(sales),
        island_(options.seed, options.links),
        bands_(std::max<std::uint64_t>(1, sales / sales_a_head / 2)) {
    island_.add(schemas::HUB, "hub");
    island_.add(schemas::TOP_UP_DESK, "desk");
    for (std::size_t i = first_till; i < options.nodes; ++i) {
      island_.add(schemas::VENDOR, "pos-" + std::to_string(i), "bar-" + std::to_string(1 + i % 4));
    }
    island_.build();
    for (std::size_t i = desk; i < options.nodes; ++i) {
      island_.connect(i, hub);
      for (const std::size_t next : {i + 1, i + 2}) {
        if (i >= first_till && next < options.nodes) island_.connect(i, next);
      }
    }
    for (auto& band : bands_) band = island_.world.band().image;
  }

  CalmDay run() {
    auto& scheduler = island_.scheduler;
    island_.start_all();
    scheduler.run_until(settled_ms);
    for (std::uint64_t i = 0; i < sales_; ++i) {
      scheduler.run_until(settled_ms + when_made(i * ppm / sales_) * 1'000);
      sell();
    }
    scheduler.run_until(whole_day_ms);
    return result();
  }

 private:
  void sell() {
    const std::size_t till = first_till + island_.random.below(island_.nodes.size() - first_till);
    ++out_.sales;
    if (island_.random.below(2) == 0) return operate(till, test::sell_request("beer"), nullptr);
    ++out_.by_band;
    auto& band = bands_[island_.random.below(bands_.size())];
    auto asked = test::sell_request("beer", 1, "purse");
    asked.set_intent(island_.random.next());
    if (island_.nodes[till]->operate(asked, &band).has_done()) return;
    schemas::OperateRequest more;
    more.mutable_top_up()->set_amount_minor(top_up_minor);
    more.mutable_top_up()->set_tender("cash");
    ++out_.top_ups;
    operate(desk, more, &band);
    operate(till, asked, &band);
  }

  void operate(std::size_t node, schemas::OperateRequest asked, std::string* band) {
    asked.set_intent(island_.random.next());
    const auto reply = island_.nodes[node]->operate(asked, band);
    if (reply.has_done()) return;
    out_.violations.push_back(island_.aliases[node] + " refused: " + reply.refused().text());
  }

  CalmDay result() {
    std::set<ledger::Hash> digests;
    for (const auto& node : island_.nodes) {
      node->ledger().ask(
          [&](ledger::State& state, const auto&) { digests.insert(state.digest()); });
    }
    out_.same_digest = digests.size() == 1 && island_.all_agree();
    out_.digest = ledger::hex(*digests.begin());
    out_.events = island_.nodes.front()->ledger().events();
    out_.virtual_ms = island_.scheduler.now_ms();
    out_.wire_bytes = island_.network.bytes();
    out_.violations.insert(out_.violations.end(), island_.violations.begin(),
                           island_.violations.end());
    return std::move(out_);
  }

  const std::uint64_t sales_;
  Island island_;
  std::vector<std::string> bands_;
  CalmDay out_;
};

}  // namespace

CalmDay run_calm(const CalmOptions& options) {
  remember_signatures(true);
  const std::uint64_t usual = options.nodes * site_sales / site_devices;
  return Calm(options, options.sales > 0 ? options.sales : usual).run();
}

}  // namespace verbena::sim
