// SPDX-License-Identifier: Apache-2.0
#include "test/sim/stock_day.h"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "ledger/shrinkage_input.h"
#include "ledger/stock/sheets.h"
#include "ledger/stock/shrinkage.h"
#include "test/support/world.h"

namespace verbena::sim {

using test::Band;
using test::Device;
using test::World;

namespace {

constexpr std::size_t zones = 4;
constexpr std::size_t stands_per_zone = 5;
constexpr std::size_t draught_bars = 2;  // of a zone, the last
constexpr std::size_t stands = zones * stands_per_zone;
constexpr std::uint64_t hour_s = 3'600;
constexpr std::uint64_t day_s = 8 * hour_s;
constexpr std::uint64_t second_delivery_s = 3 * hour_s;
constexpr std::uint64_t smashed_hour_s = 5 * hour_s;  // the till is last heard when it begins
// The office watches who sells, and one stand stops ringing up while all others go on.
constexpr std::uint64_t watch_from_s = 3 * hour_s + hour_s / 2;
constexpr std::uint64_t watch_each_s = 300;
constexpr std::uint64_t silent_from_s = 4 * hour_s;
constexpr std::uint64_t silent_s = 40 * 60;
constexpr std::uint64_t ppm = 1'000'000;
constexpr std::uint64_t sales_an_hour = 70;  // of a stand of usual pace at a usual hour
constexpr std::uint64_t hour_percent[] = {70, 85, 100, 120, 120, 115, 100, 90};
constexpr std::uint64_t cash_percent = 85;
constexpr std::size_t bands = 160;
constexpr std::uint64_t float_minor = 15'000;
constexpr std::int64_t crate_units = 24;

struct Goods {
  const char* sku;
  std::int64_t price_minor;
  std::uint32_t spread_basis_points;
  std::uint64_t share;         // of what is drunk, among those of the stand
  std::int64_t first, second;  // delivered to a stand
};
// Nothing runs out at the quickest stand: a stand that has sold out looks slow.
constexpr Goods goods[] = {
    {"beer", 450, 0, 4, 480, 648},    {"water", 200, 0, 3, 360, 480},
    {"cola", 300, 0, 2, 240, 336},    {"wine", 500, 0, 1, 144, 168},
    {"lager", 400, 200, 4, 500, 650}, {"cider", 450, 300, 2, 300, 350},
};
constexpr std::size_t kinds = std::size(goods);

struct Line {
  std::size_t item = 0;
  std::int64_t units = 0;
};
using Lines = std::vector<Line>;

// What is really there, whatever the logs say.
struct Shelf {
  std::array<std::int64_t, kinds> units{}, handled{}, poured{};
};

struct Till {
  Device* device = nullptr;
  std::int64_t drawer_minor = static_cast<std::int64_t>(float_minor);
  bool smashed = false;
};

struct Stand {
  std::string name;
  std::size_t zone = 0;
  std::vector<std::size_t> items;
  std::vector<Till> tills;
  Shelf shelf;
  std::uint64_t pace_percent = 100;
  std::uint64_t hidden_ppm = 0;     // of its sales
  std::uint64_t over_pour_ppm = 0;  // of its portions
  std::uint64_t friends_ppm = 0;    // of its sales
  std::int64_t drawer_taken_minor = 0;
  bool loses_till = false;
  bool falls_silent = false;     // for a while
  std::int64_t taken_minor = 0;  // by what is planted
};

bool draught(std::size_t item) {
  return goods[item].spread_basis_points > 0;
}

std::string stand_name(std::size_t index) {
  return "bar-" + std::to_string(index + 1);
}

std::string courier_name(std::size_t zone) {
  return "courier-" + std::to_string(zone + 1);
}

std::vector<std::size_t> items_of(std::size_t stand) {
  if (stand % stands_per_zone < stands_per_zone - draught_bars) return {0, 1, 2, 3};
  return {1, 2, 4, 5};
}

schemas::Festival settings() {
  schemas::Festival out = test::small_festival();
  auto* limits = out.mutable_limits();
  limits->set_purse_max_minor(1'000'000);
  limits->set_offline_max_minor(1'000'000);
  limits->set_unwitnessed_count(100'000);
  limits->set_unwitnessed_value_minor(1'000'000'000);
  limits->set_void_without_approval_minor(100'000);
  out.clear_item();
  for (const auto& one : goods) {
    auto* item = out.add_item();
    item->set_number(static_cast<std::uint32_t>(out.item_size()));
    item->set_sku(one.sku);
    item->set_price_minor(static_cast<std::uint64_t>(one.price_minor));
    item->set_cost_minor(static_cast<std::uint64_t>(one.price_minor / 3));
    item->set_tax_basis_points(2'100);
    item->set_spread_basis_points(one.spread_basis_points);
  }
  out.clear_stand();
  for (std::size_t i = 0; i < stands; ++i) {
    auto* stand = out.add_stand();
    stand->set_name(stand_name(i));
    stand->set_zone("zone-" + std::to_string(i / stands_per_zone + 1));
    for (const auto item : items_of(i)) stand->add_item(static_cast<std::uint32_t>(item + 1));
  }
  return out;
}

// Kinds of findings that stand for something planted.
bool stands_for(const std::string& planted, const std::string& found) {
  static const std::multimap<std::string, std::string> families = {
      {"hidden-cash", "variance"},
      {"hidden-cash", "creeping-variance"},
      {"smashed-till", "device-gap"},
      {"smashed-till", "variance"},
      {"smashed-till", "creeping-variance"},
      {"over-pouring", "yield"},
      {"over-pouring", "creeping-variance"},
      {"friends", "comps"},
      {"drawer", "drawer-short"},
      {"lost-crate", "short-delivery"},
      {"lost-crate", "variance"},
      {"short-handed", "short-delivery"},
      {"silent", "silent-stand"},
      {"silent", "variance"},
      {"silent", "creeping-variance"}};
  const auto [first, last] = families.equal_range(planted);
  return std::any_of(first, last, [&](const auto& row) { return row.second == found; });
}

class StockDay {
 public:
  explicit StockDay(const StockDayOptions& options)
      : random_(options.seed ^ 0x5704c4d4),
        world_(options.seed, settings()),
        opening_ms_(world_.clock.now_ms + hour_s * 1'000) {
    build();
    if (options.theft) plant();
  }

  StockDayResult run() {
    deliver(true);
    for (auto& stand : stands_) {
      for (auto& till : stand.tills) must(shift(*till.device, "open", float_minor), "open");
    }
    for (std::uint64_t now_s = 0; now_s < day_s; ++now_s) {
      if (now_s == second_delivery_s) {
        deliver(false);
        look(now_s);
      }
      const bool watched = now_s >= watch_from_s && now_s < smashed_hour_s;
      if (watched && now_s % watch_each_s == 0) watch(now_s);
      if (now_s == smashed_hour_s) hear_last();
      for (auto& stand : stands_) happen(stand, now_s);
    }
    close();
    judge();
    return std::move(result_);
  }

 private:
  void build() {
    hub_ = &world_.add(schemas::HUB, "hub");
    store_ = &world_.add(schemas::STORE, "store");
    desk_ = &world_.add(schemas::TOP_UP_DESK, "desk");
    supervisor_ = &world_.add(schemas::SUPERVISOR, "supervisor");
    for (std::size_t zone = 0; zone < zones; ++zone) {
      zone_hubs_.push_back(&world_.add(schemas::HUB, "hub-" + std::to_string(zone + 1)));
      couriers_.push_back(&world_.add(schemas::COURIER, courier_name(zone)));
    }
    vans_.resize(zones);
    for (std::size_t i = 0; i < stands; ++i) {
      Stand stand;
      stand.name = stand_name(i);
      stand.zone = i / stands_per_zone;
      stand.items = items_of(i);
      stand.pace_percent = 80 + random_.below(41);
      for (const char* side : {"a", "b"}) {
        stand.tills.push_back({&world_.add(schemas::VENDOR, stand.name + side, stand.name)});
      }
      stands_.push_back(std::move(stand));
    }
    // Those who joined early hear of those who joined later.
    Device& office = world_.device("root");
    World::meet(*hub_, office);
    for (std::size_t i = 0; i < bands; ++i) {
      bands_.push_back(world_.band());
      must(world_.top_up(*desk_, bands_.back(), 150'000), "topup");
    }
    World::meet(*hub_, *desk_);
    World::meet(*hub_, *supervisor_);
    World::meet(*hub_, *store_);
    for (std::size_t zone = 0; zone < zones; ++zone) {
      World::meet(*hub_, *zone_hubs_[zone]);
      World::meet(*zone_hubs_[zone], *couriers_[zone]);
    }
    for (auto& stand : stands_) {
      for (auto& till : stand.tills) World::meet(*zone_hubs_[stand.zone], *till.device);
    }
  }

  void plant() {
    std::vector<std::size_t> bottles, bars;
    for (std::size_t i = 0; i < stands; ++i)
      (draught(items_of(i).back()) ? bars : bottles).push_back(i);
    const auto draw = [&](std::vector<std::size_t>& from) -> Stand& {
      const auto at = static_cast<std::ptrdiff_t>(random_.below(from.size()));
      Stand& stand = stands_[from[static_cast<std::size_t>(at)]];
      from.erase(from.begin() + at);
      return stand;
    };
    const std::uint64_t thieves = 2 + random_.below(2);
    for (std::uint64_t i = 0; i < thieves; ++i) {
      draw(bottles).hidden_ppm = ppm * (20 + random_.below(61)) / 1'000;
    }
    draw(bottles).loses_till = true;
    draw(bottles).falls_silent = true;
    draw(bottles).friends_ppm = ppm / 12;
    draw(bars).drawer_taken_minor = 5'000 + static_cast<std::int64_t>(random_.below(10'000));
    draw(bars).over_pour_ppm = ppm * (80 + random_.below(61)) / 1'000;
    careless_courier_ = random_.below(zones);
    van_loses_ = random_.below(2) == 0;
    cheated_zone_ = (careless_courier_ + 1) % zones;
    short_crates_ = 1 + static_cast<std::int64_t>(random_.below(3));
  }

  void note(const std::string& kind, const std::string& holder, std::int64_t amount_minor,
            bool detectable) {
    result_.planted.push_back({kind, holder, amount_minor, detectable});
  }

  bool must(const schemas::OperateReply& reply, const std::string& what) {
    if (reply.has_done()) return true;
    result_.unexpected.push_back(what + ": " + reply.refused().code());
    return false;
  }

  void set_clock(std::uint64_t now_s) {  // a tap takes the second before
    world_.clock.now_ms = std::max(world_.clock.now_ms, opening_ms_ + now_s * 1'000 - 1'000);
  }

  schemas::OperateReply shift(Device& device, const char* action, std::uint64_t amount_minor) {
    schemas::OperateRequest request;
    request.mutable_shift()->set_action(action);
    request.mutable_shift()->set_amount_minor(amount_minor);
    request.mutable_shift()->set_bag("bag");
    return world_.approved(device, request);
  }

  void move(Device& device, const char* action, const Lines& lines, const std::string& to = {}) {
    schemas::OperateRequest request;
    request.mutable_stock()->set_action(action);
    request.mutable_stock()->set_to(to);
    for (const auto& line : lines) {
      auto* out = request.mutable_stock()->add_line();
      out->set_sku(goods[line.item].sku);
      out->set_quantity(static_cast<std::uint32_t>(line.units));
    }
    must(world_.approved(device, request), action);
  }

  static void add(Shelf& shelf, const Lines& lines, std::int64_t sign) {
    for (const auto& line : lines) {
      shelf.units[line.item] += sign * line.units;
      if (sign > 0) shelf.handled[line.item] += line.units;
    }
  }

  static Lines wanted(const Stand& stand, bool first) {
    Lines out;
    for (const auto item : stand.items) {
      out.push_back({item, first ? goods[item].first : goods[item].second});
    }
    return out;
  }

  // Supplier to store, store to couriers, couriers to stands. Full crates are counted without
  // error.
  void deliver(bool first) {
    std::vector<Lines> loads(zones);
    for (std::size_t zone = 0; zone < zones; ++zone) {
      std::array<std::int64_t, kinds> sum{};
      for (const auto& stand : stands_) {
        if (stand.zone != zone) continue;
        for (const auto& line : wanted(stand, first)) sum[line.item] += line.units;
      }
      for (std::size_t item = 0; item < kinds; ++item) loads[zone].push_back({item, sum[item]});
    }
    if (first) {
      Lines bought;
      for (std::size_t item = 0; item < kinds; ++item) {
        const auto stock =
            static_cast<std::int64_t>(stands) * (goods[item].first + goods[item].second);
        bought.push_back({item, stock});
      }
      move(*store_, "deliver", bought);
      add(storeroom_, bought, 1);
    }
    for (std::size_t zone = 0; zone < zones; ++zone) {
      move(*store_, "dispatch", loads[zone], courier_name(zone));
      add(storeroom_, loads[zone], -1);
      World::meet(*hub_, *store_);
      World::meet(*hub_, *zone_hubs_[zone]);
      World::meet(*zone_hubs_[zone], *couriers_[zone]);
      carry(zone, loads[zone], first);
      World::meet(*hub_, *zone_hubs_[zone]);
    }
  }

  // Of a till that is going to be smashed.
  void hear_last() {
    for (auto& stand : stands_) {
      if (stand.loses_till) World::meet(*zone_hubs_[stand.zone], *stand.tills[1].device);
    }
  }

  void carry(std::size_t zone, Lines load, bool first) {
    Device& courier = *couriers_[zone];
    Shelf& van = vans_[zone];
    std::int64_t short_units = 0;
    if (!first && cheated_zone_ == zone) {
      short_units = short_crates_ * crate_units;
      load[0].units -= short_units;
      note("short-handed", "store", short_units * goods[0].price_minor, true);
    }
    move(courier, "receive", load);
    add(van, load, 1);
    const bool loses = !first && careless_courier_ == zone;
    for (auto& stand : stands_) {
      if (stand.zone != zone) continue;
      Lines lines = wanted(stand, first);
      for (auto& line : lines) {  // the first stand gets fewer
        const auto less = line.item == 0 ? std::min(short_units, line.units) : 0;
        line.units -= less;
        short_units -= less;
      }
      Lines arriving = lines;
      if (loses && &stand == &stands_[zone * stands_per_zone]) {
        arriving[0].units -= crate_units;
        if (van_loses_) lines = arriving;
        note("lost-crate", courier_name(zone), crate_units * goods[0].price_minor, true);
      }
      move(courier, "dispatch", lines, stand.name);
      add(van, lines, -1);
      if (loses && van_loses_ && &stand == &stands_[zone * stands_per_zone]) {
        van.units[0] -= crate_units;
      }
      World::meet(*zone_hubs_[zone], courier);
      Device& till = *stand.tills[0].device;
      World::meet(*zone_hubs_[zone], till);
      move(till, "receive", arriving);
      add(stand.shelf, arriving, 1);
    }
  }

  // A second of a stand.
  void happen(Stand& stand, std::uint64_t now_s) {
    const std::uint64_t pace =
        sales_an_hour * stand.pace_percent * hour_percent[now_s / hour_s] * ppm / 10'000;
    const auto due = [&](std::uint64_t hourly_ppm) {
      return random_.below(hour_s * ppm) < hourly_ppm;
    };
    if (due(pace)) serve(stand, now_s);
    if (due(ppm * 2 / 3)) throw_away(stand, now_s);
    if (due(ppm * 2 / 3)) give(stand, now_s, 1);
    if (now_s == day_s / 2) {
      for (auto& till : stand.tills) drop(till, now_s);
    }
    if (stand.loses_till && now_s == smashed_hour_s + hour_s) stand.tills[1].smashed = true;
  }

  std::size_t choose(const Stand& stand) {
    std::uint64_t all = 0;
    for (const auto item : stand.items) all += goods[item].share;
    std::uint64_t at = random_.below(all);
    for (const auto item : stand.items) {
      if (at < goods[item].share) return item;
      at -= goods[item].share;
    }
    return stand.items[0];
  }

  void serve(Stand& stand, std::uint64_t now_s) {
    const std::size_t item = choose(stand);
    const auto units = static_cast<std::int64_t>(1 + random_.below(6));
    Till& till = stand.tills[stand.tills[1].smashed ? 0 : random_.below(2)];
    const bool silent =
        stand.falls_silent && now_s >= silent_from_s && now_s < silent_from_s + silent_s;
    const bool hidden = random_.below(ppm) < stand.hidden_ppm || silent;
    const bool cash = random_.below(100) < cash_percent || hidden;
    const bool regretted = random_.below(250) == 0;
    const bool friends = random_.below(ppm) < stand.friends_ppm;
    Band& band = bands_[random_.below(bands)];
    const std::int64_t worth_minor = units * goods[item].price_minor;
    // Goods that are about to run out are not offered any more.
    if (stand.shelf.units[item] - stand.shelf.poured[item] / 4 < units) return;
    set_clock(now_s);
    if (friends) {
      const auto given = std::min<std::int64_t>(units, 3);
      give(stand, now_s, given, item);
      stand.taken_minor += given * goods[item].price_minor;
      return;
    }
    if (hidden) {
      stand.shelf.units[item] -= units;
      stand.taken_minor += worth_minor;
      return;
    }
    const auto quantity = static_cast<std::uint32_t>(units);
    const auto reply = cash ? world_.sell_cash(*till.device, goods[item].sku, quantity)
                            : world_.sell(*till.device, band, goods[item].sku, quantity);
    if (!must(reply, "sell")) return;
    if (regretted && cash) {
      must(world_.void_sale(*till.device, ledger::hex(reply.done().id())), "void");
      return;
    }
    stand.shelf.units[item] -= units;
    stand.shelf.poured[item] += draught(item) ? units : 0;
    if (stand.loses_till && &till == &stand.tills[1] && now_s >= smashed_hour_s) {
      stand.taken_minor += worth_minor;
    }
    if (!cash) return;
    till.drawer_minor += worth_minor;
    if (random_.below(20) == 0) {  // wrong change
      till.drawer_minor += random_.below(2) == 0 ? 50 : -50;
    }
  }

  void throw_away(Stand& stand, std::uint64_t now_s) {
    leave(stand, now_s, "waste", stand.items[random_.below(2)],
          static_cast<std::int64_t>(1 + random_.below(2)));
  }

  void give(Stand& stand, std::uint64_t now_s, std::int64_t units) {
    give(stand, now_s, units, stand.items[random_.below(2)]);
  }

  void give(Stand& stand, std::uint64_t now_s, std::int64_t units, std::size_t item) {
    leave(stand, now_s, "give", item, units);
  }

  void leave(Stand& stand, std::uint64_t now_s, const char* action, std::size_t item,
             std::int64_t units) {
    if (stand.shelf.units[item] < units) return;
    set_clock(now_s);
    must(world_.stock(*stand.tills[0].device, action, goods[item].sku,
                      static_cast<std::uint32_t>(units)),
         action);
    stand.shelf.units[item] -= units;
  }

  void drop(Till& till, std::uint64_t now_s) {
    set_clock(now_s);
    const std::int64_t minor = (till.drawer_minor - static_cast<std::int64_t>(float_minor)) / 2;
    if (minor <= 0) return;
    must(shift(*till.device, "drop", static_cast<std::uint64_t>(minor)), "drop");
    till.drawer_minor -= minor;
  }

  // Tills to their zone's hub, those to the office's.
  void gather() {
    for (auto& stand : stands_) {
      for (auto& till : stand.tills) {
        if (!till.smashed) World::meet(*zone_hubs_[stand.zone], *till.device);
      }
    }
    for (std::size_t zone = 0; zone < zones; ++zone) {
      World::meet(*zone_hubs_[zone], *couriers_[zone]);
      World::meet(*hub_, *zone_hubs_[zone]);
    }
    World::meet(*hub_, *store_);
  }

  void close() {
    set_clock(day_s);
    plan_ends();
    for (auto& stand : stands_) {
      for (auto& till : stand.tills) {
        if (till.smashed) continue;
        till.drawer_minor -= &till == &stand.tills[0] ? stand.drawer_taken_minor : 0;
        must(shift(*till.device, "close", static_cast<std::uint64_t>(till.drawer_minor)), "close");
        must(world_.close_sheet(*till.device), "sheet");
      }
      pour(stand);
      count(*stand.tills[0].device, stand.shelf, stand.items);
    }
    std::vector<std::size_t> all(kinds);
    for (std::size_t item = 0; item < kinds; ++item) all[item] = item;
    for (std::size_t zone = 0; zone <= zones; ++zone) {
      Device& device = zone == zones ? *store_ : *couriers_[zone];
      must(world_.close_sheet(device), "sheet");
      count(device, zone == zones ? storeroom_ : vans_[zone], all);
    }
    gather();
    World::meet(*hub_, *supervisor_);
    for (auto& stand : stands_) {
      if (!stand.tills[1].smashed) continue;
      schemas::OperateRequest request;
      request.mutable_close_sheet()->set_device(stand.name + "b");
      must(world_.approved(*supervisor_, request, 1), "close-sheet");
    }
    World::meet(*hub_, *supervisor_);
    look(day_s);
  }

  // What the day's takings came to, now that they are known.
  void plan_ends() {
    for (auto& stand : stands_) {
      if (stand.hidden_ppm > 0) note("hidden-cash", stand.name, stand.taken_minor, true);
      if (stand.loses_till) note("smashed-till", stand.name, stand.taken_minor, true);
      if (stand.falls_silent) note("silent", stand.name, stand.taken_minor, true);
      if (stand.friends_ppm > 0) note("friends", stand.name, stand.taken_minor, true);
      if (stand.drawer_taken_minor > 0) note("drawer", stand.name, stand.drawer_taken_minor, true);
    }
  }

  // Draught goods left the kegs by their true yield, and by the bartender's hand. Of the portions
  // drawn at most the spread is missing or too much.
  void pour(Stand& stand) {
    std::int64_t extra_minor = 0;
    for (const auto item : stand.items) {
      if (!draught(item)) continue;
      const auto spread = static_cast<std::int64_t>(goods[item].spread_basis_points);
      const std::int64_t yield =
          static_cast<std::int64_t>(random_.below(2 * goods[item].spread_basis_points + 1)) -
          spread;
      const std::int64_t poured = stand.shelf.poured[item];
      const auto extra =
          poured * static_cast<std::int64_t>(stand.over_pour_ppm) / static_cast<std::int64_t>(ppm);
      stand.shelf.units[item] -= poured * 10'000 / (10'000 - yield) - poured + extra;
      extra_minor += extra * goods[item].price_minor;
    }
    if (stand.over_pour_ppm > 0) note("over-pouring", stand.name, extra_minor, true);
  }

  // Both persons agree on the same wrong figure.
  void count(Device& device, const Shelf& shelf, const std::vector<std::size_t>& items) {
    schemas::OperateRequest request;
    request.mutable_count()->set_of("closing");
    for (const auto item : items) {
      const std::int64_t error = (shelf.handled[item] + 100) / 200;  // 0.5 %
      std::int64_t units = shelf.units[item];
      const auto wrong =
          static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(2 * error + 1)));
      if (units > error) units += wrong - error;  // what is gone is gone
      if (units < 0)
        result_.unexpected.push_back("nothing is left of " + device.identity.certificate.alias);
      auto* line = request.mutable_count()->add_line();
      line->set_sku(goods[item].sku);
      line->set_quantity(static_cast<std::uint32_t>(std::max<std::int64_t>(units, 0)));
    }
    const auto role = device.identity.certificate.role;
    for (const char* person : {"first", "second"}) {
      world_.clock.now_ms += 1'000;
      node::TapSession session(*device.ledger, world_.random, {role, person, {role}});
      must(session.begin(request), "count");
    }
    world_.open_counts(device);
  }

  // `linked`: devices whose silence is known to last until now.
  ledger::ShrinkageInput seen_by_office(std::uint64_t now_s,
                                        const std::set<ledger::Hash>& linked = {}) {
    world_.clock.now_ms = std::max(world_.clock.now_ms, opening_ms_ + now_s * 1'000);
    const auto now = static_cast<std::int64_t>(world_.clock.now_ms / 1'000);
    auto held = hub_->ledger->logs();
    ledger::known_until(held, linked, now);
    ledger::ShrinkageInput out;
    hub_->ledger->ask([&](ledger::State& state, const ledger::DeviceView&) {
      out = ledger::shrinkage_input(state, held, now);
    });
    return out;
  }

  // Silence is told while it lasts.
  void watch(std::uint64_t now_s) {
    gather();
    std::set<ledger::Hash> linked;
    for (const auto& stand : stands_) {
      for (const auto& till : stand.tills) linked.insert(till.device->identity.certificate.hash);
    }
    for (const auto& finding : ledger::find_shrinkage(seen_by_office(now_s, linked)).findings) {
      if (finding.kind != ledger::FindingKind::silent_stand) continue;
      if (silences_.contains(finding.holder)) continue;
      silences_.emplace(finding.holder, found(finding, static_cast<std::int64_t>(now_s)));
    }
  }

  static Found found(const ledger::StockFinding& finding, std::int64_t at_s) {
    Found out{ledger::finding_kind_name(finding.kind),
              finding.holder,
              finding.money_minor,
              at_s,
              static_cast<std::uint32_t>(ppm) - finding.false_alarm_ppm,
              ledger::adds_to_loss(finding.kind)};
    for (const auto& id : finding.evidence) out.evidence.push_back(ledger::hex(id));
    return out;
  }

  // What the office's hub sees now.
  void look(std::uint64_t now_s) {
    const ledger::ShrinkageInput input = seen_by_office(now_s);
    const auto report = ledger::find_shrinkage(input);
    result_.found.clear();
    for (const auto& finding : report.findings) {
      const auto key = std::tuple(finding.kind, finding.holder, finding.subject);
      const auto seen = first_seen_.try_emplace(key, static_cast<std::int64_t>(now_s)).first;
      result_.found.push_back(found(finding, seen->second));
    }
    for (const auto& [holder, silence] : silences_) result_.found.push_back(silence);
    result_.unjudged = report.unjudged.size();
    result_.sheets = result_.sales = 0;
    for (const auto& sheet : input.sheets) {
      result_.sheets += sheet.final;
      result_.sales += sheet.sales.count;
    }
  }

  void judge() {
    const auto matches = [](const Planted& planted, const Found& found) {
      return planted.holder == found.holder && stands_for(planted.kind, found.kind);
    };
    for (const auto& planted : result_.planted) {
      if (std::none_of(result_.found.begin(), result_.found.end(),
                       [&](const auto& found) { return matches(planted, found); })) {
        result_.missed.push_back(planted);
      }
    }
    for (const auto& found : result_.found) {
      const bool explained =
          std::any_of(result_.planted.begin(), result_.planted.end(), [&](const auto& planted) {
            return matches(planted, found) ||
                   (!found.adds_to_loss && planted.holder == found.holder);
          });
      if (!explained) result_.false_alarms.push_back(found);
    }
  }

  test::SeededRandom random_;
  World world_;
  const std::uint64_t opening_ms_;
  Device* hub_ = nullptr;
  Device* store_ = nullptr;
  Device* desk_ = nullptr;
  Device* supervisor_ = nullptr;
  std::vector<Device*> zone_hubs_, couriers_;
  std::vector<Stand> stands_;
  std::vector<Band> bands_;
  Shelf storeroom_;
  std::vector<Shelf> vans_;
  std::size_t careless_courier_ = zones, cheated_zone_ = zones;  // none
  bool van_loses_ = false;
  std::int64_t short_crates_ = 0;
  std::map<std::string, Found> silences_;  // by stand, as first told
  std::map<std::tuple<ledger::FindingKind, std::string, std::string>, std::int64_t> first_seen_;
  StockDayResult result_;
};

}  // namespace

std::int64_t StockDayResult::planted_minor() const {
  std::int64_t sum = 0;
  for (const auto& one : planted) sum += one.amount_minor;
  return sum;
}

std::int64_t StockDayResult::loss_minor() const {
  std::int64_t sum = 0;
  for (const auto& one : found) sum += one.adds_to_loss ? one.amount_minor : 0;
  return sum;
}

bool StockDayResult::passed() const {
  return unexpected.empty() &&
         std::none_of(missed.begin(), missed.end(), [](const auto& m) { return m.detectable; }) &&
         std::none_of(false_alarms.begin(), false_alarms.end(),
                      [](const auto& alarm) { return alarm.adds_to_loss; });
}

StockDayResult run_stock_day(const StockDayOptions& options) {
  return StockDay(options).run();
}

}  // namespace verbena::sim
