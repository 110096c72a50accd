// SPDX-License-Identifier: Apache-2.0
#include "replication/asks.h"

#include <algorithm>

#include "ledger/state/approvals.h"

namespace verbena::replication {

using ledger::Bytes;
using ledger::Errc;
using ledger::Error;
using ledger::Hash;

namespace {

constexpr std::size_t outgoing_max = 4 * asks_max;

Bytes signed_part(const schemas::Ask& ask) {
  Bytes out = ask.certificate();
  out += ledger::view(ledger::sha256({ask.request()}));
  ledger::put_u32(out, ask.needed());
  ledger::put_u64(out, ask.turn());
  return out;
}

// What an ask must be before any signature is looked at.
std::optional<schemas::ApprovalRequest> readable(const schemas::Ask& ask) {
  schemas::ApprovalRequest out;
  schemas::Event event;
  if (ask.request().size() > ask_bytes_max || ask.needed() == 0 ||
      ask.needed() > ledger::approvals_max || !out.ParseFromString(ask.request()) ||
      !event.ParseFromString(out.event()) || !ledger::fixed<32>(out.log())) {
    return std::nullopt;
  }
  return out;
}

}  // namespace

ledger::Result<Hash> Asks::ask(const Bytes& request, unsigned needed) {
  const auto& identity = ledger_.identity();
  if (!identity) return Error{Errc::refused, "this node has no certificate to ask with"};
  std::lock_guard lock(mutex_);
  const Hash hash = ledger::sha256({request});
  if (asks_.contains(hash)) return hash;
  schemas::Ask frame;
  frame.set_certificate(ledger::to_bytes(identity->certificate.hash));
  frame.set_request(request);
  frame.set_needed(needed);
  auto parsed = readable(frame);
  if (!parsed) return Error{Errc::bad_input, "this is no request for an approval"};
  if (auto room = make_room(identity->certificate.hash); !room) return room.error();
  Entry& entry = asks_[hash];
  entry.mine = true;
  entry.frame = std::move(frame);
  entry.open.hash = hash;
  entry.open.request = std::move(*parsed);
  entry.open.asker = std::make_shared<const ledger::Certificate>(identity->certificate);
  entry.open.needed = needed;
  entry.since_ms = entry.heard_ms = clock_.monotonic_ms();
  say(entry, 0);
  ++changes_;
  return hash;
}

void Asks::withdraw(const Hash& ask) {
  std::lock_guard lock(mutex_);
  const auto found = asks_.find(ask);
  if (found == asks_.end() || !found->second.mine) return;
  asks_.erase(found);
  ++changes_;
}

ledger::Status Asks::answer(const Hash& ask, bool yes) {
  const auto& identity = ledger_.identity();
  std::lock_guard lock(mutex_);
  const auto found = asks_.find(ask);
  if (found == asks_.end()) return Error{Errc::refused, "nobody asks this any more"};
  Entry& entry = found->second;
  if (!identity || entry.mine) return Error{Errc::refused, "nobody approves their own"};
  schemas::AskAnswer answer;
  answer.set_ask(ledger::to_bytes(ask));
  if (yes) {
    schemas::Event event;
    if (!event.ParseFromString(entry.open.request.event())) {
      return Error{Errc::bad_input, "this is no request for an approval"};
    }
    *answer.mutable_yes() = ledger::approve(event, entry.open.request.festival(),
                                            *ledger::fixed<32>(entry.open.request.log()),
                                            entry.open.request.size(), identity->key);
  } else {
    answer.set_no_key(ledger::to_bytes(identity->certificate.key));
    answer.set_no_signature(
        ledger::to_bytes(identity->key.sign(ask_no_context, ledger::view(ask))));
  }
  if (note_answer(entry, answer) != Heard::fine) {
    return Error{Errc::refused, "this device's key may not approve this"};
  }
  entry.open.answered_here = true;
  Outgoing out;
  *out.frame.mutable_ask_answer() = std::move(answer);
  outgoing_.push_back(std::move(out));
  return ledger::done();
}

std::optional<OpenAsk> Asks::find(const Hash& ask) {
  std::lock_guard lock(mutex_);
  forget_silent();
  const auto found = asks_.find(ask);
  if (found == asks_.end()) return std::nullopt;
  const std::uint64_t now = clock_.monotonic_ms();
  if (found->second.mine) found->second.heard_ms = now;
  OpenAsk out = found->second.open;
  out.age_ms = now - found->second.since_ms;
  return out;
}

std::vector<OpenAsk> Asks::open() {
  std::lock_guard lock(mutex_);
  forget_silent();
  std::vector<OpenAsk> out;
  for (const auto& [hash, entry] : asks_) {
    out.push_back(entry.open);
    out.back().age_ms = clock_.monotonic_ms() - entry.since_ms;
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const auto& a, const auto& b) { return a.age_ms > b.age_ms; });
  return out;
}

