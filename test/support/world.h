// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "ledger/ledger.h"
#include "ledger/rules.h"
#include "ledger/store/memory_store.h"
#include "node/approval.h"
#include "node/terminal.h"
#include "replication/session.h"

// A festival in memory for tests: the product's own ledger, rules, bands and sessions over memory
// stores, a clock that stands still and seeded randomness.
namespace verbena::test {

class ManualClock final : public ledger::Clock {
 public:
  std::uint64_t wall_ms() const override { return now_ms; }
  std::uint64_t monotonic_ms() const override { return now_ms; }
  std::uint64_t now_ms = 1'800'000'000'000;
};

// SplitMix64: enough for keys that guard nothing.
class SeededRandom final : public ledger::Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  void fill(std::span<std::uint8_t> out) override;
  std::uint64_t next();
  std::uint64_t below(std::uint64_t n) { return next() % n; }

 private:
  std::uint64_t state_;
};

struct Device {
  ledger::DeviceIdentity identity;
  std::unique_ptr<ledger::MemoryStore> store;
  std::unique_ptr<ledger::Ledger> ledger;
  replication::Following following;
};

// A band that is not lost between taps.
struct Band {
  std::string image;
};

schemas::Festival small_festival();
// bar-1 and bar-2 in the zone north, the stands after them in the zone south.
void place_in_zones(schemas::Festival& festival);

class World {
 public:
  explicit World(std::uint64_t seed = 1, const schemas::Festival& settings = small_festival());

  // Enrols a device and gives it all control logs known so far. `named`: what its certificate says
  // in place of the alias that it is found by here.
  Device& add(schemas::Role role, const std::string& alias, const std::string& stand = {},
              const std::string& named = {});
  Device& device(const std::string& alias) { return *devices_.at(alias); }
  // A new life of the same device on its own store.
  void restart(Device& device);

  Band band(bool is_short = false, bool proves_presence = false);
  schemas::OperateReply top_up(Device& desk, Band& band, std::uint64_t amount_minor,
                               std::uint64_t intent = 0);
  schemas::OperateReply sell(Device& pos, Band& band, const std::string& sku,
                             std::uint32_t quantity = 1, std::uint64_t intent = 0);
  schemas::OperateReply sell_cash(Device& pos, const std::string& sku, std::uint32_t quantity = 1,
                                  std::uint64_t intent = 0);
  schemas::OperateReply refund(Device& desk, Band& band);
  schemas::OperateReply void_sale(Device& pos, const std::string& sale_hex);
  schemas::OperateReply stock(Device& device, const std::string& action, const std::string& sku,
                              std::uint32_t quantity, const std::string& to = {});
  // The intent, and again with the approvals of so many persons where it needs some.
  schemas::OperateReply approved(Device& device, schemas::OperateRequest request,
                                 std::size_t persons = 2, Band* band = nullptr);
  schemas::OperateReply tap(Device& device, schemas::OperateRequest request, Band* band);
  // One person's sealed count; with a second person's, both are opened at once.
  schemas::OperateReply count(Device& device, const std::string& sku, std::uint32_t units,
                              const std::string& person, const std::string& of = "closing");
  void open_counts(Device& device);
  schemas::OperateReply close_sheet(Device& device);
  // Runs the session protocol between two devices until both fall silent.
  static void meet(Device& a, Device& b);
  static ledger::Hash digest(Device& device);
  static ledger::Bytes frontier_root(Device& device);
  // The same device twice, running in the same life: what a stolen key and a copied disk make.
  std::unique_ptr<Device> clone(Device& device);

  ManualClock clock;
  SeededRandom random;
  ledger::Certificate root;
  std::string signed_root;
  // Supervisors without a device of their own, who say yes.
  std::array<std::unique_ptr<ledger::SigningKey>, 2> approvers;

 private:
  const schemas::Festival settings_;
  const std::shared_ptr<ledger::EventPool> events_ = std::make_shared<ledger::EventPool>();
  std::unique_ptr<ledger::SigningKey> root_key_;
  std::map<std::string, std::unique_ptr<Device>> devices_;
  std::vector<std::unique_ptr<ledger::Random>> lives_;
  std::uint32_t next_number_ = 1;
};

}  // namespace verbena::test
