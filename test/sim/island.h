// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "test/sim/node.h"

namespace verbena::sim {

// Devices that know each other from the outset and links in which nothing goes wrong: where the
// simulator measures.
class Island {
 public:
  Island(std::uint64_t seed, const LinkQuality& quality);

  // Before build(): a device, by its number.
  std::size_t add(schemas::Role role, const std::string& alias, const std::string& stand = {});
  // Every device holds every certificate. None runs yet.
  void build();
  // `from` dials `to`.
  void connect(std::size_t from, std::size_t to) { nodes[from]->add_peer(nodes[to]->alias()); }
  void start_all() {
    for (auto& node : nodes) node->start();
  }
  bool all_agree();
  bool revoked_at(std::size_t node, const ledger::PublicKey& key);

  test::SeededRandom random;
  Scheduler scheduler;
  Network network;
  test::World world;
  std::vector<std::string> aliases;
  std::vector<std::unique_ptr<SimNode>> nodes;
  std::vector<std::string> violations;
};

}  // namespace verbena::sim
