// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "ledger/books.h"
#include "ledger/core/money.h"

// Receipts with numbers, and days of them (docs/fiscal.md). A view of the events held: the logs say
// it all, so every replay numbers and sums alike. None of it is in the digest.
namespace verbena::ledger {

enum class DocumentKind : std::uint8_t {
  sale,
  part,         // pays a part of another sale: money without goods
  credit_note,  // takes a sale back
  deposit_return,
  refund,  // a purse paid out
  top_up,
  vouchers,  // issued
  grant,
};
const char* document_kind_name(DocumentKind kind);

// What became of a number. One that does not count is burnt: told with its reason.
enum class NumberState : std::uint8_t {
  counts,
  pending,      // prepared, and nothing tells yet that the band took it
  aborted,      // the band went on without it
  suspended,    // posted, but its author may not (any more)
  not_counted,  // another event counts in its place, or it moves nothing
};
const char* number_state_name(NumberState state);

// Whether an event of this kind, in a log of this class, takes the next number of its series. The
// first such event of a log has number 1. Its content is not asked, so a device knows the number
// as soon as it writes, alone.
bool takes_number(schemas::Kind kind, LogClass log_class);
// "pos-1-T3fa9c1d2": alias, T or V for a trade or value log, 8 digits of the log id.
std::string series_name(const std::string& alias, LogClass log_class, const Hash& log);

struct FiscalLine {
  std::uint32_t item = 0;
  std::int64_t quantity = 0;
  std::optional<std::uint32_t> rate_basis_points;  // empty: the settings it names are not known
  Minor gross_minor = 0;
  Minor tax_minor = 0;  // contained in it, as the seller rounded it
};

// Money by tender, in minor units; what goes back to who paid is below zero.
template <typename Amount>
struct TenderAmounts {
  Amount goods{}, tips{}, deposits{}, fees{};
  Amount purses{};  // put on purses and vouchers, less what left them other than for goods
  bool operator==(const TenderAmounts&) const = default;
};
template <typename To, typename From>
void add_tender(TenderAmounts<To>& to, const TenderAmounts<From>& from) {
  to.goods += from.goods;
  to.tips += from.tips;
  to.deposits += from.deposits;
  to.fees += from.fees;
  to.purses += from.purses;
}

struct FiscalSeries {
  std::string name;
  BookedLog log;
  std::uint64_t events = 0;          // held of the log
  std::uint64_t events_known = 0;    // bands tell of so many
  std::uint64_t documents = 0;       // numbers 1 to this
  std::uint64_t contested_from = 0;  // from this number on another history has the same; 0: none
  bool ambiguous = false;            // another log has the same name
};

struct FiscalDocument {
  std::uint32_t series = 0;
  std::uint64_t number = 0;  // 0: of another history of a forked log
  DocumentKind kind = DocumentKind::sale;
  NumberState state = NumberState::not_counted;
  std::string cause;  // why its author's events do not count, where they do not
  Hash id{};
  std::uint64_t index = 0;
  std::uint64_t at_ms = 0;  // by its author's clock
  std::uint32_t staff = 0;  // number in FiscalBook::staff
  Hash refers_to{};
  std::vector<FiscalLine> lines;  // of a credit note below zero
  std::map<std::string, TenderAmounts<Minor>> tenders;
  Minor from_parts_minor = 0;  // of its price, paid by parts before
  bool voided = false;
  bool voids_part = false;      // a credit note of a part
  bool lines_unread = false;    // amounts out of range
  bool tax_differs = false;     // from what the settings it names make of it
  bool partly_void = false;     // gives back less than its sale took: no lines
  bool other_currency = false;  // has postings that are not summed here
  bool before_sale = false;     // a credit note whose clock is before its sale's

  Minor gross_minor() const;
  Minor tax_minor() const;
  Minor goods_minor() const;  // paid for goods, all tenders
  // What the lines come to beyond what was paid for them; 0 on every receipt of a till of ours.
  Minor difference_minor() const;
};

struct FiscalDrop {
  std::string device, stand;
  std::uint64_t at_ms = 0;
  Minor amount_minor = 0;
};

// A time of a device in which something was wrong with it or its links, as logs tell it.
enum class OutageKind : std::uint8_t {
  restart,  // between the last event of a life and the first of the next
  silent,   // within a life, no event for an hour or more
  behind,   // it wrote without news that was there: a lower bound of how long it was cut off
  overlap,  // two lives wrote at the same time
  clock,    // its clock was behind that of news it had already heard
};
const char* outage_kind_name(OutageKind kind);
struct Outage {
  OutageKind kind = OutageKind::restart;
  std::string device, stand;
  std::uint64_t from_ms = 0, until_ms = 0;
};
constexpr std::uint64_t silent_ms_min = 3'600'000;
constexpr std::uint64_t behind_ms_min = 600'000;
constexpr std::uint64_t clock_ms_min = 300'000;

struct FiscalBook {
  std::string festival, currency, time_zone;
  std::uint32_t day_starts_minute = 0;
  std::uint32_t scale = 0;
  std::vector<FiscalSeries> series;           // in the order of Books::logs, of devices' logs
  std::vector<FiscalDocument> documents;      // by series and index
  std::vector<FiscalDrop> drops;              // by time
  std::vector<Outage> outages;                // by device and time
  std::vector<std::string> staff;             // aliases; the first is empty
  std::map<std::uint32_t, std::string> skus;  // in the settings in force
};

}  // namespace verbena::ledger
