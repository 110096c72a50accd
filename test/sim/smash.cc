// SPDX-License-Identifier: Apache-2.0
#include "test/sim/smash.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "ledger/audit.h"
#include "test/sim/baskets.h"
#include "test/sim/memo.h"

namespace verbena::sim {

using test::Band;
using test::Device;
using test::World;

namespace {

constexpr std::size_t neighbours = 3;  // they stand for all other tills of the zone
constexpr std::uint64_t charged_at_first_minor = 50'000;
constexpr std::uint64_t top_up_minor = 5'000;
constexpr std::uint64_t heard_sales = 4;  // of the till, before it is cut off

struct Goods {
  const char* sku;
  std::uint64_t price_minor;
  std::uint64_t percent;  // of the sales
};
constexpr Goods goods[] = {
    {"beer", 500, 40}, {"water", 250, 15}, {"plate", 1'000, 30}, {"cocktail", 900, 15}};

schemas::Festival settings() {
  schemas::Festival out = test::small_festival();
  auto* limits = out.mutable_limits();
  limits->set_purse_max_minor(1'000'000);
  limits->set_offline_max_minor(1'000'000);
  // None: with the usual ones a till does not sell for an hour unheard.
  limits->clear_unwitnessed_count();
  limits->clear_unwitnessed_value_minor();
  out.clear_item();
  for (const auto& one : goods) {
    auto* item = out.add_item();
    item->set_number(static_cast<std::uint32_t>(out.item_size()));
    item->set_sku(one.sku);
    item->set_price_minor(one.price_minor);
    item->set_tax_basis_points(2'100);
  }
  for (auto& stand : *out.mutable_stand()) {
    stand.clear_item();
    for (const auto& item : out.item()) stand.add_item(item.number());
  }
  return out;
}

struct Basket {
  const Goods* goods = nullptr;
  std::uint32_t units = 0;
  std::int64_t worth_minor() const { return static_cast<std::int64_t>(goods->price_minor * units); }
};

struct Sold {
  std::int64_t worth_minor = 0;
  std::size_t customer = 0;
  bool by_band = false;
  bool seen = false;  // its band, elsewhere, later
};

class Smash {
 public:
  Smash(std::uint64_t seed, const CrowdOptions& crowd, std::vector<std::string>& unexpected)
      : unexpected_(unexpected),
        random_(seed ^ 0x53a5),
        world_(seed, settings()),
        day_(crowd_day(crowd, random_)),
        noon_ms_(world_.clock.now_ms + 3'600'000) {
    hub_ = &world_.add(schemas::HUB, "hub");
    desk_ = &world_.add(schemas::TOP_UP_DESK, "desk");
    till_ = &world_.add(schemas::VENDOR, "till", "bar-1");
    for (std::size_t i = 0; i < neighbours; ++i) {
      const std::string number = std::to_string(i + 2);
      neighbours_.push_back(&world_.add(schemas::VENDOR, "till-" + number, "bar-" + number));
    }
    World::meet(*hub_, world_.device("root"));  // of those who joined later, those hear who joined
    meet_all();
  }

  SmashedTill run() {
    set_clock(day_.cut_off_s - 60);
    for (std::uint64_t i = 0; i < heard_sales; ++i) heard_minor_ += sell_without_band();
    World::meet(*hub_, *till_);
    for (const auto& visit : day_.visits) {
      set_clock(visit.at_s);
      happen(visit);
    }
    till_->ledger.reset();  // its home with it
    till_->store.reset();
    meet_all();
    return judge();
  }

 private:
  void meet_all() {
    for (int round = 0; round < 2; ++round) {
      World::meet(*hub_, *desk_);
      for (auto* one : neighbours_) World::meet(*hub_, *one);
      if (till_->ledger) World::meet(*hub_, *till_);
    }
  }

  void set_clock(std::uint64_t at_s) {
    world_.clock.now_ms = std::max(world_.clock.now_ms, noon_ms_ + at_s * 1'000);
  }

  bool must(const schemas::OperateReply& reply, const std::string& what) {
    if (reply.has_done()) return true;
    unexpected_.push_back(what + ": " + reply.refused().code());
    return false;
  }

  Basket choose() {
    Basket out;
    std::uint64_t at = random_.below(100);
    for (const auto& one : goods) {
      out.goods = &one;
      if (at < one.percent) break;
      at -= one.percent;
    }
    out.units = units_of_sale(random_);
    return out;
  }

  // A customer's band, charged at a desk before the hour.
  Band& band_of(std::size_t customer) {
    const auto [found, fresh] = bands_.try_emplace(customer);
    if (fresh) {
      found->second = world_.band();
      must(world_.top_up(*desk_, found->second, charged_at_first_minor), "topup");
    }
    return found->second;
  }

  // By card or in cash: to evidence both are a sale without a band.
  std::int64_t sell_without_band() {
    const Basket basket = choose();
    must(world_.sell_cash(*till_, basket.goods->sku, basket.units), "sell");
    return basket.worth_minor();
  }

  void happen(const Visit& visit) {
    if (visit.where == Visit::Where::till) {
      sold_.push_back({0, visit.customer, visit.by_band, false});
      if (visit.by_band) {
        const Basket basket = choose();
        must(world_.sell(*till_, band_of(visit.customer), basket.goods->sku, basket.units), "sell");
        sold_.back().worth_minor = basket.worth_minor();
      } else {
        sold_.back().worth_minor = sell_without_band();
      }
      return;
    }
    Band& band = band_of(visit.customer);
    Device& other = *neighbours_[random_.below(neighbours_.size())];
    if (visit.where == Visit::Where::desk) {
      must(world_.top_up(*desk_, band, top_up_minor), "topup");
    } else if (visit.where == Visit::Where::exit) {
      schemas::OperateRequest request;
      request.mutable_balance();
      must(world_.tap(other, request, &band), "balance");
    } else {
      const Basket basket = choose();
      must(world_.sell(other, band, basket.goods->sku, basket.units), "sell");
    }
    for (auto& sale : sold_) sale.seen |= sale.by_band && sale.customer == visit.customer;
  }

  // What really happened beside what the hub says.
  SmashedTill judge() {
    SmashedTill out;
    out.sales = sold_.size();
    for (std::size_t i = 0; i < sold_.size(); ++i) {
      out.unwitnessed_minor += sold_[i].worth_minor;
      ++out.unknown_sales;
      if (!sold_[i].seen) continue;
      out.told_minor = out.unwitnessed_minor;
      out.paid_minor += sold_[i].worth_minor;
      out.unknown_sales = 0;
      ++out.seen_in_hour;
      out.seen_near_end += i + sales_near_the_end >= sold_.size();
    }
    const auto logs = hub_->ledger->logs();
    hub_->ledger->ask([&](ledger::State& state, const ledger::DeviceView&) {
      __int128 held_minor = 0;
      for (const auto& log : logs) {
        if (log.name.certificate != till_->identity.certificate.hash) continue;
        held_minor += state.trade_total_minor(log.id);
      }
      if (held_minor != heard_minor_)
        unexpected_.push_back("the hub holds what it cannot have heard");
      for (const auto& gap : ledger::device_gaps(state, logs)) {
        if (gap.device != "till") unexpected_.push_back("a gap of " + gap.device);
        out.priced_minor += static_cast<std::int64_t>(gap.claimed_minor - gap.held_minor);
      }
      out.charged_minor = static_cast<std::int64_t>(
          state.accounts().balance(state.currency(), "suspense/gap/till"));
    });
    return out;
  }

  std::vector<std::string>& unexpected_;
  test::SeededRandom random_;
  World world_;
  const CrowdDay day_;
  const std::uint64_t noon_ms_;
  Device* hub_ = nullptr;
  Device* desk_ = nullptr;
  Device* till_ = nullptr;
  std::vector<Device*> neighbours_;
  std::map<std::size_t, Band> bands_;
  std::int64_t heard_minor_ = 0;
  std::vector<Sold> sold_;
};

}  // namespace

SmashResult run_smash(const SmashOptions& options) {
  SmashResult out;
  for (std::uint64_t i = 0; i < options.tills; ++i) {
    remember_signatures(true);
    out.tills.push_back(Smash(options.seed * 1'000'003 + i, options.crowd, out.unexpected).run());
  }
  remember_signatures(true);
  return out;
}

bool SmashResult::passed() const {
  return unexpected.empty() && std::all_of(tills.begin(), tills.end(), [](const auto& till) {
           return till.priced_minor == till.told_minor && till.charged_minor == till.paid_minor;
         });
}

std::uint64_t SmashResult::sales() const {
  std::uint64_t sum = 0;
  for (const auto& till : tills) sum += till.sales;
  return sum;
}

std::int64_t SmashResult::unwitnessed_minor() const {
  std::int64_t sum = 0;
  for (const auto& till : tills) sum += till.unwitnessed_minor;
  return sum;
}

std::int64_t SmashResult::unknown_minor() const {
  std::int64_t sum = 0;
  for (const auto& till : tills) sum += till.unknown_minor();
  return sum;
}

double SmashResult::priced_share() const {
  return 1 - static_cast<double>(unknown_minor()) / static_cast<double>(unwitnessed_minor());
}

double SmashResult::p() const {
  std::uint64_t seen = 0, of = 0;
  for (const auto& till : tills) {
    seen += till.seen_near_end;
    of += std::min<std::uint64_t>(till.sales, sales_near_the_end);
  }
  return static_cast<double>(seen) / static_cast<double>(of);
}

double SmashResult::p_hour() const {
  std::uint64_t seen = 0;
  for (const auto& till : tills) seen += till.seen_in_hour;
  return static_cast<double>(seen) / static_cast<double>(sales());
}

double SmashResult::mean_ticket_minor() const {
  return static_cast<double>(unwitnessed_minor()) / static_cast<double>(sales());
}

double SmashResult::mean_unknown_minor() const {
  return static_cast<double>(unknown_minor()) / static_cast<double>(tills.size());
}

double SmashResult::standard_error_minor() const {
  const double mean = mean_unknown_minor();
  double squares = 0;
  for (const auto& till : tills) {
    const double off = static_cast<double>(till.unknown_minor()) - mean;
    squares += off * off;
  }
  const auto n = static_cast<double>(tills.size());
  return std::sqrt(squares / (n - 1) / n);
}

double SmashResult::formula_minor() const {
  return (1 - p()) / p() * mean_ticket_minor();
}

}  // namespace verbena::sim
