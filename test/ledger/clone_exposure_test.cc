// SPDX-License-Identifier: Apache-2.0
// What copies of a band, and images put back on it, can cost: histories at random, each beside a
// model of who has heard of what. VERBENA_LONG=1: 20,000 of them.
#include <algorithm>
#include <bitset>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <map>

#include "ledger/purse/band.h"
#include "test/sim/memo.h"
#include "test/support/world.h"

using namespace verbena;
using test::Band;
using test::Device;
using test::World;

namespace {

constexpr std::uint64_t histories_long = 20'000;
constexpr std::uint64_t histories_short = 2'000;
constexpr std::uint64_t histories_of_a_festival = 20;
constexpr std::uint64_t water_minor = 200;
constexpr std::uint64_t offline_max_minor = 2'000;
constexpr std::size_t steps_max = 64;  // of one purse
constexpr std::size_t tills = 4;
constexpr std::size_t desk_at = tills, hub_at = tills + 1, devices = tills + 2;

std::uint64_t histories() {
  return std::getenv("VERBENA_LONG") != nullptr ? histories_long : histories_short;
}

schemas::Festival festival() {
  schemas::Festival out = test::small_festival();
  out.mutable_limits()->set_offline_max_minor(offline_max_minor);
  return out;
}

ledger::PurseHead head_of(const std::string& image) {
  const auto band = ledger::decode_band(image);
  return ledger::newest_slot(*band, [](const auto&, auto) { return true; })->slot.head;
}

using Steps = std::bitset<steps_max>;

// A step of the copied purse, and the image that it left: nothing of that is ever lost to a thief.
struct Step {
  std::string image;
  ledger::PurseHead head;
  std::size_t device = 0;
  std::uint64_t taken_minor = 0;
  Steps before;  // of which its device had heard, or which others had that it had heard of
  bool past_known = false;
};

// What a device has heard of this purse: steps whose events it holds, and steps seen on bands.
struct Heard {
  Steps held, seen;
  Steps all() const { return held | seen; }
};

struct Counts {
  std::uint64_t histories = 0, copied = 0, taps = 0, taken = 0, frozen_taps = 0, rolled_back = 0,
                limited = 0, honest_taps = 0, lossy = 0, at_bound = 0;
  std::uint64_t loss_minor = 0, bound_minor = 0;
};

enum class Answer { taken, frozen, rolled_back, limited };

Answer answer_of(const schemas::OperateReply& reply) {
  if (reply.has_done()) return Answer::taken;
  const std::string& code = reply.refused().code();
  CAPTURE(code, reply.refused().text());
  if (code == "purse-frozen") return Answer::frozen;
  if (code == "band-rolled-back") return Answer::rolled_back;
  REQUIRE(code == "limit-offline");
  return Answer::limited;
}

// Tills of four stands, or of three, a desk and a hub, at which one history after another happens.
struct Ground {
  Ground(std::uint64_t seed, bool one_stand_has_two_tills) : world(seed, festival()) {
    for (std::size_t i = 0; i < tills; ++i) {
      const std::size_t stand = one_stand_has_two_tills && i == 1 ? 0 : i;
      all.push_back(&world.add(schemas::VENDOR, "till-" + std::to_string(i),
                               "bar-" + std::to_string(1 + stand)));
    }
    all.push_back(&world.add(schemas::TOP_UP_DESK, "desk"));
    all.push_back(&world.add(schemas::HUB, "hub"));
    for (std::size_t round = 0; round < 2; ++round) {
      for (std::size_t i = 0; i < hub_at; ++i) World::meet(*all[hub_at], *all[i]);
    }
  }
  const std::string& stand_of(std::size_t device) const {
    return all[device]->identity.certificate.stand;
  }

  World world;
  std::vector<Device*> all;
};

class History {
 public:
  History(Ground& ground, Counts& counts)
      : ground_(ground), random_(ground.world.random), counts_(counts) {}

  void play();

 private:
  void meet(std::size_t a, std::size_t b);
  void heal();
  void thief_taps(std::size_t of, std::size_t device, std::uint64_t amount_minor);
  void thief_goes_round_once();
  void thief_does_anything();
  void honest_taps(std::size_t device);
  bool knows_a_fork(std::size_t device, bool of_two_stands) const;
  Answer expected(std::size_t of, std::size_t device, std::uint64_t debit_minor) const;
  std::size_t mutually_uninformed() const;
  std::uint64_t bound_minor() const;
  void weigh();

