// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "ledger/ledger.h"
#include "schemas/sync.pb.h"

// Which logs a device follows. Control and value logs always; of trade logs all, or those of its
// zone, of devices that have none, and of the devices elsewhere that it carries.
namespace verbena::replication {

constexpr std::size_t carried_max = 64;        // devices
constexpr std::size_t carried_name_bytes = 8;  // start of a certificate's hash

struct Follows {
  bool all = true;
  std::string zone;                    // without `all`
  std::vector<ledger::Bytes> carried;  // starts of certificate hashes, sorted

  bool trade_of(const ledger::Certificate& author) const;
  // What names it to a peer, 8 bytes; empty: it follows all.
  ledger::Bytes name() const;
  bool operator==(const Follows&) const = default;
};

schemas::Follows to_wire(const Follows& follows);
ledger::Result<Follows> from_wire(const schemas::Follows& wire);

// Tills of a festival that says `follow = "zone"` follow theirs; whoever has to see the whole, and
// a till without a zone, follows all. Null: not known yet; more can always be asked for.
bool follows_zone(const schemas::Festival* festival, const ledger::Certificate& device);

// What this device follows by its own place: nothing it carries.
Follows own_follows(const ledger::Ledger& ledger);

// What two devices both follow: all that they compare, and tell each other.
class Scope {
 public:
  Scope() = default;  // all logs
  Scope(const Follows& mine, const Follows& theirs) : mine_(mine), theirs_(theirs) {}

  bool covers(const ledger::Ledger& ledger, const ledger::LogName& log);

 private:
  Follows mine_, theirs_;
  std::map<ledger::Hash, bool> known_;  // by certificate
};

// What this device follows now.
class Following {
 public:
  // `linked`: certificates of the peers it is connected with. It carries these, so that whoever has
  // any link has a witness, and passes on what it once took in from elsewhere.
  Follows now(const ledger::Ledger& ledger, const std::vector<ledger::Hash>& linked);

 private:
  std::set<ledger::Hash> authors_;  // of the trade logs held
  std::uint64_t seen_ = 0;          // ledger news
};

}  // namespace verbena::replication
