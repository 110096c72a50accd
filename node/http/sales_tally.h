// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ledger/ledger.h"

// What the logs say about when and where things were sold, pulled event by event. For
// screens only: it orders by the clocks of the devices that wrote, which decide nothing else.
namespace verbena::node::http {

constexpr std::size_t minutes_kept_max = 24 * 60;
constexpr std::size_t pull_bytes_max = 4 << 20;
constexpr std::size_t prepared_max = 4'096;  // of a log, waiting to be confirmed

struct Tally {
  std::uint64_t sales = 0;
  std::uint64_t amount_minor = 0;  // before voids
  void add(std::uint64_t amount) {
    ++sales;
    amount_minor += amount;
  }
};

struct StandTally {
  Tally sold;
  std::uint64_t last_sale_ms = 0;  // wall clock of the till
};

class SalesTally {
 public:
  // Reads what is new since the last call.
  void pull(ledger::Ledger& ledger, std::uint64_t now_ms);

  const std::map<std::uint64_t, Tally>& minutes() const { return minutes_; }  // since 1970
  const std::map<std::string, Tally>& tenders() const { return tenders_; }
  const std::map<std::string, StandTally>& stands() const { return stands_; }

 private:
  struct Sale {
    std::uint64_t amount_minor = 0;
    std::uint64_t voucher_minor = 0;  // of it, by vouchers
    std::uint64_t hlc = 0;
  };
  struct Cursor {
    std::uint64_t size = 0;
    std::map<std::uint64_t, Sale> prepared;  // not confirmed yet, by index
  };
  void take(Cursor& cursor, std::uint64_t index, const ledger::Certificate& author,
            const schemas::Event& event);
  void sold(const ledger::Certificate& author, const std::string& tender, const Sale& sale);

  std::uint64_t news_ = 0;
  std::uint64_t now_ms_ = 0;  // wall clock here
  std::map<ledger::LogName, Cursor> cursors_;
  std::map<std::uint64_t, Tally> minutes_;
  std::map<std::string, Tally> tenders_;
  std::map<std::string, StandTally> stands_;
};

}  // namespace verbena::node::http
