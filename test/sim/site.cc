// SPDX-License-Identifier: Apache-2.0
#include "test/sim/site.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <functional>
#include <queue>
#include <thread>

#include "replication/frontier.h"
#include "test/sim/baskets.h"
#include "test/sim/day_hours.h"
#include "test/sim/memo.h"
#include "test/support/ask.h"
#include "test/support/replacement.h"

namespace verbena::sim {

using test::Band;
using test::Device;
using test::World;

namespace {

constexpr std::size_t stands_of_zone = 10;
constexpr std::size_t tills_of_stand = 4;  // mean
constexpr double popularity = 0.7;         // of stands: the exponent of Zipf's law
constexpr std::uint64_t sales_a_head = 5;
constexpr std::uint64_t bands_percent = 50;  // of the people; the others pay without one
constexpr std::uint64_t top_up_minor = 4'000;
constexpr std::uint64_t round_s = 1'800;
constexpr std::size_t rounds_after_day_max = 10;

constexpr std::uint64_t beer_minor = 450, water_minor = 200;

std::size_t zones_of(std::size_t stands) {
  return (stands + stands_of_zone - 1) / stands_of_zone;
}

schemas::Festival settings(std::size_t stands) {
  schemas::Festival out = test::small_festival();
  out.set_follow_zone(true);
  auto* limits = out.mutable_limits();
  limits->set_purse_max_minor(100'000);
  limits->set_offline_max_minor(100'000);
  limits->clear_unwitnessed_count();  // no device waits for a witness: none is heard of by receipts
  limits->clear_unwitnessed_value_minor();
  const auto sold = out.stand(0);
  out.clear_stand();
  for (std::size_t i = 0; i < stands; ++i) {
    auto* stand = out.add_stand();
    *stand = sold;
    stand->set_name("bar-" + std::to_string(i + 1));
    stand->set_zone("zone-" + std::to_string(i % zones_of(stands) + 1));
  }
  return out;
}

// In so many threads, each of which remembers signatures; what comes out may not depend on order.
void for_each_in_threads(std::size_t count, const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next = 0;
  const auto run = [&] {
    remember_signatures(true);
    for (std::size_t i = next++; i < count; i = next++) work(i);
  };
  std::vector<std::jthread> threads;
  const unsigned processors = std::max(1U, std::thread::hardware_concurrency());
  for (unsigned i = 0; i < processors && i < count; ++i) threads.emplace_back(run);
}

// Zones whose tills meet the same desks: what these do touches no other such group.
struct Neighbourhood {
  std::vector<std::vector<Device*>> tills;  // by zone
  std::vector<Device*> desks;
  test::SeededRandom random;
  std::uint64_t meetings = 0;
};

struct Customer {
  bool pays_by_band = false;
  Band band;  // empty before the first top-up
  std::uint64_t left_minor = 0;
};

class Site {
 public:
  explicit Site(const SiteOptions& options)
      : options_(options),
        stands_(std::max<std::size_t>(2, (options.nodes - options.full) / tills_of_stand)),
        zones_(zones_of(stands_)),
        random_(options.seed ^ 0x517e),
        world_(options.seed, settings(stands_)),
        noon_ms_(world_.clock.now_ms + hour_s * 1'000),
        customers_(std::max<std::uint64_t>(1, options.sales / sales_a_head)) {
    enrol();
    for (auto& customer : customers_) {
      customer.pays_by_band = random_.below(100) < bands_percent;
    }
    out_.zones = zones_;
    out_.stands = stands_;
  }

  SiteDay run() {
    for (int i = 0; i < 2; ++i) meet();  // who joined early hears of who came after
    std::uint64_t next_round_s = round_s;
    for (std::uint64_t i = 0; i < options_.sales; ++i) {
      const std::uint64_t at_s = when_made(i * ppm / options_.sales);
      for (; next_round_s <= at_s; next_round_s += round_s) meet();
      world_.clock.now_ms = noon_ms_ + at_s * 1'000;
      sell();
    }
    meet();
    while (!agree() && out_.rounds_after_day < rounds_after_day_max) {
      ++out_.rounds_after_day;
      meet();
    }
    count();
    switch_off_tills();
    audit();
    return std::move(out_);
  }

 private:
  // A stand has the more tills the more it sells.
  void enrol() {
    for (std::size_t i = 0; i < options_.full; ++i) {
      const auto role = i == 0 ? schemas::HUB : schemas::TOP_UP_DESK;
      full_.push_back(&world_.add(role, "full-" + std::to_string(i + 1)));
    }
    std::priority_queue<std::pair<double, std::size_t>> busiest;  // sales of a till, stand
    tills_.resize(stands_);
    const std::size_t groups = std::min(zones_, full_.size() - 1);
    for (std::size_t i = 0; i < groups; ++i) {
      neighbours_.push_back({{}, {}, test::SeededRandom(random_.next())});
      neighbours_.back().tills.resize((zones_ - i + groups - 1) / groups);
    }
    for (std::size_t i = 1; i < full_.size(); ++i) {
      neighbours_[(i - 1) % groups].desks.push_back(full_[i]);
    }
    for (std::size_t i = 0; i < stands_; ++i) {
      const double sales = std::pow(static_cast<double>(i + 1), -popularity);
      sold_up_to_.push_back((i == 0 ? 0 : sold_up_to_.back()) + sales);
      busiest.push({1e9 + sales, i});  // each has one
    }
    for (std::size_t i = options_.full; i < options_.nodes; ++i) {
      const std::size_t stand = busiest.top().second;
      busiest.pop();
      const std::string name = "bar-" + std::to_string(stand + 1);
      auto& till = world_.add(schemas::VENDOR, "till-" + std::to_string(i + 1), name);
      tills_[stand].push_back(&till);
      const std::size_t zone = stand % zones_;
      neighbours_[zone % groups].tills[zone / groups].push_back(&till);
      const double sales = std::pow(static_cast<double>(stand + 1), -popularity);
      busiest.push({sales / static_cast<double>(tills_[stand].size() + 1), stand});
    }
  }

  schemas::OperateReply tap(Device& device, schemas::OperateRequest request, Band* band) {
    request.set_intent(random_.next() | 1);
    if (band != nullptr) request.set_band(band->image);
    node::TapSession session(*device.ledger, random_, device.identity.certificate.role);
    auto reply = session.begin(request);
    while (reply.has_write()) {
      band->image = reply.write();
      reply = session.wrote(band->image);
    }
    if (!reply.has_done()) out_.violations.push_back("refused: " + reply.refused().code());
    return reply;
  }

  std::size_t popular_stand() {
    const double at = static_cast<double>(random_.next() >> 11) * 0x1p-53 * sold_up_to_.back();
    const auto found = std::upper_bound(sold_up_to_.begin(), sold_up_to_.end(), at);
    return std::min(static_cast<std::size_t>(found - sold_up_to_.begin()), stands_ - 1);
  }

  template <typename T>
  T& any(std::vector<T>& of) {
    return of[random_.below(of.size())];
  }
  std::vector<Device*> tills() {
    std::vector<Device*> out;
    for (auto& stand : tills_) out.insert(out.end(), stand.begin(), stand.end());
    return out;
  }

  void sell() {
    Customer& customer = any(customers_);
    const std::uint32_t units = units_of_sale(random_);
    const auto water = static_cast<std::uint32_t>(random_.below(units + 1));
    const std::uint64_t price_minor = water * water_minor + (units - water) * beer_minor;
    const bool by_band = customer.pays_by_band;
    if (by_band && customer.left_minor < price_minor) top_up(customer);
    schemas::OperateRequest request;
    auto* sale = request.mutable_sell();
    sale->set_tender(by_band ? "purse" : "cash");
    const auto add = [&](const char* sku, std::uint32_t quantity) {
      if (quantity == 0) return;
      auto* line = sale->add_line();
      line->set_sku(sku);
      line->set_quantity(quantity);
    };
    add("beer", units - water);
    add("water", water);
    auto& till = *any(tills_[popular_stand()]);
    if (!tap(till, std::move(request), by_band ? &customer.band : nullptr).has_done()) return;
    ++out_.sales;
    sold_minor_ += price_minor;
    if (!by_band) return;
    ++out_.by_band;
    customer.left_minor -= price_minor;
  }

  void top_up(Customer& customer) {
    if (customer.band.image.empty()) customer.band = world_.band();
    schemas::OperateRequest request;
    request.mutable_top_up()->set_amount_minor(top_up_minor);
    request.mutable_top_up()->set_tender("cash");
    auto& desk = *full_[1 + random_.below(full_.size() - 1)];
    if (!tap(desk, std::move(request), &customer.band).has_done()) return;
    ++out_.top_ups;
    customer.left_minor += top_up_minor;
    topped_up_minor_ += top_up_minor;
  }

  // Each till one of its zone and a desk; those meet the hub, before and after.
  void meet() {
    const auto meet_hub = [&] {
      for (std::size_t i = 1; i < full_.size(); ++i) World::meet(*full_[i], *full_.front());
      out_.meetings += full_.size() - 1;
    };
    meet_hub();
    for_each_in_threads(neighbours_.size(), [&](std::size_t i) { meet(neighbours_[i]); });
    meet_hub();
  }

  static void meet(Neighbourhood& here) {
    for (auto& zone : here.tills) {
      for (std::size_t i = 0; i < zone.size(); ++i) {
        const std::size_t other = here.random.below(zone.size());
        if (other != i) World::meet(*zone[i], *zone[other]);
        World::meet(*zone[i], *here.desks[here.random.below(here.desks.size())]);
        here.meetings += other == i ? 1 : 2;
      }
    }
  }

  bool agree() {
    const auto whole = replication::scope_roots(*full_.front()->ledger);
    const auto holds_all = [&](Device* device) {
      const auto here = replication::scope_roots(*device->ledger);
      return std::all_of(here.begin(), here.end(), [&](const auto& scope) {
        const auto found = whole.find(scope.first);
        return found != whole.end() && found->second == scope.second;
      });
    };
    const auto follow_zone = tills();
    out_.same_scopes = std::all_of(follow_zone.begin(), follow_zone.end(), holds_all);
    return out_.same_scopes && std::all_of(full_.begin(), full_.end(), holds_all);
  }

  void count() {
    out_.events = full_.front()->ledger->events();
    for (auto* device : full_) out_.copies += device->ledger->events();
    for (auto* device : tills()) out_.copies += device->ledger->events();
    for (const auto& here : neighbours_) out_.meetings += here.meetings;
  }

  // Whoever was counted makes room for those whose books are made up.
  static void switch_off(Device& device) {
    device.ledger.reset();
    device.store.reset();
  }
  void switch_off_tills() {
    for (auto* device : tills()) switch_off(*device);
  }

  void expect(const std::string& what, __int128 held, std::uint64_t done) {
    if (held == static_cast<__int128>(done)) return;
    out_.violations.push_back(what + ": " + std::to_string(static_cast<std::int64_t>(held)) +
                              " held of " + std::to_string(done));
  }

  // All digests, and the hub's books beside what was really done.
  void audit() {
    std::vector<ledger::Hash> digests(full_.size());
    for_each_in_threads(full_.size(), [&](std::size_t i) {
      digests[i] = World::digest(*full_[i]);
      if (i > 0) switch_off(*full_[i]);
    });
    out_.same_digest = std::count(digests.begin(), digests.end(), digests.front()) ==
                       static_cast<std::ptrdiff_t>(digests.size());
    out_.digest = ledger::hex(digests.front());
    full_.front()->ledger->ask([&](ledger::State& state, const ledger::DeviceView&) {
      const auto totals = state.totals();
      expect("topped up", totals.topups_minor, topped_up_minor_);
      expect("sold", totals.sales_minor, sold_minor_);
      for (const auto& customer : customers_) {
        if (customer.band.image.empty()) continue;
        const auto purse = test::purse_of(customer.band);
        expect("on a band", state.purse_balance_minor(purse), customer.left_minor);
      }
    });
  }

  const SiteOptions options_;
  const std::size_t stands_, zones_;
  test::SeededRandom random_;
  World world_;
  const std::uint64_t noon_ms_;
  std::vector<Device*> full_;                // the hub first, then desks
  std::vector<std::vector<Device*>> tills_;  // by stand
  std::vector<Neighbourhood> neighbours_;
  std::vector<double> sold_up_to_;  // by stand, popularity summed
  std::vector<Customer> customers_;
  std::uint64_t sold_minor_ = 0, topped_up_minor_ = 0;
  SiteDay out_;
};

}  // namespace

SiteDay run_site(const SiteOptions& options) {
  remember_signatures(true);
  auto out = Site(options).run();
  remember_signatures(true);
  return out;
}

}  // namespace verbena::sim