std::uint64_t Asks::changes() const {
  std::lock_guard lock(mutex_);
  return changes_;
}

Heard Asks::hear(const schemas::Frame& frame, LinkId from) {
  std::lock_guard lock(mutex_);
  forget_silent();
  return frame.has_ask() ? hear_ask(frame.ask(), from) : hear_answer(frame.ask_answer(), from);
}

Heard Asks::hear_ask(const schemas::Ask& ask, LinkId from) {
  const auto certificate = ledger::fixed<32>(ask.certificate());
  auto request = readable(ask);
  if (!certificate || !request || request->festival() != ledger_.festival()) return Heard::untrue;
  const Hash hash = ledger::sha256({ask.request()});
  const auto known = asks_.find(hash);
  if (known != asks_.end() && (known->second.mine || ask.turn() <= known->second.frame.turn())) {
    return Heard::fine;
  }
  const auto asker = ledger_.author(*certificate);
  if (asker == nullptr) return Heard::stray;
  if (request->device() != asker->alias ||
      !ledger::verify_signature(asker->key, ask_context, signed_part(ask), ask.signature())) {
    return Heard::untrue;
  }
  bool revoked = false;
  ledger_.ask([&](ledger::State& state, const ledger::DeviceView&) {
    revoked = state.roster().revoked(asker->key);
  });
  if (revoked) return Heard::stray;
  const std::uint64_t now = clock_.monotonic_ms();
  if (known == asks_.end()) {
    // Each new question travels through the whole field: one device asks them slowly.
    const auto last = new_at_ms_.find(*certificate);
    if (last != new_at_ms_.end() && now - last->second < ask_pause_ms) return Heard::stray;
    if (!make_room(*certificate)) return Heard::stray;
    new_at_ms_[*certificate] = now;
  } else if (known->second.open.needed != ask.needed()) {
    return Heard::untrue;
  }
  Entry& entry = asks_[hash];
  if (known == asks_.end()) {
    entry.open.hash = hash;
    entry.open.request = std::move(*request);
    entry.open.asker = asker;
    entry.open.needed = ask.needed();
    entry.since_ms = now;
    ++changes_;
  }
  entry.frame = ask;
  entry.heard_ms = now;
  if (entry.passed_on_ms == 0 || now - entry.passed_on_ms >= ask_pause_ms) say(entry, from);
  return Heard::fine;
}

Heard Asks::hear_answer(const schemas::AskAnswer& answer, LinkId from) {
  const auto hash = ledger::fixed<32>(answer.ask());
  if (!hash) return Heard::untrue;
  const auto found = asks_.find(*hash);
  if (found == asks_.end()) return Heard::stray;
  const Heard heard = note_answer(found->second, answer);
  if (heard != Heard::fine || outgoing_.size() >= outgoing_max) return heard;
  Outgoing out{{}, from};
  *out.frame.mutable_ask_answer() = answer;
  outgoing_.push_back(std::move(out));
  return heard;
}

