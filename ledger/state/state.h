// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <unordered_map>

#include "ledger/core/flat_map.h"
#include "ledger/state/account_book.h"
#include "ledger/state/approvals.h"
#include "ledger/state/custody.h"
#include "ledger/state/digest.h"
#include "ledger/state/festival_register.h"
#include "ledger/state/purse_cell.h"
#include "ledger/state/roster.h"
#include "ledger/state/staff_register.h"
#include "ledger/state/unread_purses.h"
#include "ledger/state/voucher_book.h"

namespace verbena::ledger {

// Sums over what counts, in minor units.
struct Totals {
  __int128 topups_minor = 0;
  __int128 sales_minor = 0;    // net of voids
  __int128 refunds_minor = 0;  // paid out to customers from purses
  __int128 balances_minor = 0;
  __int128 suspense_minor = 0;
  __int128 vouchers_minor = 0;  // on vouchers that nobody spent
};

// What a device's receipts on bands say its trade log had reached.
struct DeviceClaim {
  std::uint32_t size = 0;
  std::uint32_t total_minor = 0;
  auto operator<=>(const DeviceClaim&) const = default;
};

// Where a transfer that counts comes from.
struct PostingSource {
  EventPlace place;         // the event's log, or the branch that tells it
  std::uint64_t purse = 0;  // of the cell it is part of
  bool gap = false;         // a leg of missing steps: no event is held, and `place` is empty
};

// Slots whose writer is unknown here; beyond this the newest wait with their carrier.
constexpr std::size_t waiting_evidence_max = 65'536;

// Reads an event that was folded: its id, and `out`. Throws Unreadable where it cannot.
using EventReader =
    std::function<Hash(const LogName& log, std::uint64_t index, schemas::Event& out)>;

// An event that was folded cannot be read any more. Nothing may be said without it.
class Unreadable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// State = F(set of events). Within a log events arrive in order; across logs in any order. Each
// purse and each voided sale is a cell whose value is a pure function of what it holds, evaluated
// when asked for. Where a log's standing changes under events already folded, stale() turns true
// and the owner folds again from the first event.
class State {
 public:
  // With a reader it keeps of a purse only where its events are, and reads them when somebody asks
  // about it.
  explicit State(const Certificate& root, EventReader reader = {});
  State(const State&) = delete;  // cells are pointed at
  State& operator=(const State&) = delete;

  // Control events shape standings; a refold notes them all before it folds anything.
  void note_control(const LogName& log, std::uint64_t index, const schemas::Event& event);
  void apply(const LogName& log, std::uint64_t index, const Hash& id, const schemas::Event& event);
  // Two signed histories are held that differ from `index` on: as good as a fork proof.
  void note_branch(const LogName& log, std::uint64_t index) { roster_.note_held_fork(log, index); }
  // The same of another signed history of the log, from where it leaves the others. An event that
  // several histories tell counts once.
  void apply_branch(const LogName& log, const Hash& branch, std::uint64_t index, const Hash& id,
                    const schemas::Event& event);

  bool stale();

