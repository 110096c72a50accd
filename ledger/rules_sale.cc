// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>

#include "ledger/core/money.h"
#include "ledger/core/mutant.h"
#include "ledger/payers.h"
#include "ledger/rules.h"
#include "ledger/vouchers.h"

namespace verbena::ledger {

namespace {

constexpr std::uint32_t quantity_max = 10'000;
constexpr int grants_named_max = 32;
constexpr std::size_t deposits_max = 32;  // kinds of what is lent in one sale

// What leaves the stock: the item itself, or its parts by recipe.
void add_parts(const schemas::Item& item, std::uint32_t quantity, schemas::StockMove& move) {
  if (item.part_size() == 0) {
    move.add_item(item.number());
    move.add_quantity(quantity);
  }
  for (const auto& part : item.part()) {
    move.add_item(part.item());
    move.add_quantity(std::uint64_t{part.quantity()} * quantity);
  }
}

struct PricedBasket {
  schemas::Sale sale;
  schemas::StockMove move;
  std::uint64_t amount_minor = 0;
  std::map<std::string, std::uint64_t> deposits;  // by SKU of what is lent
  std::uint64_t deposit_minor = 0;
  std::uint32_t age_min = 0;
};

// Deposits for what leaves the stock with these units: the item itself, or parts such as a cup.
Status add_deposits(const schemas::Festival& festival, const schemas::Item& item,
                    std::uint32_t quantity, PricedBasket& out) {
  const auto add = [&](const schemas::Item& lent, std::uint64_t units) {
    const auto amount = checked_multiply(lent.deposit_minor(), units);
    const auto sum = amount ? checked_add(out.deposit_minor, *amount) : std::nullopt;
    if (!sum || *sum > amount_minor_max) return false;
    if (*amount > 0) out.deposits[lent.sku()] += *amount;
    out.deposit_minor = *sum;
    return true;
  };
  bool fits = item.part_size() > 0 || add(item, quantity);
  for (const auto& part : item.part()) {
    const schemas::Item* lent = find_item(festival, part.item());
    fits = fits && (lent == nullptr || add(*lent, std::uint64_t{part.quantity()} * quantity));
  }
  if (fits && out.deposits.size() <= deposits_max) return done();
  return refuse(Refusal::amount_out_of_range, "the deposits are out of range");
}

Result<PricedBasket> price(const schemas::Festival& festival, const Certificate& device,
                           const std::vector<BasketLine>& basket) {
  if (basket.empty()) return refuse(Refusal::empty_basket, "nothing was put in the basket");
  if (basket.size() > static_cast<std::size_t>(lines_max)) {
    return refuse(Refusal::amount_out_of_range, "the basket has more than 64 lines");
  }
  const schemas::Stand* stand = find_stand(festival, device.stand);
  PricedBasket out;
  out.move.set_from(schemas::HOLDER);
  out.move.set_to(schemas::SOLD);
  for (const auto& line : basket) {
    const schemas::Item* item = find_item(festival, line.sku);
    const bool here = item != nullptr && !item->retired() && stand != nullptr &&
                      std::find(stand->item().begin(), stand->item().end(), item->number()) !=
                          stand->item().end();
    if (!here) {
      return refuse(Refusal::unknown_item, "\"" + line.sku + "\" is not sold at this stand");
    }
    if (line.quantity == 0 || line.quantity > quantity_max) {
      return refuse(Refusal::amount_out_of_range,
                    "the quantity of " + line.sku + " is out of range");
    }
    const auto amount = checked_multiply(item->price_minor(), line.quantity);
    const auto sum = amount ? checked_add(out.amount_minor, *amount) : std::nullopt;
    if (!sum || *sum > amount_minor_max) {
      return refuse(Refusal::amount_out_of_range, "the sum is out of range");
    }
    out.amount_minor = *sum;
    out.sale.add_item(item->number());
    out.sale.add_quantity(line.quantity);
    out.sale.add_amount_minor(*amount);
    out.sale.add_tax_minor(contained_tax_minor(*amount, item->tax_basis_points()));
    add_parts(*item, line.quantity, out.move);
    out.age_min = std::max(out.age_min, item->age_min());
    if (auto status = add_deposits(festival, *item, line.quantity, out); !status) {
      return status.error();
    }
  }
  if (out.move.item_size() > lines_max) {
    return refuse(Refusal::amount_out_of_range, "the basket has too many parts");
  }
  if (out.amount_minor == 0) {
    return refuse(Refusal::amount_out_of_range, "a sale of nothing is not a sale");
  }
  return out;
}

// A sale beyond what is on the band says on whose word: the grants known here.
void name_grants(const PurseView& purse, schemas::Sale& sale) {
  for (const auto& id : purse.grant_ids) {
    if (sale.grant_size() == grants_named_max) return;
    const PursePrefix prefix = purse_prefix(id);
    sale.add_grant(Bytes(view(prefix)));
  }
}

// A device that nobody has heard for too long asks for a witness before it goes on.
Status check_dead_man(const schemas::Limits& limits, const DeviceView& device,
                      std::uint64_t amount_minor) {
  const Unwitnessed& open = device.unwitnessed;
  if (limits.unwitnessed_count() != 0 && open.count >= limits.unwitnessed_count()) {
    return refuse(Refusal::witness_needed, std::to_string(open.count) + " sales without a witness");
  }
  if (limits.unwitnessed_value_minor() != 0 && open.count > 0 &&
      open.amount_minor + amount_minor > limits.unwitnessed_value_minor()) {
    return refuse(Refusal::witness_needed, "too much money without a witness");
  }
  constexpr std::uint64_t minute_ms = 60'000;
  if (limits.unwitnessed_minutes() != 0 && open.count > 0 &&
      open.age_ms >= limits.unwitnessed_minutes() * minute_ms) {
    return refuse(Refusal::witness_needed, "too long without a witness");
  }
  return done();
}

// What only the seller can answer for: that somebody looked, and that nobody mistyped.
Status check_terms(const PricedBasket& priced, const SaleTerms& terms) {
  if (priced.age_min > 0 && !terms.age_checked) {
    return refuse(Refusal::age_check_needed,
                  "the customer must be " + std::to_string(priced.age_min) + ": look, and say so");
  }
  if (terms.tip_minor > amount_minor_max) {
    return refuse(Refusal::amount_out_of_range, "the tip is out of range");
  }
  if (terms.tip_minor > priced.amount_minor && !terms.tip_confirmed) {
    return refuse(Refusal::tip_check_needed,
                  "the tip is more than the goods: say that it is meant");
  }
  return done();
}

// A purse pays so much of the basket. The goods, what comes with them and the tip go with the sale
// that names this part.
Result<PricedBasket> part_of(const PricedBasket& priced, const SaleTerms& terms) {
  if (terms.meal || terms.cash_minor > 0 || terms.tip_minor > 0 || !terms.parts.empty()) {
    return Error{Errc::bad_input, "a part is paid by one purse and nothing else"};
  }
  if (terms.part_minor >= priced.amount_minor) {
    return refuse(Refusal::amount_out_of_range, "a part is less than the goods");
  }
  PricedBasket out;
  out.amount_minor = terms.part_minor;
  return out;
}

void post(schemas::Event& event, schemas::AccountClass from, const char* from_id,
          schemas::AccountClass to, const std::string& to_id, std::uint64_t amount_minor) {
  if (amount_minor == 0) return;
  auto* posting = event.add_posting();
  posting->set_from(from);
  posting->set_from_id(from_id);
  posting->set_to(to);
  posting->set_to_id(to_id);
  posting->set_amount_minor(amount_minor);
}

// Gifts pay goods only: a deposit would come back as money, and a tip is money.
void add_postings(const PricedBasket& priced, const std::string& stand, std::uint64_t tip_minor,
                  schemas::AccountClass from, const Payers& payers, schemas::Event& event) {
  post(event, from, gift_mark.data(), schemas::STAND, {}, payers.gift);
  post(event, from, "", schemas::STAND, {}, payers.own);
  post(event, schemas::OUTSIDE, "", schemas::STAND, {}, payers.cash);
  post(event, schemas::OUTSIDE, crew_mark.data(), schemas::STAND, {}, payers.crew);
  for (const auto& [sku, amount] : priced.deposits) {
    post(event, from, "", schemas::DEPOSIT, sku, amount);
  }
  post(event, from, "", schemas::TIP, stand, tip_minor);
}

// Vouchers pay goods only: a deposit would come back as money, and a tip is money.
void add_vouchers(const std::vector<SpentVoucher>& vouchers, schemas::Sale& sale,
                  schemas::Event& event) {
  for (const auto& spent : vouchers) {
    sale.add_voucher(spent.spending);
    post(event, schemas::VOUCHER, spent.id.data(), schemas::STAND, {}, spent.goods_minor);
    post(event, schemas::VOUCHER, spent.id.data(), schemas::OUTSIDE, std::string(forfeit_mark),
         spent.forfeited_minor);
  }
}

Plan plan_purseless(PricedBasket priced, const DeviceView& device, std::uint64_t tip_minor,
                    std::uint64_t goods, const std::vector<SpentVoucher>& vouchers, Draft draft) {
  Payers payers;
  payers.cash = goods;
  for (const auto& spent : vouchers) payers.cash -= spent.goods_minor;
  draft.event.set_kind(schemas::KIND_SALE);
  add_vouchers(vouchers, priced.sale, draft.event);
  draft.event.set_payload(priced.sale.SerializeAsString());
  add_postings(priced, device.certificate.stand, tip_minor, schemas::OUTSIDE, payers, draft.event);
  Plan plan;
  plan.amount_minor = goods + priced.deposit_minor + tip_minor;
  plan.voucher_minor = goods - payers.cash;
  if (!vouchers.empty()) plan.cash_minor = plan.amount_minor - plan.voucher_minor;
  plan.drafts.push_back(std::move(draft));
  return plan;
}

Result<Plan> plan_by_purse(State& state, const DeviceView& device, PricedBasket priced,
                           const BandReading& band, const SaleTerms& terms, const Payers& payers,
                           Draft draft) {
  const schemas::Limits& limits = state.festival()->limits();
  const std::uint64_t debit = payers.gift + payers.own + priced.deposit_minor + terms.tip_minor;
  if (is_news(state, band) && limits.offline_max_minor() != 0 &&
      debit > limits.offline_max_minor() && !mutant(Mutant::offline_unlimited)) {
    return refuse(Refusal::limit_offline, "above the limit for a band whose past is unknown here");
  }
  auto step = next_step(band, 0, debit);
  if (!step) return step.error();
  step->set_gift_debited(step->gift_debited() + payers.gift);
  step->set_meals_used(step->meals_used() + payers.meals);
  priced.sale.set_meals(payers.meals);
  Plan plan;
  if (step->debited() > step->credited()) name_grants(state.purse(step->purse()), priced.sale);
  draft.event.set_kind(schemas::KIND_SALE_PREPARED);
  draft.event.set_payload(priced.sale.SerializeAsString());
  add_postings(priced, device.certificate.stand, terms.tip_minor, schemas::PURSE, payers,
               draft.event);
  *draft.event.mutable_step() = *step;
  plan.drafts.push_back(std::move(draft));
  plan.amount_minor = debit + payers.cash + payers.crew;
  plan.cash_minor = payers.cash;
  plan.crew_minor = payers.crew;
  plan.balance_minor = spendable_minor(state, band) - static_cast<std::int64_t>(debit);
  plan.meals_left = meals_left(state, band);
  plan.meals_left -= std::min(plan.meals_left, payers.meals);
  plan.step = *step;
  const Hash& trade_log = device.log(LogClass::trade).id;
  plan.ring =
      RingNews{device.incarnation, 0,
               static_cast<std::uint64_t>(state.trade_total_minor(trade_log)) + payers.goods()};
  return plan;
}

}  // namespace

Result<Plan> plan_sale(State& state, const DeviceView& device,
                       const std::vector<BasketLine>& basket,
                       const std::optional<BandReading>& band, const SaleTerms& terms) {
  if (!may(device.certificate.role, Action::sell)) {
    return refuse(Refusal::role_denied, "this device may not sell");
  }
  const schemas::Festival* festival = state.festival();
  if (festival == nullptr) return refuse(Refusal::not_ready, "the festival's settings are missing");
  auto priced = price(*festival, device.certificate, basket);
  if (priced && terms.part_minor > 0) priced = part_of(*priced, terms);
  if (!priced) return priced.error();
  if (auto status = check_terms(*priced, terms); !status) return status.error();
  if (terms.age_checked) priced->sale.set_age_checked(priced->age_min);
  const auto before = paid_before(state, device, terms.parts);
  if (!before) return before.error();
  for (const auto& part : terms.parts) {
    const PursePrefix prefix = purse_prefix(part.id);
    priced->sale.add_part(Bytes(view(prefix)));
  }
  if (terms.cash_minor >= priced->amount_minor ||
      *before >= priced->amount_minor - terms.cash_minor) {
    return refuse(Refusal::amount_out_of_range, "nothing is left for this sale to pay");
  }
  const std::uint64_t goods = priced->amount_minor - *before;
  const std::uint64_t beside = priced->deposit_minor + terms.tip_minor;
  if (auto status = check_dead_man(festival->limits(), device, goods + beside); !status) {
    return status.error();
  }
  Draft draft;
  draft.log_class = LogClass::trade;
  draft.binds_rules = true;
  if (priced->move.item_size() > 0) *draft.event.add_move() = priced->move;
  if (!band) {
    if (terms.meal || terms.part_minor > 0 || terms.cash_minor > 0) {
      return Error{Errc::bad_input, "meals, parts and a rest in cash go with a band"};
    }
    const auto vouchers =
        spend_vouchers(state, device.certificate, terms.vouchers, goods, terms.rest_forfeited);
    if (!vouchers) return vouchers.error();
    return plan_purseless(priced.take(), device, terms.tip_minor, goods, *vouchers,
                          std::move(draft));
  }
  if (!terms.vouchers.empty()) {
    return Error{Errc::bad_input, "vouchers and a band do not pay for one sale"};
  }
  if (auto status = check_chain(state, *band); !status) return status.error();
  const auto payers = payers_of(state, *band, basket, terms, goods, beside);
  if (!payers) return payers.error();
  return plan_by_purse(state, device, priced.take(), *band, terms, *payers, std::move(draft));
}

}  // namespace verbena::ledger
