// SPDX-License-Identifier: Apache-2.0
#include "node/value_report.h"

#include <algorithm>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "ledger/core/event.h"
#include "ledger/state/voucher_book.h"
#include "node/report_csv.h"

namespace verbena::node {

using nlohmann::ordered_json;

namespace {

using Wide = unsigned __int128;  // what events claim is bounded one by one, and not in sum
constexpr std::size_t read_bytes_max = 4 << 20;

std::int64_t minor(Wide amount) {
  constexpr Wide most = std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(std::min(amount, most));
}

// Who wrote an issue of it, by voucher id. Whether that counts is the state's matter.
std::map<std::string, std::string> issuers(const ledger::Ledger& ledger) {
  std::map<std::string, std::string> out;
  for (const auto& log : ledger.logs()) {
    const auto author = ledger.author(log.name.certificate);
    const bool issues = log.name.log_class == ledger::LogClass::value && author != nullptr &&
                        ledger::role_credits(author->role);
    for (std::uint64_t at = 0; issues && at < log.head.size;) {
      const auto runs = ledger.read(log.name, at, read_bytes_max);
      if (!runs || runs->empty()) break;
      for (const auto& run : *runs) {
        for (const auto& bytes : run.events) {
          schemas::Event event;
          if (!ledger::parse_event(bytes, event) || event.kind() != schemas::KIND_VOUCHER_ISSUED) {
            continue;
          }
          for (const auto& posting : event.posting()) {
            out.try_emplace(posting.to_id(), author->alias);
          }
        }
        at = run.head.size;
      }
    }
  }
  return out;
}

struct Sums {
  std::uint64_t vouchers = 0, spent = 0, open = 0, overdrawn = 0;
  Wide issued_minor = 0, spent_minor = 0, open_minor = 0, overdrawn_minor = 0;

