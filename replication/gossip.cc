// SPDX-License-Identifier: Apache-2.0
#include "replication/gossip.h"

#include <algorithm>

#include "ledger/core/mutant.h"

namespace verbena::replication {

namespace {

constexpr std::uint64_t stable_ms = 10'000;  // a link this old starts its back-off afresh

}  // namespace

void Gossip::add(const std::string& address) {
  peers_.try_emplace(address);
}

std::vector<std::string> Gossip::due(std::uint64_t now_ms) {
  std::size_t active = 0;
  for (const auto& [address, peer] : peers_) active += peer.dialling || peer.connected;
  std::vector<std::string> out;
  for (auto& [address, peer] : peers_) {
    if (active >= active_dials_max) break;
    if (peer.dialling || peer.connected || now_ms < peer.next_ms) continue;
    peer.dialling = true;
    ++active;
    out.push_back(address);
  }
  return out;
}

void Gossip::opened(const std::string& address, std::uint64_t now_ms) {
  const auto peer = peers_.find(address);
  if (peer == peers_.end()) return;
  peer->second.dialling = false;
  peer->second.connected = true;
  peer->second.since_ms = now_ms;
}

void Gossip::closed(const std::string& address, std::uint64_t now_ms) {
  const auto found = peers_.find(address);
  if (found == peers_.end()) return;
  Peer& peer = found->second;
  if (peer.connected && now_ms - peer.since_ms > stable_ms) peer.back_off_ms = redial_ms_min;
  peer.connected = false;
  peer.dialling = ledger::mutant(ledger::Mutant::redial_forgotten);
  const std::uint64_t jitter = random_.u64() % (peer.back_off_ms / 2 + 1);
  peer.next_ms = now_ms + peer.back_off_ms / 2 + jitter;
  peer.back_off_ms = std::min(peer.back_off_ms * 2, redial_ms_max);
}

}  // namespace verbena::replication
