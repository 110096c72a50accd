// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node/files.h"
#include "node/payout/claim_secret.h"

// How often a wrong secret was given for a number, known or not: both are counted alike, in a file
// of one size. Numbers share counters by a keyed hash, so nobody can aim at somebody else's and no
// row of numbers fills it.
namespace verbena::node {

constexpr unsigned claim_tries_max = 5;
constexpr std::size_t try_counters = std::size_t{1} << 18;

class ClaimTries {
 public:
  static ledger::Status create(const Path& path);
  static ledger::Result<ClaimTries> open(const Path& path, const ClaimKey& key);

  // Counts a try, durably, before anybody looks whether it is right; false: none was left.
  ledger::Result<bool> begin(std::uint64_t number);
  // It was right, or an officer lets the bearer try again.
  ledger::Status clear(std::uint64_t number);

 private:
  ClaimTries(Path path, std::string counters, const ClaimKey& key)
      : path_(std::move(path)), counters_(std::move(counters)), key_(key) {}
  char& counter(std::uint64_t number);

  Path path_;
  std::string counters_;
  ClaimKey key_;
};

}  // namespace verbena::node
