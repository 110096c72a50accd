// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "replication/session.h"
#include "test/sim/network.h"

namespace verbena::sim {

// A device whose owner has taken its software out: it speaks the protocol where that helps it, and
// lies, repeats, floods, withholds and signs what suits it where it can. `member`: the festival
// certified its key. The other sides of its links are the product, unchanged.
class HostileNode final : public Host, public replication::Inbox {
 public:
  HostileNode(Scheduler& scheduler, Network& network, test::World& world, const std::string& alias,
              bool member, std::uint64_t seed);
  ~HostileNode() override;

  void know(const std::vector<std::string>& addresses) { addresses_ = addresses; }
  void start();
  void quiet() { writes_ = false; }  // signs nothing more
  bool member() const { return member_; }
  std::uint64_t lives() const { return lives_; }
  ledger::Hash forked_log() const;  // the one it tells two histories of
  const ledger::DeviceIdentity& identity() const { return identity_; }
  // What it did, by name.
  const std::map<std::string, std::uint64_t>& deeds() const { return deeds_; }
  // Links on which it told undeniable nonsense again and again, and which are open still.
  std::size_t patient_peers() const;

  const std::string& address() const override { return alias_; }
  const ledger::Hash& certificate() const override { return identity_.certificate.hash; }
  bool up() const override { return up_; }
  std::uint64_t life() const override { return 1; }
  replication::Inbox& inbox() override { return *this; }
  void opened(std::shared_ptr<replication::Link> link) override;
  void received(replication::LinkId link, schemas::Frame frame) override;
  void closed(replication::LinkId link, const std::string& address,
              const std::string& reason) override;

 private:
  struct Talk {
    std::shared_ptr<replication::Link> link;
    std::unique_ptr<replication::Session> session;
    std::uint64_t nonsense = 0;        // frames that no peer may take for honest
    std::uint64_t nonsense_at_ms = 0;  // since it was enough to be cut
  };
  // A log of its own making, under its own key.
  struct OwnLog {
    ledger::LogName name;
    std::vector<ledger::Bytes> events;
    std::vector<ledger::Hash> leaves;
  };

  void act();
  void attack(Talk& talk);
  void write_log(Talk& talk);
  void say(Talk& talk, const char* deed, schemas::Frame frame);
  void nonsense(Talk& talk, const char* deed, schemas::Frame frame);
  void garbage(Talk& talk);
  void oversize(Talk& talk);
  void forged_head(Talk& talk);
  void forged_run(Talk& talk);
  void lying_frontier(Talk& talk);
  void replayed(Talk& talk);
  void flood(Talk& talk);
  void many_lives(Talk& talk);
  void fork(Talk& talk);
  void false_root(Talk& talk);
  void own_certificate(Talk& talk);
  void own_revocation(Talk& talk);
  void copied_events(Talk& talk);
  void illegal_events(Talk& talk);

  OwnLog& log(ledger::LogClass log_class, std::uint64_t incarnation);
  void add(OwnLog& log, schemas::Event event);
  schemas::Frame run_of(const OwnLog& log, std::uint64_t first = 0);
  schemas::Event illegal_event();
  ledger::Bytes noise(std::size_t bytes);

  Scheduler& scheduler_;
  Network& network_;
  test::World& world_;
  const std::string alias_;
  const bool member_;
  test::SeededRandom random_;
  HostClock clock_;
  ledger::DeviceIdentity identity_;
  const bool breeds_;  // opens lives without end
  const bool forks_;   // tells two histories
  ledger::MemoryStore store_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::vector<std::string> addresses_;
  std::map<replication::LinkId, Talk> talks_;
  std::vector<schemas::Frame> heard_;
  std::map<ledger::LogName, OwnLog> logs_;
  std::map<std::string, std::uint64_t> deeds_;
  std::uint64_t lives_ = 0;
  std::uint64_t issued_minor_ = 0;
  bool up_ = false;
  bool writes_ = true;
  bool withholds_ = false;
};

}  // namespace verbena::sim
