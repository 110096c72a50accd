// SPDX-License-Identifier: Apache-2.0
#include "node/report_csv.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

namespace verbena::node {

using nlohmann::ordered_json;

namespace {

// A field that a spreadsheet neither splits nor runs.
std::string csv_field(const ordered_json& value) {
  if (value.is_null()) return "";
  std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  if (!value.is_number() && !text.empty() &&
      std::string("=+-@\t\r").find(text[0]) != std::string::npos) {
    text.insert(text.begin(), '\'');
  }
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

std::string csv_line(const std::vector<std::string>& columns, const ordered_json& row) {
  std::string out;
  for (const auto& column : columns) {
    if (!out.empty()) out += ",";
    out += row.contains(column) ? csv_field(row[column]) : "";
  }
  return out + "\r\n";
}

std::string csv_head(const std::vector<std::string>& columns) {
  std::string out;
  for (const auto& column : columns) out += (out.empty() ? "" : ",") + column;
  return out + "\r\n";
}

}  // namespace

std::string rows_csv(const std::vector<std::string>& columns, const ordered_json& rows) {
  std::string out = csv_head(columns);
  for (const auto& row : rows) out += csv_line(columns, row);
  return out;
}

std::string sheets_csv(const ordered_json& object) {
  const std::vector<std::string> columns{"holder",
                                         "sheet",
                                         "state",
                                         "sku",
                                         "expected_start",
                                         "counted_start",
                                         "in",
                                         "out",
                                         "sold",
                                         "gratis",
                                         "waste",
                                         "expected_end",
                                         "counted_end",
                                         "variance",
                                         "variance_at_price_minor",
                                         "variance_at_cost_minor"};
  std::string out = csv_head(columns);
  for (const auto& sheet : object["sheets"]) {
    for (ordered_json row : sheet["lines"]) {
      for (const char* name : {"holder", "sheet", "state"}) row[name] = sheet[name];
      out += csv_line(columns, row);
    }
  }
  return out;
}

std::string findings_csv(const ordered_json& object) {
  const std::vector<std::string> columns{"kind",           "holder", "persons",      "subject",
                                         "sheets",         "units",  "amount_minor", "cost_minor",
                                         "confidence_ppm", "text"};
  return rows_csv(columns, object["findings"]);
}

std::string settlements_csv(const ordered_json& object) {
  std::vector<std::string> columns;
  if (!object["settlements"].empty()) {
    for (const auto& [name, value] : object["settlements"][0].items()) columns.push_back(name);
  }
  columns.erase(std::remove(columns.begin(), columns.end(), "tenders"), columns.end());
  return rows_csv(columns, object["settlements"]);
}

}  // namespace verbena::node