  std::uint64_t left_minor(std::size_t of) const {
    return steps_[of].head.credited - steps_[of].head.debited;
  }
  std::uint64_t held_minor() const { return left_minor(0); }  // B
  ledger::PurseView view(Device& device, std::uint64_t purse) {
    ledger::PurseView out;
    device.ledger->ask([&](ledger::State& state, const auto&) { out = state.purse(purse); });
    return out;
  }

  Ground& ground_;
  test::SeededRandom& random_;
  Counts& counts_;
  std::vector<Step> steps_;  // the first is the top-up
  std::array<Heard, devices> heard_;
  std::vector<Band> honest_;
};

void History::meet(std::size_t a, std::size_t b) {
  World::meet(*ground_.all[a], *ground_.all[b]);
  heard_[a].held |= heard_[b].held;
  heard_[a].seen |= heard_[b].seen;
  heard_[b] = heard_[a];
}

void History::heal() {
  for (std::size_t round = 0; round < 2; ++round) {
    for (std::size_t i = 0; i < hub_at; ++i) meet(hub_at, i);
  }
}

bool History::knows_a_fork(std::size_t device, bool of_two_stands) const {
  const Steps& held = heard_[device].held;
  for (std::size_t a = 0; a < steps_.size(); ++a) {
    for (std::size_t b = a + 1; b < steps_.size(); ++b) {
      const bool stands = ground_.stand_of(steps_[a].device) != ground_.stand_of(steps_[b].device);
      if (held[a] && held[b] && steps_[a].head.counter == steps_[b].head.counter &&
          (stands || !of_two_stands)) {
        return true;
      }
    }
  }
  return false;
}

// From what the device has heard alone: no step below one it knows, none beside it, none that says
// less was
// spent than another. Of two at the top, which only one stand's word says, the lower hash stands.
Answer History::expected(std::size_t of, std::size_t device, std::uint64_t debit_minor) const {
  if (knows_a_fork(device, true)) return Answer::frozen;
  const auto& head = steps_[of].head;
  const Steps known = heard_[device].all();
  const ledger::PurseHead* top = nullptr;
  std::uint64_t spent_minor = 0;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const auto& one = steps_[i].head;
    if (!known[i]) continue;
    spent_minor = std::max<std::uint64_t>(spent_minor, one.debited);
    if (top == nullptr || one.counter > top->counter ||
        (one.counter == top->counter && one.hash < top->hash)) {
      top = &one;
    }
  }
  if (top != nullptr &&
      (head.counter < top->counter || (head.counter == top->counter && head.hash != top->hash) ||
       head.debited < spent_minor)) {
    return Answer::rolled_back;
  }
  const bool news = top == nullptr || head.counter > top->counter;
  const bool sale = device != desk_at;
  return news && sale && debit_minor > offline_max_minor ? Answer::limited : Answer::taken;
}

// At the desk all that is left is paid out.
void History::thief_taps(std::size_t of, std::size_t device, std::uint64_t amount_minor) {
  if (left_minor(of) < water_minor || steps_.size() == steps_max) return;
  Band copy{steps_[of].image};
  const std::uint64_t debit = device == desk_at ? left_minor(of) : amount_minor;
  const Answer wanted = expected(of, device, debit);
  const bool past_known = heard_[device].all()[of];
  const Steps heard = heard_[device].all();
  auto& world = ground_.world;
  const auto reply = device == desk_at
                         ? world.refund(*ground_.all[device], copy)
                         : world.sell(*ground_.all[device], copy, "water",
                                      static_cast<std::uint32_t>(debit / water_minor));
  const Answer answer = answer_of(reply);
  CAPTURE(of, device, debit, steps_.size());
  CHECK(answer == wanted);
  ++counts_.taps;
  counts_.frozen_taps += answer == Answer::frozen;
  counts_.rolled_back += answer == Answer::rolled_back;
  counts_.limited += answer == Answer::limited;
  if (answer != Answer::taken) return;
  ++counts_.taken;
  Step step{copy.image, head_of(copy.image), device, debit, heard, past_known};
  step.before[of] = true;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    if (step.before[i]) step.before |= steps_[i].before;
  }
  if (!past_known) heard_[device].seen[of] = true;
  heard_[device].held[steps_.size()] = true;
  steps_.push_back(std::move(step));
}

