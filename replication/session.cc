// SPDX-License-Identifier: Apache-2.0
#include "replication/session.h"

#include <algorithm>

#include "ledger/core/mutant.h"

namespace verbena::replication {

using ledger::Bytes;
using ledger::Errc;
using ledger::Hash;
using ledger::Mutant;
using schemas::Frame;

namespace {

constexpr std::uint32_t protocol_version = 1;

Frame frame_of(schemas::Receipt receipt) {
  Frame frame;
  *frame.mutable_receipt() = std::move(receipt);
  return frame;
}

Frame want_of(const ledger::LogName& name, std::uint64_t from = 0) {
  Frame frame;
  *frame.mutable_want()->mutable_log() = ledger::to_wire(name);
  frame.mutable_want()->set_from(from);
  return frame;
}

// What is known to exist beyond what is covered; empty: nothing.
Bytes claimed_hash(const std::vector<ledger::ClaimedHead>& heads) {
  if (heads.empty()) return {};
  Bytes rows;
  for (const auto& claim : heads) {
    rows.append(ledger::view(claim.log.id()));
    ledger::put_u64(rows, claim.head.size);
  }
  return ledger::to_bytes(ledger::sha256({rows})).substr(0, 8);
}

void append(std::vector<Frame>& out, std::vector<Frame> more) {
  std::move(more.begin(), more.end(), std::back_inserter(out));
}

}  // namespace

void Session::follow(const Follows& mine) {
  if (mine == mine_) return;
  mine_ = mine;
  narrow();
}

// Another scope: nothing was compared in it yet.
void Session::narrow() {
  scope_ = Scope(mine_, theirs_);
  frontier_ = {};
  told_root_.clear();
  told_root_sizes_.clear();
  told_base_.clear();
  compared_.clear();
  peer_known_ = false;
}

void Session::pull_frontier() {
  frontier_.pull(ledger_, [this](const auto& log) { return scope_.covers(ledger_, log); });
}

std::vector<Frame> Session::hello() {
  pull_frontier();
  told_root_ = frontier_.root();
  told_root_sizes_ = frontier_.sizes();
  Frame frame;
  auto* body = frame.mutable_hello();
  body->set_version(protocol_version);
  body->set_festival(ledger_.festival());
  body->set_root(told_root_);
  body->set_directory(frontier_.directory());
  body->set_agreed(agreed_->newest());
  body->set_claimed(claimed_hash(claimed_heads()));
  body->set_prefix(prefix_bytes_max);
  if (taps_) *body->mutable_taps() = *taps_;
  body->set_parts(true);
  if (!mine_.all) *body->mutable_follows() = to_wire(mine_);
  body->set_known(theirs_.name());
  std::vector<Frame> out{std::move(frame)};
  if (std::exchange(greeted_, true) || agreed_->newest().empty() ||
      told_root_.starts_with(agreed_->newest())) {
    return out;
  }
  told_base_ = agreed_->newest();
  *out.emplace_back().mutable_frontier() =
      encode_frontier(frontier_, false, told_base_, agreed_->find(told_base_));
  return out;
}

std::vector<Frame> Session::receive(Frame message) {
  auto frames = unpacker_.unpack(std::move(message));
  if (!frames) {  // the packs behind it may lean on it
    cut_reason_ = "what the peer sends cannot be read on: " + frames.error().text;
    return {};
  }
  std::vector<Frame> out;
  Frame acks;  // one for the whole message
  int hellos = 0, frontiers = 0;
  for (auto& frame : *frames) {
    ++stats_.frames_in;
    if (cut()) return {};
    // Each is answered with all that differs: thousands fit in a pack of a few hundred bytes.
    if ((frame.has_hello() && hellos++ > 0) || (frame.has_frontier() && frontiers++ > 0)) {
      strike("more than one comparison in a message");
      continue;
    }
    append(out, receive_one(std::move(frame), *acks.mutable_ack()));
  }
  // Once for the whole message, so that many small asks do not earn many answers.
  append(out, send_queue());
  for (const auto& name : std::exchange(wanted_branches_, {})) add_branches(name, out);
  if (acks.ack().bytes() > 0) out.push_back(std::move(acks));
  return out;
}

std::vector<Frame> Session::receive_one(Frame frame, schemas::Ack& acks) {
  switch (frame.body_case()) {
    case Frame::kHello: return on_hello(frame.hello());
    case Frame::kFrontier: return on_frontier(frame.frontier());
    case Frame::kHeads: on_heads(frame.heads()); return {};
    case Frame::kRun: {
      const std::size_t bytes = frame.ByteSizeLong();
      return on_run(std::move(*frame.mutable_run()), bytes, acks);
    }
    case Frame::kReceipt: on_receipt(frame.receipt()); return {};
    case Frame::kAck: on_ack(frame.ack()); return {};
    case Frame::kWant: on_want(frame.want()); return {};
    case Frame::kAsk:
    case Frame::kAskAnswer:
      if (asks_.size() < asks_per_message_max) asks_.push_back(std::move(frame));
      return {};
    default: strike("a frame of an unknown kind"); return {};
  }
}

std::vector<Frame> Session::on_hello(const schemas::Hello& hello) {
  if (hello.festival() != ledger_.festival()) {
    cut_reason_ = "the peer belongs to another festival";
    return {};
  }
  if (hello.version() != protocol_version) {
    cut_reason_ = "the peer speaks protocol version " + std::to_string(hello.version());
    return {};
  }
  if (auto status = on_follows(hello); !status) {
    strike(status.error().text);
    return {};
  }
  if (hello.known() != mine_.name()) return this->hello();  // it compared another scope
  peer_prefix_bytes_ = hello.prefix();
  if (hello.has_taps()) peer_taps_ = hello.taps();
  peer_joins_parts_ = hello.parts();
  std::vector<Frame> out;
  if (!receipts_sent_) {
    receipts_sent_ = true;
    for (auto& receipt : ledger_.receipts()) out.push_back(frame_of(std::move(receipt)));
  }
  if (hello.claimed() != claimed_hash(claimed_heads())) add_claimed(out);
  pull_frontier();
  differs_ = hello.root() != frontier_.root() && hello.root() != told_root_;
  if (!differs_) {
    Sizes equal = hello.root() == told_root_ ? told_root_sizes_ : frontier_.sizes();
    if (!peer_known_ || !busy()) {
      peer_known_ = true;
      peer_.assign({equal.begin(), equal.end()});
    }
    agreed_->note(hello.root(), std::move(equal));
    append(out, pump());
    return out;
  }
  // Sizes tell most differences. Where nothing moved since they were told, and now and then in a
  // stream of news, roots must.
  const Bytes both = hello.root() + frontier_.root();
  const bool by_name =
      std::exchange(compared_, both) == both || ++comparisons_ % compare_roots_every == 0;
  const bool told = !told_base_.empty() && hello.agreed() == told_base_;
  if (told && !by_name && frontier_.root() == told_root_) return out;
  const bool same = !by_name && hello.directory() == frontier_.directory();
  const Sizes* base = by_name ? nullptr : agreed_->find(hello.agreed());
  Frame frame;
  *frame.mutable_frontier() = encode_frontier(frontier_, same, hello.agreed(), base);
  out.push_back(std::move(frame));
  return out;
}

ledger::Status Session::on_follows(const schemas::Hello& hello) {
  Follows theirs;
  if (hello.has_follows()) {
    auto read = from_wire(hello.follows());
    if (!read) return read.error();
    theirs = read.take();
  }
  if (theirs == theirs_) return ledger::done();
  theirs_ = theirs;
  agreed_->follows = theirs;
  narrow();
  return ledger::done();
}

std::vector<Frame> Session::on_frontier(const schemas::Frontier& frame) {
  pull_frontier();
  auto theirs = decode_frontier(frame, frontier_, *agreed_);
  if (!theirs) {
    compared_.clear();
    return {};  // our directory may have grown since the peer compared: the next hello settles it
  }
  std::vector<Frame> out;
  // A log the peer does not name is not held there, though it may have been sent: its author was
  // not known yet.
  take_sizes(*theirs);
  for (const auto& [id, log] : *theirs) {
    const auto ours = frontier_.entries().find(id);
    if (ours == frontier_.entries().end() || ours->second.forked) continue;
    if (ours->second.size == log.size && log.other_root(ours->second.root)) {
      out.push_back(want_of(ours->second.name));  // equal sizes, different roots: a fork
    }
  }
  peer_known_ = true;
  taken_up_ = 0;  // look at every log again
  const auto forked = forked_logs(*theirs);
  for (const auto& name : forked) queue_log(name, name.id(), 0);
  append(out, pump());
  for (const auto& name : forked) {
    out.push_back(want_of(name));
    add_branches(name, out);
  }
  return out;
}

// At once: names that a peer makes up are many, and each would move all that come after it.
void Session::take_sizes(const ledger::FlatMap<Hash, PeerLog>& theirs) {
  if (!busy()) peer_.clear();
  std::vector<Sizes::value_type> sizes;
  sizes.reserve(theirs.size());
  for (const auto& [id, log] : theirs) {
    const auto known = peer_.find(id);
    sizes.emplace_back(id, known == peer_.end() ? log.size : std::max(known->second, log.size));
  }
  peer_.assign(std::move(sizes));
  if (peer_.size() > frontier_logs_max) cut_reason_ = "it names more logs than there may be";
}

// Our forked logs of which the peer holds something else: all histories are given and asked for.
std::vector<ledger::LogName> Session::forked_logs(
    const ledger::FlatMap<Hash, PeerLog>& theirs) const {
  std::vector<ledger::LogName> out;
  for (const auto& [id, entry] : frontier_.entries()) {
    if (!entry.forked) continue;
    const auto there = theirs.find(id);
    if (there == theirs.end() || there->second.size != entry.size ||
        there->second.other_root(entry.root)) {
      out.push_back(entry.name);
    }
  }
  return out;
}

Session::Priority Session::priority_of(const ledger::LogName& name, const Hash& id) const {
  int rank = 0;
  if (name.log_class == ledger::LogClass::control) {
    const auto author = ledger_.author(name.certificate);
    rank = author == nullptr ? 99 : static_cast<int>(author->role);
  }
  return {static_cast<int>(name.log_class), rank, id};
}

void Session::queue_log(const ledger::LogName& name, const Hash& id, std::uint64_t from) {
  if (queued_.contains(id)) return;
  const Priority priority = priority_of(name, id);
  queue_[priority] = {name, from};
  queued_[id] = priority;
}

std::vector<Frame> Session::pump(bool relays) {
  if (!peer_known_ || cut()) return {};
  std::vector<Frame> out = relays ? take_up(taken_up_, false) : take_up(own_taken_up_, true);
  append(out, send_queue());
  return out;
}

// Queues the logs that changed since; the heads of long tails go first, for they alone make forks
// and destruction provable.
std::vector<Frame> Session::take_up(std::uint64_t& since, bool own_only) {
  std::vector<Frame> out;
  const auto& identity = ledger_.identity();
  std::uint64_t seen = since;
  for (const auto& log : ledger_.logs(since)) {
    seen = std::max(seen, log.changed_at);
    const bool others = !own_only && !mutant(Mutant::others_not_relayed);
    if (!others && (!identity || log.name.certificate != identity->certificate.hash)) continue;
    if (log.forked) continue;  // compared and exchanged whole
    if (!scope_.covers(ledger_, log.name)) continue;
    const auto there = peer_.find(log.id);
    const std::uint64_t size = there == peer_.end() ? 0 : there->second;
    if (log.head.size <= size) continue;
    queue_log(log.name, log.id, size);
    if (log.head.size <= size + ledger::kept_head_stride) continue;
    if (out.empty() || out.back().heads().head_size() == heads_per_frame_max) out.emplace_back();
    auto* head = out.back().mutable_heads()->add_head();
    *head->mutable_log() = ledger::to_wire(log.name);
    *head->mutable_head() = ledger::to_wire(log.head);
  }
  since = seen;
  return out;
}

std::vector<Frame> Session::send_queue() {
  std::vector<Frame> out;
  while (!cut()) {
    // What says who belongs waits for no acknowledgement, and for no more than a part of a run.
    const bool control = control_waits();
    if (unacked_bytes_ >= window_bytes_ + (control ? run_bytes_ : 0)) break;
    if (!control && !rest_.empty()) {
      give(std::move(rest_.front()), out);
      rest_.pop_front();
      continue;
    }
    if (queue_.empty()) break;
    const auto next = queue_.begin();
    const ledger::LogName name = next->second.name;
    const Hash id = std::get<2>(next->first);
    const std::uint64_t from = next->second.from;
    queue_.erase(next);
    queued_.erase(id);
    auto runs = ledger_.read(name, from, run_bytes_);
    if (!runs) continue;  // the store's own alarm tells of it
    const std::uint64_t end = runs->empty() ? from : runs->back().head.size;
    for (auto& run : *runs) add_run(std::move(run), out);
    const auto summary = ledger_.log(id);
    if (summary && end > from && summary->head.size > end) queue_log(name, id, end);
  }
  return out;
}

void Session::add_run(ledger::LogRun run, std::vector<Frame>& out) {
  auto& there = peer_[run.log.id()];
  there = std::max(there, run.head.size);
  const bool whole = !peer_joins_parts_ || run.log.log_class == ledger::LogClass::control;
  schemas::Run wire = ledger::to_wire(std::move(run));
  if (whole) return give(std::move(wire), out);
  for (auto& part : cut_run(std::move(wire), run_bytes_)) rest_.push_back(std::move(part));
}

bool Session::control_waits() const {
  return !queue_.empty() &&
         std::get<0>(queue_.begin()->first) == static_cast<int>(ledger::LogClass::control);
}

void Session::give(schemas::Run run, std::vector<Frame>& out) {
  Frame frame;
  *frame.mutable_run() = std::move(run);
  const std::size_t bytes = frame.ByteSizeLong();
  unacked_bytes_ += bytes;
  stats_.bytes_out += bytes;
  out.push_back(std::move(frame));
}

// A log's other histories, whole: forks are rare, and their device is revoked by the proof.
void Session::add_branches(const ledger::LogName& name, std::vector<Frame>& out) {
  auto runs = ledger_.branch_runs(name);
  if (!runs) return;
  for (auto& run : *runs) add_run(std::move(run), out);
  for (auto& part : std::exchange(rest_, {})) give(std::move(part), out);
}

// Of what both follow.
std::vector<ledger::ClaimedHead> Session::claimed_heads() {
  auto out = ledger_.claimed_heads();
  std::erase_if(out, [&](const auto& claim) { return !scope_.covers(ledger_, claim.log); });
  return out;
}

void Session::add_claimed(std::vector<Frame>& out) {
  for (const auto& claim : claimed_heads()) {
    if (out.empty() || !out.back().has_heads() ||
        out.back().heads().head_size() == heads_per_frame_max) {
      out.emplace_back().mutable_heads();
    }
    auto* head = out.back().mutable_heads()->add_head();
    *head->mutable_log() = ledger::to_wire(claim.log);
    *head->mutable_head() = ledger::to_wire(claim.head);
  }
}

std::vector<Frame> Session::on_run(schemas::Run wire, std::size_t bytes, schemas::Ack& acks) {
  acks.set_bytes(acks.bytes() + bytes);
  if (wire.has_head() && !wire.continues()) return admit(std::move(wire));
  auto joined = parts_.add(wire);
  if (!joined) strike(joined.error().text);
  return joined && *joined ? admit(std::move(**joined)) : std::vector<Frame>();
}

std::vector<Frame> Session::admit(schemas::Run wire) {
  auto run = ledger::from_wire(std::move(wire));
  if (!run) {
    strike(run.error().text);
    return {};
  }
  const ledger::LogName name = run->log;
  const std::uint64_t size = run->head.size, events = run->events.size();
  const Hash id = name.id();
  if (!ledger_.may_open(name)) return {};  // too many lives at once: a later comparison's
  auto outcome = ledger_.ingest(run.take());
  if (outcome) {
    if (*outcome != ledger::Ingested::already_held) {
      stats_.events_in += events;
      given_.insert(ledger::to_bytes(id));
    }
    auto& there = peer_[id];
    there = std::max(there, size);
    return {};
  }
  switch (outcome.error().code) {
    case Errc::not_contiguous: {
      const auto held = ledger_.log(id);
      return {want_of(name, held ? held->head.size : 0)};
    }
    case Errc::forked: return {want_of(name)};
    case Errc::unknown_author:  // its certificate is on the way; a later comparison brings it again
    case Errc::storage:         // our own disk's trouble, told by our own alarms
    case Errc::in_doubt: return {};
    default: strike(outcome.error().text); return {};
  }
}

void Session::on_ack(const schemas::Ack& ack) {
  unacked_bytes_ -= std::min<std::size_t>(unacked_bytes_, ack.bytes());
}

void Session::on_want(const schemas::Want& want) {
  auto name = ledger::from_wire(want.log());
  if (!name) return strike(name.error().text);
  const Hash id = name->id();
  const auto held = ledger_.log(id);
  if (!held) return;
  const auto queued = queued_.find(id);
  if (queued != queued_.end()) {
    queue_.erase(queued->second);
    queued_.erase(queued);
  }
  queue_log(*name, id, want.from());
  if (held->forked) wanted_branches_.insert(*name);
}

void Session::on_heads(const schemas::Heads& heads) {
  for (const auto& entry : heads.head()) {
    auto name = ledger::from_wire(entry.log());
    auto head = ledger::from_wire(entry.head());
    if (!name || !head) {
      strike("a malformed head");
      return;
    }
    if (auto status = ledger_.note_claimed(*name, *head);
        !status && status.error().code == Errc::bad_signature) {
      strike(status.error().text);
    }
  }
}

void Session::on_receipt(const schemas::Receipt& receipt) {
  auto outcome = ledger_.note_receipt(receipt);
  if (!outcome) {
    const Errc code = outcome.error().code;
    if (code == Errc::bad_input || code == Errc::bad_signature) strike(outcome.error().text);
  } else if (*outcome) {
    new_receipts_.push_back(receipt);
  }
}

bool Session::concerns(const schemas::Receipt& receipt) const {
  return std::any_of(receipt.position().begin(), receipt.position().end(),
                     [&](const auto& position) { return given_.contains(position.log()); });
}

void Session::strike(const std::string& why) {
  if (++strikes_ >= strikes_max && !mutant(Mutant::strikes_forgiven)) cut_reason_ = why;
}

}  // namespace verbena::replication
