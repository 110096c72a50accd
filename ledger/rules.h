// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/ledger.h"
#include "ledger/roles.h"
#include "ledger/tap.h"

// What a device decides before it writes. Pure: state and intent in, drafts or a named refusal out.
namespace verbena::ledger {

struct BasketLine {
  std::string sku;
  std::uint32_t quantity = 0;
};

// Drafts to commit, and what the caller needs to finish the tap. The money event is the last draft.
struct Plan {
  std::vector<Draft> drafts;
  std::uint64_t amount_minor = 0;
  std::int64_t balance_minor = 0;  // of the purse, after
  std::optional<schemas::PurseStep> step;
  std::optional<RingNews> ring;
  std::optional<CreditCertificate> credit;
};

// A device whose disk is nearly full starts nothing new; what is under way may still finish, and
// revocations and settings still pass.
Status check_room(const DeviceView& device, Action action);

Result<Plan> plan_sale(State& state, const DeviceView& device,
                       const std::vector<BasketLine>& basket,
                       const std::optional<BandReading>& band);
Result<Plan> plan_top_up(State& state, const DeviceView& device, std::uint64_t amount_minor,
                         const std::string& tender, const BandReading& band);
Result<Plan> plan_refund(State& state, const DeviceView& device, const BandReading& band);

// The event that makes a prepared one count.
Draft confirm_draft(const CommittedEvent& prepared, schemas::Kind prepared_kind);

// A sale as found in a log.
struct FoundSale {
  LogName log;
  std::uint64_t index = 0;
  Hash id{};
  schemas::Event event;
};
Result<Plan> plan_void(State& state, const DeviceView& device, const FoundSale& sale,
                       const std::string& reason);

struct StockIntent {
  schemas::StockAction action = schemas::STOCK_ACTION_UNSPECIFIED;
  std::vector<BasketLine> lines;
  std::string to;    // dispatch: the holder it goes to
  std::string from;  // receive: the holder it comes for; absent: this device's
  std::string reference;
  std::string reason;
};
Result<Plan> plan_stock(State& state, const DeviceView& device, const StockIntent& intent);

// Revokes a device at what is held of its logs here.
Result<Plan> plan_revocation(State& state, const DeviceView& device, const std::string& alias,
                             const std::string& reason, const std::vector<LogSummary>& logs);

// Puts approved settings in force: two supervisors signed exactly these bytes, and they replace
// what is in force here.
Result<Plan> plan_festival(State& state, const DeviceView& device,
                           const schemas::SignedFestival& approved);

// The holder a device keeps stock for: its stand, else itself.
const std::string& holder_of(const Certificate& device);

}  // namespace verbena::ledger
