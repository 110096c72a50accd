// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ledger/core/money.h"
#include "node/texts.h"

// What one event about goods or a drawer says to people, in one or two sentences.
namespace verbena::node {

// Names are part of the contract with programs; see event_kind_name.
enum class ToldKind {
  cash_sale,
  band_sale,
  sale_void,
  refund,
  top_up,
  delivery,
  dispatch,
  receipt,
  waste,
  gift,
  count,
  sealed_count,  // its figures are not known yet
  shift_opened,
  shift_closed,
};

const char* event_kind_name(ToldKind kind);  // "cash-sale"

// Units of an item by sku; the amount where the event has one for it.
struct ToldLine {
  std::string sku;
  std::uint64_t quantity = 0;
  std::optional<ledger::Minor> amount_minor = {};
};

struct ToldEvent {
  ToldKind kind = ToldKind::cash_sale;
  std::string who;    // staff alias, else the device
  std::string where;  // holder
  std::string to;     // of a dispatch
  std::string reference, reason;
  bool opening = false;     // of a count: before the first sale
  std::uint32_t sheet = 0;  // 0: none
  std::optional<ledger::Minor> amount_minor;
  std::vector<ToldLine> lines;
  std::vector<std::string> approved_by;
};

std::string event_text(const ToldEvent& event, const std::string& currency, unsigned scale,
                       Language language);

}  // namespace verbena::node
