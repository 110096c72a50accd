// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "test/sim/clone_raid.h"
#include "test/sim/day_result.h"
#include "test/sim/hostile.h"
#include "test/sim/node.h"

namespace verbena::sim {

// test::small_festival, where the crew may have a water for a meal. By zone: bar-1 and bar-2 are in
// the north, the others in the south, and tills follow their zone.
schemas::Festival sim_festival(bool by_zone = false);
constexpr std::int64_t purse_max_minor = 15'000;
constexpr std::uint64_t void_alone_minor = 2'000;
constexpr std::uint64_t sale_minor_max = 5 * 600;  // no basket holds more

// What a device said is done.
struct Acknowledged {
  std::size_t node = 0;
  std::string id;  // of the event, 32 bytes
  ledger::EventPlace place;
  schemas::OperateRequest request;  // asked for once more, it must not be done again
  std::string band;                 // image after it; empty: none
  bool is_sale = false;
  bool large = false;  // its void needs two persons
};

// A customer's band, and what was read off it when somebody copied it.
struct Customer {
  std::string band;
  std::string copy;                // an earlier image; empty: none
  std::uint64_t copies_minor = 0;  // sold for copies of it
  std::uint64_t meals_given = 0, meals_eaten = 0;
  std::vector<std::string> lost;  // images of bands that this one took the place of
};

// A printed voucher.
struct Printed {
  std::string code;
  std::string id;
  std::uint64_t value_minor = 0;
  std::uint64_t taken = 0;  // how often a till took it, or may have
};

// All there is in a day: devices, links, people, and what really happened. Work changes it, checks
// judge the devices by it.
class Field {
 public:
  explicit Field(const DayOptions& options);

  void violate(const std::string& what);
  SimNode& node(std::size_t index) { return *nodes[index]; }
  // The node that is asked for the whole: the hub, or the one that replaced it.
  SimNode& reference() { return *nodes[reference_index()]; }
  std::size_t reference_index() const;
  // It runs, and takes part until the end.
  bool takes_part(std::size_t index) const { return !destroyed[index] && !revoked[index]; }
  bool certified(const ledger::Hash& certificate) const;

  const DayOptions options;
  test::SeededRandom random;
  Scheduler scheduler;
  test::World world;
  Network network;
  std::vector<std::string> aliases;
  std::vector<std::unique_ptr<SimNode>> nodes;  // the honest ones
  std::vector<std::unique_ptr<HostileNode>> hostile;
  std::size_t hub = 0, desk = 1, store = 0, boss = 0, spare = 0;  // 0: there is none
  std::size_t first_till = 2, tills = 0;
  std::vector<bool> destroyed;  // and not put back
  std::vector<bool> unsafe;     // what nobody else held may be gone
  std::vector<bool> revoked;    // by the supervisor, whoever has it now
  std::vector<Customer> customers;
  std::vector<CloneRaid> raids;
  std::vector<Printed> vouchers;
  std::vector<Acknowledged> acknowledged;
  std::vector<std::pair<std::string, std::string>> proofs;  // file, event id
  DayResult result;

 private:
  void enrol();
  void connect();
};

}  // namespace verbena::sim
