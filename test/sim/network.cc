// SPDX-License-Identifier: Apache-2.0
#include "test/sim/network.h"

#include <algorithm>

#include "replication/session.h"

namespace verbena::sim {

namespace {

constexpr std::uint64_t refused_ms = 100;        // a dial to nobody fails after this
constexpr std::uint64_t broken_ms_max = 10'000;  // a cut link is noticed within this
constexpr std::size_t carried_kept = 4;          // messages whose frames may come again later

}  // namespace

// One end of a link, as a replicator holds it.
class Network::End final : public replication::Link {
 public:
  End(Network& network, std::weak_ptr<Pipe> pipe, int side, replication::LinkId id,
      std::string dialled, const ledger::Hash& peer)
      : network_(network),
        pipe_(std::move(pipe)),
        side_(side),
        id_(id),
        dialled_(std::move(dialled)),
        peer_(peer) {}
  replication::LinkId id() const override { return id_; }
  const std::string& address() const override { return dialled_; }
  const ledger::Hash& peer() const override { return peer_; }
  void send(schemas::Frame frame) override {
    if (auto pipe = pipe_.lock()) network_.send(pipe, side_, std::move(frame));
  }
  void read_next() override;
  void close() override {
    if (auto pipe = pipe_.lock()) network_.close(pipe, "closed by a peer");
  }

