// SPDX-License-Identifier: Apache-2.0
#include "test/sim/clones.h"

#include <algorithm>

#include "ledger/purse/band.h"

namespace verbena::sim {

namespace {

constexpr std::size_t raids_max = 2;  // of a day
constexpr std::uint64_t water_minor = 200;
constexpr std::uint64_t held_waters_min = 10;  // on a copied band
constexpr std::uint64_t held_waters_max = 70;
constexpr std::uint64_t between_ms = 3'000;  // the way from a till to the next, at most

ledger::PurseHead head_of(const std::string& image) {
  const auto band = ledger::decode_band(image);
  const auto newest = ledger::newest_slot(*band, [](const auto&, auto) { return true; });
  return newest->slot.head;
}

std::uint64_t left_minor(const std::string& image) {
  const auto head = head_of(image);
  return head.credited - head.debited;
}

// What this device holds of the purse: whether its last step, and whether one that this copy lacks.
struct Knowledge {
  bool past = false;
  bool other_copy = false;
};

Knowledge knowledge_of(SimNode& node, const std::string& copy) {
  const auto head = head_of(copy);
  Knowledge out;
  node.ledger().ask([&](ledger::State& state, const auto&) {
    const auto& known = state.purse(head.purse);
    out.past = known.counter >= head.counter;
    const bool taken = known.counter == head.counter && known.hash != head.hash;
    out.other_copy = known.frozen || known.counter > head.counter || taken;
  });
  return out;
}

std::uint64_t offline_max_minor() {
  return sim_festival().limits().offline_max_minor();
}

}  // namespace

void Clones::act() {
  auto& raids = field_.raids;
  if (raids.size() < raids_max && field_.random.below(2) == 0) return begin();
  if (!raids.empty()) carry_on(raids[field_.random.below(raids.size())]);
}

void Clones::begin() {
  auto& random = field_.random;
  auto& desk = field_.node(field_.desk);
  std::vector<std::size_t> tills;
  for (std::size_t i = field_.first_till; i < field_.nodes.size(); ++i) {
    if (field_.takes_part(i) && field_.node(i).up() && random.below(4) != 0) tills.push_back(i);
  }
  if (tills.size() < 2 || !desk.up()) return;
  // Cut off before the band is charged, a till does not know its last step either.
  const bool before = random.below(2) == 0;
  const auto cut_off = [&] {
    for (const auto till : tills) {
      for (const auto& other : field_.aliases) field_.network.cut(field_.aliases[till], other);
    }
  };
  CloneRaid raid;
  raid.once = random.below(2) == 0;
  raid.image = field_.world.band().image;
  if (before) cut_off();
  schemas::OperateRequest asked;
  asked.set_intent(random.next());
  asked.mutable_top_up()->set_tender("cash");
  asked.mutable_top_up()->set_amount_minor(
      water_minor * (held_waters_min + random.below(held_waters_max - held_waters_min)));
  if (!desk.operate(asked, &raid.image).has_done()) return;
  field_.scheduler.run_until(field_.scheduler.now_ms() + random.below(between_ms));
  if (!before) cut_off();
  raid.purse = head_of(raid.image).purse;
  raid.counter = head_of(raid.image).counter;
  raid.held_minor = left_minor(raid.image);
  ++field_.result.faults["band copied and carried to tills that were cut off"];
  field_.raids.push_back(std::move(raid));
  auto& begun = field_.raids.back();
  for (const auto till : tills) {
    std::string copy = begun.image;
    take_all(begun, till, copy);
    field_.scheduler.run_until(field_.scheduler.now_ms() + random.below(between_ms));
  }
}

// Later in the day: what is left on a copy is taken to any till, or the band as it was.
void Clones::carry_on(CloneRaid& raid) {
  auto& random = field_.random;
  const std::size_t till = field_.first_till + random.below(field_.tills);
  if (raid.once && raid.visits.contains({till, field_.node(till).put_back()})) return;
  std::vector<std::string*> copies;
  for (auto& [index, visit] : raid.visits) {
    if (left_minor(visit.copy) >= water_minor) copies.push_back(&visit.copy);
  }
  std::string again = raid.image;
  const bool fresh = copies.empty() || random.below(4) == 0;
  take_all(raid, till, fresh ? again : *copies[random.below(copies.size())]);
}

void Clones::take_all(CloneRaid& raid, std::size_t till, std::string& copy) {
  auto& node = field_.node(till);
  const std::uint64_t limit = offline_max_minor();
  for (bool more = true; more && node.up() && left_minor(copy) >= water_minor;) {
    const auto known = knowledge_of(node, copy);
    const std::uint64_t left = left_minor(copy);
    bool taken = false;
    for (const auto amount : {left, std::min(left, limit)}) {
      schemas::OperateRequest asked;
      asked.set_intent(field_.random.next());
      asked.mutable_sell()->set_tender("purse");
      auto* line = asked.mutable_sell()->add_line();
      line->set_sku("water");
      line->set_quantity(static_cast<std::uint32_t>(amount / water_minor));
      const auto reply = node.operate(asked, &copy);
      taken = reply.has_done();
      if (!taken) continue;
      auto& visit = raid.visits[{till, node.put_back()}];
      if (visit.first_id.empty()) {
        visit.first_id = reply.done().id();
        visit.past_known = known.past;
      } else {
        visit.once = false;
      }
      visit.informed &= known.other_copy;
      visit.copy = copy;
      break;
    }
    more = taken && !raid.once;
  }
}

}  // namespace verbena::sim
