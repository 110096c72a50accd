// SPDX-License-Identifier: Apache-2.0
#include "node/http/reports.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "ledger/state/custody.h"
#include "node/event_json.h"
#include "node/report_csv.h"
#include "node/report_json.h"
#include "node/stock_json.h"
#include "node/value_report.h"

namespace verbena::node::http {

using ledger::Errc;
using ledger::Error;
using ledger::Result;
using nlohmann::ordered_json;

namespace {

constexpr std::string_view report_path = "/api/report/";
constexpr std::string_view event_path = "/api/event/";
constexpr std::size_t query_bytes_max = 512;
constexpr const char* blind_sheets = "sheets-blind";  // for those who may count

struct Asked {
  std::string stand;  // empty: all
  std::optional<std::uint32_t> sheet;
  bool csv = false;
  std::optional<Language> language;  // a link cannot say it in a header

  bool narrows() const { return !stand.empty() || sheet.has_value(); }
};

Error bad(const std::string& text) {
  return {Errc::bad_input, text};
}

Result<Asked> read_query(const std::string& query) {
  Asked out;
  if (query.size() > query_bytes_max) return bad("what follows the \"?\" is too long");
  for (std::size_t at = 0; at < query.size();) {
    const auto end = std::min(query.find('&', at), query.size());
    const std::string part = query.substr(at, end - at);
    at = end + 1;
    const auto equals = part.find('=');
    const std::string name = part.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : part.substr(equals + 1);
    if (name == "stand") {
      if (!ledger::is_alias(value)) return bad("\"stand\" must be a stand's name");
      out.stand = value;
    } else if (name == "sheet") {
      std::uint32_t number = 0;
      const auto [stop, failed] =
          std::from_chars(value.data(), value.data() + value.size(), number);
      if (failed != std::errc() || stop != value.data() + value.size() || number == 0 ||
          number > ledger::sheets_max) {
        return bad("\"sheet\" must be a whole number from 1 to " +
                   std::to_string(ledger::sheets_max));
      }
      out.sheet = number;
    } else if (name == "format") {
      if (value != "json" && value != "csv") return bad("\"format\" must be json or csv");
      out.csv = value == "csv";
    } else if (name == "lang") {
      if (value != "en" && value != "es") return bad("\"lang\" must be en or es");
      out.language = language_from(value);
    } else {
      return bad("nothing can be asked with \"" + name.substr(0, 32) + "\"");
    }
  }
  return out;
}

bool is_of(const ordered_json& row, const Asked& asked, const char* holder, const char* sheet) {
  if (!asked.stand.empty() && row[holder] != asked.stand) return false;
  return !asked.sheet || row[sheet] == *asked.sheet;
}

template <typename Keep>
void narrow(ordered_json& rows, const Keep& keep) {
  ordered_json out = ordered_json::array();
  for (auto& row : rows) {
    if (keep(row)) out.push_back(std::move(row));
  }
  rows = std::move(out);
}

void narrow_shrinkage(ordered_json& object, const Asked& asked) {
  narrow(object["findings"], [&](const ordered_json& row) {
    const auto& sheets = row["sheets"];
    const bool on_sheet = !asked.sheet || std::find(sheets.begin(), sheets.end(),
                                                    ordered_json(*asked.sheet)) != sheets.end();
    return on_sheet && (asked.stand.empty() || row["holder"] == asked.stand);
  });
  narrow(object["unjudged"],
         [&](const ordered_json& row) { return is_of(row, asked, "holder", "sheet"); });
  std::int64_t loss = 0;
  for (const auto& row : object["findings"]) {
    if (!row["adds_to_loss"].get<bool>()) continue;
    if (__builtin_add_overflow(loss, row["amount_minor"].get<std::int64_t>(), &loss)) return;
  }
  object["loss_minor"] = loss;
}

// Of no stand and no sheet.
bool is_of_value(const std::string& name) {
  return name == "vouchers" || name == "bands";
}

void narrow_to(ordered_json& object, const std::string& name, const Asked& asked) {
  const auto of_holder = [&](const ordered_json& row) {
    return is_of(row, asked, "holder", "sheet");
  };
  if (name == "shrinkage") return narrow_shrinkage(object, asked);
  if (name == "settlement") return narrow(object["settlements"], of_holder);
  narrow(object["sheets"], of_holder);
  narrow(object["drawers"], of_holder);
  narrow(object["dispatches"], [&](const ordered_json& row) {
    return asked.stand.empty() || row["from"] == asked.stand || row["to"] == asked.stand;
  });
}

std::string to_csv(const ordered_json& object, const std::string& name) {
  if (name == "shrinkage") return findings_csv(object);
  if (name == "vouchers") return vouchers_csv(object);
  if (name == "bands") return bands_csv(object);
  return name == "settlement" ? settlements_csv(object) : sheets_csv(object);
}

bool looks_over_all(const std::vector<schemas::Role>& roles) {
  return std::any_of(roles.begin(), roles.end(),
                     [](schemas::Role role) { return ledger::may(role, ledger::Action::wall); });
}

bool is_report(const std::string& name) {
  return name == "sheets" || name == "shrinkage" || name == "settlement" || is_of_value(name);
}

}  // namespace

bool Reports::answers(const std::string& path) {
  return path.starts_with(report_path) || path.starts_with(event_path);
}

Answer Reports::answer(const std::string& path, const std::string& query,
                       const std::vector<schemas::Role>& roles, Language language) {
  const bool sees = sees_expected(roles);
  if (!sees && !looks_over_all(roles)) {
    return refusal(ledger::refuse(ledger::Refusal::role_denied, ""), language);
  }
  const auto asked = read_query(query);
  if (!asked) return refusal(asked.error(), language);
  language = asked->language.value_or(language);
  if (path.starts_with(event_path)) {
    const auto bytes = ledger::unhex(path.substr(event_path.size()));
    const auto id = bytes ? ledger::fixed<32>(*bytes) : std::nullopt;
    if (!id) return refusal(bad("an event's id has 64 hexadecimal digits"), language);
    // Who may count is told what a finding rests on, and could not add up a stock from the rest.
    const bool is_evidence =
        sees || find("shrinkage", language)->find(ledger::hex(*id)) != std::string::npos;
    auto json = is_evidence ? event_json(ledger_, *id, language) : std::nullopt;
    if (!json) return refusal(404, "unknown-event", language);
    return {200, std::move(*json)};
  }
  const std::string name = path.substr(report_path.size());
  if (!is_report(name)) return refusal(404, "not-found", language);
  if (is_of_value(name) && asked->narrows()) {
    return refusal(bad("\"stand\" and \"sheet\" narrow no report of " + name), language);
  }
  const auto whole = find(name == "sheets" && !sees ? blind_sheets : name, language);
  const bool counted_only = name == "settlement" && !sees;  // an open one would tell its drawer
  if (!counted_only && !asked->csv && !asked->narrows()) {
    if (whole->size() > report_bytes_max) return refusal(413, "too-large", language);
    return {200, *whole};
  }
  auto object = ordered_json::parse(*whole);
  if (asked->narrows()) narrow_to(object, name, *asked);
  if (counted_only) {
    narrow(object["settlements"], [](const ordered_json& row) { return row["final"] == true; });
  }
  Answer out{200, asked->csv ? to_csv(object, name) : object.dump()};
  if (out.json.size() > report_bytes_max) return refusal(413, "too-large", language);
  if (asked->csv) {
    out.headers = {{"Content-Type", "text/csv; charset=utf-8"},
                   {"Content-Disposition", "attachment; filename=\"" + name + ".csv\""}};
  }
  return out;
}

std::shared_ptr<const std::string> Reports::find(const std::string& name, Language language) {
  // Who asks for the same meanwhile waits for it instead of making it again.
  std::lock_guard lock(mutex_);
  const std::uint64_t news = ledger_.news(), now = clock_.monotonic_ms();
  Kept& kept = kept_[{name, name == "shrinkage" ? language : Language::en}];
  const std::uint64_t age = now - kept.at_ms;
  const bool fresh = age < report_fresh_ms || (kept.news == news && age < report_ms_max);
  if (kept.json == nullptr || !fresh) {
    kept.json = std::make_shared<const std::string>(make(name, language));
    kept.news = news;
    kept.at_ms = now;
  }
  return kept.json;
}

std::string Reports::make(const std::string& name, Language language) const {
  if (name == "sheets" || name == blind_sheets) return sheets_json(ledger_, name == "sheets");
  if (name == "settlement") return settlements_json(ledger_, {});
  if (name == "vouchers") return vouchers_json(ledger_);
  if (name == "bands") return bands_json(ledger_);
  return shrinkage_json(ledger_, static_cast<std::int64_t>(clock_.wall_ms() / 1'000), language,
                        linked_());
}

}  // namespace verbena::node::http
