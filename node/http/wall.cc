// SPDX-License-Identifier: Apache-2.0
#include "node/http/wall.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "ledger/audit.h"
#include "ledger/rules.h"
#include "ledger/stock_report.h"
#include "node/status.h"

namespace verbena::node::http {

using ledger::State;
using nlohmann::ordered_json;

namespace {

std::int64_t minor(__int128 amount) {
  return static_cast<std::int64_t>(amount);
}

ordered_json totals_part(State& state, const SalesTally& tally) {
  const ledger::Totals totals = state.totals();
  const auto& accounts = state.accounts();
  std::uint64_t sales = 0;
  for (const auto& [tender, sold] : tally.tenders()) sales += sold.sales;
  using Kind = ledger::AccountKind;
  return {{"sales", sales},
          {"sales_minor", minor(totals.sales_minor)},
          {"voids_minor", minor(accounts.flow(Kind::stand, Kind::purse) +
                                accounts.flow(Kind::stand, Kind::outside) +
                                accounts.flow(Kind::stand, Kind::voucher))},
          {"topups_minor", minor(totals.topups_minor)},
          {"refunds_minor", minor(totals.refunds_minor)},
          {"balances_minor", minor(totals.balances_minor)},
          {"suspense_minor", minor(totals.suspense_minor)},
          {"vouchers_minor", minor(totals.vouchers_minor)}};
}

ordered_json minutes_part(const SalesTally& tally, std::uint64_t wall_ms) {
  ordered_json out = ordered_json::array();
  if (tally.minutes().empty()) return out;
  const std::uint64_t last = std::max(wall_ms / 60'000, tally.minutes().rbegin()->first);
  const std::uint64_t oldest = tally.minutes().begin()->first;
  std::uint64_t minute =
      std::clamp(oldest, last + 1 - minutes_shown_max, last + 1 - minutes_shown_min);
  for (; minute <= last; ++minute) {
    const auto found = tally.minutes().find(minute);
    const Tally sold = found == tally.minutes().end() ? Tally{} : found->second;
    out.push_back(
        {{"at_ms", minute * 60'000}, {"sales", sold.sales}, {"amount_minor", sold.amount_minor}});
  }
  return out;
}

ordered_json tenders_part(const SalesTally& tally) {
  ordered_json out = ordered_json::array();
  for (const auto& [tender, sold] : tally.tenders()) {
    out.push_back({{"tender", tender}, {"sales", sold.sales}, {"amount_minor", sold.amount_minor}});
  }
  return out;
}

ordered_json stands_part(State& state, const SalesTally& tally, std::uint64_t wall_ms) {
  ordered_json out = ordered_json::array();
  const auto* festival = state.festival();
  if (festival == nullptr) return out;
  std::map<std::string, std::uint64_t> devices;
  for (const auto& [hash, certificate] : state.roster().all()) ++devices[certificate->stand];
  for (const auto& stand : festival->stand()) {
    const auto found = tally.stands().find(stand.name());
    ordered_json row{{"stand", stand.name()},
                     {"zone", stand.zone()},
                     {"devices", devices[stand.name()]},
                     {"sales", 0},
                     {"amount_minor",
                      minor(state.accounts().balance(state.currency(), "stand/" + stand.name()))},
                     {"last_sale_ms", nullptr}};
    if (found != tally.stands().end()) {
      row["sales"] = found->second.sold.sales;
      const std::uint64_t last = found->second.last_sale_ms;
      row["last_sale_ms"] = wall_ms > last ? wall_ms - last : 0;
    }
    out.push_back(std::move(row));
  }
  return out;
}

// Of each holder's item: what should lie there now, its last count, and all that counts missed.
ordered_json stock_part(const ledger::StockReport& report) {
  struct Row {
    std::int64_t left = 0, missing = 0;
    std::optional<std::int64_t> counted;
  };
  ordered_json out = ordered_json::array();
  const auto* festival = report.facts->festival.get();
  if (festival == nullptr) return out;
  std::map<std::pair<std::string, std::uint32_t>, Row> rows;
  for (const auto& sheet : report.sheets) {
    for (const auto& [number, line] : sheet.lines) {
      Row& row = rows[{sheet.holder, number}];
      row.left = line.end();
      row.missing -= line.variance().value_or(0);
      if (line.counted_end) row.counted = line.counted_end;
    }
  }
  for (const auto& [key, row] : rows) {
    const auto* item = ledger::find_item(*festival, key.second);
    if (item == nullptr || (row.left == 0 && !row.counted)) continue;
    ordered_json names = ordered_json::object();
    for (const auto& name : item->name()) names[name.language()] = name.text();
    out.push_back({{"stand", key.first},
                   {"sku", item->sku()},
                   {"name", std::move(names)},
                   {"unit", item->unit()},
                   {"left", row.left},
                   {"counted", nullptr},
                   {"missing", nullptr},
                   {"missing_minor", nullptr}});
    if (!row.counted) continue;
    out.back()["counted"] = *row.counted;
    out.back()["missing"] = row.missing;
    out.back()["missing_minor"] =
        ledger::worth_minor(row.missing, static_cast<std::int64_t>(item->price_minor()));
  }
  return out;
}

// ---- alarms and notices ------------------------------------------------------------------------

class Alarms {
 public:
  void add(const char* kind, bool alarm, const ordered_json& fields) {
    if (++counts_[kind] > alarms_of_a_kind_max) return;
    ordered_json row{{"kind", kind}, {"severity", alarm ? "alarm" : "notice"}};
    row.update(fields);
    rows_.push_back(std::move(row));
  }
  void add(const ordered_json& row) { rows_.push_back(row); }
  ordered_json take() {
    std::stable_partition(rows_.begin(), rows_.end(),
                          [](const auto& row) { return row["severity"] == "alarm"; });
    if (rows_.size() > alarms_shown_max) rows_.resize(alarms_shown_max);
    return std::move(rows_);
  }

 private:
  std::vector<ordered_json> rows_;
  std::map<std::string, std::size_t> counts_;
};

void purse_alarms(State& state, Alarms& out) {
  for (const auto purse : state.purses()) {
    const ledger::PurseView& now = state.purse(purse);
    const std::string id = ledger::hex_u64(purse);
    if (now.forked) out.add("double-spend", true, {{"purse", id}, {"frozen", now.frozen}});
    std::uint64_t gap = 0;
    for (const auto& part : now.gaps) gap += part.debit_minor;
    if (gap > 0) out.add("gap", false, {{"purse", id}, {"amount_minor", gap}});
    const auto balance = state.accounts().balance(state.currency(), "purse/" + id);
    if (balance < 0) {
      out.add("overdraft", true, {{"purse", id}, {"amount_minor", minor(-balance)}});
    }
  }
}

void stock_alarms(const ordered_json& stock, Alarms& out) {
  for (const auto& row : stock) {
    if (row["missing"].is_null() || row["missing"].get<std::int64_t>() == 0) continue;
    out.add("variance", row["missing"].get<std::int64_t>() > 0,
            {{"stand", row["stand"]},
             {"sku", row["sku"]},
             {"units", row["missing"]},
             {"amount_minor", row["missing_minor"]}});
  }
}

}  // namespace

void Wall::hear(const std::vector<ledger::LogSummary>& logs) {
  std::map<ledger::Hash, Heard> seen;
  for (const auto& log : logs) {
    Heard& heard = seen[log.name.certificate];
    heard.size += log.head.size;
    heard.hlc_ms = std::max(heard.hlc_ms, log.head.hlc >> 16);
  }
  const std::uint64_t now = std::max<std::uint64_t>(1, clock_.monotonic_ms());
  for (auto& [certificate, heard] : seen) {
    const auto known = heard_.find(certificate);
    if (known != heard_.end() && known->second.size == heard.size) {
      heard.changed_ms = known->second.changed_ms;
      continue;
    }
    // It came some time since the last look: as long ago as its clock says, within that time.
    const std::uint64_t wall_ms = clock_.wall_ms();
    const std::uint64_t ago = wall_ms > heard.hlc_ms ? wall_ms - heard.hlc_ms : 0;
    const std::uint64_t looked = looked_ms_ == 0 ? now : now - looked_ms_;
    heard.changed_ms = static_cast<std::int64_t>(now) -
                       static_cast<std::int64_t>(looked_ms_ == 0 ? ago : std::min(ago, looked));
  }
  heard_ = std::move(seen);
  looked_ms_ = now;
}

std::optional<std::uint64_t> Wall::heard_ms(const ledger::Hash& certificate) const {
  const auto found = heard_.find(certificate);
  if (found == heard_.end()) return std::nullopt;
  const auto ago = static_cast<std::int64_t>(clock_.monotonic_ms()) - found->second.changed_ms;
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, ago));
}

WallJson Wall::json(const std::vector<replication::PeerStatus>& peers,
                    const schemas::TapCounts& own) {
  std::lock_guard lock(mutex_);
  for (const auto& peer : peers) {
    if (peer.taps) taps_[peer.device] = *peer.taps;
  }
  if (own.taps() > 0) taps_[ledger_.identity()->certificate.alias] = own;
  tally_.pull(ledger_, clock_.wall_ms());
  const auto logs = ledger_.logs();
  hear(logs);
  const std::set<std::string> linked = replication::linked_devices(peers);
  std::map<ledger::Hash, std::pair<std::uint64_t, std::uint64_t>> sizes;  // covered, unheld
  for (const auto& log : logs) {
    auto& [covered, unheld] = sizes[log.name.certificate];
    covered += log.head.size;
    unheld += log.claimed - std::min(log.claimed, log.head.size);
  }
  for (const auto& claim : ledger_.claimed_heads()) {
    if (!ledger_.log(claim.log.id())) sizes[claim.log.certificate].second += claim.head.size;
  }
  const std::uint64_t wall_ms = clock_.wall_ms();
  const bool look_slowly = slow_at_ms_ == 0 || clock_.monotonic_ms() - slow_at_ms_ >= slow_part_ms;

  const auto own_alarms = ledger_.alarms();
  const auto stock_now = look_slowly ? ledger_.stock() : nullptr;
  ordered_json out;
  out["at_ms"] = wall_ms;
  ledger_.ask([&](State& state, const ledger::DeviceView& self) {
    out["totals"] = totals_part(state, tally_);
    out["minutes"] = minutes_part(tally_, wall_ms);
    out["tenders"] = tenders_part(tally_);
    out["stands"] = stands_part(state, tally_, wall_ms);
    std::map<std::string, ledger::DeviceGap> gaps;
    for (auto& gap : ledger::device_gaps(state, logs)) {
      ledger::DeviceGap& sum = gaps[gap.device];
      sum.device = gap.device;
      sum.claimed_size += gap.claimed_size - gap.held_size;
      sum.claimed_minor += gap.claimed_minor - gap.held_minor;
    }
    Alarms alarms;
    auto& devices = out["devices"] = ordered_json::array();
    for (const auto& [hash, certificate] : state.roster().all()) {
      if (certificate->role == schemas::ROOT) continue;
      const auto& [covered, unheld] = sizes[hash];
      const auto gap = gaps.find(certificate->alias);
      const bool has_gap = gap != gaps.end();
      const std::uint64_t missing =
          std::max(unheld, has_gap ? gap->second.claimed_size : std::uint64_t{0});
      const std::int64_t missing_minor = has_gap ? minor(gap->second.claimed_minor) : 0;
      const bool is_self = certificate->hash == self.certificate.hash;
      const bool is_linked = is_self || linked.contains(certificate->alias);
      const auto heard = is_self ? std::optional<std::uint64_t>(0) : heard_ms(hash);
      const auto told = taps_.find(certificate->alias);
      const bool forked = state.roster().forked(certificate->key);
      const bool revoked = state.roster().revoked(certificate->key);
      devices.push_back({{"device", certificate->alias},
                         {"role", ledger::role_name(certificate->role)},
                         {"stand", certificate->stand},
                         {"zone", certificate->zone},
                         {"standing", forked                           ? "forked"
                                      : revoked                        ? "revoked"
                                      : state.roster().certified(hash) ? "certified"
                                                                       : "uncertified"},
                         {"linked", is_linked},
                         {"heard_ms", heard ? ordered_json(*heard) : ordered_json()},
                         {"events", covered},
                         {"missing", {{"events", missing}, {"amount_minor", missing_minor}}},
                         {"taps", told != taps_.end() ? taps_json(told->second) : ordered_json()}});
      if (!look_slowly) continue;
      const ordered_json who{{"device", certificate->alias}, {"stand", certificate->stand}};
      const auto with = [&](const ordered_json& more) {
        ordered_json fields = who;
        fields.update(more);
        return fields;
      };
      if (forked)
        alarms.add("fork", true, who);
      else if (revoked)
        alarms.add("revoked", false, who);
      if (missing > 0) {
        alarms.add("device-gap", missing_minor > 0,
                   with({{"events", missing}, {"amount_minor", missing_minor}}));
      }
      if (!is_linked && !revoked && heard && *heard >= silent_ms && covered > 0 &&
          certificate->role != schemas::SUPERVISOR) {
        alarms.add("silent-device", true, with({{"heard_ms", *heard}}));
      }
    }
    if (!look_slowly) return;
    slow_at_ms_ = std::max<std::uint64_t>(1, clock_.monotonic_ms());
    ordered_json stock = stock_part(*stock_now);
    stock_alarms(stock, alarms);
    if (clock_.monotonic_ms() - purses_at_ms_ >= purses_ms || purse_rows_.empty()) {
      purses_at_ms_ = clock_.monotonic_ms();
      Alarms purses;
      purse_alarms(state, purses);
      purse_rows_ = purses.take().dump();
    }
    for (const auto& row : ordered_json::parse(purse_rows_)) alarms.add(row);
    if (const auto open = state.totals().suspense_minor; open != 0) {
      alarms.add("suspense", false, {{"amount_minor", minor(open)}});
    }
    for (const auto& peer : peers) {
      if (peer.stalled) {
        alarms.add("no-progress", true,
                   {{"device", peer.device}, {"since_ms", peer.last_progress_ms}});
      }
    }
    for (const auto& text : store_alarms_) alarms.add("damaged-store", true, {{"text", text}});
    for (const auto& alarm : own_alarms) {
      alarms.add(alarm.kind.c_str(), true, {{"text", alarm.text}});
    }
    slow_stock_ = stock.dump();
    for (auto& row : stock) row["left"] = nullptr;
    blind_stock_ = stock.dump();
    slow_alarms_ = alarms.take().dump();
  });
  std::string text = out.dump();
  text.pop_back();
  const std::string rest = ",\"alarms\":" + slow_alarms_ + "}";
  text += ",\"stock\":";
  return {text + slow_stock_ + rest, text + blind_stock_ + rest};
}

}  // namespace verbena::node::http
