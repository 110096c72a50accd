// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>

#include "replication/asks.h"
#include "replication/gossip.h"
#include "replication/pace.h"
#include "replication/session.h"
#include "replication/transport.h"
#include "replication/window.h"

namespace verbena::replication {

constexpr std::uint64_t compare_ms = 2'000;  // frontier comparison behind the live feed
constexpr std::uint64_t compare_jitter_ms = 2'000;
constexpr std::uint64_t relay_ms = 50;  // under load, others' events travel on at most this late
constexpr std::size_t agreed_peers_max =
    64;                                 // beyond it, what was agreed with the absent is dropped
constexpr std::uint64_t look_ms = 200;  // where nothing is due, peers are dialled this often
constexpr std::uint64_t sync_ms = 10;   // what was admitted is synced at once, at most this often
constexpr std::uint64_t receipt_ms = 1'000;  // a receipt follows what was admitted and synced
constexpr std::uint64_t receipt_events = 64;
constexpr std::uint64_t stalled_ms = 30'000;  // no progress while peers differ: an alarm

struct PeerStatus {
  std::string address;
  bool connected = false;
  std::uint64_t last_progress_ms = 0;  // ago
  std::string device;
  bool stalled = false;
  std::optional<schemas::TapCounts> taps;  // as it said last; empty: it said nothing
};

// Aliases of those that are connected.
std::set<std::string> linked_devices(const std::vector<PeerStatus>& peers);

// All conversations of one node. Single-threaded: one thread or one simulator step calls it.
class Replicator {
 public:
  // `asks` may be null: then questions of others are not passed on.
  Replicator(ledger::Ledger& ledger, Transport& transport, const ledger::Clock& clock,
             ledger::Random& random, Asks* asks = nullptr)
      : ledger_(ledger),
        transport_(transport),
        clock_(clock),
        random_(random),
        asks_(asks),
        gossip_(random),
        life_(ledger.incarnation()) {}

  void add_peer(const std::string& address) { gossip_.add(address); }

  // What hellos say from now on of the bands tapped here.
  void tell_taps(const schemas::TapCounts& taps) { taps_ = taps; }
  void opened(std::shared_ptr<Link> link);
  void received(LinkId link, schemas::Frame frame);
  void closed(LinkId link, const std::string& address, const std::string& reason);
  // Sends what is new, gives receipts, dials, compares. Returns milliseconds until it must run
  // again if nothing happens before.
  std::uint64_t step();

  std::vector<PeerStatus> peers() const;
  // Since this node last held what some neighbour holds; empty where it never did.
  std::optional<std::uint64_t> agreed_ms() const;
  std::size_t links() const { return conversations_.size(); }

 private:
  struct Conversation {
    std::shared_ptr<Link> link;
    std::unique_ptr<Session> session;
    Packer packer;
    Window window{window_bytes_first, window_bytes_max};
    std::uint64_t compare_at_ms = 0;
    std::uint64_t relay_at_ms = 0;
    std::uint64_t progress_ms = 0;
    std::optional<std::uint64_t> read_at_ms;  // its next frame waits until then: pace.h
  };
  void greet(Conversation& conversation);
  Follows follows();
  void note_festival();
  bool send(Conversation& conversation, std::vector<schemas::Frame> frames);
  void fit_window(Conversation& conversation);
  void read_next(Conversation& conversation, std::uint64_t now);
  void note_own_sales(std::uint64_t now);
  void give_receipts(std::uint64_t now);
  void hear_asks(LinkId id, Session& session);
  void pass_asks_on();
  bool welcome(const ledger::Hash& peer) const;

  ledger::Ledger& ledger_;
  Transport& transport_;
  const ledger::Clock& clock_;
  ledger::Random& random_;
  Asks* const asks_;
  Gossip gossip_;
  std::map<LinkId, Conversation> conversations_;
  Following following_;
  bool knows_festival_ = false;  // before, it cannot know what it follows
  std::map<ledger::Hash, std::shared_ptr<Agreed>> agreed_;  // by the peer's certificate
  std::uint64_t receipted_ = 0;                             // ledger news covered by receipts
  std::uint64_t receipt_due_ms_ = 0;                        // 0: nothing admitted since
  std::uint64_t admitted_ = 0;
  Pace pace_;
  std::uint64_t own_looked_at_ = 0;  // the ledger's news
  std::uint64_t own_sales_ = 0;      // events in the trade log of this life
  bool unsynced_ = false;
  std::uint64_t sync_at_ms_ = 0;
  std::optional<schemas::TapCounts> taps_;
  std::optional<std::uint64_t> agreed_at_ms_;
  std::uint64_t life_;  // the incarnation the conversations were opened in
};

}  // namespace verbena::replication
