// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "ledger/ledger.h"
#include "replication/frontier.h"
#include "replication/pack.h"
#include "replication/run_parts.h"
#include "replication/scope.h"

namespace verbena::replication {

constexpr std::size_t run_bytes_max = 32 << 10;
constexpr std::size_t window_bytes_first = 128 << 10;  // unacknowledged bodies on a link, as they
constexpr std::size_t window_bytes_max = 512 << 10;    // are before they are packed
constexpr std::size_t frame_bytes_max = 1 << 20;
constexpr int strikes_max = 8;  // malformed or false frames before a peer is cut
constexpr int heads_per_frame_max = 256;
constexpr std::size_t asks_per_message_max = 128;  // the rest is dropped: what waits is said again
constexpr unsigned compare_roots_every = 8;        // comparisons in a stream of news

struct SessionStats {
  std::uint64_t frames_in = 0;
  std::uint64_t events_in = 0;
  std::uint64_t bytes_out = 0;  // of run frames
};

// One conversation with one peer, as a pure state machine: frame in -> frames out and events to the
// ledger. No clock, socket or thread in it.
class Session {
 public:
  // `agreed`: what was agreed with this peer in earlier sessions; null: nothing is remembered.
  explicit Session(ledger::Ledger& ledger, std::shared_ptr<Agreed> agreed = nullptr)
      : ledger_(ledger), agreed_(agreed ? std::move(agreed) : std::make_shared<Agreed>()) {
    theirs_ = agreed_->follows;
    scope_ = Scope(mine_, theirs_);
  }

  // What this device follows, all until it is said: told with the next hello.
  void follow(const Follows& mine);
  // The first frame, and again whenever nothing is under way: the comparison behind the live feed.
  // Whoever has met the peer before says at once what changed since.
  std::vector<schemas::Frame> hello();
  std::vector<schemas::Frame> receive(schemas::Frame frame);
  // What is new here and not there, as far as the window allows. This device's own events go at
  // once; `relays` takes up others' as well.
  std::vector<schemas::Frame> pump(bool relays = true);

  bool met() const { return peer_known_; }
  bool busy() const { return unacked_bytes_ > 0; }
  bool differs() const { return differs_; }
  bool idle() const { return peer_known_ && !busy() && queue_.empty() && rest_.empty(); }
  bool cut() const { return !cut_reason_.empty(); }
  const std::string& cut_reason() const { return cut_reason_; }
  // The peer gave events of one of these logs: a receipt for them travels back the same way.
  bool concerns(const schemas::Receipt& receipt) const;
  const SessionStats& stats() const { return stats_; }
  // Bytes of bodies that may be under way at once, and about how many of them in one run or part.
  void set_window(std::size_t bytes, std::size_t run_bytes = run_bytes_max) {
    window_bytes_ = bytes;
    run_bytes_ = run_bytes;
  }
  // What this device's hellos say of its taps, and what the peer's last one said of its own.
  void tell_taps(const std::optional<schemas::TapCounts>& taps) { taps_ = taps; }
  const std::optional<schemas::TapCounts>& peer_taps() const { return peer_taps_; }
  std::size_t unacked_bytes() const { return unacked_bytes_; }
  // What the peer remembers of the packs it was sent, in bytes unfolded.
  std::size_t peer_prefix_bytes() const { return peer_prefix_bytes_; }
  // Receipts that arrived and were new here: to be relayed to others.
  std::vector<schemas::Receipt> take_receipts() { return std::exchange(new_receipts_, {}); }
  // Asks and answers to them that arrived; whoever finds one untrue strikes the peer.
  std::vector<schemas::Frame> take_asks() { return std::exchange(asks_, {}); }
  void strike(const std::string& why);

 private:
  std::vector<schemas::Frame> on_hello(const schemas::Hello& hello);
  ledger::Status on_follows(const schemas::Hello& hello);
  std::vector<schemas::Frame> on_frontier(const schemas::Frontier& frontier);
  std::vector<schemas::Frame> receive_one(schemas::Frame frame, schemas::Ack& acks);
  std::vector<schemas::Frame> on_run(schemas::Run run, std::size_t bytes, schemas::Ack& acks);
  std::vector<schemas::Frame> admit(schemas::Run run);
  void on_want(const schemas::Want& want);
  void on_heads(const schemas::Heads& heads);
  void on_ack(const schemas::Ack& ack);
  void on_receipt(const schemas::Receipt& receipt);
  std::vector<schemas::Frame> take_up(std::uint64_t& since, bool own_only);
  std::vector<schemas::Frame> send_queue();
  void queue_log(const ledger::LogName& name, const ledger::Hash& id, std::uint64_t from);
  void add_run(ledger::LogRun run, std::vector<schemas::Frame>& out);
  void give(schemas::Run run, std::vector<schemas::Frame>& out);
  bool control_waits() const;
  void add_branches(const ledger::LogName& name, std::vector<schemas::Frame>& out);
  void take_sizes(const ledger::FlatMap<ledger::Hash, PeerLog>& theirs);
  std::vector<ledger::LogName> forked_logs(
      const ledger::FlatMap<ledger::Hash, PeerLog>& theirs) const;
  void add_claimed(std::vector<schemas::Frame>& out);
  std::vector<ledger::ClaimedHead> claimed_heads();
  void pull_frontier();
  void narrow();

  struct Pending {
    ledger::LogName name;
    std::uint64_t from = 0;
  };
  // Control first, the root's and the supervisors' before others', so that authors are known
  // before their logs arrive; then value, then trade.
  using Priority = std::tuple<int, int, ledger::Hash>;
  Priority priority_of(const ledger::LogName& name, const ledger::Hash& id) const;

  ledger::Ledger& ledger_;
  Unpacker unpacker_;
  RunParts parts_;
  std::size_t peer_prefix_bytes_ = 0;
  std::optional<schemas::TapCounts> taps_, peer_taps_;
  bool peer_joins_parts_ = false;
  Follows mine_, theirs_;
  Scope scope_;        // what both follow
  Frontier frontier_;  // of that
  std::shared_ptr<Agreed> agreed_;
  Sizes told_root_sizes_;  // our sizes when hello was sent
  ledger::Bytes told_root_;
  bool peer_known_ = false;
  bool differs_ = false;
  bool greeted_ = false;
  ledger::Bytes told_base_;  // of the frontier behind the first hello; empty: there was none
  ledger::Bytes compared_;   // both roots at the last comparison that differed
  unsigned comparisons_ = 0;
  bool receipts_sent_ = false;
  Sizes peer_;  // sizes held there or on the way
  std::map<Priority, Pending> queue_;
  std::map<ledger::Hash, Priority> queued_;
  std::deque<schemas::Run> rest_;              // of the run that goes out in parts
  std::set<ledger::LogName> wanted_branches_;  // of the message being received
  std::set<ledger::Bytes> given_;              // ids of logs the peer brought news of
  std::uint64_t taken_up_ = 0;                 // ledger news looked at, all logs
  std::uint64_t own_taken_up_ = 0;             // own logs
  std::size_t unacked_bytes_ = 0;
  std::size_t window_bytes_ = window_bytes_first;
  std::size_t run_bytes_ = run_bytes_max;
  int strikes_ = 0;
  std::string cut_reason_;
  SessionStats stats_;
  std::vector<schemas::Receipt> new_receipts_;
  std::vector<schemas::Frame> asks_;
};

}  // namespace verbena::replication
