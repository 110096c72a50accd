// SPDX-License-Identifier: Apache-2.0
#include "node/festival_file.h"

#include <toml++/toml.h>

#include <algorithm>
#include <map>
#include <set>

#include "ledger/core/certificate.h"
#include "ledger/core/money.h"
#include "ledger/seal.h"
#include "ledger/state/festival_register.h"
#include "node/festival_day.h"

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Result;

namespace {

constexpr std::size_t items_max = 512;
constexpr std::size_t stands_max = 2'000;
constexpr std::size_t counts_max = 8;
constexpr std::uint32_t units_max = 100'000;
constexpr std::size_t staff_max = 20'000;
constexpr std::size_t text_bytes_max = 120;

struct CurrencyScale {
  const char* code;
  int scale;
};
constexpr CurrencyScale currencies[] = {
    {"EUR", 2}, {"USD", 2}, {"GBP", 2}, {"BRL", 2}, {"MXN", 2}, {"ARS", 2}, {"COP", 2},
    {"CHF", 2}, {"CAD", 2}, {"PEN", 2}, {"UYU", 2}, {"DOP", 2}, {"GTQ", 2}, {"BOB", 2},
    {"CRC", 2}, {"CLP", 0}, {"PYG", 0}, {"JPY", 0}, {"TND", 3}, {"KWD", 3},
};

// The first thing wrong ends the reading; it is thrown inside this file only.
struct Wrong {
  std::uint32_t line;
  std::string what;
};

class Table {
 public:
  explicit Table(const toml::table& table) : table_(table) {}

  std::uint32_t line() const { return table_.source().begin.line; }

  void only(std::initializer_list<std::string_view> keys) const {
    for (const auto& [key, value] : table_) {
      if (std::find(keys.begin(), keys.end(), key.str()) == keys.end()) {
        throw Wrong{key.source().begin.line, "unknown key \"" + std::string(key.str()) + "\""};
      }
    }
  }

  std::string text(std::string_view key, bool required) const {
    const toml::node* node = table_.get(key);
    if (node == nullptr) {
      if (required) throw Wrong{line(), "\"" + std::string(key) + "\" is missing"};
      return {};
    }
    const auto value = node->value_exact<std::string>();
    if (!value) throw Wrong{line_of(*node), "\"" + std::string(key) + "\" must be a quoted text"};
    if (value->size() > text_bytes_max) {
      throw Wrong{line_of(*node), "\"" + std::string(key) + "\" is too long"};
    }
    return *value;
  }

  std::string alias(std::string_view key, bool required) const {
    std::string value = text(key, required);
    if (required && value.empty()) {
      throw Wrong{line_of(*table_.get(key)), "\"" + std::string(key) + "\" is empty"};
    }
    if (!value.empty() && !ledger::is_alias(value)) {
      throw Wrong{line_of(*table_.get(key)), "\"" + value + "\" must match [a-z0-9-]{1,32}"};
    }
    return value;
  }

  std::uint64_t decimal(std::string_view key, unsigned scale, bool required) const {
    const toml::node* node = table_.get(key);
    if (node == nullptr && !required) return 0;
    if (node != nullptr && !node->is_string()) {
      throw Wrong{line_of(*node),
                  "\"" + std::string(key) + "\" must be a quoted decimal, such as \"4.50\""};
    }
    const std::string value = text(key, true);
    const auto minor = ledger::parse_decimal(value, scale);
    if (!minor) {
      throw Wrong{line_of(*node), "\"" + value + "\" is not an amount with at most " +
                                      std::to_string(scale) + " decimals"};
    }
    return *minor;
  }

