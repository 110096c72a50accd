// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "ledger/replay.h"

// The state entry by entry: which event moved what between which accounts, as finally evaluated.
// For those who keep books with other tools and must come to the same balances.
namespace verbena::ledger {

constexpr std::uint32_t books_scale_max = 9;    // decimals of a currency that books can show
constexpr std::uint32_t no_event = UINT32_MAX;  // of a posting: known from a band only

struct BookedLog {
  LogName name;
  Hash id{};  // of the log, or of another signed history of it
  std::shared_ptr<const Certificate> author;
  bool branch = false;
};

struct BookedEvent {
  Hash id{};
  std::uint32_t log = 0;  // number in Books::logs
  std::uint64_t index = 0;
  schemas::Kind kind = schemas::KIND_UNSPECIFIED;
  std::uint64_t hlc = 0;    // the author's clock
  std::uint32_t staff = 0;  // number in Books::staff; 0: nobody was signed in
  std::uint64_t purse = 0;
  std::uint32_t counter = 0;  // 0: no purse step
  Hash refers_to{};           // the sale or top-up that a void or grant is about
  Cause cause = Cause::none;  // why it does not count
  std::uint32_t postings = 0;
};

struct BookedSaleLine {
  std::uint32_t event = 0;
  std::uint32_t line = 0;  // from 0
  std::uint32_t item = 0;
  std::uint32_t quantity = 0;
  std::uint64_t amount_minor = 0;
  std::uint64_t tax_minor = 0;
};

struct BookedPosting {
  std::uint32_t event = no_event;
  std::uint64_t purse = 0;  // whose missing steps it is a leg of, where there is no event
  Transfer transfer;
};

struct Books {
  std::unique_ptr<State> state;  // whose accounts `postings` name
  std::vector<BookedLog> logs;
  std::vector<BookedEvent> events;  // by log and index
  std::vector<BookedSaleLine> sale_lines;
  std::vector<BookedPosting> postings;  // those of one event together, in the order of `events`
  std::vector<std::string> staff;       // aliases; the first is empty
  std::string currency;
  std::uint32_t scale = 0;
};

// Replays a store from zero. Errc::internal unless the postings sum to the state's balances.
Result<Books> keep_books(const EventStore& store, const Certificate& root);

// 7 of "#7"; empty where the unit is a currency, or no item number.
std::optional<std::uint32_t> item_of_unit(std::string_view unit);
// "sale-prepared"; "kind-77" for one that this build does not know.
std::string kind_name(schemas::Kind kind);
// "2027-06-04T18:30:00Z" of a hybrid clock, from 1970 to the end of 9999. For display only.
std::string utc_text(std::uint64_t hlc);

}  // namespace verbena::ledger
