// SPDX-License-Identifier: Apache-2.0
#include "node/for_two.h"

#include <set>
#include <sstream>

#include "ledger/core/sealed.h"

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::PublicKey;
using ledger::Result;

namespace {

Result<std::string> seal_pair(std::string_view secret, const PublicKey& outer,
                              const PublicKey& inner, ledger::Random& random) {
  std::string box(secret);
  for (const PublicKey* holder : {&inner, &outer}) {
    auto key = ledger::box_key_of(*holder);
    if (!key) return key.error();
    auto closed = ledger::seal_for(*key, box, random);
    if (!closed) return closed.error();
    box = closed.take();
  }
  return ledger::hex(ledger::key_id(outer)) + " " + ledger::hex(ledger::key_id(inner)) + " " +
         ledger::hex(box) + "\n";
}

}  // namespace

Result<std::string> seal_for_two(std::string_view secret, std::span<const PublicKey> holders,
                                 ledger::Random& random) {
  const std::set<PublicKey> distinct(holders.begin(), holders.end());
  if (holders.size() < 2 || holders.size() > holders_max || distinct.size() != holders.size()) {
    return Error{Errc::bad_input, "a secret for two needs 2 to " + std::to_string(holders_max) +
                                      " holders, each of another key"};
  }
  std::string out;
  for (std::size_t i = 0; i < holders.size(); ++i) {
    for (std::size_t j = i + 1; j < holders.size(); ++j) {
      auto line = seal_pair(secret, holders[i], holders[j], random);
      if (!line) return line.error();
      out += *line;
    }
  }
  return out;
}

Result<std::string> open_for_two(std::string_view sealed, const ledger::SigningKey& one,
                                 const ledger::SigningKey& other) {
  const std::string ids[] = {ledger::hex(ledger::key_id(one.public_key())),
                             ledger::hex(ledger::key_id(other.public_key()))};
  std::istringstream lines{std::string(sealed)};
  std::string outer, inner, box;
  while (lines >> outer >> inner >> box) {
    const bool forward = outer == ids[0] && inner == ids[1];
    if (!forward && (outer != ids[1] || inner != ids[0])) continue;
    const auto closed = ledger::unhex(box);
    const auto opened =
        closed ? ledger::open_sealed_for(ledger::BoxKey::of(forward ? one : other), *closed)
               : std::nullopt;
    const auto secret =
        opened ? ledger::open_sealed_for(ledger::BoxKey::of(forward ? other : one), *opened)
               : std::nullopt;
    if (secret) return *secret;
    return Error{Errc::bad_signature, "what is sealed for these two supervisors is damaged"};
  }
  return Error{Errc::bad_signature, "it is not sealed for these two supervisors"};
}

}  // namespace verbena::node