void History::honest_taps(std::size_t device) {
  auto& band = honest_[random_.below(honest_.size())];
  const auto reply = ground_.world.sell(*ground_.all[device], band, "water");
  CAPTURE(reply.refused().code());
  CHECK((reply.has_done() || reply.refused().code() == "insufficient-funds"));
  ++counts_.honest_taps;
}

// Each till once, and none of them has heard of the band: the case that the limit bounds.
void History::thief_goes_round_once() {
  std::vector<std::size_t> way{0, 1, 2, 3};
  for (std::size_t i = way.size(); i > 1; --i) std::swap(way[i - 1], way[random_.below(i)]);
  way.resize(1 + random_.below(tills));
  for (const auto till : way) {
    const std::uint64_t most = std::min(held_minor(), offline_max_minor);
    if (most < held_minor()) thief_taps(0, till, held_minor());  // above the limit
    thief_taps(0, till, most);
    if (random_.below(2) == 0) honest_taps(random_.below(tills));
  }
}

void History::thief_does_anything() {
  const std::uint64_t acts = 8 + random_.below(16);
  const std::uint64_t meetings_of_ten = random_.below(5);
  for (std::uint64_t act = 0; act < acts; ++act) {
    if (random_.below(10) < meetings_of_ten) {
      const std::size_t a = random_.below(devices);
      meet(a, (a + 1 + random_.below(devices - 1)) % devices);
      continue;
    }
    if (random_.below(4) == 0) {
      honest_taps(random_.below(tills));
      continue;
    }
    const std::size_t of = random_.below(2) == 0 ? steps_.size() - 1 : random_.below(steps_.size());
    const std::size_t device = random_.below(8) == 0 ? desk_at : random_.below(tills);
    const std::uint64_t waters = left_minor(of) / water_minor;
    if (waters == 0) continue;
    const std::uint64_t asked = random_.below(3);
    const std::uint64_t many = asked == 0 ? 1 : asked == 1 ? waters : 1 + random_.below(waters);
    thief_taps(of, device, many * water_minor);
  }
}

// The most sales of which no till had heard of another's: the width of what was known when, as long
// as the fewest chains that cover it (Dilworth, Ann. of Math. 51, 1950), by matching.
std::size_t History::mutually_uninformed() const {
  const std::size_t n = steps_.size();
  std::vector<std::size_t> next_to(n, n);  // the step that follows this one in its chain is matched
  std::size_t matched = 0;
  for (std::size_t from = 1; from < n; ++from) {
    std::vector<bool> tried(n);
    const std::function<bool(std::size_t)> match = [&](std::size_t earlier) {
      for (std::size_t later = earlier + 1; later < n; ++later) {
        if (!steps_[later].before[earlier] || tried[later]) continue;
        tried[later] = true;
        if (next_to[later] == n || match(next_to[later])) {
          next_to[later] = earlier;
          return true;
        }
      }
      return false;
    };
    matched += match(from);
  }
  return n - 1 - matched;
}

// Section 7 of the design: k times what one of them may give, less what was on the band.
std::uint64_t History::bound_minor() const {
  std::map<std::size_t, std::pair<std::uint64_t, std::uint64_t>> given;  // by device: taps, at most
  bool limited = true;
  for (std::size_t i = 1; i < steps_.size(); ++i) {
    limited &= !steps_[i].past_known && steps_[i].device != desk_at;
    ++given[steps_[i].device].first;
  }
  for (const auto& [device, of] : given) limited &= of.first == 1;
  const std::size_t k = limited ? given.size() : mutually_uninformed();
  const std::uint64_t each = limited ? std::min(held_minor(), offline_max_minor) : held_minor();
  return k * each - std::min(k * each, held_minor());
}

void History::weigh() {
  heal();
  auto& hub = *ground_.all[hub_at];
  const std::uint64_t purse = steps_[0].head.purse;
  std::uint64_t taken = 0;
  for (std::size_t i = 1; i < steps_.size(); ++i) taken += steps_[i].taken_minor;
  const bool frozen = knows_a_fork(hub_at, true), forked = knows_a_fork(hub_at, false);
  for (auto* device : ground_.all) {
    const auto known = view(*device, purse);
    CHECK(known.frozen == frozen);
    CHECK(known.forked == forked);
    for (const auto& band : honest_) {
      const auto other = view(*device, head_of(band.image).purse);
      CHECK_FALSE((other.frozen || other.forked));
    }
  }
  std::int64_t balance = 0;
  hub.ledger->ask([&](ledger::State& state, const auto&) {
    balance = static_cast<std::int64_t>(
        state.accounts().balance(state.currency(), "purse/" + ledger::hex_u64(purse)));
  });
  CHECK(balance == static_cast<std::int64_t>(held_minor()) - static_cast<std::int64_t>(taken));
  const std::uint64_t loss = balance < 0 ? static_cast<std::uint64_t>(-balance) : 0;
  const std::uint64_t bound = bound_minor();
  CHECK(loss <= bound);
  ++counts_.histories;
  counts_.copied += forked;
  counts_.lossy += loss > 0;
  counts_.at_bound += loss > 0 && loss == bound;
  counts_.loss_minor += loss;
  counts_.bound_minor += bound;
  // Whoever comes now comes to a node that knows.
  for (std::size_t of = 0; of < steps_.size(); ++of) {
    thief_taps(of, random_.below(tills), water_minor);
  }
}

