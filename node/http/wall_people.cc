// SPDX-License-Identifier: Apache-2.0
#include "node/http/wall_people.h"

#include <nlohmann/json.hpp>

#include "ledger/core/certificate.h"
#include "ledger/core/crypto.h"
#include "node/http/totp.h"

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Result;
using nlohmann::ordered_json;

namespace {

Path file_in(const Path& home) {
  return home / wall_people_file;
}

Result<ordered_json> read_people(const Path& home) {
  if (!path_exists(file_in(home))) return ordered_json::object();
  auto text = read_file(file_in(home));
  if (!text) return text.error();
  auto people = ordered_json::parse(*text, nullptr, false);
  if (!people.is_object()) {
    return Error{Errc::damaged, file_in(home).string() + ": cannot be read"};
  }
  return people;
}

std::string draw(ledger::Random& random, std::size_t count) {
  std::string out(count, '\0');
  random.fill({reinterpret_cast<std::uint8_t*>(out.data()), out.size()});
  return out;
}

}  // namespace

Result<std::string> add_wall_person(const Path& home, const std::string& alias,
                                    const std::string& passphrase, ledger::Random& random) {
  if (!path_exists(home / "certificate")) {
    return Error{Errc::storage, home.string() + ": not a device's home"};
  }
  if (!ledger::is_alias(alias)) {
    return Error{Errc::bad_input, "\"" + alias + "\" must match [a-z0-9-]{1,32}"};
  }
  if (passphrase.size() < passphrase_characters_min) {
    return Error{Errc::bad_input, "a passphrase has at least 8 characters"};
  }
  auto people = read_people(home);
  if (!people) return people.error();
  const std::string salt = draw(random, ledger::stretch_salt_bytes);
  const std::string secret = draw(random, http::totp_secret_bytes);
  (*people)[alias] = {{"salt", ledger::hex(std::string_view(salt))},
                      {"verifier", ledger::hex(ledger::stretch(passphrase, salt))},
                      {"code_secret", ledger::hex(std::string_view(secret))}};
  if (auto status = write_file(file_in(home), people->dump(2) + "\n", true); !status) {
    return status.error();
  }
  return "otpauth://totp/Verbena:" + alias + "?secret=" + http::base32(secret) + "&issuer=Verbena";
}

Result<std::optional<WallPerson>> find_wall_person(const Path& home, const std::string& alias) {
  auto people = read_people(home);
  if (!people) return people.error();
  const auto found = people->find(alias);
  if (found == people->end()) return std::optional<WallPerson>();
  const auto field = [&](const char* name) -> std::string {
    const auto value = found->is_object() ? found->find(name) : found->end();
    if (!found->is_object() || value == found->end() || !value->is_string()) return {};
    return ledger::unhex(value->get<std::string>()).value_or("");
  };
  WallPerson out{alias, field("salt"), {}, field("code_secret")};
  const auto verifier = ledger::fixed<32>(field("verifier"));
  if (out.salt.size() != ledger::stretch_salt_bytes || !verifier || out.code_secret.empty()) {
    return Error{Errc::damaged,
                 file_in(home).string() + ": the entry of " + alias + " cannot be read"};
  }
  out.verifier = *verifier;
  return std::optional(out);
}

}  // namespace verbena::node
