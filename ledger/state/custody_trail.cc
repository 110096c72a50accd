// SPDX-License-Identifier: Apache-2.0
#include "ledger/state/custody_trail.h"

#include <algorithm>

namespace verbena::ledger {

namespace {

constexpr std::size_t fact_bytes_expected = 32;
constexpr std::size_t block_bytes = 4'096;  // about; a fact is never split
constexpr std::uint8_t flag_if_posted = 1, flag_void = 2;

void put(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}

std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

// Reads what append() wrote, and nothing else.
class Reader {
 public:
  explicit Reader(const std::string& bytes)
      : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}
  bool done() const { return at_ == end_; }
  std::uint64_t number() {
    std::uint64_t out = 0;
    for (unsigned shift = 0;; shift += 7) {
      const auto byte = static_cast<std::uint8_t>(*at_++);
      out |= std::uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return out;
    }
  }
  std::uint32_t small() { return static_cast<std::uint32_t>(number()); }

 private:
  const char* at_;
  const char* end_;
};

// Classes have fewer than sixteen values each.
std::uint64_t pair_of(int from, int to) {
  return static_cast<std::uint64_t>(from) << 4 | static_cast<std::uint64_t>(to);
}

void read_into(Reader& in, CustodyFact& fact) {
  const std::uint64_t flags = in.number();
  fact.if_posted = (flags & flag_if_posted) != 0;
  fact.is_void = (flags & flag_void) != 0;
  fact.index += in.number();
  fact.at_s += unzigzag(in.number());
  fact.person = in.small();
  fact.legs.resize(in.number());
  for (auto& leg : fact.legs) {
    const std::uint64_t classes = in.number();
    leg.from = static_cast<schemas::AccountClass>(classes >> 4);
    leg.to = static_cast<schemas::AccountClass>(classes & 15);
    leg.from_tender = leg.from == schemas::OUTSIDE ? in.small() : cash_tender;
    leg.to_tender = leg.to == schemas::OUTSIDE ? in.small() : cash_tender;
    leg.amount_minor = in.number();
  }
  fact.lines.resize(in.number());
  for (auto& line : fact.lines) {
    const std::uint64_t classes = in.number();
    line.from = static_cast<schemas::StockClass>(classes >> 4);
    line.to = static_cast<schemas::StockClass>(classes & 15);
    line.item = in.small();
    line.quantity = in.number();
  }
}

bool is_customer(schemas::AccountClass kind) {
  return kind == schemas::OUTSIDE || kind == schemas::PURSE || kind == schemas::VOUCHER;
}

bool is_stands(schemas::AccountClass kind) {
  return kind == schemas::STAND || kind == schemas::FEE || kind == schemas::TIP ||
         kind == schemas::DEPOSIT;
}

}  // namespace

std::int64_t CustodyFact::cash_minor() const {
  std::int64_t out = 0;
  for (const auto& leg : legs) {
    const auto amount = static_cast<std::int64_t>(leg.amount_minor);
    if (leg.from == schemas::OUTSIDE && leg.from_tender == cash_tender) out += amount;
    if (leg.to == schemas::OUTSIDE && leg.to_tender == cash_tender) out -= amount;
  }
  return out;
}

std::uint64_t CustodyFact::sales_minor() const {
  std::uint64_t out = 0;
  for (const auto& leg : legs) {
    if (leg.to == schemas::STAND && is_customer(leg.from)) out += leg.amount_minor;
  }
  return out;
}

std::uint64_t CustodyFact::voided_minor() const {
  std::uint64_t out = 0;
  for (const auto& leg : legs) {
    if (leg.from == schemas::STAND && is_customer(leg.to)) out += leg.amount_minor;
  }
  return out;
}

bool CustodyFact::is_on_sheet() const {
  return !lines.empty() || std::any_of(legs.begin(), legs.end(), [](const MoneyLeg& leg) {
    return is_stands(leg.from) || is_stands(leg.to);
  });
}

void CustodyTrail::append(const CustodyFact& fact) {
  std::string& out = tail_;
  if (out.capacity() - out.size() < fact_bytes_expected) {
    // One for each of thousands of logs: a string that doubles would be half empty.
    std::string grown;
    grown.reserve(out.size() + out.size() / 8 + 2 * fact_bytes_expected);
    grown += out;
    out = std::move(grown);
  }
  put(out, (fact.if_posted ? flag_if_posted : 0u) | (fact.is_void ? flag_void : 0u));
  put(out, fact.index - last_index_);
  put(out, zigzag(fact.at_s - last_s_));
  last_index_ = fact.index;
  last_s_ = fact.at_s;
  put(out, fact.person);
  put(out, fact.legs.size());
  for (const auto& leg : fact.legs) {
    put(out, pair_of(leg.from, leg.to));
    if (leg.from == schemas::OUTSIDE) put(out, leg.from_tender);
    if (leg.to == schemas::OUTSIDE) put(out, leg.to_tender);
    put(out, leg.amount_minor);
  }
  put(out, fact.lines.size());
  for (const auto& line : fact.lines) {
    put(out, pair_of(line.from, line.to));
    put(out, line.item);
    put(out, line.quantity);
  }
  if (out.size() < block_bytes) return;
  full_.push_back(std::make_shared<const std::string>(std::move(tail_)));
  tail_.clear();
}

void CustodyTrail::each(const std::function<void(const CustodyFact&)>& visit) const {
  CustodyFact fact;
  const auto read = [&](const std::string& bytes) {
    for (Reader in(bytes); !in.done();) {
      read_into(in, fact);
      visit(fact);
    }
  };
  for (const auto& block : full_) read(*block);
  read(tail_);
}

std::size_t CustodyTrail::bytes() const {
  std::size_t out = tail_.size();
  for (const auto& block : full_) out += block->size();
  return out;
}

}  // namespace verbena::ledger
