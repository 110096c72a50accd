// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ledger/core/certificate.h"
#include "ledger/core/event.h"
#include "ledger/core/log.h"
#include "ledger/state/custody_trail.h"
#include "schemas/stock.pb.h"

namespace verbena::ledger {

// The holder a device keeps stock for: its stand, else itself.
const std::string& holder_of(const Certificate& device);

// Whether these moves are ones their author may make in an event of this kind: goods enter from a
// supplier into a store, leave a holder only by its own devices' word, and come out of transit only
// by the receiver's.
bool breaks_custody(const schemas::Event& event, const Certificate& author);

constexpr std::uint32_t sheets_max = 10'000;      // a log's first sheet is no greater
constexpr std::uint32_t sheets_skipped_max = 16;  // by a boundary, where others have closed before

// What binds the key of a sealed count to who counted.
Hash count_key_hash(std::string_view key, const Hash& certificate, std::string_view person);

// The sale that a void takes back.
struct VoidTarget {
  std::optional<EventPlace> cash;  // of a purseless sale
  Hash sale{};                     // else the sale's event, and the purse it was taken from
  std::uint64_t purse = 0;
};

// A `Stock` event that counts.
struct StockEvent {
  Hash id{};
  std::uint32_t log = 0;  // the state's log number
  std::uint64_t index = 0;
  std::string person;
  std::int64_t at_s = 0;  // display only
  schemas::StockAction action = schemas::STOCK_ACTION_UNSPECIFIED;
  std::vector<CustodyLine> lines;
};

struct Dispatch {
  std::size_t event = 0;  // number of its stock event
  std::string from, to;
  std::string reference;
  std::uint32_t to_sheet = 1;  // the receiver's, as far as the sender knew
};

// What a sealed count is known by. Equal bytes in the logs of two devices, or written while two
// persons were signed in, are two counts: the key of one does not open the other.
struct SealedName {
  Hash id{};
  Hash certificate{};
  std::string person;
  auto operator<=>(const SealedName&) const = default;
};

struct SealedCount {
  std::string holder;
  std::uint32_t sheet = 0;
  schemas::CountOf of = schemas::COUNT_UNSPECIFIED;
  std::uint32_t attempt = 0;
  Hash key_hash{};
  Bytes box, salt;
};

// An event about a drawer, as its log tells it.
struct ShiftNote {
  schemas::Kind kind = schemas::KIND_UNSPECIFIED;  // ShiftOpened, ShiftClosed or CashDrop
  std::uint64_t index = 0;
  Hash id{};
  std::string person;
  std::int64_t at_s = 0;           // display only
  std::uint64_t amount_minor = 0;  // float, counted or dropped
  std::uint64_t value_size = 0;    // of the value log then
  EventPlace opened;               // ShiftClosed: of the shift
};

// Where a shift was open: from a place in a trade log, and in the value log of the same life.
struct ShiftSpan {
  std::uint32_t log = 0;
  std::uint64_t from = 0, to = UINT64_MAX;
  std::uint64_t value_from = 0, value_to = UINT64_MAX;
};

struct Shift {
  std::uint32_t log = 0;  // in which it was opened
  std::uint64_t opened = 0;
  Hash opened_id{}, closed_id{};
  std::string person;
  std::int64_t closed_s = 0;  // display only
  std::uint64_t float_minor = 0;
  std::uint64_t dropped_minor = 0;
  std::optional<std::uint64_t> counted_minor;  // once it is closed
  bool replaced = false;                       // never closed, and its log began another
  std::vector<ShiftSpan> spans;                // its own log's, then those of later lives
};

// What a log says of its own place in its holder's sheets.
struct CustodyLog {
  Hash id{};
  LogName name;
  std::string alias, holder;
  schemas::Role role = schemas::ROLE_UNSPECIFIED;
  std::uint32_t first_sheet = 1;
  std::uint32_t sheet = 1;                            // of its next event, by its own word
  std::uint32_t fact_sheet = 0;                       // of its newest fact; 0: none
  std::map<std::uint32_t, std::uint64_t> boundaries;  // sheet -> index of its SheetClosed
  std::vector<ShiftNote> shift_notes;
  std::optional<EventPlace> goes_on;  // a shift of an earlier life that it goes on with
  CustodyTrail trail;
};

// The facts that sheets, counts and shifts are made of, as the fold meets them: within a log in
// order, across logs in any. Views only: none of it is in the digest.
class CustodyBook {
 public:
  // Events of one log, in order. `purse`: of the step or grant, 0 where there is none. Events that
  // do not count are not noted, but for those a purse's cell decides about.
  void note(std::uint32_t log, const CustodyLog& author, const EventPlace& place, const Hash& id,
            const schemas::Event& event, std::uint64_t purse, const std::string& person);
  void note_foreign_boundary(const Hash& log, std::uint32_t sheet, std::uint64_t size);
  // What purses and voids decide of facts noted `if_posted`.
  void set_posted(std::uint32_t log, std::uint64_t index, bool posted);
  // What counts now, to be read while this book goes on.
  CustodyBook snapshot();

