// SPDX-License-Identifier: Apache-2.0
#include "test/sim/field.h"

#include <algorithm>

namespace verbena::sim {

namespace {

constexpr std::size_t goods_from_nodes = 6;  // a store and a supervisor's device are there as well
constexpr std::size_t spare_from_nodes = 7;
constexpr std::size_t hostile_share = 5;  // one node of so many
constexpr std::size_t stands = 4;
constexpr std::size_t customers_at_start = 6;
constexpr schemas::Role hostile_roles[] = {schemas::VENDOR, schemas::TOP_UP_DESK, schemas::STORE,
                                           schemas::COURIER};

}  // namespace

schemas::Festival sim_festival(bool by_zone) {
  schemas::Festival out = test::small_festival();
  out.mutable_item(1)->set_meal(true);
  out.set_follow_zone(by_zone);
  if (by_zone) test::place_in_zones(out);
  return out;
}

Field::Field(const DayOptions& given)
    : options(given),
      random(given.seed),
      world(given.seed ^ 0x9e3779b97f4a7c15, sim_festival(given.by_zone)),
      network(scheduler, random) {
  enrol();
  connect();
  LinkQuality quality;
  quality.delay_ms = 1 + random.below(random.below(4) == 0 ? 2'000 : 60);
  quality.jitter_ms = random.below(2 * quality.delay_ms + 1);
  quality.bytes_per_ms = 8 + random.below(1'250);
  network.set_quality(quality);
  network.set_repeats(random.below(2) == 0);
  for (std::size_t i = 0; i < customers_at_start; ++i) customers.push_back({world.band().image});
}

void Field::enrol() {
  const bool attacked = options.hostile && random.below(2) == 0;
  const std::size_t liars = attacked ? options.nodes / hostile_share : 0;
  const std::size_t honest = options.nodes - liars;
  world.add(schemas::HUB, "hub");
  world.add(schemas::TOP_UP_DESK, "desk");
  aliases = {"hub", "desk"};
  if (honest >= goods_from_nodes) {
    store = aliases.size();
    world.add(schemas::STORE, aliases.emplace_back("store"));
    boss = aliases.size();
    world.add(schemas::SUPERVISOR, aliases.emplace_back("boss"));
  }
  if (honest >= spare_from_nodes && random.below(3) == 0) {
    spare = aliases.size();
    world.add(schemas::HUB, aliases.emplace_back("hub-2"));
  }
  first_till = aliases.size();
  for (std::size_t i = first_till; i < honest; ++i) {
    const std::size_t stand = 1 + (i - first_till) / 2 % stands;  // two tills each
    world.add(schemas::VENDOR, aliases.emplace_back("pos-" + std::to_string(i)),
              "bar-" + std::to_string(stand));
  }
  tills = aliases.size() - first_till;
  for (std::size_t i = 0; i < liars; ++i) {
    const std::string alias = "liar-" + std::to_string(i + 1);
    const bool member = i > 0 || random.below(4) != 0;
    const schemas::Role role = hostile_roles[random.below(std::size(hostile_roles))];
    if (member) world.add(role, alias, role == schemas::VENDOR ? "bar-1" : "");
    hostile.push_back(
        std::make_unique<HostileNode>(scheduler, network, world, alias, member, random.next()));
  }
  result.hostile = liars;
  for (int round = 0; round < 2; ++round) {
    for (const auto& alias : aliases) test::World::meet(world.device(alias), world.device("root"));
  }
}

void Field::connect() {
  for (const auto& alias : aliases) {
    nodes.push_back(std::make_unique<SimNode>(scheduler, network, world.root, world.device(alias),
                                              random.next()));
    nodes.back()->watch([this](const std::string& what) { violate(what); });
  }
  for (std::size_t i = 1; i < nodes.size(); ++i) {
    nodes[i]->add_peer("hub");
    if (spare != 0 && i != spare) nodes[i]->add_peer(aliases[spare]);
    nodes[i]->add_peer(aliases[1 + random.below(nodes.size() - 1)]);
    if (i > first_till && i % 2 == 1) nodes[i]->add_peer(aliases[i - 1]);
  }
  for (auto& liar : hostile) liar->know(aliases);
  destroyed.resize(nodes.size());
  unsafe.resize(nodes.size());
  revoked.resize(nodes.size());
}

std::size_t Field::reference_index() const {
  return destroyed[hub] ? spare : hub;
}

bool Field::certified(const ledger::Hash& certificate) const {
  if (certificate == world.root.hash) return true;
  const auto is = [&](const auto& host) { return host->certificate() == certificate; };
  return std::any_of(nodes.begin(), nodes.end(), is) ||
         std::any_of(hostile.begin(), hostile.end(),
                     [&](const auto& liar) { return liar->member() && is(liar); });
}

void Field::violate(const std::string& what) {
  auto& known = result.violations;
  if (std::find(known.begin(), known.end(), what) != known.end()) return;
  known.push_back(what);
  if (options.on_violation) options.on_violation(what);
}

}  // namespace verbena::sim