  Roster& roster() { return settled_roster(); }
  const schemas::Festival* festival();
  const Hash& festival_hash();
  // What a staff band and its PIN must prove; null where the alias has no card.
  const StaffCard* staff_card(const std::string& alias) {
    return staff_.find(alias, settled_roster());
  }
  const AccountBook& accounts();
  const PurseView& purse(std::uint64_t purse);
  // Of its account, in the festival's currency: what is on it and may be below zero.
  __int128 purse_balance_minor(std::uint64_t purse);
  bool purse_known(std::uint64_t purse);
  std::vector<std::uint64_t> purses();  // reads them all
  // The prepared event on this purse at this log place, when it is known.
  const PurseEvent* purse_event(std::uint64_t purse, const Hash& id);
  // A block of it counts: two persons may give what is on it to another one.
  bool blocked(std::uint64_t purse) const;
  // Devices that take bands, are heard of and not revoked, and have not said yet that they knew of
  // a block of this purse. Aliases.
  std::set<std::string> unaware_of_block(std::uint64_t purse);
  // A grant of this source counts already.
  bool granted(std::uint64_t purse, schemas::GrantSource source, std::string_view source_id);
  // By id, as far as is known here. One that nothing is held of is empty.
  VoucherView voucher(const std::string& id);
  std::map<std::string, VoucherView> vouchers();
  Totals totals();
  Hash digest();
  std::uint64_t sale_amount_minor(const Hash& log, std::uint64_t index) const;  // 0: not a sale
  bool cash_voided(const Hash& log, std::uint64_t index);
  // Greatest claim on bands, by (certificate, incarnation prefix).
  const std::map<std::pair<Hash, std::uint16_t>, DeviceClaim>& claims();
  // Devices two of whose lives knew of each other: they ran at the same time, on two machines.
  std::set<std::string> two_lives() const;
  // What sheets, counts and shifts are made of.
  const CustodyBook& custody() const { return custody_; }
  // Evaluates purses of which something was heard since, so many at most; false: some are left.
  bool evaluate_some(std::size_t most);
  // The same as it stands, all purses evaluated, to be read while the state goes on.
  CustodyBook custody_snapshot();
  // Where a purse event with this id is posted and counts: log number and index.
  std::optional<std::pair<std::uint32_t, std::uint64_t>> posted_place(std::uint64_t purse,
                                                                      const Hash& id);
  // Distinct persons, none the author, whose approval this event would have at this place.
  std::set<std::string> approvers(const schemas::Event& event, const EventPlace& place,
                                  const Certificate& author) {
    return approvals_.persons(event, place, author, settled_roster());
  }
  // What has counted for one device, by log: sum of its own sales of all tenders.
  __int128 trade_total_minor(const Hash& log) const;
  // Events that this build cannot read or whose form breaks a rule.
  const std::vector<std::pair<Hash, std::string>>& findings() const { return findings_; }

  // Sales of what only grown-ups may buy, without the seller's word that they looked.
  const std::vector<Hash>& unchecked_ages() const { return unchecked_ages_; }
  // Whether a sale that stands names this one as a part of its price, paid before.
  bool part_taken(const Hash& part);
  // Sales that stand and whose payments are not the price of their goods, by the settings they
  // name.
  std::vector<Hash> mispriced();
  // Parts paid for a sale that nobody made.
  std::vector<Hash> open_parts();

  const std::string& currency();

  // For who keeps books event by event. All transfers told by both together are the balances.
  using PostingVisitor = std::function<void(const PostingSource& source, const Transfer& transfer)>;
  // Told, while folding, of what is posted for good. Set before the first event.
  void watch(PostingVisitor visit) { watcher_ = std::move(visit); }
  // What purses and voids post, once everything is folded.
  void visit_cells(const PostingVisitor& visit);
  // Why an event does not count; none where it does, or is not held.
  Cause cause(const EventPlace& place) const;

 private:
  struct SoldAccounts {  // of one item: what its holder has, and has sold
    AccountId holder = 0, sold = 0;
  };
  struct NamedRules {  // what a Context event says
    Hash rules{};
    std::string staff;
  };
  struct Cell;
  // What few logs have, or not for long.
  struct LogNotes {
    std::map<std::uint64_t, BesideMinor> beside;     // of purseless sales, by index
    std::map<std::uint64_t, VoucherMoves> vouchers;  // the same: what they took out of vouchers
    // Of all histories, kept at the log itself: index -> its purse, until confirmed; and indices
    // above a fork that one history confirms before another that has them is folded.
    std::multimap<std::uint64_t, std::uint64_t> prepared;
    std::set<std::uint64_t> confirmed;
    std::set<Hash> above_fork;  // events held at or above a fork, of all histories
    std::map<std::uint64_t, NamedRules> contexts;             // by index
    std::map<std::uint64_t, std::uint64_t> large_sale_minor;  // beyond Log::sale_minor's numbers

    bool empty() const {
      return beside.empty() && vouchers.empty() && prepared.empty() && confirmed.empty() &&
             above_fork.empty() && contexts.empty() && large_sale_minor.empty();
    }
  };
  struct Log {
    LogName name;
    std::uint32_t number = 0;  // in logs_
    Hash id{};                 // of the log, or of a branch of it
    Hash log{};                // whose standing it has
    std::shared_ptr<const Certificate> author;
    Standing standing;
    std::uint64_t size = 0;
    std::uint64_t trade_total_minor = 0;
    FlatMap<std::uint32_t, std::uint32_t> sale_minor;  // purseless sales, by index
    std::uint64_t issued_minor = 0;                    // greatest total that was left behind here
    // What nearly all postings and moves are between, once looked up by name.
    std::optional<AccountId> stand;                 // its own, in the festival's currency
    std::vector<std::optional<SoldAccounts>> sold;  // by item number
    std::unique_ptr<LogNotes> kept_notes;

