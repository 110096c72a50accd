// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "replication/replicator.h"
#include "test/sim/network.h"

namespace verbena::sim {

// One device of the product, unchanged: ledger, sessions and gossip over a memory store, with the
// simulator's clock, randomness and links.
class SimNode final : public Host, public replication::Inbox, public replication::Transport {
 public:
  SimNode(Scheduler& scheduler, Network& network, const ledger::Certificate& root,
          const test::Device& device, std::uint64_t seed);

  void start();                // a new life on what the store holds
  void crash(bool power_cut);  // power_cut: what was not synced is forgotten
  void restore(const ledger::MemoryStore& backup) {
    store_ = backup;
    heard_.clear();
    grown_.clear();
    ++put_back_;
  }
  // How often it forgot what it had written itself: from a backup it starts like another device.
  std::uint64_t put_back() const { return put_back_; }
  const ledger::MemoryStore& store() const { return store_; }
  void add_peer(const std::string& address) { peers_.push_back(address); }
  void wake();  // something was committed

  // Empty where it was refused or the device is down. A tap that is cut short leaves the band as
  // written or not, and is not acknowledged.
  enum class Tap { whole, torn_before_write, torn_after_write };
  schemas::OperateReply operate(schemas::OperateRequest request, std::string* band = nullptr,
                                Tap tap = Tap::whole, const std::string& person = {});
  // Opens the counts that a second person has answered.
  bool open_counts();
  // Thrown where a device does not start any more: the day is over.
  struct Stopped {};
  // Told of what this device did and must not: "I3: ...".
  void watch(std::function<void(const std::string&)> violate) { violate_ = std::move(violate); }

  // How much of this log it gave receipts for.
  std::uint64_t vouched(const ledger::Hash& log) const;
  // Two heads of one size and other roots came in while it held this log.
  bool heard_fork(const ledger::Hash& log) const;

  ledger::Ledger& ledger() { return *ledger_; }
  const replication::Replicator& replicator() const { return *replicator_; }
  const test::Device& device() const { return device_; }
  const std::string& alias() const { return device_.identity.certificate.alias; }
  HostClock& clock() { return clock_; }

  const std::string& address() const override { return alias(); }
  const ledger::Hash& certificate() const override { return device_.identity.certificate.hash; }
  bool up() const override { return replicator_ != nullptr; }
  std::uint64_t life() const override { return life_; }
  replication::Inbox& inbox() override { return *this; }
  void sent(const schemas::Frame& frame) override;
  // Spent on what peers sent and on what is due since it is measured, on this thread.
  void measure_cpu() { measured_ = true; }
  std::uint64_t cpu_ns() const { return cpu_ns_; }
  // Requests that nobody may grant: it is down, or knows that it is revoked or the purse is frozen.
  std::uint64_t not_to_grant() const { return not_to_grant_; }

  void dial(const std::string& address) override { network_.dial(*this, address); }
  void opened(std::shared_ptr<replication::Link> link) override;
  void received(replication::LinkId link, schemas::Frame frame) override;
  void closed(replication::LinkId link, const std::string& address,
              const std::string& reason) override;

 private:
  void step();
  std::uint64_t thread_ns() const;  // 0 where it is not measured
  void check_growth();

  Scheduler& scheduler_;
  Network& network_;
  const ledger::Certificate& root_;
  const test::Device& device_;
  HostClock clock_;
  test::SeededRandom random_;
  ledger::MemoryStore store_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<replication::Replicator> replicator_;
  std::vector<std::string> peers_;
  std::function<void(const std::string&)> violate_ = [](const auto&) {};
  using Tip = std::pair<ledger::Hash, std::uint64_t>;  // log, size
  std::map<Tip, std::set<ledger::Bytes>> heard_;       // roots, since the store last forgot
  std::map<ledger::Hash, std::uint64_t> grown_;        // log -> greatest size held
  std::map<ledger::Hash, std::uint64_t> vouched_;      // log -> greatest size it gave a receipt for
  std::uint64_t grown_at_ = 0;
  std::uint64_t life_ = 0;
  std::uint64_t not_to_grant_ = 0;
  std::uint64_t put_back_ = 0;
  bool measured_ = false;  // asking for the time costs as much as a small message
  std::uint64_t cpu_ns_ = 0;
  std::uint64_t wake_at_ms_ = UINT64_MAX;
};

}  // namespace verbena::sim