 private:
  Network& network_;
  std::weak_ptr<Pipe> pipe_;
  int side_;
  replication::LinkId id_;
  std::string dialled_;
  ledger::Hash peer_;
};

struct Network::Pipe {
  struct Side {
    Host* host = nullptr;
    std::uint64_t life = 0;
    std::shared_ptr<End> end;
    replication::Unpacker unpacker;                       // of what is sent from here
    std::deque<std::pair<schemas::Frame, bool>> arrived;  // not read yet, and whether repeated
    bool reads = false;                                   // asked for the next one
    std::uint64_t free_at_ms = 0;    // when the last frame sent from here is through
    std::uint64_t last_at_ms = 0;    // when the last frame sent from here arrives
    std::uint64_t queued_bytes = 0;  // sent from here, not yet read there
    bool lost = false;               // a frame is gone, so nothing more arrives
    bool alive() const { return host->up() && host->life() == life; }
  };
  Side sides[2];
  bool open = true;
};

Network::~Network() = default;

void Network::End::read_next() {
  const auto pipe = pipe_.lock();
  if (!pipe || !pipe->open) return;
  pipe->sides[side_].reads = true;
  network_.scheduler_.in(0,
                         [&network = network_, pipe, side = side_] { network.arrive(pipe, side); });
}

bool Network::reachable(const Host& a, const Host& b) const {
  return !cuts_.contains({a.address(), b.address()}) && !cuts_.contains({b.address(), a.address()});
}

void Network::dial(Host& from, const std::string& to) {
  const auto target = hosts_.find(to);
  const replication::LinkId id = next_id_;
  next_id_ += 2;
  const std::uint64_t life = from.life();
  const bool lost = lost_.contains({from.address(), to}) || lost_.contains({to, from.address()});
  if (lost || target == hosts_.end() || !target->second->up() ||
      !reachable(from, *target->second)) {
    scheduler_.in(refused_ms, [&from, id, to, life] {
      if (from.up() && from.life() == life) from.inbox().closed(id, to, "nobody answers");
    });
    return;
  }
  auto pipe = std::make_shared<Pipe>();
  Host& other = *target->second;
  pipe->sides[0] = {&from, life,
                    std::make_shared<End>(*this, pipe, 0, id, to, other.certificate())};
  pipe->sides[1] = {&other, other.life(),
                    std::make_shared<End>(*this, pipe, 1, id + 1, "", from.certificate())};
  drop_closed();
  pipes_.push_back(pipe);
  for (int side = 0; side < 2; ++side) {
    scheduler_.in(2 * quality_.delay_ms, [pipe, side] {
      auto& end = pipe->sides[side];
      if (pipe->open && end.alive()) end.host->inbox().opened(end.end);
    });
    if (repeats_) {
      scheduler_.in(3 * quality_.delay_ms + 1, [this, pipe, side] { repeat(pipe, side); });
    }
  }
}

// What the last link from this host to that one carried, once more.
void Network::repeat(const std::shared_ptr<Pipe>& pipe, int side) {
  const auto last =
      carried_.find({pipe->sides[side].host->address(), pipe->sides[1 - side].host->address()});
  if (last == carried_.end() || random_.below(2) == 0) return;
  const auto messages = last->second;  // sending changes it
  for (const auto& frames : messages) {
    for (const auto& frame : frames) send(pipe, side, frame, true);
  }
}

std::uint64_t Network::queued_bytes_max(const std::vector<std::string>& hosts) const {
  const auto named = [&](const std::string& host) {
    return std::find(hosts.begin(), hosts.end(), host) != hosts.end();
  };
  std::uint64_t out = 0;
  for (const auto& [way, bytes] : queued_most_) {
    if (named(way.first) && named(way.second)) out = std::max(out, bytes);
  }
  return out;
}

std::uint64_t Network::unread(replication::LinkId end) const {
  for (const auto& pipe : pipes_) {
    for (const auto& side : pipe->sides) {
      if (side.end->id() == end) return side.queued_bytes;
    }
  }
  return 0;
}

void Network::send(const std::shared_ptr<Pipe>& pipe, int side, schemas::Frame frame,
                   bool repeated) {
  if (!pipe->open) return;
  auto& from = pipe->sides[side];
  Host& other = *pipe->sides[1 - side].host;
  if (!repeated) from.host->sent(frame);
  const std::uint64_t size = frame.ByteSizeLong();
  if (size > replication::frame_bytes_max) return close(pipe, "a frame is larger than 1 MiB");
  if (lost_.contains({from.host->address(), other.address()}) && !from.lost) {
    from.lost = true;
    scheduler_.in(random_.below(broken_ms_max), [this, pipe] { close(pipe, "the link broke"); });
  }
  bytes_ += size;
  between_[{from.host->address(), other.address()}] += size;
  if (from.lost) return;
  auto& carried = carried_[{from.host->address(), other.address()}];
  if (repeats_ && !repeated) {
    // A pack is read after those before it on its own link: it is what was in it that comes again.
    auto frames = from.unpacker.unpack(frame);
    if (frames) carried.push_back(frames.take());
  }
  if (carried.size() > carried_kept) carried.pop_front();
  const std::uint64_t now = scheduler_.now_ms();
  if (!repeated) from.queued_bytes += size;
  auto& most = queued_most_[{from.host->address(), other.address()}];
  most = std::max(most, from.queued_bytes);
  from.free_at_ms = std::max(from.free_at_ms, now) + size / quality_.bytes_per_ms;
  for (const auto& host : {from.host->address(), other.address()}) {
    if (const auto clogged = clogged_.find(host); clogged != clogged_.end()) {
      from.free_at_ms = std::max(from.free_at_ms, clogged->second);
    }
  }
  // Never overtaken, also where the delay grows smaller. What is late holds up what comes behind
  // it, and takes nothing of what the link carries.
  const std::uint64_t at = std::max(
      from.last_at_ms, from.free_at_ms + quality_.delay_ms + random_.below(quality_.jitter_ms + 1));
  from.last_at_ms = at;
  scheduler_.in(at - now, [this, pipe, side, repeated, frame = std::move(frame)]() mutable {
    auto& to = pipe->sides[1 - side];
    if (!pipe->open || !to.alive()) return;
    if (!reachable(*pipe->sides[0].host, *pipe->sides[1].host)) return;  // it breaks soon
    to.arrived.push_back({std::move(frame), repeated});
    arrive(pipe, 1 - side);
  });
}

void Network::arrive(const std::shared_ptr<Pipe>& pipe, int side) {
  auto& end = pipe->sides[side];
  if (!pipe->open || !end.alive() || !end.reads || end.arrived.empty()) return;
  end.reads = false;
  auto [frame, repeated] = std::move(end.arrived.front());
  end.arrived.pop_front();
  if (!repeated) pipe->sides[1 - side].queued_bytes -= frame.ByteSizeLong();
  end.host->inbox().received(end.end->id(), std::move(frame));
}

void Network::close(const std::shared_ptr<Pipe>& pipe, const std::string& why) {
  if (!pipe->open) return;
  pipe->open = false;
  for (int side = 0; side < 2; ++side) {
    scheduler_.in(0, [pipe, side, why] {
      auto& end = pipe->sides[side];
      if (end.alive()) end.host->inbox().closed(end.end->id(), end.end->address(), why);
    });
  }
}

void Network::cut(const std::string& from, const std::string& to) {
  cuts_.insert({from, to});
  for (const auto& pipe : pipes_) {
    const std::string& a = pipe->sides[0].host->address();
    const std::string& b = pipe->sides[1].host->address();
    if (!pipe->open || !((a == from && b == to) || (a == to && b == from))) continue;
    scheduler_.in(random_.below(broken_ms_max), [this, pipe] { close(pipe, "the link broke"); });
  }
}

void Network::break_links(const std::string& address, bool tell_itself) {
  for (const auto& pipe : pipes_) {
    const bool touches =
        pipe->sides[0].host->address() == address || pipe->sides[1].host->address() == address;
    if (!pipe->open || !touches) continue;
    if (tell_itself) {
      close(pipe, "the link broke");
    } else {
      scheduler_.in(random_.below(broken_ms_max),
                    [this, pipe] { close(pipe, "the peer is gone"); });
    }
  }
}

void Network::drop_closed() {
  std::erase_if(pipes_, [](const auto& pipe) { return !pipe->open; });
}

}  // namespace verbena::sim
