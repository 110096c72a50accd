// SPDX-License-Identifier: Apache-2.0
#include "ledger/state/voucher_book.h"

#include <algorithm>

#include "ledger/core/mutant.h"
#include "ledger/core/voucher.h"

namespace verbena::ledger {

namespace {

constexpr std::size_t id_digits = 32;

bool is_id(const std::string& text) {
  return text.size() == id_digits && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

void add(VoucherLegs& legs, schemas::AccountClass other, std::uint64_t amount) {
  if (other == schemas::STAND) legs.stands += amount;
  if (other == schemas::OUTSIDE) legs.outside += amount;
}

// Value comes into a voucher from who pays for it, or back from the sale that spent it.
bool may_enter(const schemas::Posting& posting, const schemas::Event& event,
               const Certificate& author) {
  const bool issued = event.kind() == schemas::KIND_VOUCHER_ISSUED &&
                      posting.from() == schemas::OUTSIDE && role_credits(author.role);
  const bool forfeited = posting.from() == schemas::OUTSIDE && posting.from_id() == forfeit_mark;
  const bool back = event.kind() == schemas::KIND_CASH_VOID && !author.stand.empty() &&
                    (posting.from() == schemas::STAND || forfeited);
  return (issued || back) && is_id(posting.to_id());
}

bool may_leave(const schemas::Posting& posting, const schemas::Event& event,
               const Certificate& author) {
  const bool forfeited = posting.to() == schemas::OUTSIDE && posting.to_id() == forfeit_mark;
  return event.kind() == schemas::KIND_SALE && !event.has_step() && !author.stand.empty() &&
         (posting.to() == schemas::STAND || forfeited);
}

// By id, what the vouchers that this sale shows are worth to its author.
std::map<std::string, std::uint64_t> shown(const schemas::Event& event, const Certificate& author,
                                           std::uint64_t festival) {
  std::map<std::string, std::uint64_t> out;
  schemas::Sale sale;
  if (!sale.ParseFromString(event.payload()) ||
      sale.voucher_size() > static_cast<int>(vouchers_per_sale_max)) {
    return out;
  }
  for (const auto& spending : sale.voucher()) {
    const auto body = spent_body(spending, author.hash);
    if (!body) continue;
    const auto voucher = decode_voucher(*body);
    if (voucher->festival != festival || !voucher->is_for(author)) continue;
    out[voucher_id(*body)] = voucher->amount_minor;
  }
  return out;
}

}  // namespace

VoucherMoves out_of_vouchers(const schemas::Event& event) {
  VoucherMoves out;
  for (const auto& posting : event.posting()) {
    if (posting.from() != schemas::VOUCHER) continue;
    add(out[posting.from_id()], posting.to(), posting.amount_minor());
  }
  return out;
}

VoucherMoves into_vouchers(const schemas::Event& event) {
  VoucherMoves out;
  for (const auto& posting : event.posting()) {
    if (posting.to() != schemas::VOUCHER) continue;
    add(out[posting.to_id()], posting.from(), posting.amount_minor());
  }
  return out;
}

bool breaks_vouchers(const schemas::Event& event, const Certificate& author,
                     std::uint64_t festival) {
  if (event.kind() == schemas::KIND_VOUCHER_ISSUED && event.has_step()) return true;
  bool leaves = false;
  for (const auto& posting : event.posting()) {
    const bool from = posting.from() == schemas::VOUCHER, to = posting.to() == schemas::VOUCHER;
    if (!from && !to) continue;
    if (!posting.currency().empty() || (from && to)) return true;
    if (to && !may_enter(posting, event, author)) return true;
    if (from && !may_leave(posting, event, author)) return true;
    leaves |= from;
  }
  if (!leaves) return false;
  const auto worth = shown(event, author, festival);
  const auto moves = out_of_vouchers(event);
  return std::any_of(moves.begin(), moves.end(), [&](const auto& move) {
    const auto found = worth.find(move.first);
    return found == worth.end() || found->second != move.second.stands + move.second.outside;
  });
}

unsigned __int128 VoucherView::used_minor() const {
  unsigned __int128 out = 0;
  for (const auto& use : uses) out += use.amount_minor;
  return out;
}

}  // namespace verbena::ledger