  std::uint32_t percent(std::string_view key) const {  // in basis points
    const auto out = decimal(key, 2, false);
    if (out > 10'000) throw Wrong{line(), std::string(key) + " must be at most 100"};
    return static_cast<std::uint32_t>(out);
  }

  std::uint32_t whole(std::string_view key, std::uint32_t most) const {
    const toml::node* node = table_.get(key);
    if (node == nullptr) return 0;
    const auto value = node->value_exact<std::int64_t>();
    if (!value || *value < 0 || *value > most) {
      throw Wrong{line_of(*node), "\"" + std::string(key) + "\" must be a whole number from 0 to " +
                                      std::to_string(most)};
    }
    return static_cast<std::uint32_t>(*value);
  }

  bool flag(std::string_view key) const {
    const toml::node* node = table_.get(key);
    if (node == nullptr) return false;
    const auto value = node->value_exact<bool>();
    if (!value) throw Wrong{line_of(*node), "\"" + std::string(key) + "\" must be true or false"};
    return *value;
  }

  // A table of whole numbers from 1, by alias.
  std::vector<std::pair<std::string, std::uint32_t>> counts(std::string_view key) const {
    std::vector<std::pair<std::string, std::uint32_t>> out;
    const toml::table* found = sub(key);
    if (found == nullptr) return out;
    const Table inner(*found);
    for (const auto& [name, value] : *found) {
      const std::uint32_t units = inner.whole(name.str(), units_max);
      if (units == 0 || !ledger::is_alias(name.str()) || out.size() == counts_max) {
        throw Wrong{line_of(value), "\"" + std::string(key) + "\" holds at most 8 names " +
                                        "[a-z0-9-]{1,32}, each with a whole number from 1"};
      }
      out.emplace_back(std::string(name.str()), units);
    }
    return out;
  }

  const toml::table* sub(std::string_view key) const {
    const toml::node* node = table_.get(key);
    if (node == nullptr) return nullptr;
    if (!node->is_table())
      throw Wrong{line_of(*node), "\"" + std::string(key) + "\" must be a table"};
    return node->as_table();
  }

  std::vector<const toml::table*> tables(std::string_view key, std::size_t most) const {
    std::vector<const toml::table*> out;
    const toml::node* node = table_.get(key);
    if (node == nullptr) return out;
    const toml::array* array = node->as_array();
    if (array == nullptr || !array->is_homogeneous<toml::table>()) {
      throw Wrong{line_of(*node),
                  "\"" + std::string(key) + "\" must be [[" + std::string(key) + "]]"};
    }
    if (array->size() > most) throw Wrong{line_of(*node), "too many [[" + std::string(key) + "]]"};
    for (const auto& entry : *array) out.push_back(entry.as_table());
    return out;
  }

  std::vector<std::pair<std::string, std::uint32_t>> texts(std::string_view key) const {
    std::vector<std::pair<std::string, std::uint32_t>> out;
    const toml::node* node = table_.get(key);
    if (node == nullptr) return out;
    const toml::array* array = node->as_array();
    if (array == nullptr)
      throw Wrong{line_of(*node), "\"" + std::string(key) + "\" must be a list"};
    for (const auto& entry : *array) {
      const auto value = entry.value_exact<std::string>();
      if (!value)
        throw Wrong{line_of(entry), "\"" + std::string(key) + "\" must hold quoted texts"};
      out.emplace_back(*value, line_of(entry));
    }
    return out;
  }

  std::uint32_t line_of_key(std::string_view key) const {
    const toml::node* node = table_.get(key);
    return node == nullptr ? line() : line_of(*node);
  }

  static std::uint32_t line_of(const toml::node& node) { return node.source().begin.line; }

 private:
  const toml::table& table_;
};

void read_days(const Table& top, schemas::Festival& out) {
  const std::string zone = top.text("time_zone", false), hour = top.text("day_starts", false);
  if (!zone.empty() && !is_zone_name(zone)) {
    throw Wrong{top.line_of_key("time_zone"),
                "\"" + zone + "\" is no time zone, such as \"Europe/Madrid\""};
  }
  if (!hour.empty() && (zone.empty() || !minute_of_day(hour))) {
    throw Wrong{top.line_of_key("day_starts"),
                "\"day_starts\" is an hour up to noon, such as \"06:00\", of a \"time_zone\""};
  }
  out.set_time_zone(zone);
  if (!hour.empty()) out.set_day_starts_minute(*minute_of_day(hour));
}

void read_limits(const Table& top, schemas::Festival& out) {
  const toml::table* found = top.sub("limits");
  if (found == nullptr) return;
  const Table table(*found);
  table.only({"purse_max", "offline_max", "unwitnessed_count", "unwitnessed_value",
              "unwitnessed_minutes", "void_without_approval"});
  auto* limits = out.mutable_limits();
  limits->set_purse_max_minor(table.decimal("purse_max", out.scale(), false));
  limits->set_offline_max_minor(table.decimal("offline_max", out.scale(), false));
  limits->set_unwitnessed_count(table.whole("unwitnessed_count", 1'000'000));
  limits->set_unwitnessed_value_minor(table.decimal("unwitnessed_value", out.scale(), false));
  limits->set_unwitnessed_minutes(table.whole("unwitnessed_minutes", 10'000));
  limits->set_void_without_approval_minor(
      table.decimal("void_without_approval", out.scale(), false));
}

void read_items(const Table& top, schemas::Festival& out) {
  std::set<std::string> skus;
  for (const auto* entry : top.tables("item", items_max)) {
    const Table table(*entry);
    table.only({"sku", "name", "price", "cost", "tax_percent", "unit", "age_min", "parts", "packs",
                "spread_percent", "deposit", "meal"});
    auto* item = out.add_item();
    item->set_number(static_cast<std::uint32_t>(out.item_size()));
    item->set_sku(table.alias("sku", true));
    if (!skus.insert(item->sku()).second) {
      throw Wrong{table.line(), "the item \"" + item->sku() + "\" is there twice"};
    }
    if (const auto* names = table.sub("name")) {
      for (const auto& [language, value] : *names) {
        const auto text = value.value_exact<std::string>();
        if (!text || text->size() > text_bytes_max) {
          throw Wrong{Table::line_of(value), "an item's name must be a short quoted text"};
        }
        auto* name = item->add_name();
        name->set_language(std::string(language.str()));
        name->set_text(*text);
      }
    }
    item->set_price_minor(table.decimal("price", out.scale(), true));
    item->set_tax_basis_points(table.percent("tax_percent"));
    item->set_unit(table.text("unit", false));
    item->set_age_min(table.whole("age_min", 120));
    item->set_meal(table.flag("meal"));
    item->set_cost_minor(table.decimal("cost", out.scale(), false));
    item->set_spread_basis_points(table.percent("spread_percent"));
    item->set_deposit_minor(table.decimal("deposit", out.scale(), false));
    if (item->deposit_minor() > 0 && item->price_minor() > 0) {
      throw Wrong{table.line_of_key("deposit"),
                  "\"" + item->sku() + "\" has a deposit, so its price must be \"0.00\""};
    }
    for (const auto& [name, units] : table.counts("packs")) {
      auto* pack = item->add_pack();
      pack->set_name(name);
      pack->set_units(units);
    }
  }
  if (out.item_size() == 0) throw Wrong{1, "a festival sells at least one [[item]]"};
}

// What leaves the stock when one is sold. Parts are stocked themselves: none has parts of its own.
void read_parts(const Table& top, schemas::Festival& out) {
  int at = 0;
  for (const auto* entry : top.tables("item", items_max)) {
    const Table table(*entry);
    auto* item = out.mutable_item(at++);
    for (const auto& [sku, units] : table.counts("parts")) {
      const auto found =
          std::find_if(out.item().begin(), out.item().end(),
                       [&, wanted = sku](const auto& known) { return known.sku() == wanted; });
      if (found == out.item().end()) {
        throw Wrong{table.line(), "no [[item]] has the sku \"" + sku + "\""};
      }
      if (item->deposit_minor() > 0) {
        throw Wrong{table.line_of_key("deposit"), "what bears a deposit is lent whole: no parts"};
      }
      if (found->number() == item->number()) {
        throw Wrong{table.line(), "\"" + sku + "\" cannot be a part of itself"};
      }
      auto* part = item->add_part();
      part->set_item(found->number());
      part->set_quantity(units);
    }
  }
  for (const auto& item : out.item()) {
    for (const auto& part : item.part()) {
      if (ledger::find_item(out, part.item())->part_size() > 0) {
        throw Wrong{1, "\"" + item.sku() + "\" has a part that is made of parts"};
      }
    }
  }
}

void read_stands(const Table& top, schemas::Festival& out) {
  std::set<std::string> names;
  for (const auto* entry : top.tables("stand", stands_max)) {
    const Table table(*entry);
    table.only({"name", "zone", "items", "commission_percent", "hold_back_percent"});
    auto* stand = out.add_stand();
    stand->set_name(table.alias("name", true));
    stand->set_zone(table.alias("zone", false));
    stand->set_commission_basis_points(table.percent("commission_percent"));
    stand->set_hold_back_basis_points(table.percent("hold_back_percent"));
    if (!names.insert(stand->name()).second) {
      throw Wrong{table.line(), "the stand \"" + stand->name() + "\" is there twice"};
    }
    for (const auto& [sku, line] : table.texts("items")) {
      const auto item =
          std::find_if(out.item().begin(), out.item().end(),
                       [&, wanted = sku](const auto& known) { return known.sku() == wanted; });
      if (item == out.item().end()) throw Wrong{line, "no [[item]] has the sku \"" + sku + "\""};
      stand->add_item(item->number());
    }
  }
}

void read_staff(const Table& top, schemas::Festival& out) {
  std::set<std::string> aliases;
  for (const auto* entry : top.tables("staff", staff_max)) {
    const Table table(*entry);
    table.only({"alias", "roles", "stand"});
    auto* staff = out.add_staff();
    staff->set_alias(table.alias("alias", true));
    staff->set_stand(table.alias("stand", false));
    if (!aliases.insert(staff->alias()).second) {
      throw Wrong{table.line(), "the alias \"" + staff->alias() + "\" is there twice"};
    }
    for (const auto& [role, line] : table.texts("roles")) {
      if (!ledger::role_from_name(role)) throw Wrong{line, "no role is called \"" + role + "\""};
      staff->add_role(role);
    }
  }
}

}  // namespace

int currency_scale(std::string_view code) {
  for (const auto& row : currencies) {
    if (row.code == code) return row.scale;
  }
  return -1;
}

Result<schemas::Festival> parse_festival(const std::string& text, const std::string& name) {
  schemas::Festival out;
  try {
    const toml::table parsed = toml::parse(text, name);
    const Table top(parsed);
    top.only({"name", "id", "currency", "time_zone", "day_starts", "language", "follow", "limits",
              "item", "stand", "staff", "seal_signatures"});
    out.set_name(top.text("name", true));
    out.set_id(top.alias("id", true));
    out.set_currency(top.text("currency", true));
    const int scale = currency_scale(out.currency());
    if (scale < 0) {
      throw Wrong{Table::line_of(*parsed.get("currency")),
                  "\"" + out.currency() + "\" is not a currency this build knows"};
    }
    out.set_scale(static_cast<std::uint32_t>(scale));
    read_days(top, out);
    out.set_language(top.text("language", false));
    const std::string follow = top.text("follow", false);
    if (!follow.empty() && follow != "all" && follow != "zone") {
      throw Wrong{Table::line_of(*parsed.get("follow")), "\"follow\" must be \"all\" or \"zone\""};
    }
    out.set_follow_zone(follow == "zone");
    out.set_seal_signatures(top.whole("seal_signatures", ledger::seal_signatures_max));
    if (parsed.contains("seal_signatures") && out.seal_signatures() < ledger::seal_persons_min) {
      throw Wrong{top.line_of_key("seal_signatures"), "\"seal_signatures\" must be at least 2"};
    }
    read_limits(top, out);
    read_items(top, out);
    read_parts(top, out);
    read_stands(top, out);
    read_staff(top, out);
    out.set_version(1);
  } catch (const toml::parse_error& error) {
    return Error{Errc::bad_input, name + ":" + std::to_string(error.source().begin.line) + ": " +
                                      std::string(error.description())};
  } catch (const Wrong& wrong) {
    return Error{Errc::bad_input, name + ":" + std::to_string(wrong.line) + ": " + wrong.what};
  } catch (const std::exception& error) {  // the TOML library's own, for a few malformed texts
    return Error{Errc::bad_input, name + ":1: cannot be read: " + error.what()};
  }
  return out;
}

schemas::Festival next_version(const schemas::Festival& current, const std::string& current_hash,
                               const schemas::Festival& wanted) {
  schemas::Festival out = wanted;
  out.set_version(current.version() + 1);
  out.set_replaces(current_hash);
  std::uint32_t next = 0;
  std::map<std::string, std::uint32_t> numbers;
  for (const auto& item : current.item()) {
    numbers[item.sku()] = item.number();
    next = std::max(next, item.number());
  }
  std::map<std::uint32_t, std::uint32_t> renumbered;
  for (auto& item : *out.mutable_item()) {
    const auto known = numbers.find(item.sku());
    const std::uint32_t number = known == numbers.end() ? ++next : known->second;
    renumbered[item.number()] = number;
    item.set_number(number);
  }
  for (auto& stand : *out.mutable_stand()) {
    for (auto& number : *stand.mutable_item()) {
      const auto known = renumbered.find(number);  // told by name in a file, by number in a request
      number = known == renumbered.end() ? 0 : known->second;
    }
  }
  for (auto& item : *out.mutable_item()) {
    for (auto& part : *item.mutable_part()) {
      const auto known = renumbered.find(part.item());
      part.set_item(known == renumbered.end() ? 0 : known->second);
    }
  }
  for (const auto& item : current.item()) {
    const bool kept = std::any_of(out.item().begin(), out.item().end(), [&](const auto& other) {
      return other.number() == item.number();
    });
    if (!kept) {
      *out.add_item() = item;
      out.mutable_item(out.item_size() - 1)->set_retired(true);
    }
  }
  return out;
}

std::vector<std::string> differences(const schemas::Festival& from, const schemas::Festival& to) {
  std::vector<std::string> out;
  const auto money = [&](std::uint64_t minor) { return ledger::format_decimal(minor, to.scale()); };
  for (const auto& item : to.item()) {
    const auto old = std::find_if(from.item().begin(), from.item().end(), [&](const auto& known) {
      return known.number() == item.number();
    });
    if (old == from.item().end()) {
      out.push_back("+ " + item.sku() + " " + money(item.price_minor()));
    } else if (item.retired() && !old->retired()) {
      out.push_back("- " + item.sku());
    } else if (item.price_minor() != old->price_minor()) {
      out.push_back(item.sku() + ": " + money(old->price_minor()) + " -> " +
                    money(item.price_minor()));
    } else if (item.SerializeAsString() != old->SerializeAsString()) {
      out.push_back(item.sku() + ": changed");
    }
  }
  const auto names = [](const schemas::Festival& festival) {
    std::map<std::string, std::string> stands;
    for (const auto& stand : festival.stand()) stands[stand.name()] = stand.SerializeAsString();
    return stands;
  };
  const auto before = names(from), after = names(to);
  for (const auto& [stand, bytes] : after) {
    const auto old = before.find(stand);
    if (old == before.end()) out.push_back("+ stand " + stand);
    if (old != before.end() && old->second != bytes) out.push_back("stand " + stand + ": changed");
  }
  for (const auto& [stand, bytes] : before) {
    if (!after.contains(stand)) out.push_back("- stand " + stand);
  }
  if (from.limits().SerializeAsString() != to.limits().SerializeAsString()) {
    out.push_back("limits: changed");
  }
  const auto signatures = [](const schemas::Festival& festival) {
    return std::to_string(
        std::max<std::size_t>(festival.seal_signatures(), ledger::seal_persons_min));
  };
  if (signatures(from) != signatures(to)) {
    out.push_back("seal_signatures: " + signatures(from) + " -> " + signatures(to));
  }
  if (from.time_zone() != to.time_zone() || from.day_starts_minute() != to.day_starts_minute()) {
    out.push_back("time_zone or day_starts: changed");
  }
  if (from.name() != to.name()) out.push_back("name: " + from.name() + " -> " + to.name());
  return out;
}

}  // namespace verbena::node
