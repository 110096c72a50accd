// SPDX-License-Identifier: Apache-2.0
#include "node/http/sessions.h"

#include <algorithm>

#include "ledger/core/crypto.h"

namespace verbena::node::http {

std::string Sessions::draw() {
  std::array<std::uint8_t, 24> bytes;
  random_.fill(bytes);
  return ledger::hex(bytes);
}

void Sessions::drop_old() {
  const std::uint64_t now = clock_.monotonic_ms();
  std::erase_if(sessions_,
                [&](const auto& entry) { return now - entry.second.used_ms > idle_ms_max_; });
}

Sessions::Opened Sessions::open(const std::string& staff, const ledger::Hash& card) {
  std::lock_guard lock(mutex_);
  drop_old();
  if (sessions_.size() >= sessions_max) {
    sessions_.erase(std::min_element(
        sessions_.begin(), sessions_.end(),
        [](const auto& a, const auto& b) { return a.second.used_ms < b.second.used_ms; }));
  }
  Opened out{draw(), {staff, card, draw(), clock_.monotonic_ms()}};
  sessions_[ledger::sha256({out.cookie})] = out.session;
  return out;
}

std::optional<Session> Sessions::find(const std::string& cookie, bool touch) {
  std::lock_guard lock(mutex_);
  drop_old();
  const auto found = sessions_.find(ledger::sha256({cookie}));
  if (found == sessions_.end()) return std::nullopt;
  if (touch) found->second.used_ms = clock_.monotonic_ms();
  return found->second;
}

void Sessions::close(const std::string& cookie) {
  std::lock_guard lock(mutex_);
  sessions_.erase(ledger::sha256({cookie}));
}

std::uint64_t Sessions::try_once(const std::string& who, const std::string& address) {
  std::lock_guard lock(mutex_);
  const std::uint64_t now = clock_.monotonic_ms();
  std::erase_if(guessers_, [&](const auto& entry) { return now - entry.second.last_ms > lock_ms; });
  std::erase_if(addresses_,
                [&](const auto& entry) { return now - entry.second.last_ms > address_window_ms; });
  if (!address.empty()) {
    if (!addresses_.contains(address) && addresses_.size() >= guessers_max)
      return address_window_ms;
    Guesser& from = addresses_[address];
    if (from.tries >= address_tries_max) return from.last_ms + address_window_ms - now;
    ++from.tries;
    from.last_ms = now;
  }
  if (who.empty()) return 0;
  if (!guessers_.contains(who) && guessers_.size() >= guessers_max) return lock_ms;
  Guesser& guesser = guessers_[who];
  if (guesser.tries >= tries_max) return guesser.last_ms + lock_ms - now;
  ++guesser.tries;
  guesser.last_ms = now;
  return 0;
}

void Sessions::succeeded(const std::string& who, const std::string& address) {
  std::lock_guard lock(mutex_);
  guessers_.erase(who);
  addresses_.erase(address);
}

}  // namespace verbena::node::http
