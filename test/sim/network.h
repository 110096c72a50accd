// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "replication/transport.h"
#include "test/sim/scheduler.h"
#include "test/support/world.h"

namespace verbena::sim {

// What the network knows of a device: where it is, whether it runs, and where frames go.
class Host {
 public:
  virtual ~Host() = default;
  virtual const std::string& address() const = 0;
  virtual const ledger::Hash& certificate() const = 0;
  virtual bool up() const = 0;
  virtual std::uint64_t life() const = 0;  // changes with every start: frames of old links are gone
  virtual replication::Inbox& inbox() = 0;
  virtual void sent(const schemas::Frame&) {}  // on its way out of this host
};

struct LinkQuality {
  std::uint64_t delay_ms = 20;
  std::uint64_t jitter_ms = 5;
  std::uint64_t bytes_per_ms = 1'250;  // 10 Mbit/s
};

// Ordered, reliable links as TCP gives them: late, slow, and broken some seconds after the way
// between two hosts is cut, or is lost in one direction. Loss is a break. What a link carried last
// may come once more on the next one.
class Network {
 public:
  Network(Scheduler& scheduler, test::SeededRandom& random)
      : scheduler_(scheduler), random_(random) {}
  ~Network();

  void add(Host& host) { hosts_[host.address()] = &host; }
  void set_quality(const LinkQuality& quality) { quality_ = quality; }
  void dial(Host& from, const std::string& to);
  // One way is enough to break a link. Links across it break within seconds.
  void cut(const std::string& from, const std::string& to);
  // What `from` sends no longer arrives; what it hears does, until the link breaks.
  void cut_one_way(const std::string& from, const std::string& to) { lost_.insert({from, to}); }
  // Nothing leaves or reaches this host until then; what waits comes at once afterwards.
  void clog(const std::string& address, std::uint64_t until_ms) { clogged_[address] = until_ms; }
  void set_repeats(bool repeats) { repeats_ = repeats; }
  void mend(const std::string& from, const std::string& to) { cuts_.erase({from, to}); }
  void heal() {
    cuts_.clear();
    lost_.clear();
    clogged_.clear();
  }
  // Bytes sent and not yet read, the most there ever were on a link between two of these.
  std::uint64_t queued_bytes_max(const std::vector<std::string>& hosts) const;
  void break_links(const std::string& address, bool tell_itself);
  // Bytes sent on this end of a link that the other end has not read.
  std::uint64_t unread(replication::LinkId end) const;
  std::uint64_t bytes() const { return bytes_; }
  // Of these, on links from one host to another; 0 where there was none.
  std::uint64_t bytes_between(const std::string& from, const std::string& to) const {
    const auto found = between_.find({from, to});
    return found == between_.end() ? 0 : found->second;
  }

  struct Pipe;
  class End;

 private:
  bool reachable(const Host& a, const Host& b) const;
  void send(const std::shared_ptr<Pipe>& pipe, int side, schemas::Frame frame,
            bool repeated = false);
  void arrive(const std::shared_ptr<Pipe>& pipe, int side);
  void close(const std::shared_ptr<Pipe>& pipe, const std::string& why);
  void drop_closed();
  void repeat(const std::shared_ptr<Pipe>& pipe, int side);

  Scheduler& scheduler_;
  test::SeededRandom& random_;
  LinkQuality quality_;
  std::map<std::string, Host*> hosts_;
  std::set<std::pair<std::string, std::string>> cuts_;
  std::set<std::pair<std::string, std::string>> lost_;
  std::map<std::string, std::uint64_t> clogged_;
  // The frames of the last messages.
  std::map<std::pair<std::string, std::string>, std::deque<std::vector<schemas::Frame>>> carried_;
  std::map<std::pair<std::string, std::string>, std::uint64_t> queued_most_;
  std::map<std::pair<std::string, std::string>, std::uint64_t> between_;
  bool repeats_ = false;
  std::vector<std::shared_ptr<Pipe>> pipes_;
  replication::LinkId next_id_ = 1;
  std::uint64_t bytes_ = 0;
};

}  // namespace verbena::sim