// Stray where it says nothing new.
Heard Asks::note_answer(Entry& entry, const schemas::AskAnswer& answer) {
  const Bytes key_bytes = answer.has_yes() ? answer.yes().key() : answer.no_key();
  const auto key = ledger::fixed<32>(key_bytes);
  if (!key) return Heard::untrue;
  if (entry.answers.contains(key_bytes)) return Heard::stray;
  schemas::Event event;
  if (!event.ParseFromString(entry.open.request.event())) return Heard::untrue;
  std::string person;
  bool is_true = false;
  ledger_.ask([&](ledger::State& state, const ledger::DeviceView&) {
    person = state.roster().approver(*key);
    if (!answer.has_yes()) return;
    is_true = !ledger::approving_person(event, *ledger::fixed<32>(entry.open.request.log()),
                                        answer.yes(), *entry.open.asker, state.roster())
                   .empty();
  });
  if (person.empty()) return Heard::stray;  // its certificate may be on the way
  if (!answer.has_yes()) {
    is_true = ledger::verify_signature(*key, ask_no_context, answer.ask(), answer.no_signature());
  }
  if (!is_true) return Heard::untrue;
  if (entry.answers.size() >= ledger::approvals_max) return Heard::stray;
  entry.answers[key_bytes] = answer;
  if (answer.has_yes()) {
    entry.open.yes.emplace(person, answer.yes());
  } else {
    entry.open.no.insert(person);
  }
  ++changes_;
  return Heard::fine;
}

ledger::Status Asks::make_room(const Hash& certificate) {
  const Bytes asker = ledger::to_bytes(certificate);
  std::size_t of_asker = 0;
  auto oldest = asks_.end();
  for (auto at = asks_.begin(); at != asks_.end(); ++at) {
    if (at->second.frame.certificate() != asker) continue;
    ++of_asker;
    if (oldest == asks_.end() || at->second.since_ms < oldest->second.since_ms) oldest = at;
  }
  if (of_asker >= asks_of_a_device_max) asks_.erase(oldest);
  if (asks_.size() >= asks_max) return Error{Errc::refused, "too many questions are open"};
  return ledger::done();
}

// The question and what was answered to it, to all neighbours; again with each turn, so that
// nothing needs a link that holds.
void Asks::say(Entry& entry, LinkId except) {
  const std::uint64_t now = clock_.monotonic_ms();
  if (outgoing_.size() >= outgoing_max) return;
  if (entry.mine) {
    entry.frame.set_turn(entry.frame.turn() + 1);
    entry.frame.set_signature(
        ledger::to_bytes(ledger_.identity()->key.sign(ask_context, signed_part(entry.frame))));
  }
  entry.passed_on_ms = now;
  Outgoing question{{}, except};
  *question.frame.mutable_ask() = entry.frame;
  outgoing_.push_back(std::move(question));
  if (entry.mine) return;
  for (const auto& [key, answer] : entry.answers) {
    Outgoing out;
    *out.frame.mutable_ask_answer() = answer;
    outgoing_.push_back(std::move(out));
  }
}

std::vector<Asks::Outgoing> Asks::due() {
  std::lock_guard lock(mutex_);
  forget_silent();
  const std::uint64_t now = clock_.monotonic_ms();
  for (auto& [hash, entry] : asks_) {
    if (entry.mine && now - entry.passed_on_ms >= ask_repeat_ms) say(entry, 0);
  }
  return std::exchange(outgoing_, {});
}

void Asks::forget_silent() {
  const std::uint64_t now = clock_.monotonic_ms();
  const auto gone = std::erase_if(asks_, [&](const auto& entry) {
    const std::uint64_t bearable = entry.second.mine ? ask_unwatched_ms : ask_silent_ms;
    return now - entry.second.heard_ms > bearable;
  });
  changes_ += gone;
  std::erase_if(new_at_ms_, [&](const auto& entry) { return now - entry.second > ask_pause_ms; });
}

}  // namespace verbena::replication
