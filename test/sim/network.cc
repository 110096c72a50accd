// SPDX-License-Identifier: Apache-2.0
#include "test/sim/network.h"

#include <algorithm>

namespace verbena::sim {

namespace {

constexpr std::uint64_t refused_ms = 100;        // a dial to nobody fails after this
constexpr std::uint64_t broken_ms_max = 10'000;  // a cut link is noticed within this

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
    std::deque<schemas::Frame> arrived;  // not read yet
    bool reads = false;                  // asked for the next one
    std::uint64_t free_at_ms = 0;        // when the last frame sent from here is through
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
  if (target == hosts_.end() || !target->second->up() || !reachable(from, *target->second)) {
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
  }
}

void Network::send(const std::shared_ptr<Pipe>& pipe, int side, schemas::Frame frame) {
  if (!pipe->open) return;
  auto& from = pipe->sides[side];
  const std::uint64_t size = frame.ByteSizeLong();
  bytes_ += size;
  const std::uint64_t now = scheduler_.now_ms();
  from.free_at_ms = std::max(from.free_at_ms, now) + size / quality_.bytes_per_ms;
  const std::uint64_t at =
      from.free_at_ms + quality_.delay_ms + random_.below(quality_.jitter_ms + 1);
  from.free_at_ms = std::max(from.free_at_ms, at - quality_.delay_ms);  // never overtaken
  scheduler_.in(at - now, [this, pipe, side, frame = std::move(frame)]() mutable {
    auto& to = pipe->sides[1 - side];
    if (!pipe->open || !to.alive()) return;
    if (!reachable(*pipe->sides[0].host, *pipe->sides[1].host)) return;  // it breaks soon
    to.arrived.push_back(std::move(frame));
    arrive(pipe, 1 - side);
  });
}

void Network::arrive(const std::shared_ptr<Pipe>& pipe, int side) {
  auto& end = pipe->sides[side];
  if (!pipe->open || !end.alive() || !end.reads || end.arrived.empty()) return;
  end.reads = false;
  schemas::Frame frame = std::move(end.arrived.front());
  end.arrived.pop_front();
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
