// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "test/support/world.h"

// A small festival that also lends cups and has something for grown-ups only, and the requests for
// gifts, tips and what comes back.
namespace verbena::test {

// `small_festival` and: cup (deposit 1.00), rum (5.00, from 18), draught (3.00: a beer and a cup),
// and for the crew too menu (7.00) and soup (2.50: a water and a cup).
inline schemas::Festival lending_festival() {
  schemas::Festival out = small_festival();
  const auto add = [&](const char* sku, std::uint64_t price) -> schemas::Item& {
    auto* item = out.add_item();
    item->set_number(static_cast<std::uint32_t>(out.item_size()));
    item->set_sku(sku);
    item->set_price_minor(price);
    for (auto& stand : *out.mutable_stand()) stand.add_item(item->number());
    return *item;
  };
  add("cup", 0).set_deposit_minor(100);
  add("rum", 500).set_age_min(18);
  schemas::Item& draught = add("draught", 300);
  const auto made_of = [](schemas::Item& item, std::uint32_t part) {
    item.add_part()->set_item(part);
    item.mutable_part(item.part_size() - 1)->set_quantity(1);
  };
  for (const std::uint32_t part : {1u, 3u}) made_of(draught, part);
  add("menu", 700).set_meal(true);
  schemas::Item& soup = add("soup", 250);
  soup.set_meal(true);
  for (const std::uint32_t part : {2u, 3u}) made_of(soup, part);
  return out;
}

inline schemas::OperateRequest sell_request(const std::string& sku, std::uint32_t quantity = 1,
                                            const std::string& tender = "cash") {
  schemas::OperateRequest out;
  out.mutable_sell()->set_tender(tender);
  out.mutable_sell()->add_line()->set_sku(sku);
  out.mutable_sell()->mutable_line(0)->set_quantity(quantity);
  return out;
}

inline schemas::OperateRequest return_request(std::uint32_t cups,
                                              const std::string& tender = "cash") {
  schemas::OperateRequest out;
  out.mutable_give_back()->set_tender(tender);
  out.mutable_give_back()->add_line()->set_sku("cup");
  out.mutable_give_back()->mutable_line(0)->set_quantity(cups);
  return out;
}

inline schemas::OperateRequest gift_request(std::uint64_t amount_minor) {
  schemas::OperateRequest out;
  out.mutable_gift()->set_amount_minor(amount_minor);
  out.mutable_gift()->set_reason("a band that plays");
  return out;
}

inline schemas::OperateRequest meals_request(std::uint32_t meals) {
  schemas::OperateRequest out;
  out.mutable_gift()->set_meals(meals);
  out.mutable_gift()->set_reason("crew of the main stage");
  return out;
}

}  // namespace verbena::test
