// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>

#include "test/sim/field.h"

namespace verbena::sim {

// One event that a device holds in a log, read off its store.
struct HeldEvent {
  ledger::LogName log;
  ledger::EventPlace place;
  ledger::Hash id{};
  ledger::Certificate author;
  schemas::Event event;
  bool counts = false;  // by the device's fold: not cut, not found to break a rule
};

// All events of the reference, and what its fold says of them.
struct Held {
  std::vector<HeldEvent> events;  // logs in order of their names, each from its start
  std::map<ledger::EventPlace, std::size_t> at;
  std::set<ledger::Hash> ids;
  // Places whose transfers a purse or a void posted, and transfers of gaps.
  std::set<ledger::EventPlace> posted;
  std::vector<std::pair<std::uint64_t, ledger::Transfer>> gaps;  // purse
  bool forked = false;                                           // some log has other histories too
  bool ambiguous = false;  // a finding names an event that several logs hold

  const HeldEvent* find(const ledger::EventPlace& place) const {
    const auto found = at.find(place);
    return found == at.end() ? nullptr : &events[found->second];
  }
};

// The invariants of the design's section 8. What is cheap is looked at while things happen, the
// rest when all has come to rest. None of them asks the fold for what it can find out by itself.
class Checks {
 public:
  explicit Checks(Field& field) : field_(field) {}

  void while_running(std::size_t index);
  void at_rest();

 private:
  Held read(SimNode& node);
  void check_node(std::size_t index, const ledger::Hash& digest);
  void check_acknowledged(const Held& held);
  void check_conserved(ledger::State& state, const std::string& where);
  void check_windows();
  void check_innocent(ledger::State& state, const std::string& where);
  void check_witness(SimNode& node);
  void check_lives(SimNode& node);
  void check_forks(SimNode& node);
  void check_order(SimNode& node, const ledger::Hash& digest);
  void check_members(const Held& held);
  void check_once(const Held& held);
  void check_custody(const Held& held);
  void check_signers(const Held& held);
  void check_issuers(const Held& held);
  void check_revoked(const Held& held, ledger::State& state);
  void check_prices(const Held& held);
  void check_replaced(const Held& held);
  void check_purses(const Held& held, ledger::State& state);
  void check_accounts(const Held& held, ledger::State& state);
  void check_overdrafts(const Held& held, ledger::State& state);
  void check_clones(const Held& held, ledger::State& state);
  void check_vouchers(const Held& held, ledger::State& state);
  void check_proofs();
  std::set<std::string> approvers_of(const HeldEvent& held) const;

  Field& field_;
};

// Of which purse a grant takes the place; 0: this is none of these.
std::uint64_t replaced_by(const schemas::Event& event);
// What an event takes out of a stand, in minor units.
std::uint64_t out_of_stand_minor(const schemas::Event& event);
ledger::Hash digest_of(ledger::Ledger& ledger);
ledger::Bytes root_of(const ledger::Ledger& ledger);
// It holds all that it should of what is at `whole`, which follows all.
bool agrees(const ledger::Ledger& ledger, const ledger::Ledger& whole);

}  // namespace verbena::sim
