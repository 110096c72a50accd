// SPDX-License-Identifier: Apache-2.0
#include "test/oracle/random_beside.h"

#include "ledger/core/merkle.h"

namespace verbena::test {

namespace {

using ledger::Bytes;
using ledger::Draft;
using ledger::LogClass;

// A tip, the seller's word or none, and cups with the goods.
schemas::OperateRequest any_sale(SeededRandom& random) {
  const char* skus[] = {"draught", "draught", "rum", "water"};
  auto out = sell_request(skus[random.below(4)], 1 + static_cast<std::uint32_t>(random.below(3)),
                          random.below(3) == 0 ? "cash" : "purse");
  if (random.below(3) == 0) out.mutable_sell()->set_tip_minor(10 * (1 + random.below(90)));
  out.mutable_sell()->set_tip_confirmed(random.below(2) == 0);
  out.mutable_sell()->set_age_checked(random.below(4) != 0);
  if (out.sell().tender() == "purse" && random.below(3) == 0) {
    out.mutable_sell()->set_cash_minor(50 * (1 + random.below(8)));
  }
  return out;
}

schemas::OperateRequest any_meal(SeededRandom& random) {
  const char* skus[] = {"menu", "menu", "soup"};
  return sell_request(skus[random.below(3)], 1 + static_cast<std::uint32_t>(random.below(2)),
                      "meal");
}

// A part by this band, and most often the sale that it is a part of; sometimes the part comes back.
std::optional<schemas::OperateReply> pay_in_parts(World& world, Device& till, Band& band) {
  auto& random = world.random;
  auto request = sell_request("menu", 1, "purse");
  request.mutable_sell()->set_part_minor(50 * (1 + random.below(6)));
  const auto part = world.tap(till, request, &band);
  if (!part.has_done() || random.below(5) == 0) return part;
  const std::string id = ledger::hex(part.done().id());
  request.mutable_sell()->clear_part_minor();
  request.mutable_sell()->add_part(id);
  request.mutable_sell()->set_tender(random.below(2) == 0 ? "cash" : "purse");
  const auto sale = world.tap(till, request, &band);
  if (random.below(4) == 0) return part;  // so that the part may be voided
  return sale;
}

void add_posting(World& world, Draft& draft) {
  auto& random = world.random;
  const char* ids[] = {"", "", "gift", "gift", "cup", "bar-1", "bar-2", "crew"};
  // Most are about purses, tips and deposits.
  const schemas::AccountClass classes[] = {schemas::OUTSIDE, schemas::PURSE,   schemas::PURSE,
                                           schemas::STAND,   schemas::TIP,     schemas::TIP,
                                           schemas::DEPOSIT, schemas::DEPOSIT, schemas::FEE};
  auto* posting = draft.event.add_posting();
  posting->set_from(classes[random.below(9)]);
  posting->set_to(classes[random.below(9)]);
  posting->set_from_id(ids[random.below(8)]);
  posting->set_to_id(ids[random.below(8)]);
  posting->set_amount_minor(50 * (1 + random.below(6)));
}

Draft lying_grant(World& world, const ledger::PurseHead& head) {
  auto& random = world.random;
  schemas::Grant grant;
  grant.set_purse(head.purse);
  const schemas::GrantSource sources[] = {schemas::GRANT_GIFT, schemas::GRANT_DEPOSIT,
                                          schemas::GRANT_DEPOSIT, schemas::GRANT_VOID,
                                          schemas::GRANT_PAYMENT};
  grant.set_source(sources[random.below(5)]);
  grant.set_source_id(std::to_string(random.below(5)));
  if (random.below(8) == 0) grant.set_line(1);
  if (random.below(3) == 0) grant.set_meals(random.below(5) == 0 ? 256 : 2);
  Draft out;
  const bool returns = grant.source() == schemas::GRANT_DEPOSIT;
  const bool by_cups = returns == (random.below(6) != 0);
  out.log_class = by_cups ? LogClass::trade : LogClass::value;
  out.event.set_kind(by_cups ? schemas::KIND_DEPOSIT_RETURN : schemas::KIND_GRANT);
  out.event.set_payload(grant.SerializeAsString());
  auto* posting = out.event.add_posting();
  posting->set_from(returns ? schemas::DEPOSIT : schemas::OUTSIDE);
  posting->set_from_id(returns ? "cup" : "gift");
  posting->set_to(schemas::PURSE);
  posting->set_to_id(returns || random.below(4) == 0 ? "" : "gift");
  posting->set_amount_minor(50 * (1 + random.below(4)));
  if (random.below(3) == 0) add_posting(world, out);
  return out;
}

// The void of a sale of this purse, which gives back in another way than was paid.
std::optional<Draft> lying_void(World& world, Device& liar, const ledger::PurseHead& head) {
  auto& random = world.random;
  std::vector<Bytes> sales;
  liar.ledger->ask([&](ledger::State& state, const auto&) {
    for (const auto& id : state.purse(head.purse).posted_ids) sales.push_back(ledger::to_bytes(id));
  });
  if (sales.empty()) return std::nullopt;
  schemas::Grant grant;
  grant.set_purse(head.purse);
  grant.set_source(schemas::GRANT_VOID);
  grant.set_source_id(sales[random.below(sales.size())]);
  if (random.below(3) == 0) grant.set_meals(1);
  Draft out;
  out.log_class = LogClass::value;
  out.binds_rules = random.below(8) != 0;
  out.event.set_kind(schemas::KIND_GRANT);
  out.event.set_payload(grant.SerializeAsString());
  const schemas::AccountClass from[] = {schemas::STAND, schemas::STAND, schemas::TIP,
                                        schemas::DEPOSIT};
  for (std::uint64_t i = 0, n = 1 + random.below(3); i < n; ++i) {
    auto* posting = out.event.add_posting();
    posting->set_from(from[random.below(4)]);
    if (posting->from() == schemas::TIP) posting->set_from_id(liar.identity.certificate.stand);
    if (posting->from() == schemas::DEPOSIT) posting->set_from_id("cup");
    posting->set_to(schemas::PURSE);
    posting->set_to_id(random.below(3) == 0 ? "gift" : "");
    posting->set_amount_minor(10 * (1 + random.below(30)));
    if (posting->from() == schemas::STAND && random.below(3) == 0) {
      posting->set_to(schemas::OUTSIDE);
      posting->set_to_id(random.below(2) == 0 ? "crew" : "");
    }
  }
  return out;
}

// The first bytes of purse events here, to be named as parts.
void name_parts(World& world, Device& liar, const ledger::PurseHead& head, schemas::Sale& sale) {
  liar.ledger->ask([&](ledger::State& state, const auto&) {
    for (const auto& id : state.purse(head.purse).posted_ids) {
      if (world.random.below(3) == 0) sale.add_part(ledger::to_bytes(ledger::purse_prefix(id)));
    }
  });
  if (world.random.below(4) == 0) sale.add_part("no part");
}

// A step that pays from a gift, or a sale of what only grown-ups may buy.
Draft lying_sale(World& world, Device& liar, const ledger::PurseHead& head) {
  auto& random = world.random;
  Draft out;
  out.log_class = LogClass::trade;
  out.binds_rules = random.below(4) != 0;
  schemas::Sale sale;
  if (random.below(4) != 0) {
    sale.add_item(2 + static_cast<std::uint32_t>(random.below(6)));
    sale.add_quantity(1);
  }
  if (random.below(3) == 0) sale.set_meals(1);
  if (random.below(3) == 0) name_parts(world, liar, head, sale);
  sale.set_age_checked(static_cast<std::uint32_t>(9 * random.below(3)));
  out.event.set_payload(random.below(9) == 0 ? Bytes("?") : sale.SerializeAsString());
  const bool by_purse = random.below(2) == 0;
  out.event.set_kind(by_purse ? schemas::KIND_SALE_PREPARED : schemas::KIND_SALE);
  for (std::uint64_t i = 0, n = 1 + random.below(3); i < n; ++i) add_posting(world, out);
  for (auto& posting : *out.event.mutable_posting()) {
    if (random.below(5) == 0) continue;
    posting.set_from(by_purse && random.below(3) != 0 ? schemas::PURSE : schemas::OUTSIDE);
    if (posting.to() == schemas::PURSE) posting.set_to(schemas::STAND);
    if (posting.to() == schemas::STAND) posting.clear_to_id();
  }
  if (!by_purse) return out;
  auto* step = out.event.mutable_step();
  step->set_purse(head.purse);
  step->set_counter(head.counter + 1);
  step->set_credited(head.credited);
  step->set_debited(head.debited + 50 * random.below(12));
  step->set_gift_debited(
      std::min<std::uint64_t>(step->debited(), head.gift_debited + 50 * random.below(8)));
  step->set_meals_used(head.entitlements[0] + static_cast<std::uint32_t>(random.below(3)));
  step->set_previous(ledger::to_bytes(head.hash));
  return out;
}

// Cups that come back in a form of its own, or with a step.
Draft lying_return(World& world, const ledger::PurseHead& head) {
  auto& random = world.random;
  Draft out;
  out.log_class = LogClass::trade;
  out.event.set_kind(random.below(3) == 0 ? schemas::KIND_SALE : schemas::KIND_DEPOSIT_RETURN);
  auto* move = out.event.add_move();
  move->set_from(schemas::SOLD);
  move->set_to(schemas::HOLDER);
  move->add_item(3);
  move->add_quantity(1 + random.below(4));
  auto* posting = out.event.add_posting();
  posting->set_from(random.below(4) == 0 ? schemas::TIP : schemas::DEPOSIT);
  posting->set_from_id(random.below(4) == 0 ? "bar-1" : "cup");
  posting->set_to(schemas::OUTSIDE);
  posting->set_amount_minor(100 * move->quantity(0));
  if (random.below(6) == 0) {
    auto* step = out.event.mutable_step();
    step->set_purse(head.purse);
    step->set_counter(head.counter + 1);
    step->set_credited(head.credited);
    step->set_debited(head.debited);
    step->set_previous(ledger::to_bytes(head.hash));
  }
  return out;
}

}  // namespace

std::optional<schemas::OperateReply> do_beside(World& world, Device& till, Device& desk,
                                               Band& band) {
  auto& random = world.random;
  switch (random.below(11)) {
    case 8:
      world.approved(desk, meals_request(1 + static_cast<std::uint32_t>(random.below(3))),
                     random.below(3), &band);
      return std::nullopt;
    case 9: return world.tap(till, any_meal(random), &band);
    case 10: return pay_in_parts(world, till, band);
    case 0:
      world.approved(desk, gift_request(50 * (1 + random.below(20))), random.below(3), &band);
      return std::nullopt;
    case 1:
    case 2: {
      const auto cups = 1 + static_cast<std::uint32_t>(random.below(2));
      world.tap(till, return_request(cups, random.below(2) == 0 ? "cash" : "purse"), &band);
      return std::nullopt;
    }
    default: return world.tap(till, any_sale(random), &band);
  }
}

void lie_beside(World& world, Device& liar, const Band& band) {
  auto& random = world.random;
  const auto slot = ledger::decode_slot(ledger::decode_band(band.image)->slots[random.below(2)]);
  if (!slot) return;
  std::optional<Draft> draft;
  switch (random.below(4)) {
    case 0: draft = lying_grant(world, slot->head); break;
    case 1: draft = lying_void(world, liar, slot->head); break;
    case 2: draft = lying_sale(world, liar, slot->head); break;
    default: draft = lying_return(world, slot->head);
  }
  if (!draft) return;
  auto written =
      liar.ledger->commit(0, [&](auto&, auto&) { return ledger::Result(std::vector{*draft}); });
  if (written && draft->event.has_step() && random.below(3) != 0) {
    (void)liar.ledger->commit(0, [&](auto&, auto&) {
      return ledger::Result(
          std::vector{ledger::confirm_draft(written->back(), schemas::KIND_SALE_PREPARED)});
    });
  }
}

}  // namespace verbena::test
