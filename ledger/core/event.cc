// SPDX-License-Identifier: Apache-2.0
#include "ledger/core/event.h"

#include <algorithm>

#include "ledger/core/money.h"

namespace verbena::ledger {

namespace {

constexpr std::size_t id_bytes_max = 64;

Error bad(const char* what) {
  return {Errc::bad_input, std::string("event: ") + what};
}

// Units of money never look like items (`#1`), nor reach into the account's path behind them.
bool is_currency(std::string_view code) {
  return code.size() <= 8 && std::all_of(code.begin(), code.end(), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
         });
}

Status check_posting(const schemas::Posting& posting) {
  if (posting.amount_minor() == 0 || posting.amount_minor() > amount_minor_max) {
    return bad("a posting's amount is zero or out of range");
  }
  if (!schemas::AccountClass_IsValid(posting.from()) || posting.from() == 0 ||
      !schemas::AccountClass_IsValid(posting.to()) || posting.to() == 0) {
    return bad("a posting names an account class that does not exist");
  }
  if (posting.from_id().size() > id_bytes_max || posting.to_id().size() > id_bytes_max) {
    return bad("a posting's account id is too long");
  }
  if (!is_currency(posting.currency())) {
    return bad("a posting's currency is not made of up to 8 capital letters and digits");
  }
  return done();
}

Status check_move(const schemas::StockMove& move) {
  if (move.item_size() != move.quantity_size() || move.item_size() > lines_max) {
    return bad("a stock move's items and quantities differ in number");
  }
  if (!schemas::StockClass_IsValid(move.from()) || move.from() == 0 ||
      !schemas::StockClass_IsValid(move.to()) || move.to() == 0) {
    return bad("a stock move names a stock account that does not exist");
  }
  for (const auto quantity : move.quantity()) {
    if (quantity == 0 || quantity > amount_minor_max)
      return bad("a moved quantity is out of range");
  }
  if (move.from_id().size() > id_bytes_max || move.to_id().size() > id_bytes_max) {
    return bad("a stock move's holder id is too long");
  }
  return done();
}

}  // namespace

PursePrefix purse_prefix(const Hash& event_id) {
  PursePrefix out;
  std::memcpy(out.data(), event_id.data(), out.size());
  return out;
}

Status parse_event(std::string_view bytes, schemas::Event& out) {
  if (bytes.size() > event_bytes_max) return bad("larger than 16 KiB");
  out.Clear();
  if (!out.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return bad("cannot be read");
  }
  // A field told twice, or in more bytes than it needs, would be read in two ways by two readers.
  if (out.ByteSizeLong() != bytes.size()) return bad("is not in its shortest form");
  if (out.version() == 0) return bad("has no format version");
  if (out.version() > event_version) {
    return Error{Errc::future_version, "event: written in format version " +
                                           std::to_string(out.version()) + ", this build reads " +
                                           std::to_string(event_version)};
  }
  if (out.posting_size() > postings_max) return bad("has too many postings");
  if (out.move_size() > moves_max) return bad("has too many stock moves");
  for (const auto& posting : out.posting()) {
    if (auto status = check_posting(posting); !status) return status;
  }
  for (const auto& move : out.move()) {
    if (auto status = check_move(move); !status) return status;
  }
  if (out.has_step()) {
    const auto& step = out.step();
    if (step.previous().size() != purse_prefix_bytes) return bad("names no previous purse event");
    if (step.counter() == 0 || step.credited() > amount_minor_max ||
        step.debited() > amount_minor_max || step.gift_debited() > step.debited() ||
        step.meals_used() > meals_max) {
      return bad("has a purse step out of range");
    }
  }
  return done();
}

}  // namespace verbena::ledger
