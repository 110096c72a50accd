// SPDX-License-Identifier: Apache-2.0
#include "ledger/payers.h"

#include <algorithm>
#include <set>

#include "ledger/core/money.h"
#include "ledger/core/mutant.h"

namespace verbena::ledger {

namespace {

constexpr std::size_t parts_max = 16;

// Units of the basket, if all of it may be had for a meal.
Result<std::uint32_t> meals_in(const schemas::Festival& festival,
                               const std::vector<BasketLine>& basket) {
  std::uint64_t out = 0;
  for (const auto& line : basket) {
    const schemas::Item* item = find_item(festival, line.sku);
    if (item == nullptr || !item->meal()) {
      return refuse(Refusal::unknown_item, "\"" + line.sku + "\" is no crew meal");
    }
    out += line.quantity;
  }
  if (out > meals_max) return refuse(Refusal::meals_used_up, "more meals than a band bears");
  return static_cast<std::uint32_t>(out);
}

}  // namespace

// Gifts pay goods before other money does, and nothing else.
Result<Payers> payers_of(State& state, const BandReading& band,
                         const std::vector<BasketLine>& basket, const SaleTerms& terms,
                         std::uint64_t goods_minor, std::uint64_t beside_minor) {
  const schemas::Festival& festival = *state.festival();
  Payers out;
  const std::int64_t spendable = spendable_minor(state, band);
  const std::int64_t unspent_gift = unspent_gift_minor(state, band);
  if (terms.meal && terms.cash_minor > 0) {
    return Error{Errc::bad_input, "a meal is not paid in cash"};
  }
  if (terms.meal) {
    const auto meals = meals_in(festival, basket);
    if (!meals) return meals.error();
    if (const auto left = meals_left(state, band);
        *meals > left && !mutant(Mutant::meals_unlimited)) {
      return refuse(Refusal::meals_used_up, "meals left: " + std::to_string(left));
    }
    out.meals = *meals;
    out.crew = goods_minor;
  } else {
    out.cash = terms.cash_minor;
    out.gift = std::min(goods_minor - out.cash, static_cast<std::uint64_t>(unspent_gift));
    out.own = goods_minor - out.cash - out.gift;
  }
  const auto needed = static_cast<std::int64_t>(out.own + beside_minor);
  const std::int64_t missing = needed - (spendable - unspent_gift);
  const bool nothing_taken = terms.meal && needed == 0;
  if (missing <= 0 || nothing_taken || mutant(Mutant::funds_unchecked)) return out;
  auto error = refuse(Refusal::insufficient_funds,
                      "balance " + format_decimal(spendable, festival.scale()) + ", needed " +
                          format_decimal(out.gift + out.own + beside_minor, festival.scale()));
  const auto short_minor = static_cast<std::uint64_t>(missing);
  const bool cash_helps = short_minor <= out.own && short_minor + out.cash < goods_minor;
  if (cash_helps && terms.part_minor == 0) error.short_minor = short_minor + out.cash;
  return error;
}

Result<std::uint64_t> paid_before(State& state, const DeviceView& device,
                                  const std::vector<FoundSale>& parts) {
  std::uint64_t out = 0;
  if (parts.size() > parts_max) {
    return refuse(Refusal::amount_out_of_range, "more than 16 parts");
  }
  std::set<Hash> named;
  for (const auto& part : parts) {
    const auto author = state.roster().find(part.log.certificate);
    schemas::Sale paid;
    if (author == nullptr || author->stand != device.certificate.stand) {
      return refuse(Refusal::not_here, "this part was paid at another stand");
    }
    if (!part.event.has_step() || !paid.ParseFromString(part.event.payload()) ||
        paid.item_size() > 0) {
      return refuse(Refusal::unknown_sale, "this event pays no part of a sale");
    }
    const std::uint64_t purse = part.event.step().purse();
    if (!state.purse(purse).posted_ids.contains(part.id)) {
      return refuse(Refusal::unknown_sale, "this part never went through");
    }
    if (state.granted(purse, schemas::GRANT_VOID, view(part.id))) {
      return refuse(Refusal::already_voided, "this part was given back");
    }
    const bool taken = state.part_taken(part.id) && !mutant(Mutant::part_used_again);
    if (!named.insert(part.id).second || taken) {
      return refuse(Refusal::part_used, "this part paid for another sale already");
    }
    out += entering_minor(part.event, schemas::STAND);
  }
  return out;
}

}  // namespace verbena::ledger
