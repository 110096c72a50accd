// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/fiscal.h"

// What events say of receipts and of times, before it is asked what counts. For fiscal.cc.
namespace verbena::ledger {

// A receipt with what it names.
struct ReadDocument {
  FiscalDocument document;
  std::uint32_t event = 0;  // number in Books::events
  Hash rules{};             // of the settings its context names
  std::vector<PursePrefix> parts;
  std::optional<EventPlace> target;  // of a CashVoid
};

// What the event says of itself: kind, money and lines without their rates.
ReadDocument read_document(const schemas::Event& event, const std::string& currency);
// By the items of these settings; also whether a line's tax is what they make of it.
void set_rates(const schemas::Festival& settings, FiscalDocument& document);

// Times of one device and life.
struct LifeTimes {
  std::shared_ptr<const Certificate> device;
  std::uint64_t incarnation = 0;
  std::vector<std::uint64_t> at_ms;  // of all its events, in any order
};

struct ReadLogs {
  std::vector<FiscalSeries> series;
  std::vector<ReadDocument> documents;
  std::map<std::pair<Hash, std::uint64_t>, LifeTimes> lives;
  std::vector<Outage> behind;  // from `Seen` events
  FestivalRegister settings;
  std::map<Hash, std::uint64_t> settings_at_ms;  // when they were first published
};

// Reads each event that the books hold once more.
Result<ReadLogs> read_fiscal_logs(const EventStore& store, const Certificate& root,
                                  const Books& books);

// `settings`: hash of settings that were approved -> when others that replace them were published.
std::vector<Outage> outages_of(const ReadLogs& read,
                               const std::map<Hash, std::uint64_t>& replaced_at_ms);

}  // namespace verbena::ledger