  void add(const ledger::VoucherView& voucher) {
    const Wide used = voucher.used_minor();
    const Wide left = voucher.issued_minor - std::min(voucher.issued_minor, used);
    const Wide over = used - std::min(voucher.issued_minor, used);
    vouchers += voucher.issued_minor > 0 ? 1 : 0;
    spent += voucher.uses.empty() ? 0 : 1;
    open += left > 0 ? 1 : 0;
    overdrawn += over > 0 ? 1 : 0;
    issued_minor += voucher.issued_minor;
    spent_minor += used;
    open_minor += left;
    overdrawn_minor += over;
  }
  void put(ordered_json& out) const {
    out["vouchers"] = vouchers;
    out["issued_minor"] = minor(issued_minor);
    out["spent"] = spent;
    out["spent_minor"] = minor(spent_minor);
    out["open"] = open;
    out["open_minor"] = minor(open_minor);
    out["overdrawn"] = overdrawn;
    out["overdrawn_minor"] = minor(overdrawn_minor);
  }
};

ordered_json overdrawn_row(const std::string& id, const ordered_json& issuer,
                           const ledger::VoucherView& voucher) {
  ordered_json out{{"voucher", id},
                   {"issuer", issuer},
                   {"worth_minor", minor(voucher.issued_minor)},
                   {"overdrawn_minor", minor(voucher.used_minor() - voucher.issued_minor)},
                   {"sales", ordered_json::array()}};
  for (const auto& use : voucher.uses) {
    if (out["sales"].size() == value_rows_max) break;
    out["sales"].push_back({{"stand", use.stand}, {"sale", ledger::hex(use.sale)}});
  }
  return out;
}

ordered_json band_row(ledger::State& state, std::uint64_t purse, const ledger::PurseView& view) {
  const bool replaced = view.replaced_by != 0;
  const __int128 left = state.purse_balance_minor(purse);
  ordered_json out;
  out["purse"] = ledger::hex_u64(purse);
  out["blocked"] = state.blocked(purse);
  out["replaced_by"] = replaced ? ordered_json(ledger::hex_u64(view.replaced_by)) : ordered_json();
  out["replaced_twice"] = view.replaced_twice;
  out["moved_minor"] = view.replaced_minor;
  out["left_minor"] = left < 0 ? -minor(static_cast<Wide>(-left)) : minor(static_cast<Wide>(left));
  out["waits_for"] = ordered_json::array();
  for (const auto& device : state.unaware_of_block(purse)) out["waits_for"].push_back(device);
  return out;
}

}  // namespace

std::string vouchers_json(const ledger::Ledger& ledger) {
  const auto issued_by = issuers(ledger);
  ordered_json out;
  ledger.ask([&](ledger::State& state, const ledger::DeviceView&) {
    std::map<std::string, Sums> rows;  // "": nobody is known to have issued them
    Sums all;
    ordered_json overdrawn = ordered_json::array();
    for (const auto& [id, voucher] : state.vouchers()) {
      if (voucher.issued_minor == 0 && voucher.uses.empty()) continue;  // no issue that counts
      const auto found = issued_by.find(id);
      const bool known = voucher.issued_minor > 0 && found != issued_by.end();
      rows[known ? found->second : ""].add(voucher);
      all.add(voucher);
      if (voucher.used_minor() <= voucher.issued_minor) continue;
      if (overdrawn.size() < value_rows_max) {
        overdrawn.push_back(
            overdrawn_row(id, known ? ordered_json(found->second) : ordered_json(), voucher));
      }
    }
    all.put(out);
    const __int128 forfeited =
        state.accounts().balance(state.currency(), "outside/" + std::string(ledger::forfeit_mark));
    out["forfeited_minor"] = forfeited < 0 ? 0 : minor(static_cast<Wide>(forfeited));
    out["issuers"] = ordered_json::array();
    for (const auto& [issuer, sums] : rows) {
      ordered_json row{{"issuer", issuer.empty() ? ordered_json() : ordered_json(issuer)}};
      sums.put(row);
      out["issuers"].push_back(std::move(row));
    }
    out["overdrawn_vouchers"] = std::move(overdrawn);
  });
  return out.dump();
}

std::string bands_json(const ledger::Ledger& ledger) {
  ordered_json out;
  ledger.ask([&](ledger::State& state, const ledger::DeviceView&) {
    std::vector<std::uint64_t> stopped;
    std::uint64_t blocked = 0, replaced = 0;
    for (const auto purse : state.purses()) {
      const bool is_replaced = state.purse(purse).replaced_by != 0;
      if (!state.blocked(purse) && !is_replaced) continue;
      stopped.push_back(purse);
      ++(is_replaced ? replaced : blocked);
    }
    // What is still to be done comes first.
    std::stable_partition(stopped.begin(), stopped.end(), [&](std::uint64_t purse) {
      return state.purse_balance_minor(purse) > 0;
    });
    if (stopped.size() > value_rows_max) stopped.resize(value_rows_max);
    out["blocked"] = blocked;
    out["replaced"] = replaced;
    out["bands"] = ordered_json::array();
    for (const auto purse : stopped) {
      out["bands"].push_back(band_row(state, purse, state.purse(purse)));
    }
  });
  return out.dump();
}

std::string vouchers_csv(const ordered_json& object) {
  return rows_csv({"issuer", "vouchers", "issued_minor", "spent", "spent_minor", "open",
                   "open_minor", "overdrawn", "overdrawn_minor"},
                  object["issuers"]);
}

std::string bands_csv(const ordered_json& object) {
  ordered_json rows = object["bands"];
  for (auto& row : rows) {
    std::string names;
    for (const auto& name : row["waits_for"]) {
      names += (names.empty() ? "" : " ") + name.get<std::string>();
    }
    row["waits_for"] = names;
  }
  return rows_csv({"purse", "blocked", "replaced_by", "replaced_twice", "moved_minor", "left_minor",
                   "waits_for"},
                  rows);
}

}  // namespace verbena::node
