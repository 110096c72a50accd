// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "ledger/core/bytes.h"
#include "ledger/core/seams.h"
#include "node/files.h"

// Who may sign in on a hub's wall, with a passphrase and codes. Kept in the hub's home only, never
// in a log: a log reaches every till, where passphrases could be tried.
namespace verbena::node {

struct WallPerson {
  std::string alias;
  std::string salt;         // 16 bytes
  ledger::Hash verifier{};  // Argon2id over the passphrase
  std::string code_secret;  // RFC 6238
};

constexpr std::size_t passphrase_characters_min = 8;
constexpr const char* wall_people_file = "wall-people.json";  // in the home

// Returns the otpauth:// address for the person's code app. An earlier entry of the alias ends.
ledger::Result<std::string> add_wall_person(const Path& home, const std::string& alias,
                                            const std::string& passphrase, ledger::Random& random);

// Absent: no such person here.
ledger::Result<std::optional<WallPerson>> find_wall_person(const Path& home,
                                                           const std::string& alias);

}  // namespace verbena::node
