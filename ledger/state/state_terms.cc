// SPDX-License-Identifier: Apache-2.0
// What a sale says of its goods, held against the settings it names: age, price, parts, meals. It
// stands whatever comes out: the goods are gone. An audit tells of it.
#include <algorithm>

#include "ledger/state/state.h"

namespace verbena::ledger {

namespace {

constexpr std::size_t parts_named_max = 16;  // of one sale; others are as if they were not there

struct Goods {
  unsigned __int128 price_minor = 0;
  std::uint64_t units = 0;
  bool all_meals = true;
};

// Lines whose item the settings do not know have no price and are no meal.
Goods goods_of(const schemas::Festival& rules, const schemas::Sale& sale) {
  Goods out;
  for (int i = 0; i < sale.item_size() && i < sale.quantity_size(); ++i) {
    const schemas::Item* item = find_item(rules, sale.item(i));
    out.units += sale.quantity(i);
    out.all_meals &= item != nullptr && item->meal();
    if (item == nullptr) continue;
    out.price_minor += static_cast<unsigned __int128>(item->price_minor()) * sale.quantity(i);
  }
  return out;
}

// In the festival's currency.
std::uint64_t paid_to_stand(const schemas::Event& event) {
  std::uint64_t out = 0;
  for (const auto& posting : event.posting()) {
    if (posting.to() == schemas::STAND && posting.currency().empty()) {
      out += posting.amount_minor();
    }
  }
  return out;
}

}  // namespace

void State::note_terms(const Log& log, std::uint64_t index, const Hash& id,
                       const schemas::Event& event) {
  schemas::Sale& sale = scratch_;
  if (!sale.ParseFromString(event.payload())) return;
  const schemas::Festival* rules = rules_named(log, event);
  if (rules != nullptr) note_age(*rules, id, sale);
  note_price(rules, log, index, id, event, sale);
}

// Goods that only grown-ups may buy, sold without a word that somebody looked.
void State::note_age(const schemas::Festival& rules, const Hash& id, const schemas::Sale& sale) {
  for (const auto number : sale.item()) {
    const schemas::Item* item = find_item(rules, number);
    if (item != nullptr && item->age_min() > sale.age_checked()) {
      unchecked_ages_.push_back(id);
      return;
    }
  }
}

void State::note_price(const schemas::Festival* rules, const Log& log, std::uint64_t index,
                       const Hash& id, const schemas::Event& event, const schemas::Sale& sale) {
  SplitSale out{
      id, log.number, index, event.step().purse(), event.has_step(), paid_to_stand(event)};
  if (sale.item_size() == 0) {
    if (event.has_step()) parts_.push_back(out);
    return;
  }
  if (rules != nullptr) {
    const Goods goods = goods_of(*rules, sale);
    const bool meals = sale.meals() > 0;
    out.priced = true;
    out.due_minor = goods.price_minor;
    if (meals && (!goods.all_meals || goods.units != sale.meals())) {
      mispriced_.push_back(id);
      out.priced = false;  // told
    }
  }
  for (const auto& part : sale.part()) {
    if (out.parts.size() == parts_named_max) break;
    if (const auto prefix = fixed<purse_prefix_bytes>(part)) out.parts.insert(*prefix);
  }
  if (!out.parts.empty()) {
    split_sales_.push_back(out);
  } else if (out.priced && out.paid_minor != out.due_minor) {
    mispriced_.push_back(id);
  }
}

// Posted, and not voided.
bool State::stands(const SplitSale& sale) {
  if (!sale.by_purse) return !cash_voided(logs_[sale.log].id, sale.index);
  return purse(sale.purse).posted_places.contains({sale.log, sale.index}) &&
         !granted(sale.purse, schemas::GRANT_VOID, view(sale.id));
}

// A part is of one stand and is taken once: by the sale of the lowest id that names it there.
State::PartsTaken State::parts_taken() {
  PartsTaken out;
  const auto before = [this](const SplitSale& a, const SplitSale& b) {
    return std::tie(a.id, logs_[a.log].id, a.index) < std::tie(b.id, logs_[b.log].id, b.index);
  };
  for (const auto& part : parts_) {
    if (!stands(part)) continue;
    const SplitSale*& held = out.parts[purse_prefix(part.id)];
    if (held == nullptr || before(part, *held)) held = &part;
  }
  for (const auto& sale : split_sales_) {
    if (!stands(sale)) continue;
    for (const auto& prefix : sale.parts) {
      const auto part = out.parts.find(prefix);
      if (part == out.parts.end() ||
          logs_[part->second->log].author->stand != logs_[sale.log].author->stand) {
        continue;
      }
      const SplitSale*& taken_by = out.taken_by[prefix];
      if (taken_by == nullptr || before(sale, *taken_by)) taken_by = &sale;
    }
  }
  return out;
}

bool State::part_taken(const Hash& part) {
  return parts_taken().taken_by.contains(purse_prefix(part));
}

std::vector<Hash> State::mispriced() {
  std::vector<Hash> out = mispriced_;
  const PartsTaken all = parts_taken();
  for (const auto& sale : split_sales_) {
    if (!sale.priced || !stands(sale)) continue;
    unsigned __int128 paid = sale.paid_minor;
    for (const auto& prefix : sale.parts) {
      const auto taken_by = all.taken_by.find(prefix);
      if (taken_by == all.taken_by.end() || taken_by->second != &sale) continue;
      paid += all.parts.at(prefix)->paid_minor;
    }
    if (paid != sale.due_minor) out.push_back(sale.id);
  }
  return out;
}

std::vector<Hash> State::open_parts() {
  std::vector<Hash> out;
  const PartsTaken all = parts_taken();
  for (const auto& [prefix, part] : all.parts) {
    if (!all.taken_by.contains(prefix)) out.push_back(part->id);
  }
  return out;
}

}  // namespace verbena::ledger
