// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/fiscal.h"

namespace verbena::ledger {

// What a day's report is about: everything, one stand, or one device by its alias.
struct FiscalScope {
  std::string stand, device;
  bool has(const std::string& of_device, const std::string& of_stand) const {
    return (device.empty() || device == of_device) && (stand.empty() || stand == of_stand);
  }
};

using WideMinor = __int128;

struct VatSums {
  std::uint64_t count = 0;
  WideMinor gross_minor = 0, tax_minor = 0;
  WideMinor net_minor() const { return gross_minor - tax_minor; }
  bool operator==(const VatSums&) const = default;
};

struct SeriesDay {
  std::uint32_t series = 0;
  std::uint64_t first = 0, last = 0;  // numbers; 0: only of another history
  std::uint64_t numbers = 0;          // used this day
  VatSums counted;
  // Numbers between first and last that bear another day: its clock jumped.
  bool broken() const { return numbers != (first == 0 ? 0 : last - first + 1); }
};

// A day as it is reported. Sums are over the numbers that count.
struct FiscalDay {
  std::int64_t day = 0;
  std::uint64_t number = 0;       // from 1, over the days with a receipt or a drop
  std::vector<SeriesDay> series;  // by name
  std::map<DocumentKind, VatSums> kinds;
  std::map<std::optional<std::uint32_t>, VatSums> rates;  // by basis points; lines counted
  std::map<std::string, TenderAmounts<WideMinor>> tenders;
  VatSums total;
  WideMinor parts_minor = 0;           // paid as parts of other sales
  WideMinor from_parts_minor = 0;      // of the sales, paid by such parts
  WideMinor difference_minor = 0;      // lines beyond what was paid for them
  std::vector<std::size_t> documents;  // all of the day, by series and index
  std::vector<FiscalDrop> drops;
  // Since the first day, this one included: credit notes apart, so that neither ever falls.
  VatSums sales_until_now, credit_notes_until_now;
};

// `day_of`: the local day of milliseconds since 1970. The result ascends.
std::vector<FiscalDay> fiscal_days(const FiscalBook& book, const FiscalScope& scope,
                                   const std::function<std::int64_t(std::uint64_t)>& day_of);

}  // namespace verbena::ledger
