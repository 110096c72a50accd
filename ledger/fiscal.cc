// SPDX-License-Identifier: Apache-2.0
#include "ledger/fiscal.h"

namespace verbena::ledger {

namespace {

constexpr std::size_t series_digits = 8;

}  // namespace

const char* document_kind_name(DocumentKind kind) {
  switch (kind) {
    case DocumentKind::sale: return "sale";
    case DocumentKind::part: return "part";
    case DocumentKind::credit_note: return "credit-note";
    case DocumentKind::deposit_return: return "deposit-return";
    case DocumentKind::refund: return "refund";
    case DocumentKind::top_up: return "top-up";
    case DocumentKind::vouchers: return "vouchers";
    default: return "grant";
  }
}

const char* number_state_name(NumberState state) {
  switch (state) {
    case NumberState::counts: return "counts";
    case NumberState::pending: return "pending";
    case NumberState::aborted: return "aborted";
    case NumberState::suspended: return "suspended";
    default: return "not-counted";
  }
}

bool takes_number(schemas::Kind kind, LogClass log_class) {
  switch (kind) {
    case schemas::KIND_TOP_UP_PREPARED:
    case schemas::KIND_VOUCHER_ISSUED:
    case schemas::KIND_GRANT: return log_class == LogClass::value;
    case schemas::KIND_SALE:
    case schemas::KIND_SALE_PREPARED:
    case schemas::KIND_CASH_VOID:
    case schemas::KIND_REFUND_PREPARED:
    case schemas::KIND_DEPOSIT_RETURN: return log_class == LogClass::trade;
    default: return false;
  }
}

std::string series_name(const std::string& alias, LogClass log_class, const Hash& log) {
  return alias + (log_class == LogClass::value ? "-V" : "-T") + hex(log).substr(0, series_digits);
}

Minor FiscalDocument::gross_minor() const {
  Minor out = 0;
  for (const auto& line : lines) out += line.gross_minor;
  return out;
}

Minor FiscalDocument::tax_minor() const {
  Minor out = 0;
  for (const auto& line : lines) out += line.tax_minor;
  return out;
}

Minor FiscalDocument::goods_minor() const {
  Minor out = 0;
  for (const auto& [tender, amounts] : tenders) out += amounts.goods;
  return out;
}

Minor FiscalDocument::difference_minor() const {
  const bool is_part = kind == DocumentKind::part || voids_part;
  return gross_minor() - from_parts_minor - (is_part ? 0 : goods_minor());
}

}  // namespace verbena::ledger
