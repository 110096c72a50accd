// SPDX-License-Identifier: Apache-2.0
#include "test/sim/node.h"

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
  VERBENA_CHECK(opened.ok());
  ledger_ = opened.take();
  replicator_ = std::make_unique<replication::Replicator>(*ledger_, *this, clock_, random_);
  for (const auto& peer : peers_) replicator_->add_peer(peer);
  wake_at_ms_ = UINT64_MAX;
  wake();
}

void SimNode::crash(bool power_cut) {
  network_.break_links(alias(), false);
  replicator_.reset();
  ledger_.reset();
  if (power_cut) store_.power_cut();
}

void SimNode::wake() {
  scheduler_.in(0, [this, life = life_] {
    if (up() && life == life_) step();
  });
}

void SimNode::step() {
  const std::uint64_t wait_ms = std::max<std::uint64_t>(1, replicator_->step());
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
  replicator_->received(link, frame);
  step();
}

void SimNode::closed(replication::LinkId link, const std::string& address,
                     const std::string& reason) {
  replicator_->closed(link, address, reason);
  step();
}

schemas::OperateReply SimNode::operate(schemas::OperateRequest request, std::string* band,
                                       Tap tap) {
  if (!up()) return {};
  if (band != nullptr) request.set_band(*band);
  node::TapSession session(*ledger_, random_, device_.identity.certificate.role);
  auto reply = session.begin(request);
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
