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
  std::string pack;  // stock only: what `quantity` counts; absent: single units
};

// How many units of this item a line names. Fails by name where there is no such pack.
Result<std::uint64_t> units_of(const schemas::Item& item, const BasketLine& line);

// Drafts to commit, and what the caller needs to finish the tap. The money event is the last draft.
struct Plan {
  std::vector<Draft> drafts;
  std::uint64_t amount_minor = 0;
  std::uint64_t cash_minor = 0;     // of the amount, in cash beside the purse
  std::uint64_t crew_minor = 0;     // of the amount, by the festival for its crew
  std::uint64_t voucher_minor = 0;  // of the amount, by vouchers
  std::int64_t balance_minor = 0;   // of the purse, after
  std::uint32_t meals_left = 0;     // the same
  std::optional<schemas::PurseStep> step;
  std::optional<RingNews> ring;
  std::optional<CreditCertificate> credit;
  std::size_t approvers_needed = 0;  // others who must say yes to the last draft
  std::uint64_t kept_minor = 0;      // of a replaced band, while `waits_for` is not empty
  std::set<std::string> waits_for;   // devices not known to know of its block
};

// A device whose disk is nearly full starts nothing new; what is under way may still finish, and
// revocations, blocks and settings still pass.
Status check_room(const DeviceView& device, Action action);

// A sale as found in a log.
struct FoundSale {
  LogName log;
  std::uint64_t index = 0;
  Hash id{};
  schemas::Event event;
};

// What a sale says beside its basket.
struct SaleTerms {
  std::uint64_t tip_minor = 0;
  bool tip_confirmed = false;         // it is meant, though it is more than the goods
  bool age_checked = false;           // the seller looked
  bool meal = false;                  // the purse's crew meals pay for the goods
  std::uint64_t cash_minor = 0;       // of the goods, paid in cash beside the purse
  std::uint64_t part_minor = 0;       // the purse pays so much of the goods, and another the rest
  std::vector<FoundSale> parts = {};  // what others paid of the goods before
  std::vector<Bytes> vouchers = {};   // codes; they pay goods before cash does
  bool rest_forfeited = false;        // the customer loses what a voucher is above the goods
};
Result<Plan> plan_sale(State& state, const DeviceView& device,
                       const std::vector<BasketLine>& basket,
                       const std::optional<BandReading>& band, const SaleTerms& terms = {});
Result<Plan> plan_top_up(State& state, const DeviceView& device, std::uint64_t amount_minor,
                         const std::string& tender, const BandReading& band);
Result<Plan> plan_refund(State& state, const DeviceView& device, const BandReading& band);
// Value for this band that is spent first and never paid out, and meals of the crew.
struct Gift {
  std::uint64_t amount_minor = 0;
  std::uint32_t meals = 0;
  std::string reason;
};
Result<Plan> plan_gift(State& state, const DeviceView& device, const Gift& gift,
                       const BandReading& band);
// Vouchers of one value, sold or given away.
struct VoucherIntent {
  std::uint64_t amount_minor = 0;  // of each
  std::uint32_t count = 0;
  std::string zone;  // where they may be spent; with neither at the whole festival
  std::string stand;
  std::string tender;  // what they were paid with
  std::string gift;    // why they are given away; empty: they are sold
  std::uint64_t intent = 0;
};
Result<Plan> plan_issue_vouchers(State& state, const DeviceIdentity& identity,
                                 const DeviceView& device, const VoucherIntent& intent);
// What this device issued by this event, to be printed: the same whenever it is asked.
std::vector<Bytes> issued_codes(const DeviceIdentity& identity, const schemas::Event& event);

// Cups come back and their deposit goes out: in cash, or to the band that paid it. `salt`: random.
Result<Plan> plan_return(State& state, const DeviceView& device,
                         const std::vector<BasketLine>& cups,
                         const std::optional<BandReading>& band, const Hash& salt);

// No device takes this purse's band from when it knows of this on.
Result<Plan> plan_block(State& state, const DeviceView& device, std::uint64_t purse,
                        const std::string& reason);
// What is left on a lost band goes to `band`, as far as no late sale can need it; asked again, what
// has become free since. Blocks the old one where nobody has yet, and that alone where nothing can
// go now.
Result<Plan> plan_replacement(State& state, const DeviceView& device, std::uint64_t old,
                              const std::string& reason, const BandReading& band);

// The event that makes a prepared one count.
Draft confirm_draft(const CommittedEvent& prepared, schemas::Kind prepared_kind);

Result<Plan> plan_void(State& state, const DeviceView& device, const FoundSale& sale,
                       const std::string& reason);

struct StockIntent {
  schemas::StockAction action = schemas::STOCK_ACTION_UNSPECIFIED;
  std::vector<BasketLine> lines;
  std::string to;        // dispatch: the holder it goes to
  std::string dispatch;  // receive: first digits of its event id; absent: the only open one
  std::string reference;
  std::string reason;
};
Result<Plan> plan_stock(State& state, const DeviceView& device, const StockIntent& intent);

// What one person counted at a holder, sealed until a second person has counted.
struct CountIntent {
  std::string holder;  // absent: this device's
  schemas::CountOf of = schemas::CLOSING;
  std::vector<BasketLine> lines;  // units by SKU; zero is a count too
  std::string person;             // staff alias; absent: the device's own person
  Hash salt{};                    // random
};
Result<Plan> plan_count(State& state, const DeviceIdentity& device, const CountIntent& intent);
// What this device sealed itself; empty where the key is not its own.
std::optional<schemas::CountLines> read_own_count(const DeviceIdentity& device,
                                                  const schemas::SealedCount& sealed);
// Opens this device's sealed counts that a second person's count has answered. Empty: none.
std::vector<Draft> plan_openings(State& state, const DeviceIdentity& device);

// Ends this device's part of its holder's sheet.
Result<Plan> plan_close_sheet(State& state, const DeviceView& device);
// The same for a till that cannot write it any more, by two supervisors: at the greatest size known
// of its last log.
Result<Plan> plan_close_sheet_of(State& state, const DeviceView& device, const std::string& alias,
                                 const std::vector<LogSummary>& logs);

Result<Plan> plan_open_shift(State& state, const DeviceView& device, std::uint64_t float_minor);
Result<Plan> plan_close_shift(State& state, const DeviceView& device, std::uint64_t counted_minor);
// Cash out of the drawer into the bank's bag; who takes it says yes.
Result<Plan> plan_cash_drop(State& state, const DeviceView& device, std::uint64_t amount_minor,
                            const std::string& bag);

// Revokes a device at what is held of its logs here.
Result<Plan> plan_revocation(State& state, const DeviceView& device, const std::string& alias,
                             const std::string& reason, const std::vector<LogSummary>& logs);

// Puts approved settings in force: two supervisors signed exactly these bytes, and they replace
// what is in force here.
Result<Plan> plan_festival(State& state, const DeviceView& device,
                           const schemas::SignedFestival& approved);

}  // namespace verbena::ledger
