// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "ledger/ledger.h"
#include "replication/transport.h"
#include "schemas/sync.pb.h"
#include "schemas/terminal.pb.h"

// Questions for the yes of other people, carried from neighbour to neighbour while somebody waits
// for the answer. Nothing of it decides anything: a yes counts by its signature, in the log it was
// given for, whichever way it came.
namespace verbena::replication {

constexpr std::size_t asks_max = 64;  // held at once
constexpr std::size_t asks_of_a_device_max = 4;
constexpr std::size_t ask_bytes_max = 17 << 10;  // an event of 16 KiB and what stands around it
constexpr std::uint64_t ask_repeat_ms = 5'000;
constexpr std::uint64_t ask_silent_ms = 20'000;     // not repeated for so long: given up
constexpr std::uint64_t ask_unwatched_ms = 30'000;  // an own one that nobody looks at any more
constexpr std::uint64_t ask_pause_ms = 1'000;       // news of one device are passed on this often
constexpr std::string_view ask_context = "verbena-ask-v1";
constexpr std::string_view ask_no_context = "verbena-ask-no-v1";

struct OpenAsk {
  ledger::Hash hash{};  // SHA-256 of the request's bytes
  schemas::ApprovalRequest request;
  std::shared_ptr<const ledger::Certificate> asker;
  unsigned needed = 0;
  std::map<std::string, schemas::Approval> yes;  // by person
  std::set<std::string> no;                      // persons
  std::uint64_t age_ms = 0;                      // since it was first heard of here
  bool answered_here = false;
};

enum class Heard { fine, stray, untrue };  // stray: of something not known here; no fault

// Any thread.
class Asks {
 public:
  Asks(ledger::Ledger& ledger, const ledger::Clock& clock) : ledger_(ledger), clock_(clock) {}

  // This device asks; the same request again goes on with the same question.
  ledger::Result<ledger::Hash> ask(const ledger::Bytes& request, unsigned needed);
  void withdraw(const ledger::Hash& ask);
  // This device's key says yes or no to what another device asks.
  ledger::Status answer(const ledger::Hash& ask, bool yes);

  std::optional<OpenAsk> find(const ledger::Hash& ask);
  std::vector<OpenAsk> open();  // the oldest first
  // Grows with every change of what open() says, but for ages.
  std::uint64_t changes() const;

  Heard hear(const schemas::Frame& frame, LinkId from);
  struct Outgoing {
    schemas::Frame frame;
    LinkId except = 0;  // the link it came by
  };
  // What is to be sent to all neighbours now.
  std::vector<Outgoing> due();

 private:
  struct Entry {
    OpenAsk open;
    schemas::Ask frame;  // as last heard or sent
    bool mine = false;
    std::map<ledger::Bytes, schemas::AskAnswer> answers;  // by key
    std::uint64_t since_ms = 0, passed_on_ms = 0;
    std::uint64_t heard_ms = 0;  // or, of an own one, looked at
  };
  Heard hear_ask(const schemas::Ask& ask, LinkId from);
  Heard hear_answer(const schemas::AskAnswer& answer, LinkId from);
  Heard note_answer(Entry& entry, const schemas::AskAnswer& answer);
  ledger::Status make_room(const ledger::Hash& certificate);
  void say(Entry& entry, LinkId except);
  void forget_silent();

  ledger::Ledger& ledger_;
  const ledger::Clock& clock_;
  mutable std::mutex mutex_;
  std::map<ledger::Hash, Entry> asks_;
  std::map<ledger::Hash, std::uint64_t> new_at_ms_;  // by asker, who asked something new
  std::vector<Outgoing> outgoing_;
  std::uint64_t changes_ = 0;
};

}  // namespace verbena::replication
