// SPDX-License-Identifier: Apache-2.0
#include "replication/session.h"

#include <algorithm>

namespace verbena::replication {

using ledger::Bytes;
using ledger::Errc;
using ledger::Hash;
using schemas::Frame;

namespace {

constexpr std::uint32_t protocol_version = 1;

Frame frame_of(schemas::Receipt receipt) {
  Frame frame;
  *frame.mutable_receipt() = std::move(receipt);
  return frame;
}

void append(std::vector<Frame>& out, std::vector<Frame> more) {
  std::move(more.begin(), more.end(), std::back_inserter(out));
}

}  // namespace

std::vector<Frame> Session::hello() {
  frontier_.pull(ledger_);
  told_root_ = frontier_.root();
  told_root_sizes_.clear();
  for (const auto& [id, entry] : frontier_.entries()) told_root_sizes_[id] = entry.size;
  Frame frame;
  auto* body = frame.mutable_hello();
  body->set_version(protocol_version);
  body->set_festival(ledger_.festival());
  body->set_root(told_root_);
  body->set_directory(frontier_.directory());
  return {frame};
}

std::vector<Frame> Session::receive(const Frame& frame) {
  ++stats_.frames_in;
  if (cut()) return {};
  switch (frame.body_case()) {
    case Frame::kHello: return on_hello(frame.hello());
    case Frame::kFrontier: return on_frontier(frame.frontier());
    case Frame::kHeads: on_heads(frame.heads()); return {};
    case Frame::kRun: return on_run(frame.run(), frame.ByteSizeLong());
    case Frame::kReceipt: on_receipt(frame.receipt()); return {};
    case Frame::kAck: on_ack(frame.ack()); return pump();
    case Frame::kWant: return on_want(frame.want());
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
  std::vector<Frame> out;
  if (!receipts_sent_) {
    receipts_sent_ = true;
    for (auto& receipt : ledger_.receipts()) out.push_back(frame_of(std::move(receipt)));
  }
  frontier_.pull(ledger_);
  differs_ = hello.root() != frontier_.root() && hello.root() != told_root_;
  if (!differs_) {
    if (!peer_known_ || !busy()) {
      peer_known_ = true;
      if (hello.root() == told_root_) {
        for (const auto& [id, size] : told_root_sizes_) peer_[id] = size;
      } else {
        for (const auto& [id, entry] : frontier_.entries()) peer_[id] = entry.size;
      }
    }
    append(out, pump());
    return out;
  }
  const bool same = !named_frontier_next_ && hello.directory() == frontier_.directory();
  named_frontier_next_ = same;  // if sizes alone do not explain it, roots will
  Frame frame;
  *frame.mutable_frontier() = encode_frontier(frontier_, same);
  out.push_back(std::move(frame));
  return out;
}

std::vector<Frame> Session::on_frontier(const schemas::Frontier& frame) {
  frontier_.pull(ledger_);
  auto theirs = decode_frontier(frame, frontier_);
  if (!theirs) {
    // Our directory may have grown since the peer compared: the next hello settles it.
    named_frontier_next_ = true;
    return {};
  }
  std::vector<Frame> out;
  for (const auto& [id, log] : *theirs) {
    auto& known = peer_[id];
    known = busy() ? std::max(known, log.size) : log.size;
    const auto ours = frontier_.entries().find(id);
    if (ours == frontier_.entries().end() || log.root_prefix.empty()) continue;
    if (ours->second.size == log.size &&
        ledger::view(ours->second.root).substr(0, log.root_prefix.size()) != log.root_prefix) {
      Frame want;  // equal sizes, different roots: a fork. Ask for the other branch.
      *want.mutable_want()->mutable_log() = ledger::to_wire(log.name);
      out.push_back(std::move(want));
    }
  }
  peer_known_ = true;
  pumped_ = 0;  // look at every log again
  append(out, pump());
  return out;
}

Session::Priority Session::priority_of(const ledger::LogName& name, const Hash& id) const {
  int rank = 0;
  if (name.log_class == ledger::LogClass::control) {
    const auto* author = ledger_.author(name.certificate);
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

std::vector<Frame> Session::pump() {
  std::vector<Frame> out;
  if (!peer_known_ || cut()) return out;
  std::vector<schemas::LogHead> heads;
  for (const auto& log : ledger_.logs(pumped_)) {
    pumped_ = std::max(pumped_, log.changed_at);
    const auto there = peer_.find(log.id);
    const std::uint64_t size = there == peer_.end() ? 0 : there->second;
    if (log.head.size <= size) continue;
    queue_log(log.name, log.id, size);
    if (log.head.size > size + ledger::kept_head_stride) {
      auto& head = heads.emplace_back();
      *head.mutable_log() = ledger::to_wire(log.name);
      *head.mutable_head() = ledger::to_wire(log.head);
    }
  }
  // Heads before bodies: they alone make forks and destruction provable.
  for (std::size_t i = 0; i < heads.size();) {
    Frame frame;
    for (int n = 0; n < heads_per_frame_max && i < heads.size(); ++n, ++i) {
      *frame.mutable_heads()->add_head() = heads[i];
    }
    out.push_back(std::move(frame));
  }
  while (!queue_.empty() && unacked_bytes_ < window_bytes_) {
    const auto next = queue_.begin();
    const ledger::LogName name = next->second.name;
    const Hash id = std::get<2>(next->first);
    const std::uint64_t from = next->second.from;
    queue_.erase(next);
    queued_.erase(id);
    auto runs = ledger_.read(name, from, run_bytes_max);
    if (!runs) continue;  // the store's own alarm tells of it
    for (auto& run : *runs) {
      Frame frame;
      auto* body = frame.mutable_run();
      *body->mutable_log() = ledger::to_wire(run.log);
      body->set_first(run.first);
      for (auto& event : run.events) body->add_event(std::move(event));
      *body->mutable_head() = ledger::to_wire(run.head);
      const std::size_t bytes = frame.ByteSizeLong();
      unacked_bytes_ += bytes;
      stats_.bytes_out += bytes;
      peer_[id] = std::max(peer_[id], run.head.size);
      out.push_back(std::move(frame));
    }
    const auto summary = ledger_.log(id);
    if (summary && !runs->empty() && summary->head.size > runs->back().head.size) {
      queue_log(name, id, runs->back().head.size);
    }
  }
  return out;
}

bool Session::in_sync() {
  if (!peer_known_ || busy() || !queue_.empty()) return false;
  frontier_.pull(ledger_);
  for (const auto& [id, entry] : frontier_.entries()) {
    const auto there = peer_.find(id);
    if (there == peer_.end() || there->second < entry.size) return false;
  }
  return true;
}

std::vector<Frame> Session::on_run(const schemas::Run& wire, std::size_t bytes) {
  std::vector<Frame> out;
  Frame answer;
  auto* ack = answer.mutable_ack();
  ack->set_bytes(bytes);
  auto run = ledger::from_wire(wire);
  if (!run) {
    strike(run.error().text);
    return {answer};
  }
  const Hash id = run->log.id();
  auto outcome = ledger_.ingest(*run);
  if (outcome) {
    if (*outcome == ledger::Ingested::added) {
      stats_.events_in += run->events.size();
      given_.insert(ledger::to_bytes(id));
    }
    auto& there = peer_[id];
    there = std::max(there, run->head.size);
  } else {
    Frame want;
    *want.mutable_want()->mutable_log() = wire.log();
    switch (outcome.error().code) {
      case Errc::not_contiguous: {
        const auto held = ledger_.log(id);
        want.mutable_want()->set_from(held ? held->head.size : 0);
        out.push_back(want);
        break;
      }
      case Errc::forked: out.push_back(want); break;
      case Errc::unknown_author:
        break;  // its certificate is on the way; the next comparison brings the log again
      default: strike(outcome.error().text);
    }
  }
  if (const auto held = ledger_.log(id)) {
    auto* covered = ack->add_covered();
    covered->set_log(ledger::to_bytes(id));
    covered->set_size(held->head.size);
  }
  out.push_back(std::move(answer));
  return out;
}

void Session::on_ack(const schemas::Ack& ack) {
  unacked_bytes_ -= std::min<std::size_t>(unacked_bytes_, ack.bytes());
}

std::vector<Frame> Session::on_want(const schemas::Want& want) {
  auto name = ledger::from_wire(want.log());
  if (!name) {
    strike(name.error().text);
    return {};
  }
  const Hash id = name->id();
  if (!ledger_.log(id)) return {};
  const auto queued = queued_.find(id);
  if (queued != queued_.end()) {
    queue_.erase(queued->second);
    queued_.erase(queued);
  }
  queue_log(*name, id, want.from());
  return pump();
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
    if (outcome.error().code != Errc::unknown_author) strike(outcome.error().text);
  } else if (*outcome) {
    new_receipts_.push_back(receipt);
  }
}

bool Session::concerns(const schemas::Receipt& receipt) const {
  return std::any_of(receipt.position().begin(), receipt.position().end(),
                     [&](const auto& position) { return given_.contains(position.log()); });
}

void Session::strike(const std::string& why) {
  if (++strikes_ >= strikes_max) cut_reason_ = why;
}

}  // namespace verbena::replication
