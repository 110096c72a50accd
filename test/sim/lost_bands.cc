// SPDX-License-Identifier: Apache-2.0
#include "test/sim/lost_bands.h"

#include <algorithm>

#include "test/support/replacement.h"

namespace verbena::sim {

namespace {

constexpr std::uint64_t charged_minor = 7'000;  // more than offline_max: something goes at once
constexpr std::size_t customers_max = 40;

__int128 balance_at(SimNode& node, std::uint64_t purse) {
  __int128 out = 0;
  node.ledger().ask(
      [&](ledger::State& state, const auto&) { out = state.purse_balance_minor(purse); });
  return out;
}

bool heard_of(SimNode& node, SimNode& other) {
  const auto logs = node.ledger().logs();
  return std::any_of(logs.begin(), logs.end(), [&](const ledger::LogSummary& log) {
    return log.name.certificate == other.device().identity.certificate.hash;
  });
}

}  // namespace

std::uint64_t purse_on(const std::string& image) {
  const auto band = ledger::decode_band(image);
  const auto newest = ledger::newest_slot(*band, [](const auto&, auto) { return true; });
  return newest->slot.head.purse;
}

bool knows_blocked(SimNode& node, std::uint64_t purse) {
  bool out = false;
  if (!node.up()) return false;
  node.ledger().ask([&](ledger::State& state, const auto&) {
    out = state.blocked(purse) || state.purse(purse).replaced_by != 0;
  });
  return out;
}

void LostBands::act() {
  if (!lost_.empty() && field_.random.below(3) != 0) {
    return ask_again(lost_[field_.random.below(lost_.size())]);
  }
  lose();
}

void LostBands::lose() {
  auto& random = field_.random;
  if (field_.customers.size() >= customers_max) return;
  const std::size_t loser = random.below(field_.customers.size());
  if (random.below(2) == 0) {
    schemas::OperateRequest charge;
    charge.set_intent(random.next());
    charge.mutable_top_up()->set_amount_minor(charged_minor);
    charge.mutable_top_up()->set_tender("cash");
    (void)field_.node(field_.desk)
        .operate(charge, &field_.customers[loser].band, SimNode::Tap::whole);
  }
  const bool by_boss = field_.boss != 0 && random.below(2) == 0;
  const std::size_t office = by_boss ? field_.boss : field_.hub;
  if (!field_.node(office).up()) return;
  Customer& customer = field_.customers[loser];
  const std::string old = customer.band;
  customer.band = field_.world.band().image;
  customer.copy = old;  // whoever found it
  customer.lost.push_back(old);
  lost_.push_back({purse_on(old), loser});
  ++field_.result.faults["band lost"];
  replace(office, purse_on(old), customer.band);
  if (field_.boss == 0 || random.below(3) != 0) return;
  // The same person at another desk, or somebody who says that it was theirs.
  Customer other;
  other.band = field_.world.band().image;
  other.meals_given = customer.meals_given;
  const std::size_t elsewhere = by_boss ? field_.hub : field_.boss;
  if (replace(elsewhere, purse_on(old), other.band) == 0) return;
  ++field_.result.faults["band replaced at two places"];
  field_.customers.push_back(std::move(other));
}

// The rest, as soon as all know.
void LostBands::ask_again(const Lost& lost) {
  const std::size_t office =
      field_.boss != 0 && field_.random.below(2) == 0 ? field_.boss : field_.hub;
  replace(office, lost.purse, field_.customers[lost.customer].band);
}

std::uint64_t LostBands::replace(std::size_t office, std::uint64_t old, const std::string& fresh) {
  auto& node = field_.node(office);
  if (!node.up()) return 0;
  (void)node.operate(test::block_request(old));
  const __int128 there = balance_at(node, old);
  auto asked = test::replace_request(old);
  asked.set_intent(field_.random.next());
  asked.set_band(fresh);
  auto reply = node.operate(asked);
  if (reply.done().amount_minor() > 0) {
    field_.violate("I12: " + node.alias() + " gave a band's money away on nobody's word");
  }
  if (!reply.refused().request().empty()) {
    std::vector<const ledger::SigningKey*> keys;
    for (const auto& key : field_.world.approvers) keys.push_back(key.get());
    VERBENA_CHECK(node::approve_intent(asked, reply.refused(), keys).ok());
    reply = node.operate(asked);
  }
  const std::uint64_t moved = reply.done().amount_minor();
  if (moved == 0) return 0;
  if (moved > there) {
    field_.violate("I10: " + node.alias() + " moved more than was on a lost band");
  }
  // Whoever holds no block may still sell to the old band, for so much.
  const std::uint64_t reserve = sim_festival().limits().offline_max_minor();
  for (std::size_t i = 0; i < field_.nodes.size(); ++i) {
    const auto role = field_.node(i).device().identity.certificate.role;
    if (!field_.takes_part(i) || field_.unsafe[i] || !field_.node(i).up() ||
        !ledger::may(role, ledger::Action::balance) || ledger::is_office(role)) {
      continue;
    }
    if (heard_of(node, field_.node(i)) && !knows_blocked(field_.node(i), old) &&
        moved + reserve > there) {
      field_.violate("I10: " + node.alias() + " moved what a till may still sell for");
    }
  }
  const auto written = node.ledger().find_intent(asked.intent());
  if (!written) {
    field_.violate("I8: " + node.alias() + " forgot an intent");
    return moved;
  }
  const ledger::EventPlace place{written->log.id(), written->index};
  field_.acknowledged.push_back({office, reply.done().id(), place, asked, fresh});
  return moved;
}

}  // namespace verbena::sim