    LogNotes& notes() {
      if (!kept_notes) kept_notes = std::make_unique<LogNotes>();
      return *kept_notes;
    }
    const LogNotes& notes() const {
      static const LogNotes none;
      return kept_notes ? *kept_notes : none;
    }
  };
  struct Cell {
    PurseCell cell;
    PurseView view;
    std::optional<AccountId> account;  // in the festival's currency
    bool dirty = false;
    bool is_read = false;  // nothing of it is in unread_
  };
  struct VoidCandidate {
    Hash id{};
    std::uint32_t log = 0;
    std::uint64_t index = 0;
    std::uint64_t amount_minor = 0;
    BesideMinor taken;
    VoucherMoves vouchers;  // what it puts back into them
    bool rule_broken = false;
    std::vector<Transfer> transfers;
  };
  struct VoidCell {
    std::vector<VoidCandidate> candidates;
    std::vector<Transfer> posted;
    Hash winner{};
    std::pair<std::uint32_t, std::uint64_t> winner_place;  // log number, index
  };
  using SalePlace = std::pair<Hash, std::uint64_t>;
  // A sale paid in parts, or a part of one.
  struct SplitSale {
    Hash id{};
    std::uint32_t log = 0;  // number
    std::uint64_t index = 0;
    std::uint64_t purse = 0;
    bool by_purse = false;
    std::uint64_t paid_minor = 0;      // by itself
    unsigned __int128 due_minor = 0;   // price of its goods
    bool priced = false;               // the settings it names are known
    std::set<PursePrefix> parts = {};  // paid before; of a part none
  };
  // Parts that stand, and by which sale each is taken.
  struct PartsTaken {
    std::map<PursePrefix, const SplitSale*> parts;
    std::map<PursePrefix, const SplitSale*> taken_by;
  };

  Roster& settled_roster();
  void settle();
  void settle_rules();
  Log& log_of(const LogName& name, const Hash& log, const Hash& id, std::uint64_t first);
  Log& whole(const Log& log) {
    return logs_[log.id == log.log ? log.number : log_index_.at(log.log)];
  }
  void fold(Log& log, std::uint64_t index, const Hash& id, const schemas::Event& event);
  bool counts(const Log& log, std::uint64_t index) const {
    return index < log.standing.cut && (phantoms_.empty() || !is_phantom(log, index));
  }
  bool is_phantom(const Log& log, std::uint64_t index) const;
  void note(const LogName& name, const Hash& log, const Certificate& author, std::uint64_t index,
            const schemas::Event& event);
  const Hash& id_of(const LogName& name);
  void note_verdict(const Hash& log, std::uint64_t index, const Certificate& author,
                    const schemas::Event& event);
  Cell& cell_of(std::uint64_t purse);
  bool leaves_unread(const Log& log, std::uint64_t purse) const;
  bool read(const UnreadEvent& at, std::optional<std::uint64_t> only);
  void leave_unread(std::uint64_t purse, const UnreadEvent& event);
  void read(std::uint64_t purse);
  void read_some(std::size_t most);
  void read_all();
  void add(Cell& cell, PurseEvent event, bool confirmed, bool rule_broken);
  std::uint32_t meals_in(const schemas::Event& event);
  PurseEvent purse_event_of(Log& log, std::uint64_t index, const Hash& id,
                            const schemas::Event& event, Cell& cell);
  void touch(Cell& cell);
  void evaluate(Cell& cell);
  void evaluate_dirty();
  void evaluate_void(const SalePlace& sale);
  CellContext context();
  bool replaces(const PurseGrant& grant);

