// SPDX-License-Identifier: Apache-2.0
#include "node/payout/tries.h"

#include "ledger/core/sealed.h"

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Result;
using ledger::Status;

Status ClaimTries::create(const Path& path) {
  return write_file(path, std::string(try_counters, '\0'), true);
}

Result<ClaimTries> ClaimTries::open(const Path& path, const ClaimKey& key) {
  auto counters = read_file(path, try_counters);
  if (!counters) return counters.error();
  if (counters->size() != try_counters) {
    return Error{Errc::damaged, path.string() + ": is damaged"};
  }
  return ClaimTries(path, counters.take(), key);
}

char& ClaimTries::counter(std::uint64_t number) {
  ledger::Bytes message = "verbena-claim-tries-v1";
  ledger::put_u64(message, number);
  const auto hash = ledger::keyed_hash(ledger::view(key_), message, 16);
  return counters_[ledger::get_be(std::string_view(hash).substr(0, 8)) % try_counters];
}

Result<bool> ClaimTries::begin(std::uint64_t number) {
  char& tries = counter(number);
  const bool left = static_cast<unsigned char>(tries) < claim_tries_max;
  if (left) ++tries;
  // Written also where nothing changed: who is locked out is not answered sooner.
  if (auto status = write_file(path_, counters_, true); !status) return status.error();
  return left;
}

Status ClaimTries::clear(std::uint64_t number) {
  counter(number) = '\0';
  return write_file(path_, counters_, true);
}

}  // namespace verbena::node
