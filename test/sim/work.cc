// SPDX-License-Identifier: Apache-2.0
#include "test/sim/work.h"

#include <algorithm>

#include "ledger/proof.h"
#include "ledger/state/approvals.h"

namespace verbena::sim {

using schemas::OperateReply;
using schemas::OperateRequest;

namespace {

constexpr std::size_t proofs_kept = 12;
constexpr std::size_t approvers = 2;
constexpr std::size_t later_bytes = 15'000;
constexpr std::uint64_t heavy_share = 3;  // one day of so many
constexpr const char* skus[] = {"beer", "water"};

void add_line(auto& request, const char* sku, std::uint64_t quantity) {
  auto* line = request.add_line();
  line->set_sku(sku);
  line->set_quantity(static_cast<std::uint32_t>(quantity));
}

}  // namespace

Work::Work(Field& field)
    : field_(field),
      clones_(field),
      lost_bands_(field),
      random_(field.random),
      heavy_(random_.below(heavy_share) == 0) {}

SimNode::Tap Work::any_tap() {
  switch (random_.below(20)) {
    case 0:
      ++field_.result.faults["tap torn before the write"];
      return SimNode::Tap::torn_before_write;
    case 1:
      ++field_.result.faults["tap torn after the write"];
      return SimNode::Tap::torn_after_write;
    default: return SimNode::Tap::whole;
  }
}

OperateRequest Work::request() {
  OperateRequest out;
  out.set_intent(random_.next());
  return out;
}

void Work::note(std::size_t index, const OperateRequest& request, const OperateReply& reply,
                const std::string& band) {
  if (!reply.has_done() || reply.done().repeated_intent()) return;
  const bool sale = request.has_sell();
  const auto written = field_.node(index).ledger().find_intent(request.intent());
  if (!written) return field_.violate("I8: " + field_.aliases[index] + " forgot an intent");
  const ledger::EventPlace place{written->log.id(), written->index};
  field_.acknowledged.push_back({index, reply.done().id(), place, request, band, sale,
                                 sale && reply.done().amount_minor() > void_alone_minor});
  field_.result.sales += sale;
}

OperateReply Work::approved(std::size_t index, OperateRequest& request, std::size_t persons) {
  auto& node = field_.node(index);
  auto reply = node.operate(request);
  if (reply.refused().request().empty()) return reply;
  std::vector<const ledger::SigningKey*> keys;
  for (std::size_t i = 0; i < persons; ++i) keys.push_back(field_.world.approvers.at(i).get());
  VERBENA_CHECK(node::approve_intent(request, reply.refused(), keys).ok());
  reply = node.operate(request);
  if (!reply.has_done() || field_.revoked[index]) return reply;  // nothing of it counts any more
  auto again = request;
  again.set_intent(random_.next());  // the same yes, for something more
  if (node.operate(again).has_done()) {
    field_.violate("I12: " + node.alias() + " took one approval twice");
  }
  return reply;
}

void Work::act() {
  switch (random_.below(54)) {
    case 48:
    case 49: return lost_bands_.act();
    case 50: return issue_vouchers();
    case 51:
    case 52:
    case 53: return show_voucher();
    case 40: return sell_for_both();
    case 41:
    case 42: return sell_in_parts();
    case 43: return give_meals();
    case 44:
    case 45: return eat();
    case 46:
    case 47: return clones_.act();
    case 0:
    case 1:
    case 2:
    case 3:
    case 4: return top_up();
    case 5: return refund();
    case 6:
    case 7: return sell_to_a_copy();
    case 8:
    case 9:
    case 10: return void_sale();
    case 11:
    case 12: return ask_again();
    case 13:
    case 14:
    case 15:
    case 16:
    case 17: return goods();
    case 18:
    case 19: return drawer();
    case 20:
    case 21:
    case 22: return count();
    case 23: return close_lost_sheet();
    case 24: return random_.below(3) == 0 ? change_prices() : sell();
    case 25: return later_version();
    case 27: return heavy_ ? later_version() : sell();
    case 28: return heavy_ ? later_version() : sell();
    case 26: return prove();
    default: return sell();
  }
}

// ---- money -------------------------------------------------------------------------------------

void Work::top_up() {
  auto& customer = field_.customers[random_.below(field_.customers.size())];
  auto asked = request();
  asked.mutable_top_up()->set_amount_minor(500 + 100 * random_.below(40));
  asked.mutable_top_up()->set_tender("cash");
  auto& desk = field_.node(field_.desk);
  const auto reply = desk.operate(asked, &customer.band, any_tap());
  if (reply.has_done() && reply.done().balance_minor() > purse_max_minor) {
    field_.violate("I13: the desk put more on a band than a purse may hold");
  }
  note(field_.desk, asked, reply, customer.band);
}

void Work::refund() {
  auto& customer = field_.customers[random_.below(field_.customers.size())];
  auto asked = request();
  asked.mutable_refund();
  auto& desk = field_.node(field_.desk);
  note(field_.desk, asked, desk.operate(asked, &customer.band, any_tap()), customer.band);
}

void Work::sell_at(std::size_t index) {
  auto asked = request();
  const bool cash = random_.below(3) == 0;
  asked.mutable_sell()->set_tender(cash ? "cash" : "purse");
  const std::uint64_t quantity = random_.below(6) == 0 ? 5 : 1 + random_.below(2);
  add_line(*asked.mutable_sell(), skus[random_.below(2)], quantity);
  auto& customer = field_.customers[random_.below(field_.customers.size())];
  if (!cash && random_.below(20) == 0) customer.copy = customer.band;
  const auto reply = field_.node(index).operate(asked, cash ? nullptr : &customer.band, any_tap());
  if (!cash && reply.has_done() && reply.done().balance_minor() < 0) {
    field_.violate("I10: " + field_.node(index).alias() + " sold more than the band held");
  }
  note(index, asked, reply, cash ? "" : customer.band);
  if (reply.refused().code() != "device-revoked") return;
  for (int i = 0; i < 3; ++i) sell_though_revoked(index, customer);
}

// Whoever has a revoked till may have made it sell on. Nothing of it may count.
void Work::sell_though_revoked(std::size_t index, Customer& customer) {
  auto& till = field_.node(index);
  std::optional<ledger::BandReading> band;
  schemas::PurseStep step;
  const auto written = till.ledger().commit(
      0, [&](ledger::State& state, auto&) -> ledger::Result<std::vector<ledger::Draft>> {
        auto reading = ledger::read_band(state, customer.band);
        if (!reading) return reading.error();
        auto next = ledger::next_step(*reading, 0, 200);
        if (!next) return next.error();
        if (next->debited() > next->credited()) {
          return ledger::refuse(ledger::Refusal::insufficient_funds, "the band is empty");
        }
        band = reading.take();
        step = *next;
        ledger::Draft draft;
        draft.binds_rules = true;
        draft.event.set_kind(schemas::KIND_SALE_PREPARED);
        auto* posting = draft.event.add_posting();
        posting->set_from(schemas::PURSE);
        posting->set_to(schemas::STAND);
        posting->set_amount_minor(200);
        *draft.event.mutable_step() = step;
        return std::vector{draft};
      });
  if (!written) return;
  ++field_.result.faults["sale by a till that knows it is revoked"];
  customer.band = ledger::band_after(*band, step, written->back().id, till.device().identity,
                                     std::nullopt, std::nullopt);
  (void)till.ledger().commit(0, [&](auto&, auto&) {
    return ledger::Result(
        std::vector{ledger::confirm_draft(written->back(), schemas::KIND_SALE_PREPARED)});
  });
  till.wake();
}

// A band that lacks something, and the rest in cash.
void Work::sell_for_both() {
  const std::size_t index = till_index();
  auto& customer = field_.customers[random_.below(field_.customers.size())];
  auto asked = request();
  asked.mutable_sell()->set_tender("purse");
  add_line(*asked.mutable_sell(), skus[0], 5);
  auto& till = field_.node(index);
  auto reply = till.operate(asked, &customer.band, any_tap());
  if (const auto missing = reply.refused().short_minor(); missing > 0) {
    asked.mutable_sell()->set_cash_minor(missing);
    reply = till.operate(asked, &customer.band, any_tap());
    if (reply.has_done() && reply.done().cash_minor() != missing) {
      field_.violate("I10: " + till.alias() + " took other cash than it asked for");
    }
  }
  note(index, asked, reply, customer.band);
}

// A band pays a part, and cash the rest; then the till is asked to use the part once more.
void Work::sell_in_parts() {
  const std::size_t index = till_index();
  auto& till = field_.node(index);
  auto& customer = field_.customers[random_.below(field_.customers.size())];
  auto part = request();
  part.mutable_sell()->set_tender("purse");
  part.mutable_sell()->set_part_minor(100);
  add_line(*part.mutable_sell(), skus[0], 1);
  const auto paid = till.operate(part, &customer.band, any_tap());
  note(index, part, paid, customer.band);
  if (!paid.has_done() || random_.below(5) == 0) return;
  auto asked = request();
  asked.mutable_sell()->set_tender("cash");
  asked.mutable_sell()->add_part(ledger::hex(paid.done().id()));
  add_line(*asked.mutable_sell(), skus[0], 1);
  const auto reply = till.operate(asked);
  note(index, asked, reply);
  if (!reply.has_done()) return;
  asked.set_intent(random_.next());
  if (till.operate(asked).has_done()) {
    field_.violate("I15: " + till.alias() + " let one part pay for two sales");
  }
}

void Work::give_meals() {
  auto& customer = field_.customers[random_.below(field_.customers.size())];
  auto asked = request();
  asked.mutable_gift()->set_meals(1);
  asked.mutable_gift()->set_reason("crew");
  asked.set_band(customer.band);
  const auto reply = approved(field_.desk, asked, 1);
  customer.meals_given += reply.has_done();
  note(field_.desk, asked, reply, customer.band);
}

// Whether the answer was heard or not, the band itself says how many it has used.
void Work::eat() {
  const std::size_t index = till_index();
  auto& customer = field_.customers[random_.below(field_.customers.size())];
  auto asked = request();
  asked.mutable_sell()->set_tender("meal");
  add_line(*asked.mutable_sell(), skus[1], 1);
  const auto reply = field_.node(index).operate(asked, &customer.band, any_tap());
  customer.meals_eaten += reply.has_done();
  // A copy that was put back, or a meal that a void gave back, may be eaten once more.
  if (customer.meals_eaten > customer.meals_given && customer.copies_minor == 0 &&
      field_.result.faults["meal voided"] == 0) {
    field_.violate("I10: " + field_.node(index).alias() + " gave more meals than a band had");
  }
  note(index, asked, reply, customer.band);
}

bool Work::knows_better(SimNode& node, const std::string& band) {
  bool out = false;
  if (!node.up()) return false;
  node.ledger().ask([&](ledger::State& state, const auto&) {
    const auto reading = ledger::read_band(state, band);
    out = reading && state.purse(reading->slot.head.purse).counter > reading->slot.head.counter;
  });
  return out;
}

void Work::sell_to_a_copy() {
  auto& customer = field_.customers[random_.below(field_.customers.size())];
  std::string copy = customer.copy.empty() ? customer.band : customer.copy;
  const std::size_t index = till_index();
  auto& till = field_.node(index);
  auto asked = request();
  asked.mutable_sell()->set_tender("purse");
  add_line(*asked.mutable_sell(), skus[random_.below(2)], 1 + random_.below(2));
  const bool informed = knows_better(till, copy);
  const bool blocked = knows_blocked(till, purse_on(copy));
  const auto reply = till.operate(asked, &copy, any_tap());
  ++field_.result.faults["copied band"];
  if (reply.has_refused() || !till.up()) return;
  // Prepared, and perhaps written to a copy that never comes back: it may count.
  customer.copies_minor += 450 * 2 + 100;
  if (informed) {
    field_.violate("I10: " + till.alias() + " took a band that it knew to be rolled back");
  }
  if (blocked) {
    field_.violate("I10: " + till.alias() + " took a band that it knew to be blocked");
  }
  note(index, asked, reply);
}

void Work::void_sale() {
  std::vector<const Acknowledged*> sales;
  for (const auto& done : field_.acknowledged) {
    if (done.is_sale) sales.push_back(&done);
  }
  if (sales.empty()) return;
  const Acknowledged sale = *sales[random_.below(std::min<std::size_t>(sales.size(), 12)) +
                                   (sales.size() > 12 ? sales.size() - 12 : 0)];
  auto asked = request();
  asked.mutable_void_sale()->set_sale(ledger::hex(sale.id));
  asked.mutable_void_sale()->set_reason("spilled");
  // At both tills of the stand where there are two: neither may know of the other's.
  for (std::size_t i = field_.first_till; i < field_.nodes.size(); ++i) {
    auto& till = field_.node(i);
    if (till.device().identity.certificate.stand !=
        field_.node(sale.node).device().identity.certificate.stand) {
      continue;
    }
    asked.set_intent(random_.next());
    const auto first = till.operate(asked);
    const bool meal = sale.request.sell().tender() == "meal";
    if (meal && first.has_done()) ++field_.result.faults["meal voided"];
    if (first.has_done() && sale.large) {
      field_.violate("I12: " + till.alias() + " voided a large sale on nobody's word");
    }
    note(i, asked, first);
    if (sale.large && random_.below(2) == 0) {
      asked.set_intent(random_.next());
      const auto reply = approved(i, asked, approvers);
      note(i, asked, reply);
      asked.clear_approval();
    }
  }
}

// The same intent, from the same till, perhaps in another of its lives.
void Work::ask_again() {
  if (field_.acknowledged.empty()) return;
  const auto& done = field_.acknowledged[random_.below(field_.acknowledged.size())];
  auto& node = field_.node(done.node);
  if (field_.unsafe[done.node] || done.request.approval_size() > 0 || !node.up()) return;
  std::string band = done.band;
  const auto reply = node.operate(done.request, band.empty() ? nullptr : &band);
  if (reply.has_done() && reply.done().id() != done.id) {
    field_.violate("I8: " + node.alias() + " did one intent twice");
  }
}

// ---- goods -------------------------------------------------------------------------------------

void Work::goods() {
  if (field_.store == 0) return sell();
  switch (random_.below(5)) {
    case 0: return deliver();
    case 1:
    case 2: return dispatch();
    case 3: return receive();
    default: return lose_goods();
  }
}

void Work::deliver() {
  auto asked = request();
  asked.mutable_stock()->set_action("deliver");
  add_line(*asked.mutable_stock(), skus[random_.below(2)], 24 * (1 + random_.below(4)));
  auto& store = field_.node(field_.store);
  if (store.operate(asked).has_done()) {
    return field_.violate("I12: the store took a delivery on its own word");
  }
  asked.set_intent(random_.next());
  const auto reply = approved(field_.store, asked, 1);
  note(field_.store, asked, reply);
}

void Work::dispatch() {
  auto& store = field_.node(field_.store);
  if (!store.up()) return;
  const std::size_t item = random_.below(2);
  __int128 held = 0;
  store.ledger().ask([&](ledger::State& state, const auto&) {
    held = state.accounts().balance("#" + std::to_string(item + 1), "holder/store");
  });
  const bool too_many = random_.below(4) == 0;
  const auto units = too_many ? static_cast<std::uint64_t>(std::max<__int128>(held, 0)) + 1
                              : 1 + random_.below(12);
  auto asked = request();
  asked.mutable_stock()->set_action("dispatch");
  asked.mutable_stock()->set_to(any_till().device().identity.certificate.stand);
  add_line(*asked.mutable_stock(), skus[item], units);
  const auto reply = store.operate(asked);
  if (reply.has_done() && static_cast<__int128>(units) > held) {
    field_.violate("I9: the store sent away more than it held");
  }
  note(field_.store, asked, reply);
}

void Work::receive() {
  const std::size_t index = till_index();
  auto& till = field_.node(index);
  if (!till.up()) return;
  const auto& stand = till.device().identity.certificate.stand;
  std::string dispatch;
  schemas::OperateRequest asked = request();
  till.ledger().ask([&](ledger::State& state, const auto&) {
    const auto& custody = state.custody();
    for (const auto& [id, sent] : custody.dispatches()) {
      if (sent.to != stand || custody.answers().contains(id)) continue;
      dispatch = ledger::hex(id);
      asked.mutable_stock()->clear_line();
      for (const auto& line : custody.stock_events()[sent.event].lines) {
        add_line(*asked.mutable_stock(), skus[(line.item - 1) % 2], line.quantity);
      }
    }
  });
  if (dispatch.empty()) return;
  asked.mutable_stock()->set_action("receive");
  asked.mutable_stock()->set_dispatch(dispatch);
  note(index, asked, till.operate(asked));
}

void Work::lose_goods() {
  const std::size_t index = till_index();
  auto asked = request();
  asked.mutable_stock()->set_action(random_.below(2) == 0 ? "waste" : "give");
  asked.mutable_stock()->set_reason("dropped");
  add_line(*asked.mutable_stock(), skus[random_.below(2)], 1);
  note(index, asked, field_.node(index).operate(asked));
}

// ---- drawers, counts, sheets -------------------------------------------------------------------

void Work::drawer() {
  const std::size_t index = till_index();
  auto asked = request();
  const char* actions[] = {"open", "drop", "drop", "close"};
  asked.mutable_shift()->set_action(actions[random_.below(std::size(actions))]);
  asked.mutable_shift()->set_amount_minor(1 + random_.below(5'000));
  asked.mutable_shift()->set_bag("bag-1");
  const auto reply = approved(index, asked, 1);
  note(index, asked, reply);
}

void Work::count() {
  const std::size_t index = till_index();
  auto& till = field_.node(index);
  if (!till.up()) return;
  auto asked = request();
  if (random_.below(3) == 0) {
    asked.mutable_close_sheet();
    note(index, asked, till.operate(asked));
  } else {
    asked.mutable_count()->set_of(random_.below(2) == 0 ? "opening" : "closing");
    add_line(*asked.mutable_count(), skus[0], random_.below(50));
    add_line(*asked.mutable_count(), skus[1], random_.below(50));
    const char* persons[] = {"ana", "ben"};
    note(index, asked,
         till.operate(asked, nullptr, SimNode::Tap::whole, persons[random_.below(2)]));
  }
  std::set<ledger::SealedName> before;
  till.ledger().ask([&](ledger::State& state, const auto&) {
    for (const auto& [name, count] : state.custody().sealed()) {
      if (state.custody().opened(name) != nullptr) before.insert(name);
    }
  });
  if (!till.open_counts()) return;
  till.ledger().ask([&](ledger::State& state, const auto&) {
    const auto& sealed = state.custody().sealed();
    for (const auto& [name, own] : sealed) {
      if (before.contains(name) || state.custody().opened(name) == nullptr) continue;
      const bool answered = std::any_of(sealed.begin(), sealed.end(), [&](const auto& entry) {
        const auto& other = entry.second;
        return entry.first.person != name.person && other.holder == own.holder &&
               other.sheet == own.sheet && other.of == own.of;
      });
      if (!answered) field_.violate("I12: " + till.alias() + " opened a count of one person");
    }
  });
}

void Work::close_lost_sheet() {
  if (field_.boss == 0) return sell();
  auto& boss = field_.node(field_.boss);
  auto asked = request();
  asked.mutable_close_sheet()->set_device(any_till().alias());
  const auto refused = boss.operate(asked);
  if (refused.refused().request().empty()) return;
  const ledger::SigningKey* own = &boss.device().identity.key;
  VERBENA_CHECK(node::approve_intent(asked, refused.refused(), {&own, 1}).ok());
  if (boss.operate(asked).has_done()) {
    return field_.violate("I12: a supervisor approved its own request");
  }
  asked.clear_approval();
  const auto reply = approved(field_.boss, asked, 1);
  note(field_.boss, asked, reply);
}

// ---- rules -------------------------------------------------------------------------------------

void Work::change_prices() {
  if (field_.boss == 0) return sell();
  auto& boss = field_.node(field_.boss);
  auto asked = request();
  schemas::Festival wanted = sim_festival();
  wanted.mutable_item(0)->set_price_minor(450 + 5 * ++version_);
  asked.mutable_apply()->set_festival(wanted.SerializeAsString());
  const auto proposed = boss.operate(asked);
  if (!proposed.has_done()) return;
  schemas::SignedFestival change;
  change.set_festival(proposed.done().proposal());
  const auto apply = [&] {
    auto again = request();
    again.mutable_apply()->set_approved(change.SerializeAsString());
    return boss.operate(again);
  };
  for (const auto& approver : field_.world.approvers) {
    if (apply().has_done()) {
      return field_.violate("I12: prices were changed on one person's word");
    }
    auto* approval = change.add_approval();
    approval->set_key(ledger::to_bytes(approver->public_key()));
    approval->set_signature(ledger::to_bytes(
        approver->sign(ledger::approval_context,
                       ledger::approval_message(field_.world.root.festival, change.festival()))));
  }
  field_.result.faults["prices changed"] += apply().has_done();
}

// A till of a later version writes what this build does not know; it is kept and passed on.
void Work::later_version() {
  auto& till = any_till();
  if (!till.up()) return;
  ledger::Draft draft;
  draft.event.set_kind(static_cast<schemas::Kind>(58));
  std::string payload(heavy_ ? later_bytes : 32, '\0');
  for (auto& byte : payload) byte = static_cast<char>(random_.next());
  draft.event.set_payload(payload);
  auto written =
      till.ledger().commit(0, [&](auto&, auto&) -> ledger::Result<std::vector<ledger::Draft>> {
        return std::vector{draft, draft, draft};
      });
  if (!written) return;
  ++field_.result.faults["event of a later version"];
  till.wake();
}

void Work::revoke_a_till() {
  if (field_.boss == 0) return;
  auto& boss = field_.node(field_.boss);
  const std::size_t index = till_index();
  if (field_.revoked[index] || !boss.up() || field_.tills < 2) return;
  for (std::size_t i = field_.first_till; i < field_.nodes.size(); ++i) {
    if (field_.revoked[i]) return;  // one a day
  }
  ++field_.result.faults["till revoked"];
  field_.revoked[index] = true;
  if (random_.below(2) == 0) {
    auto asked = request();
    asked.mutable_revoke()->set_alias(field_.node(index).alias());
    asked.mutable_revoke()->set_reason("not found");
    (void)boss.operate(asked);
    return;
  }
  // Its owner may still be honest: what it writes before it hears of this is to count.
  auto written = boss.ledger().commit(
      0, [&](ledger::State&, auto&) -> ledger::Result<std::vector<ledger::Draft>> {
        schemas::Revocation revocation;
        revocation.set_key(ledger::to_bytes(field_.node(index).device().identity.certificate.key));
        for (const auto& log : field_.node(index).up() ? field_.node(index).ledger().logs()
                                                       : std::vector<ledger::LogSummary>{}) {
          if (log.name.certificate != field_.node(index).certificate()) continue;
          auto* cut = revocation.add_cut();
          cut->set_log(ledger::to_bytes(log.id));
          cut->set_size(log.head.size + 1'000);
        }
        ledger::Draft draft;
        draft.log_class = ledger::LogClass::control;
        draft.event.set_kind(schemas::KIND_REVOCATION);
        draft.event.set_payload(revocation.SerializeAsString());
        return std::vector{draft};
      });
  if (written) boss.wake();
}

void Work::prove() {
  if (field_.acknowledged.empty() || field_.proofs.size() >= proofs_kept) return;
  const auto& done = field_.acknowledged[random_.below(field_.acknowledged.size())];
  auto& node = field_.node(random_.below(field_.nodes.size()));
  if (!node.up()) return;
  const auto root = ledger::parse_signed_certificate(field_.world.signed_root);
  const auto proof = ledger::prove_event(node.store(), *root, ledger::hex(done.id));
  if (proof) field_.proofs.emplace_back(*proof, done.id);
}

}  // namespace verbena::sim
