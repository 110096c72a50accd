// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ledger/core/seams.h"

namespace verbena::replication {

constexpr std::uint64_t redial_ms_min = 200;
constexpr std::uint64_t redial_ms_max = 5'000;
constexpr std::size_t active_dials_max = 5;

// Whom to talk to and when: known addresses, dialled with a jittered, growing back-off.
class Gossip {
 public:
  explicit Gossip(ledger::Random& random) : random_(random) {}

  void add(const std::string& address);
  // Addresses to dial now.
  std::vector<std::string> due(std::uint64_t now_ms);
  void opened(const std::string& address, std::uint64_t now_ms);
  void closed(const std::string& address, std::uint64_t now_ms);

  struct Peer {
    bool dialling = false;
    bool connected = false;
    std::uint64_t back_off_ms = redial_ms_min;
    std::uint64_t next_ms = 0;
    std::uint64_t since_ms = 0;
  };
  const std::map<std::string, Peer>& peers() const { return peers_; }

 private:
  ledger::Random& random_;
  std::map<std::string, Peer> peers_;
};

}  // namespace verbena::replication
