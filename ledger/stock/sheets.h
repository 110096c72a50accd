// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/core/money.h"
#include "ledger/stock/counts.h"
#include "ledger/stock/stock_facts.h"

// Sheets: what a holder had, got, gave and should have left, between two boundaries. A view, a pure
// function of the set of events; none of it is in the digest.
namespace verbena::ledger {

constexpr std::int64_t sheet_units_max = 1'000'000'000'000'000;  // a count or start beyond it is it
constexpr std::uint64_t line_units_max = 1'000'000'000;          // a move of more is on no sheet

// Units at a price, in minor units; at the ends of the range where it does not fit.
Minor worth_minor(std::int64_t units, Minor price_minor);

// One item of a sheet, in base units. The columns are those of a stadium's stand sheet.
struct SheetLine {
  std::uint32_t item = 0;
  std::int64_t expected_start = 0;  // the sheet before: its count, else its expected end
  std::optional<std::int64_t> counted_start;
  std::int64_t in = 0;
  std::int64_t out = 0;
  std::int64_t sold = 0;
  std::int64_t gratis = 0;
  std::int64_t waste = 0;
  std::optional<std::int64_t> counted_end;
  bool differs = false;  // two persons counted and do not agree: to be counted again

  std::int64_t start() const { return counted_start.value_or(expected_start); }
  std::int64_t expected_end() const { return start() + in - out - sold - gratis - waste; }
  std::int64_t end() const { return counted_end.value_or(expected_end()); }
  // Counted less expected; below zero, units are missing. Empty until it is counted.
  std::optional<std::int64_t> variance() const {
    if (!counted_end) return std::nullopt;
    return *counted_end - expected_end();
  }
};

// What the holder's devices took and gave back, by one tender. Minor units of the festival's
// currency; fees, tips and deposits are net.
struct TenderSums {
  Minor sales_minor = 0;  // for the stand, before voids
  Minor voided_minor = 0;
  Minor fees_minor = 0;
  Minor tips_minor = 0;
  Minor deposits_minor = 0;
};

struct Sheet {
  std::string holder;
  std::uint32_t number = 0;  // from 1
  std::map<std::uint32_t, SheetLine> lines;
  std::vector<std::string> open_devices;  // no boundary yet: more may come
  std::set<std::string> sellers;          // persons
  std::set<std::string> counters;
  std::vector<Hash> count_events;
  std::uint64_t sales_minor = 0;
  std::uint64_t cash_sales_minor = 0;
  std::uint64_t voided_minor = 0;
  std::int64_t cash_minor = 0;  // into its drawers by sales, less voids
  std::uint64_t sales = 0, cash_sales = 0, voids = 0, gifts = 0;  // events
  std::map<std::string, TenderSums> tenders;  // "purse", "cash", and what else was taken
  Minor charged_minor = 0;                    // out of the stand's money for fees, tips, deposits
  std::uint64_t refunds = 0, refunds_minor = 0;  // paid out of purses by its devices
  // Of its events, by their writers' clocks, to the second: for display, no clock decides money.
  std::uint64_t first_hlc = 0, last_hlc = 0;

  bool is_closed() const { return open_devices.empty(); }
  bool is_counted() const;
  // No device can add to it but late, and two persons agree on all they counted.
  bool is_final() const { return is_closed() && is_counted(); }
};

// All sheets, by holder and number; the last of each holder is the one it is on.
std::vector<Sheet> sheets(const StockFacts& facts);
std::vector<Sheet> sheets(State& state);

}  // namespace verbena::ledger