  // `giver`: the purse that postings out of purses leave, where it is another one.
  std::vector<Transfer> resolve(Log& log, const schemas::Event& event, Cell* purse,
                                Cell* giver = nullptr);
  AccountId money_account(Log& log, schemas::AccountClass kind, const std::string& id,
                          const std::string& unit, Cell* purse);
  void resolve_move(Log& log, const schemas::StockMove& move, std::vector<Transfer>& out);
  Transfer suspended(const Transfer& transfer, const Log& log, std::uint64_t index);
  void post(const std::vector<Transfer>& transfers, int sign);
  bool breaks_rule(const Log& log, const schemas::Event& event) const;
  const schemas::Festival* rules_named(const Log& log, const schemas::Event& event);
  void note_terms(const Log& log, std::uint64_t index, const Hash& id, const schemas::Event& event);
  void note_age(const schemas::Festival& rules, const Hash& id, const schemas::Sale& sale);
  void note_price(const schemas::Festival* rules, const Log& log, std::uint64_t index,
                  const Hash& id, const schemas::Event& event, const schemas::Sale& sale);
  bool stands(const SplitSale& sale);
  PartsTaken parts_taken();
  bool lacks_approval(const Log& log, std::uint64_t index, const schemas::Event& event);
  bool exceeds_void_limit(const Log& log, std::uint64_t index, const schemas::Event& event);
  bool exceeds_issue_limit(Log& log, std::uint64_t index, const schemas::Event& event) const;
  void note_vouchers(const Log& log, std::uint64_t index, const Hash& id,
                     const schemas::Event& event);
  VoucherView standing(const VoucherView& known);
  std::string person_of(const Log& log, const schemas::Event& event) const;
  void note_named(const Log& log, const schemas::Event& event);
  void note_custody(const Log& log, std::uint64_t index, const Hash& id,
                    const schemas::Event& event, std::uint64_t purse = 0);

  void apply_step(Log& log, std::uint64_t index, const Hash& id, const schemas::Event& event);
  void apply_confirmed(Log& log, std::uint64_t index, const schemas::Event& event);
  void apply_grant(Log& log, std::uint64_t index, const Hash& id, const schemas::Event& event);
  void apply_evidence(const Log& log, std::uint64_t index, const schemas::Event& event);
  void apply_cash_void(Log& log, std::uint64_t index, const Hash& id, const schemas::Event& event);
  void see(const Bytes& slot);

  Certificate root_;
  Roster roster_;
  FestivalRegister register_;
  StaffRegister staff_;
  AccountBook accounts_;
  std::optional<AccountId> cash_account_;  // outside, in the festival's currency
  DigestTree digest_;
  std::string currency_;
  std::optional<std::pair<LogName, Hash>> named_;  // the log asked for last, and its id
  std::unordered_map<Hash, std::uint32_t, HashOf> log_index_;
  std::deque<Log> logs_;
  const EventReader reader_;  // may be empty
  UnreadPurses unread_;
  std::optional<std::uint64_t> absent_;  // asked for last, and nothing is known of it
  std::unordered_map<std::uint64_t, Cell> cells_;
  std::vector<Cell*> dirty_cells_;
  std::vector<Cell*> changed_cells_;  // since the last digest
  std::map<SalePlace, VoidCell> voids_;
  std::map<std::string, VoucherView> vouchers_;  // voided uses too
  std::set<SalePlace> changed_voids_;
  // (log, index) of purse events whose proof of presence a hub found false -> where it says so.
  std::map<SalePlace, std::vector<EventPlace>> phantoms_;
  std::set<Bytes> waiting_evidence_;  // sealed by a device not known yet
  std::map<std::pair<Hash, std::uint16_t>, DeviceClaim> claims_;
  ApprovalBook approvals_;
  // Settings an event named, and what they were found to be: asked again when the roster or the
  // settings change.
  std::map<Hash, const schemas::Festival*> rules_asked_;
  bool rules_moved_ = false;
  CustodyBook custody_;
  std::set<std::pair<Hash, Hash>> named_logs_;  // (log, log it names)
  std::vector<std::pair<Hash, std::string>> findings_;
  std::vector<Hash> unchecked_ages_;
  std::vector<Hash> mispriced_;         // but for what follows
  std::vector<SplitSale> split_sales_;  // that name parts
  std::vector<SplitSale> parts_;
  schemas::Sale scratch_;  // parsing into one object again is twice as fast as into a new one
  schemas::Event read_;    // the same
  PostingVisitor watcher_;
  bool stale_ = false;
};

}  // namespace verbena::ledger
