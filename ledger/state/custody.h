// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ledger/core/certificate.h"
#include "ledger/core/event.h"
#include "ledger/core/log.h"
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

// One line of a stock move.
struct CustodyLine {
  std::uint32_t item = 0;
  schemas::StockClass from = schemas::STOCK_UNSPECIFIED;
  schemas::StockClass to = schemas::STOCK_UNSPECIFIED;
  std::uint64_t quantity = 0;
};

// An event that moved goods of a holder or cash of a drawer, and where it stands.
struct CustodyFact {
  Hash id{};
  std::uint32_t log = 0;  // the state's log number
  std::uint64_t index = 0;
  std::uint64_t purse = 0;  // not 0: counts once this purse's cell has posted it
  schemas::Kind kind = schemas::KIND_UNSPECIFIED;
  std::uint32_t sheet = 0;   // by the boundaries of its own log
  std::uint32_t person = 0;  // number of CustodyBook::person()
  std::uint64_t hlc = 0;     // display only
  std::uint32_t first_line = 0;
  std::uint32_t lines = 0;
  std::int64_t cash_minor = 0;    // into the drawer
  std::uint64_t sales_minor = 0;  // taken for the stand, all tenders
  std::uint64_t voided_minor = 0;
  std::int64_t tips_minor = 0;      // net of voids
  std::int64_t deposits_minor = 0;  // net of what was given back
  bool is_void = false;
};

// The sale that a void takes back.
struct VoidTarget {
  Hash sale{};
  std::optional<EventPlace> cash;  // of a purseless sale: the void counts if it won there
};

struct Dispatch {
  std::size_t fact = 0;  // number of its fact
  std::string from, to;
  std::string reference;
};

struct SealedCount {
  Hash id{};
  Hash certificate{};
  std::string person;
  std::string holder;
  std::uint32_t sheet = 0;
  schemas::CountOf of = schemas::COUNT_UNSPECIFIED;
  std::uint32_t attempt = 0;
  Hash key_hash{};
  Bytes box, salt;
};

struct Shift {
  std::uint32_t log = 0;
  std::uint64_t opened = 0, closed = UINT64_MAX;              // indices in the trade log
  std::uint64_t value_opened = 0, value_closed = UINT64_MAX;  // sizes of the value log then
  Hash opened_id{}, closed_id{};
  std::uint32_t sheet = 0;
  std::string person;
  std::uint64_t float_minor = 0;
  std::uint64_t counted_minor = 0;
  std::uint64_t dropped_minor = 0;
  bool replaced = false;  // never closed, and the next one is open
  bool is_closed() const { return closed != UINT64_MAX; }
};

// A boundary set by two supervisors for a log whose device cannot write it any more.
struct ForeignBoundary {
  Hash id{};
  std::uint32_t sheet = 0;
  Hash log{};
  std::uint64_t size = 0;
  auto operator<=>(const ForeignBoundary&) const = default;
};

// What a log says of its own place in its holder's sheets.
struct CustodyLog {
  Hash id{};
  LogName name;
  std::string alias, holder;
  schemas::Role role = schemas::ROLE_UNSPECIFIED;
  std::uint32_t sheet = 1;                            // of its next event
  std::map<std::uint32_t, std::uint64_t> boundaries;  // sheet -> index of its SheetClosed
};

// The facts that sheets, counts and shifts are made of, as the fold meets them: within a log in
// order, across logs in any. Views only: none of it is in the digest.
class CustodyBook {
 public:
  // Events of one log, in order. `purse`: of the step or grant, 0 where there is none. Events that
  // do not count are not noted, but for those a purse's cell decides about.
  void note(std::uint32_t log, const CustodyLog& author, const EventPlace& place, const Hash& id,
            const schemas::Event& event, std::uint64_t purse, const std::string& person);
  void note_foreign_boundary(const Hash& id, const schemas::SheetClosed& closed);

  const std::vector<CustodyFact>& facts() const { return facts_; }
  const CustodyLine* lines(const CustodyFact& fact) const { return &lines_[fact.first_line]; }
  const std::map<Hash, VoidTarget>& voids() const { return voids_; }  // by the void's event id
  const std::string& person(std::uint32_t number) const { return persons_[number]; }
  const std::map<std::uint32_t, CustodyLog>& logs() const { return logs_; }
  const std::map<Hash, Dispatch>& dispatches() const { return dispatches_; }
  // Dispatch -> facts that answer it, in no order.
  const std::multimap<Hash, std::size_t>& answers() const { return answers_; }
  const std::map<Hash, SealedCount>& sealed() const { return sealed_; }
  // What a sealed count holds, once its key is known; null before, or where it cannot be read.
  const schemas::CountLines* opened(const Hash& sealed) const;
  const std::vector<Shift>& shifts() const { return shifts_; }
  const std::set<ForeignBoundary>& foreign_boundaries() const { return foreign_; }
  // The sheet a holder's devices are on: one above the greatest that any of them has closed.
  std::uint32_t current_sheet(const std::string& holder) const;
  // The sheet a device goes on with in a new life; one that is new starts on its holder's.
  std::uint32_t sheet_of(const Hash& certificate, const std::string& holder) const;

 private:
  std::uint32_t sheet_after(const CustodyLog& log) const;
  void note_stock(CustodyFact& fact, const CustodyLog& log, const schemas::Event& event);
  void note_sealed(const CustodyLog& log, const Hash& id, const schemas::Event& event,
                   const std::string& person);
  void note_opened(const schemas::Event& event);
  void note_shift(std::uint32_t log, const CustodyLog& known, const EventPlace& place,
                  const Hash& id, const schemas::Event& event, const std::string& person);
  void open_box(const Hash& sealed);
  std::uint32_t number_of(const std::string& person);

  std::vector<CustodyFact> facts_;
  std::vector<CustodyLine> lines_;
  std::vector<std::string> persons_;
  std::map<std::string, std::uint32_t> person_numbers_;
  std::map<std::uint32_t, CustodyLog> logs_;
  std::map<Hash, VoidTarget> voids_;
  std::map<Hash, Dispatch> dispatches_;
  std::multimap<Hash, std::size_t> answers_;
  std::map<Hash, SealedCount> sealed_;
  std::map<Hash, std::set<Bytes>> keys_;  // offered for a sealed count
  std::map<Hash, schemas::CountLines> opened_;
  std::vector<Shift> shifts_;
  std::map<std::uint32_t, std::size_t> open_shifts_;  // log -> number in shifts_
  std::set<ForeignBoundary> foreign_;
};

}  // namespace verbena::ledger