  bool stands(std::uint32_t log, const CustodyFact& fact) const {
    return !fact.if_posted || is_posted(log, fact.index);
  }
  bool is_posted(std::uint32_t log, std::uint64_t index) const {
    return log < posted_.size() && index < posted_[log].size() && posted_[log][index];
  }
  // Void's (log number, index) -> its sale.
  const std::map<std::pair<std::uint32_t, std::uint64_t>, VoidTarget>& voids() const {
    return voids_;
  }
  const std::string& person(std::uint32_t number) const { return persons_.names[number]; }
  const std::string& tender(std::uint32_t number) const { return tenders_.names[number]; }
  const std::map<std::uint32_t, CustodyLog>& logs() const { return logs_; }
  const std::vector<StockEvent>& stock_events() const { return stock_events_; }
  const std::map<Hash, Dispatch>& dispatches() const { return dispatches_; }
  // Dispatch -> stock events that answer it, in no order.
  const std::multimap<Hash, std::size_t>& answers() const { return answers_; }
  const std::map<SealedName, SealedCount>& sealed() const { return counts_->sealed; }
  // What a sealed count holds, once its key is known; null before, or where it cannot be read.
  const schemas::CountLines* opened(const SealedName& sealed) const;
  // By the place they were opened at.
  std::vector<Shift> shifts() const;
  // The shift that the next event of this device's life would be in. A life that has not begun goes
  // on with what an earlier one left open.
  std::optional<Shift> open_shift(const Hash& certificate, const Hash& trade_log) const;
  // The sheet an event at this place is on: by the log's own boundaries, else by those that two
  // supervisors set for it.
  std::uint32_t sheet_at(const CustodyLog& log, std::uint64_t index) const;
  std::uint32_t sheet_after(const CustodyLog& log) const;
  // (sheet, size) that supervisors set, by log; of several for a sheet the greatest size.
  const std::map<Hash, std::map<std::uint32_t, std::uint64_t>>& foreign_boundaries() const {
    return foreign_;
  }
  // The sheet a holder's devices are on: one above the greatest that any of them has closed.
  std::uint32_t current_sheet(const std::string& holder) const;
  // The sheet a device goes on with in a new life; one that is new starts on its holder's.
  std::uint32_t sheet_of(const Hash& certificate, const std::string& holder) const;
  std::size_t trail_bytes() const;

 private:
  struct Names {  // told apart by numbers
    std::vector<std::string> names;
    std::map<std::string, std::uint32_t> numbers;
    std::uint32_t number_of(const std::string& name);
  };
  struct Counts {
    std::map<SealedName, SealedCount> sealed;
    std::map<Hash, std::set<Bytes>> keys;  // offered for a sealed count
    std::map<SealedName, schemas::CountLines> opened;
  };

  void note_fact(std::uint32_t number, CustodyLog& log, const EventPlace& place, const Hash& id,
                 const schemas::Event& event, std::uint64_t purse, const std::string& person);
  MoneyLeg leg_of(const schemas::Posting& posting);
  void note_void(std::uint32_t number, const schemas::Event& event, CustodyFact& fact);
  void note_stock(StockEvent noted, const CustodyLog& log, const schemas::Event& event);
  void note_sealed(const CustodyLog& log, const Hash& id, const schemas::Event& event,
                   const std::string& person);
  void note_opened(const schemas::Event& event);
  void note_shift(CustodyLog& log, const EventPlace& place, const Hash& id,
                  const schemas::Event& event, const std::string& person);
  void open_box(const Hash& sealed);
  Counts& changed_counts();

  Names persons_;
  Names tenders_{{"cash"}, {{"cash", cash_tender}}};
  std::map<std::uint32_t, CustodyLog> logs_;
  std::vector<std::vector<bool>> posted_;  // by log number, index
  std::map<std::pair<std::uint32_t, std::uint64_t>, VoidTarget> voids_;
  std::vector<StockEvent> stock_events_;
  std::map<Hash, Dispatch> dispatches_;
  std::multimap<Hash, std::size_t> answers_;
  std::shared_ptr<Counts> counts_ = std::make_shared<Counts>();
  bool counts_shared_ = false;  // with a snapshot: copied before they change
  std::map<Hash, std::map<std::uint32_t, std::uint64_t>> foreign_;
};

}  // namespace verbena::ledger
