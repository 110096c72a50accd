// SPDX-License-Identifier: Apache-2.0
#include "replication/replicator.h"

#include <algorithm>

#include "ledger/core/mutant.h"

namespace verbena::replication {

namespace {

constexpr std::size_t runs_per_window = 4;
constexpr std::size_t part_bytes_min = 1 << 10;  // each message has its overhead

// Bodies in one run or part of one.
std::size_t run_bytes_of(const Window& window) {
  return std::clamp(window.bytes() / runs_per_window, part_bytes_min, run_bytes_max);
}

}  // namespace

bool Replicator::welcome(const ledger::Hash& peer) const {
  const auto certificate = ledger_.author(peer);
  if (certificate == nullptr) return true;  // it brings its certificate with it
  bool revoked = false;
  ledger_.ask([&](ledger::State& state, const ledger::DeviceView&) {
    revoked = state.roster().revoked(certificate->key);
  });
  return !revoked;
}

void Replicator::opened(std::shared_ptr<Link> link) {
  const std::uint64_t now = clock_.monotonic_ms();
  if (!welcome(link->peer())) {
    link->close();
    return;
  }
  gossip_.opened(link->address(), now);
  Conversation& conversation = conversations_[link->id()];
  conversation.link = std::move(link);
  if (agreed_.size() >= agreed_peers_max) {
    std::erase_if(agreed_, [](const auto& entry) { return entry.second.use_count() == 1; });
  }
  auto& agreed = agreed_[conversation.link->peer()];
  if (!agreed) agreed = std::make_shared<Agreed>();
  conversation.session = std::make_unique<Session>(ledger_, agreed);
  fit_window(conversation);
  conversation.progress_ms = now;
  conversation.compare_at_ms = now + compare_ms + random_.u64() % compare_jitter_ms;
  greet(conversation);
  conversation.link->read_next();
}

Follows Replicator::follows() {
  std::vector<ledger::Hash> linked;
  for (const auto& [id, conversation] : conversations_) {
    linked.push_back(conversation.link->peer());
  }
  return following_.now(ledger_, linked);
}

void Replicator::note_festival() {
  if (knows_festival_) return;
  ledger_.ask([&](ledger::State& state, const ledger::DeviceView&) {
    knows_festival_ = state.festival() != nullptr;
  });
  if (!knows_festival_) return;
  for (auto& [id, conversation] : conversations_) greet(conversation);
}

void Replicator::greet(Conversation& conversation) {
  conversation.session->follow(follows());
  conversation.session->tell_taps(taps_);
  send(conversation, conversation.session->hello());
}

void Replicator::received(LinkId id, schemas::Frame frame) {
  const auto found = conversations_.find(id);
  if (found == conversations_.end()) return;
  Conversation& conversation = found->second;
  const std::uint64_t before = conversation.session->stats().events_in;
  send(conversation, conversation.session->receive(std::move(frame)));
  fit_window(conversation);
  hear_asks(id, *conversation.session);
  if (conversation.session->cut()) {
    conversation.link->close();
    return;
  }
  const std::uint64_t now = clock_.monotonic_ms();
  if (conversation.session->met() && !conversation.session->differs()) agreed_at_ms_ = now;
  const std::uint64_t admitted = conversation.session->stats().events_in - before;
  if (admitted > 0) {
    conversation.progress_ms = now;
    admitted_ += admitted;
    pace_.took(admitted, now);
    unsynced_ = true;
    if (receipt_due_ms_ == 0) receipt_due_ms_ = now + receipt_ms;
  }
  for (const auto& receipt : conversation.session->take_receipts()) {
    for (auto& [other_id, other] : conversations_) {
      if (other_id == id || !other.session->concerns(receipt)) continue;
      schemas::Frame relayed;
      *relayed.mutable_receipt() = receipt;
      other.link->send(std::move(relayed));
    }
  }
  read_next(conversation, now);
}

// At once, or when the pace allows it.
void Replicator::read_next(Conversation& conversation, std::uint64_t now) {
  conversation.read_at_ms.reset();
  if (const std::uint64_t wait = pace_.wait_ms(now); wait > 0) {
    conversation.read_at_ms = now + wait;
    return;
  }
  conversation.link->read_next();
}

void Replicator::note_own_sales(std::uint64_t now) {
  if (!ledger_.identity() || own_looked_at_ == ledger_.news()) return;
  own_looked_at_ = ledger_.news();
  const ledger::LogName name{ledger_.identity()->certificate.hash, life_, ledger::LogClass::trade};
  const auto own = ledger_.log(name.id());
  const std::uint64_t sales = own ? own->head.size : 0;
  if (sales > own_sales_) pace_.sold(now);
  own_sales_ = sales;
}

void Replicator::hear_asks(LinkId id, Session& session) {
  for (const auto& frame : session.take_asks()) {
    if (asks_ != nullptr && asks_->hear(frame, id) == Heard::untrue) {
      session.strike("an untrue question or answer");
    }
  }
  pass_asks_on();
}

void Replicator::pass_asks_on() {
  if (asks_ == nullptr) return;
  for (const auto& out : asks_->due()) {
    for (auto& [id, conversation] : conversations_) {
      if (id != out.except && conversation.session->met()) conversation.link->send(out.frame);
    }
  }
}

void Replicator::closed(LinkId id, const std::string& address, const std::string&) {
  conversations_.erase(id);
  if (!address.empty()) gossip_.closed(address, clock_.monotonic_ms());
}

bool Replicator::send(Conversation& conversation, std::vector<schemas::Frame> frames) {
  if (frames.empty()) return false;
  const bool slow = conversation.window.fitted();
  const auto effort = slow ? Effort::thorough : Effort::quick;
  const std::size_t prefix = conversation.session->peer_prefix_bytes();
  // On a slow link a part is acknowledged while the next is on its way.
  const std::size_t target = slow ? run_bytes_of(conversation.window) : pack_bytes_target;
  for (auto& message : conversation.packer.pack(std::move(frames), prefix, effort, target)) {
    conversation.link->send(std::move(message));
  }
  return true;
}

void Replicator::fit_window(Conversation& conversation) {
  auto& session = *conversation.session;
  auto& window = conversation.window;
  window.note(session.stats().bytes_out, session.unacked_bytes(), clock_.monotonic_ms());
  session.set_window(window.bytes(), run_bytes_of(window));
}

// What was admitted is synced before this node says that it holds it.
void Replicator::give_receipts(std::uint64_t now) {
  if (receipt_due_ms_ == 0 || (now < receipt_due_ms_ && admitted_ < receipt_events)) return;
  receipt_due_ms_ = 0;
  admitted_ = 0;
  const std::uint64_t news = ledger_.news();
  if (!mutant(ledger::Mutant::receipt_before_sync)) {
    if (auto synced = ledger_.sync(); !synced) return;
    unsynced_ = false;
  }
  for (const auto& receipt : ledger_.make_receipts(receipted_)) {
    for (auto& [id, conversation] : conversations_) {
      if (!conversation.session->concerns(receipt)) continue;
      schemas::Frame frame;
      *frame.mutable_receipt() = receipt;
      conversation.link->send(std::move(frame));
    }
  }
  receipted_ = news;
}

std::uint64_t Replicator::step() {
  const std::uint64_t now = clock_.monotonic_ms();
  if (const auto life = ledger_.incarnation(); life != life_) {
    // The store came back shorter: what was agreed with neighbours no longer holds.
    life_ = life;
    agreed_.clear();
    for (auto& [id, conversation] : conversations_) conversation.link->close();
  }
  note_own_sales(now);
  note_festival();
  for (const auto& address : gossip_.due(now)) transport_.dial(address);
  std::uint64_t next = look_ms;
  const auto by = [&](std::uint64_t at_ms) {
    next = std::min<std::uint64_t>(next, at_ms > now ? at_ms - now : 1);
  };
  for (auto& [id, conversation] : conversations_) {
    if (now >= conversation.compare_at_ms && !welcome(conversation.link->peer())) {
      conversation.link->close();  // revoked since it was opened
      continue;
    }
    if (conversation.read_at_ms && now >= *conversation.read_at_ms) read_next(conversation, now);
    if (conversation.read_at_ms) by(*conversation.read_at_ms);
    send(conversation, conversation.session->pump(false));
    fit_window(conversation);
    const bool idle = !conversation.session->busy();
    if ((idle || now >= conversation.relay_at_ms) &&
        send(conversation, conversation.session->pump(true))) {
      conversation.relay_at_ms = now + relay_ms;
    }
    if (conversation.session->busy() && conversation.relay_at_ms > now) {
      by(conversation.relay_at_ms);  // later than that an acknowledgement wakes it
    }
    if (conversation.session->idle() && !conversation.session->differs()) {
      conversation.progress_ms = now;
    }
    if (now >= conversation.compare_at_ms && !conversation.session->busy()) {
      conversation.compare_at_ms = now + compare_ms + random_.u64() % compare_jitter_ms;
      greet(conversation);
    }
    if (!conversation.session->busy()) by(conversation.compare_at_ms);
  }
  pass_asks_on();
  give_receipts(now);
  if (unsynced_ && now >= sync_at_ms_ && ledger_.sync()) {
    unsynced_ = false;
    sync_at_ms_ = now + sync_ms;
  }
  if (unsynced_) by(sync_at_ms_);
  if (receipt_due_ms_ != 0) by(receipt_due_ms_);
  return next;
}

std::optional<std::uint64_t> Replicator::agreed_ms() const {
  if (!agreed_at_ms_) return std::nullopt;
  return clock_.monotonic_ms() - *agreed_at_ms_;
}

std::set<std::string> linked_devices(const std::vector<PeerStatus>& peers) {
  std::set<std::string> out;
  for (const auto& peer : peers) {
    if (peer.connected) out.insert(peer.device);
  }
  return out;
}

std::vector<PeerStatus> Replicator::peers() const {
  const std::uint64_t now = clock_.monotonic_ms();
  std::vector<PeerStatus> out;
  for (const auto& [address, peer] : gossip_.peers()) {
    if (!peer.connected) out.push_back({address, false, 0, {}, false, {}});
  }
  for (const auto& [id, conversation] : conversations_) {
    const auto device = ledger_.author(conversation.link->peer());
    const std::uint64_t ago = now - conversation.progress_ms;
    out.push_back({conversation.link->address(), true, ago, device ? device->alias : std::string(),
                   ago > stalled_ms, conversation.session->peer_taps()});
  }
  return out;
}

}  // namespace verbena::replication