void History::play() {
  auto& world = ground_.world;
  const bool once = random_.below(4) == 0;
  for (int i = 0; i < 2; ++i) {
    honest_.push_back(world.band());
    REQUIRE(world.top_up(*ground_.all[desk_at], honest_.back(), 5 * water_minor).has_done());
  }
  Band band = world.band();
  const std::uint64_t amount = (2 + random_.below(28)) * water_minor;
  REQUIRE(world.top_up(*ground_.all[desk_at], band, amount).has_done());
  steps_.push_back({band.image, head_of(band.image), desk_at, 0, {}, false});
  heard_[desk_at].held[0] = true;
  if (once) {
    thief_goes_round_once();
  } else {
    if (random_.below(2) == 0) heal();
    thief_does_anything();
  }
  weigh();
}

void print(const Counts& counts) {
  const std::pair<const char*, std::uint64_t> all[] = {
      {"histories", counts.histories},
      {"in which two steps had one number", counts.copied},
      {"taps of copies", counts.taps},
      {"of them taken", counts.taken},
      {"refused as frozen", counts.frozen_taps},
      {"refused as rolled back or a copy", counts.rolled_back},
      {"refused above the limit", counts.limited},
      {"taps of honest bands, none refused as a copy", counts.honest_taps},
      {"histories with a loss", counts.lossy},
      {"of them with just the loss that is published", counts.at_bound},
      {"lost, in minor units", counts.loss_minor},
      {"at most, by the formula", counts.bound_minor},
  };
  for (const auto& [what, count] : all) {
    std::printf("%s: %llu\n", what, static_cast<unsigned long long>(count));
  }
}

}  // namespace

TEST_CASE("Copies of a band are found where anybody knows of another, and cost what is published") {
  sim::remember_signatures(true);
  Counts counts;
  std::unique_ptr<Ground> ground;
  for (std::uint64_t seed = 0; seed < histories(); ++seed) {
    if (seed % histories_of_a_festival == 0) {
      ground = std::make_unique<Ground>(1 + seed, seed / histories_of_a_festival % 4 == 0);
    }
    CAPTURE(seed);
    History(*ground, counts).play();
  }
  sim::remember_signatures(false);
  print(counts);
  CHECK(counts.histories == histories());
  // Else the bound was never near, and neither way of finding a copy was shown.
  CHECK(counts.copied > counts.histories / 3);
  CHECK(counts.at_bound > counts.histories / 20);
  CHECK(counts.frozen_taps > counts.histories);
  CHECK(counts.rolled_back > counts.histories);
  CHECK(counts.limited > counts.histories / 10);
}

TEST_CASE("A copy that ran ahead of the band it was made of is found by what it shows") {
  const bool topped_up = GENERATE(false, true);
  CAPTURE(topped_up);
  World world;
  auto& desk = world.add(schemas::TOP_UP_DESK, "desk");
  auto& far = world.add(schemas::VENDOR, "far", "bar-1");
  auto& near = world.add(schemas::VENDOR, "near", "bar-2");
  Band band = world.band();
  REQUIRE(world.top_up(desk, band, 10 * water_minor).has_done());
  Band copy = band;
  for (int i = 0; i < 3; ++i) REQUIRE(world.sell(far, copy, "water").has_done());
  REQUIRE((topped_up ? world.top_up(desk, band, water_minor) : world.sell(near, band, "water", 10))
              .has_done());
  World::meet(desk, near);
  for (const auto& reply :
       {world.sell(near, copy, "water"), world.top_up(desk, copy, water_minor)}) {
    CHECK(reply.refused().code() == "band-rolled-back");
  }
}
