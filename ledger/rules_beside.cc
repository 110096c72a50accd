// SPDX-License-Identifier: Apache-2.0
// Gifts, and cups that come back.
#include <algorithm>
#include <map>

#include "ledger/core/money.h"
#include "ledger/rules.h"

namespace verbena::ledger {

namespace {

constexpr std::uint32_t cups_max = 10'000;
constexpr std::size_t source_bytes = 16;

// Kinds of cups by SKU: how many, and their deposit.
struct CameBack {
  schemas::StockMove move;
  std::map<std::string, std::uint64_t> deposits;
  std::uint64_t total_minor = 0;
};

Result<CameBack> came_back(State& state, const schemas::Festival& festival,
                           const std::vector<BasketLine>& cups) {
  if (cups.empty()) return refuse(Refusal::empty_basket, "no items were named");
  if (cups.size() > static_cast<std::size_t>(lines_max)) {
    return refuse(Refusal::amount_out_of_range, "more than 64 lines");
  }
  CameBack out;
  out.move.set_from(schemas::SOLD);
  out.move.set_to(schemas::HOLDER);
  for (const auto& line : cups) {
    const schemas::Item* item = find_item(festival, line.sku);
    if (item == nullptr || item->deposit_minor() == 0) {
      return refuse(Refusal::unknown_item, "\"" + line.sku + "\" bears no deposit");
    }
    if (line.quantity == 0 || line.quantity > cups_max || !line.pack.empty()) {
      return refuse(Refusal::amount_out_of_range,
                    "the quantity of " + line.sku + " is out of range");
    }
    const auto amount = checked_multiply(item->deposit_minor(), line.quantity);
    const auto sum = amount ? checked_add(out.total_minor, *amount) : std::nullopt;
    if (!sum || *sum > amount_minor_max) {
      return refuse(Refusal::amount_out_of_range, "the sum is out of range");
    }
    out.total_minor = *sum;
    out.deposits[item->sku()] += *amount;
    out.move.add_item(item->number());
    out.move.add_quantity(line.quantity);
  }
  for (const auto& [sku, amount] : out.deposits) {  // of all stands, as far as is known here
    if (state.accounts().balance(state.currency(), "deposit/" + sku) < amount) {
      return refuse(Refusal::deposit_unknown, "not so many of " + sku + " are known to be out");
    }
  }
  return out;
}

void add_deposits(const CameBack& back, schemas::AccountClass to, schemas::Event& event) {
  for (const auto& [sku, amount] : back.deposits) {
    auto* posting = event.add_posting();
    posting->set_from(schemas::DEPOSIT);
    posting->set_from_id(sku);
    posting->set_to(to);
    posting->set_amount_minor(amount);
  }
}

Bytes grant_bytes(const BandReading& band, schemas::GrantSource source, const Bytes& source_id,
                  const std::string& reason, std::uint32_t meals = 0) {
  schemas::Grant grant;
  grant.set_purse(band.slot.head.purse);
  grant.set_source(source);
  grant.set_source_id(source_id);
  grant.set_reason(reason);
  grant.set_meals(meals);
  return grant.SerializeAsString();
}

// The balance after this much more; refused where a purse may not hold it.
Result<std::int64_t> balance_with(State& state, const schemas::Festival& festival,
                                  const BandReading& band, std::uint64_t amount_minor) {
  if (auto status = check_chain(state, band); !status) return status.error();
  const auto out = spendable_minor(state, band) + static_cast<std::int64_t>(amount_minor);
  const auto limit = static_cast<std::int64_t>(festival.limits().purse_max_minor());
  if (limit != 0 && out > limit) {
    return refuse(Refusal::limit_purse,
                  "a purse holds at most " + format_decimal(limit, festival.scale()));
  }
  return out;
}

}  // namespace

Result<Plan> plan_gift(State& state, const DeviceView& device, const Gift& gift,
                       const BandReading& band) {
  if (!may(device.certificate.role, Action::gift)) {
    return refuse(Refusal::role_denied, "this device may not give gifts");
  }
  const schemas::Festival* festival = state.festival();
  if (festival == nullptr) return refuse(Refusal::not_ready, "the festival's settings are missing");
  const PurseView known = state.purse(band.slot.head.purse);
  if ((gift.amount_minor == 0 && gift.meals == 0) || gift.amount_minor > amount_minor_max) {
    return refuse(Refusal::amount_out_of_range, "the amount is out of range");
  }
  if (gift.meals > meals_max - std::min<std::uint64_t>(meals_max, known.meals_granted)) {
    return refuse(Refusal::amount_out_of_range, "a band bears at most 255 meals");
  }
  if (gift.reason.empty()) return Error{Errc::bad_input, "say why: a gift needs a reason"};
  const auto balance = balance_with(state, *festival, band, gift.amount_minor);
  if (!balance) return balance.error();
  Plan plan;
  plan.amount_minor = gift.amount_minor;
  plan.balance_minor = *balance;
  plan.meals_left = meals_left(state, band) + gift.meals;
  plan.approvers_needed = 1;
  // The same until it is given, so that others can say yes to it; another one after that.
  Bytes source(view(device.certificate.hash).substr(0, source_bytes / 2));
  put_u64(source, known.gift_granted);
  if (known.meals_granted > 0) put_u64(source, known.meals_granted);
  Draft draft;
  draft.log_class = LogClass::value;
  draft.event.set_kind(schemas::KIND_GRANT);
  draft.event.set_payload(grant_bytes(band, schemas::GRANT_GIFT, source, gift.reason, gift.meals));
  if (gift.amount_minor > 0) {
    auto* posting = draft.event.add_posting();
    posting->set_from(schemas::OUTSIDE);
    posting->set_from_id(gift_mark.data());
    posting->set_to(schemas::PURSE);
    posting->set_to_id(gift_mark.data());
    posting->set_amount_minor(gift.amount_minor);
  }
  plan.drafts.push_back(std::move(draft));
  return plan;
}

// In the trade log in either case: the cups are a fact of this till's sheet.
Result<Plan> plan_return(State& state, const DeviceView& device,
                         const std::vector<BasketLine>& cups,
                         const std::optional<BandReading>& band, const Hash& salt) {
  if (!may(device.certificate.role, Action::give_back)) {
    return refuse(Refusal::role_denied, "this device may not take cups back");
  }
  const schemas::Festival* festival = state.festival();
  if (festival == nullptr) return refuse(Refusal::not_ready, "the festival's settings are missing");
  if (device.certificate.stand.empty()) {
    return refuse(Refusal::not_here, "this device has no stand to take cups back at");
  }
  auto back = came_back(state, *festival, cups);
  if (!back) return back.error();
  Plan plan;
  plan.amount_minor = back->total_minor;
  Draft draft;
  draft.log_class = LogClass::trade;
  draft.event.set_kind(schemas::KIND_DEPOSIT_RETURN);
  *draft.event.add_move() = back->move;
  if (!band) {
    add_deposits(*back, schemas::OUTSIDE, draft.event);
    plan.drafts.push_back(std::move(draft));
    return plan;
  }
  const auto balance = balance_with(state, *festival, *band, back->total_minor);
  if (!balance) return balance.error();
  if (state.purse(band->slot.head.purse).deposits_left < back->total_minor) {
    return refuse(Refusal::deposit_unknown, "this band paid for fewer: give cash");
  }
  plan.balance_minor = *balance;
  draft.event.set_payload(
      grant_bytes(*band, schemas::GRANT_DEPOSIT, Bytes(view(salt).substr(0, source_bytes)), {}));
  add_deposits(*back, schemas::PURSE, draft.event);
  plan.drafts.push_back(std::move(draft));
  return plan;
}

}  // namespace verbena::ledger
