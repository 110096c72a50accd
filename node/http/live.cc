// SPDX-License-Identifier: Apache-2.0
#include "node/http/live.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "node/status.h"

namespace verbena::node::http {

using nlohmann::ordered_json;

Live::Live(const DoorParts& parts, Gate& gate, AskDesk& desk, bool is_wall)
    : parts_(parts),
      gate_(gate),
      desk_(desk),
      is_wall_(is_wall),
      wall_(parts.ledger, parts.clock, parts.store_alarms) {
  thread_ = std::thread([this] { run(); });
}

void Live::join(std::shared_ptr<Stream> stream, const std::string& cookie) {
  {
    std::lock_guard lock(mutex_);
    if (joining_.size() >= joining_max) {
      stream->close();
      return;
    }
    joining_.push_back({std::move(stream), cookie});
    poked_ = true;
  }
  news_.notify_one();
}

void Live::poke() {
  {
    std::lock_guard lock(mutex_);
    poked_ = true;
  }
  news_.notify_one();
}

void Live::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  news_.notify_one();
  if (thread_.joinable()) thread_.join();
  for (const auto& listener : listeners_) listener.stream->close();
  listeners_.clear();
}

void Live::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    poked_ = false;
    for (auto& listener : joining_) listeners_.push_back(std::move(listener));
    joining_.clear();
    lock.unlock();
    std::erase_if(listeners_, [](const Listener& listener) { return listener.stream->closed(); });
    try {
      if (!listeners_.empty()) look();
    } catch (const std::exception& error) {
      std::fprintf(stderr, "http: %s\n", error.what());  // looked at again in a moment
    }
    drop_strangers();
    const bool idle = listeners_.empty();
    const bool reads = parts_.reader != nullptr;
    lock.lock();
    const auto ready = [this] { return stopping_ || poked_; };
    if (idle) {
      news_.wait(lock, ready);
    } else {
      news_.wait_for(lock, std::chrono::milliseconds(reads ? reader_look_ms : status_ms_min),
                     ready);
    }
  }
}

// Strangers keep nobody else out: the one that came first goes.
void Live::drop_strangers() {
  const auto is_stranger = [](const Listener& listener) { return !listener.signed_in; };
  auto count = std::count_if(listeners_.begin(), listeners_.end(), is_stranger);
  for (; count > static_cast<std::ptrdiff_t>(strangers_max); --count) {
    const auto first = std::find_if(listeners_.begin(), listeners_.end(), is_stranger);
    first->stream->close();
    listeners_.erase(first);
  }
}

void Live::look() {
  look_at_sessions();
  if (parts_.reader != nullptr) {
    const Presence now = parts_.reader->presence();
    tell("reader", reader_json(now), true, now == presence_);
    presence_ = now;
  }
  const std::uint64_t now = parts_.clock.monotonic_ms();
  const std::uint64_t news = parts_.ledger.news();
  const std::uint64_t since = now - state_at_ms_;
  const bool somebody = std::any_of(listeners_.begin(), listeners_.end(),
                                    [](const Listener& listener) { return listener.signed_in; });
  const bool due =
      somebody && (since >= state_ms_max ||
                   (news != ledger_news_ && since >= (is_wall_ ? wall_ms_min : status_ms_min)));
  const bool someone_new =
      std::any_of(listeners_.begin(), listeners_.end(),
                  [](const Listener& listener) { return listener.signed_in && listener.is_new; });
  if (due || someone_new) {
    if (is_wall_) {
      tell_wall(!due);
    } else {
      tell("status", status_json(), false, !due);
    }
  }
  if (const std::uint64_t changes = desk_.changes();
      is_wall_ && (someone_new || changes != ask_changes_)) {
    tell_asks(changes == ask_changes_);
    ask_changes_ = changes;
  }
  if (due) {
    state_at_ms_ = now;
    ledger_news_ = news;
  }
  for (auto& listener : listeners_) listener.is_new = false;
}

void Live::look_at_sessions() {
  const std::uint64_t now = parts_.clock.monotonic_ms();
  const bool all = now - sessions_at_ms_ >= session_look_ms;
  if (all) sessions_at_ms_ = now;
  for (auto& listener : listeners_) {
    if (!all && !listener.is_new) continue;
    const auto session = gate_.session(listener.cookie, false);
    const bool changed = session.has_value() != listener.signed_in;
    listener.signed_in = session.has_value();
    listener.sees_expected = session && gate_.sees_expected(*session);
    listener.approves = is_wall_ && session && gate_.approves(*session);
    if (!changed && !listener.is_new) continue;
    listener.stream->send("session",
                          std::make_shared<const std::string>(gate_.session_json(session, false)));
  }
}

void Live::tell_wall(bool new_ones_only) {
  const WallJson json = wall_.json(parts_.links().peers, parts_.taps.counts());
  const auto full = std::make_shared<const std::string>(json.full);
  const auto blind = std::make_shared<const std::string>(json.blind);
  for (const auto& listener : listeners_) {
    if ((new_ones_only && !listener.is_new) || !listener.signed_in) continue;
    listener.stream->send("wall", listener.sees_expected ? full : blind);
  }
}

void Live::tell_asks(bool new_ones_only) {
  const auto mine = std::make_shared<const std::string>(desk_.open_json(true));
  const auto others = std::make_shared<const std::string>(desk_.open_json(false));
  for (const auto& listener : listeners_) {
    if ((new_ones_only && !listener.is_new) || !listener.signed_in) continue;
    listener.stream->send("asks", listener.approves ? mine : others);
  }
}

void Live::tell(const char* event, const std::string& json, bool strangers_too,
                bool new_ones_only) {
  const auto text = std::make_shared<const std::string>(json);
  for (const auto& listener : listeners_) {
    if (new_ones_only && !listener.is_new) continue;
    if (strangers_too || listener.signed_in) listener.stream->send(event, text);
  }
}

std::string Live::reader_json(const Presence& presence) {
  ordered_json out;
  out["arrival"] = presence.arrival;
  out["field"] = field_name(presence.field);
  return out.dump();
}

std::string Live::status_json() {
  const Links links = parts_.links();
  ordered_json out;
  parts_.ledger.ask([&](ledger::State& state, const ledger::DeviceView& device) {
    const auto& open = device.unwitnessed;
    out["unwitnessed"] = {
        {"count", open.count}, {"amount_minor", open.amount_minor}, {"age_ms", open.age_ms}};
    const auto* festival = state.festival();
    out["rules"] = {{"version", festival ? festival->version() : 0}};
  });
  out["taps"] = taps_json(parts_.taps.counts());
  out["known_ms"] = links.agreed_ms ? ordered_json(*links.agreed_ms) : ordered_json();
  out["neighbours"] = std::count_if(links.peers.begin(), links.peers.end(),
                                    [](const auto& peer) { return peer.connected; });
  out["alarms"] = ordered_json::array();
  for (const auto& peer : links.peers) {
    if (!peer.stalled) continue;
    out["alarms"].push_back({{"kind", "no-progress"},
                             {"severity", "alarm"},
                             {"device", peer.device},
                             {"since_ms", peer.last_progress_ms}});
  }
  for (const auto& text : parts_.store_alarms) {
    out["alarms"].push_back({{"kind", "damaged-store"}, {"severity", "alarm"}, {"text", text}});
  }
  for (const auto& alarm : parts_.ledger.alarms()) {
    out["alarms"].push_back({{"kind", alarm.kind}, {"severity", "alarm"}, {"text", alarm.text}});
  }
  return out.dump();
}

}  // namespace verbena::node::http
