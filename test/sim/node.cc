// SPDX-License-Identifier: Apache-2.0
#include "test/sim/node.h"

#include <time.h>

#include <algorithm>

namespace verbena::sim {

SimNode::SimNode(Scheduler& scheduler, Network& network, const ledger::Certificate& root,
                 const test::Device& device, std::uint64_t seed)
    : scheduler_(scheduler),
      network_(network),
      root_(root),
      device_(device),
      clock_(scheduler),
      random_(seed),
      store_(*device.store) {
  network.add(*this);
}

void SimNode::start() {
  ++life_;
  auto opened = ledger::Ledger::open(store_, root_, device_.identity, clock_, random_);
  if (!opened) {
    violate_("I2: " + alias() + " cannot open what it holds: " + opened.error().text);
    throw Stopped();
  }
  ledger_ = opened.take();
  replicator_ = std::make_unique<replication::Replicator>(*ledger_, *this, clock_, random_);
  for (const auto& peer : peers_) replicator_->add_peer(peer);
  grown_at_ = 0;
  for (const auto& [id, size] : grown_) {
    const auto log = ledger_->log(id);
    if (!log || log->head.size < size) violate_("I3: " + alias() + " forgot a log when it started");
  }
  wake_at_ms_ = UINT64_MAX;
  wake();
}

void SimNode::crash(bool power_cut) {
  network_.break_links(alias(), false);
  replicator_.reset();
  ledger_.reset();
  if (!power_cut) return;
  store_.power_cut();
  heard_.clear();
  grown_.clear();
  for (const auto& log : store_.logs()) grown_[log.name.id()] = log.head.size;
}

void SimNode::wake() {
  scheduler_.in(0, [this, life = life_] {
    if (up() && life == life_) step();
  });
}

// I3: what this device holds of a log never becomes less, save by a power cut before it was synced.
void SimNode::check_growth() {
  std::uint64_t seen = grown_at_;
  for (const auto& log : ledger_->logs(grown_at_)) {
    seen = std::max(seen, log.changed_at);
    auto& size = grown_[log.id];
    if (log.head.size < size) violate_("I3: a log became shorter at " + alias());
    size = std::max(size, log.head.size);
  }
  grown_at_ = seen;
}

// I7: a receipt names what is held, and what a power cut leaves.
void SimNode::sent(const schemas::Frame& frame) {
  if (!up() || !frame.has_receipt()) return;
  const auto& receipt = frame.receipt();
  if (receipt.witness() != ledger::view(certificate())) return;  // relayed
  for (const auto& position : receipt.position()) {
    const auto log = *ledger::fixed<32>(position.log());
    auto& vouched = vouched_[log];
    if (position.size() <= vouched) continue;  // said before, and told again by others
    vouched = position.size();
    const auto held = ledger_->log(log);
    if (!held || position.size() > store_.durable_size(held->name)) {
      return violate_("I7: " + alias() + " gave a receipt for what a power cut takes from it");
    }
  }
}

std::uint64_t SimNode::vouched(const ledger::Hash& log) const {
  const auto found = vouched_.find(log);
  return found == vouched_.end() ? 0 : found->second;
}

std::uint64_t SimNode::thread_ns() const {
  if (!measured_) return 0;
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec);
}

void SimNode::step() {
  check_growth();
  const std::uint64_t began = thread_ns();
  const std::uint64_t wait_ms = std::max<std::uint64_t>(1, replicator_->step());
  cpu_ns_ += thread_ns() - began;
  const std::uint64_t at = scheduler_.now_ms() + wait_ms;
  if (at >= wake_at_ms_ && wake_at_ms_ > scheduler_.now_ms()) return;
  wake_at_ms_ = at;
  scheduler_.in(wait_ms, [this, at, life = life_] {
    if (up() && life == life_ && wake_at_ms_ == at) {
      wake_at_ms_ = UINT64_MAX;
      step();
    }
  });
}

void SimNode::opened(std::shared_ptr<replication::Link> link) {
  replicator_->opened(std::move(link));
  step();
}

void SimNode::received(replication::LinkId link, schemas::Frame frame) {
  const std::uint64_t began = thread_ns();
  replicator_->received(link, frame);
  cpu_ns_ += thread_ns() - began;
  if (frame.has_run()) {
    const auto run = ledger::from_wire(frame.run());
    if (run && ledger_->log(run->log.id())) {
      heard_[{run->log.id(), run->head.size}].insert(frame.run().head().root());
    }
  }
  step();
}

bool SimNode::heard_fork(const ledger::Hash& log) const {
  return std::any_of(heard_.begin(), heard_.end(), [&](const auto& entry) {
    return entry.first.first == log && entry.second.size() > 1;
  });
}

void SimNode::closed(replication::LinkId link, const std::string& address,
                     const std::string& reason) {
  replicator_->closed(link, address, reason);
  step();
}

bool SimNode::open_counts() {
  if (!up()) return false;
  std::size_t opened = 0;
  auto committed = ledger_->commit(
      0, [&](ledger::State& state, auto&) -> ledger::Result<std::vector<ledger::Draft>> {
        auto drafts = ledger::plan_openings(state, device_.identity);
        opened = drafts.size();
        return drafts;
      });
  if (committed && opened > 0) wake();
  return opened > 0;
}

schemas::OperateReply SimNode::operate(schemas::OperateRequest request, std::string* band, Tap tap,
                                       const std::string& person) {
  if (!up()) {
    ++not_to_grant_;
    return {};
  }
  if (band != nullptr) request.set_band(*band);
  const auto role = device_.identity.certificate.role;
  const ledger::Caller caller =
      person.empty() ? ledger::Caller(role) : ledger::Caller(role, person, {role});
  node::TapSession session(*ledger_, random_, caller);
  auto reply = session.begin(request);
  const auto& code = reply.refused().code();
  not_to_grant_ += code == "device-revoked" || code == "purse-frozen";
  while (reply.has_write()) {
    if (tap == Tap::torn_before_write) return {};
    *band = reply.write();
    if (tap == Tap::torn_after_write) return {};
    reply = session.wrote(*band);
  }
  wake();
  return reply;
}

}  // namespace verbena::sim
