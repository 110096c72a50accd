// SPDX-License-Identifier: Apache-2.0
// Reports are made outside the ledger's mutex, so that a sale never waits for one.
#include "ledger/ledger.h"
#include "ledger/stock_report.h"

namespace verbena::ledger {

namespace {

constexpr std::size_t purses_at_once = 256;  // evaluated before a sale may come between

}  // namespace

StockReport stock_report(std::shared_ptr<const StockFacts> facts) {
  StockReport out;
  out.sheets = sheets(*facts);
  out.sent = sent_goods(*facts, out.sheets);
  out.drawers = drawers(*facts);
  out.settlements = settlements(*facts, out.sheets, out.drawers, out.sent);
  out.is_whole = true;
  out.facts = std::move(facts);
  return out;
}

std::shared_ptr<const StockReport> Ledger::report(bool whole) const {
  std::lock_guard one(report_mutex_);
  auto out = std::make_shared<StockReport>();
  for (bool taken = false; !taken;) {
    const auto lock = enter();
    if (report_ && report_->news == news_) {
      if (report_->is_whole || !whole) return report_;
      out->news = news_;
      out->facts = report_->facts;
      taken = true;
    } else if (state_->evaluate_some(purses_at_once)) {
      out->news = news_;
      out->facts = std::make_shared<const StockFacts>(ledger::stock_facts(*state_));
      taken = true;
    }
  }
  if (whole) {
    const std::uint64_t news = out->news;
    *out = stock_report(out->facts);
    out->news = news;
  }
  report_ = out;
  return out;
}

std::shared_ptr<const StockFacts> Ledger::stock_facts() const {
  return report(false)->facts;
}

std::shared_ptr<const StockReport> Ledger::stock() const {
  return report(true);
}

}  // namespace verbena::ledger
