// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "ledger/core/result.h"

namespace verbena::node {

// A TCP relay on loopback for demonstrations and tests: mTLS runs through it untouched. Links are
// cut, delayed and healed here; the product itself has no "pretend offline" switch.
class Relay {
 public:
  Relay();
  ~Relay();

  // Listens on a free port and passes connections on to `target` (host:port, loopback). Returns
  // the address to dial.
  ledger::Result<std::string> add(const std::string& name, const std::string& target);
  void retarget(const std::string& name, const std::string& target);
  // Drops the route's connections; new ones are refused until healed.
  void cut(const std::string& name, bool is_cut);
  void delay(const std::string& name, std::uint64_t delay_ms);
  std::uint64_t bytes_moved() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace verbena::node
