// SPDX-License-Identifier: Apache-2.0
#include "node/band_keys.h"

#include <algorithm>

#include "ledger/core/crypto.h"
#include "ledger/roles.h"

namespace verbena::node {

using ledger::Bytes;
using ledger::Errc;
using ledger::Error;
using ledger::Result;
using ledger::Status;

namespace {

constexpr std::string_view magic = "VBANDKEY";
constexpr std::string_view locked_magic = "VBK1";  // of lock_secret
constexpr std::size_t head_bytes = 8 + 8 + 1;
constexpr std::size_t check_bytes = 8;
constexpr std::size_t file_bytes_max = 1024;
constexpr std::uint8_t has_credit = 1, has_owner = 2, has_presence = 4, lacks_debit = 8;

// In the order in which they are written.
std::array<std::optional<nfc::AesKey>*, 4> keys_in(BandKeys& keys) {
  return {&keys.debit, &keys.credit, &keys.owner, &keys.presence};
}

std::uint8_t which_are_there(const BandKeys& keys) {
  return static_cast<std::uint8_t>((keys.credit ? has_credit : 0) | (keys.owner ? has_owner : 0) |
                                   (keys.presence ? has_presence : 0) |
                                   (keys.debit ? 0 : lacks_debit));
}

Bytes checksum(std::string_view bytes) {
  return ledger::to_bytes(ledger::sha256({bytes})).substr(0, check_bytes);
}

}  // namespace

BandKeys make_band_keys(std::uint64_t festival, ledger::Random& random) {
  BandKeys out;
  out.festival = festival;
  for (auto* key : keys_in(out)) random.fill(key->emplace());
  return out;
}

std::optional<BandKeys> share_of(const BandKeys& all, schemas::Role role) {
  using ledger::Action;
  if (ledger::may(role, Action::top_up))
    return BandKeys{all.festival, all.debit, all.credit, {}, {}};
  if (ledger::may(role, Action::sell) || ledger::may(role, Action::refund)) {
    return BandKeys{all.festival, all.debit, {}, {}, {}};
  }
  if (role == schemas::HUB) return BandKeys{all.festival, {}, {}, {}, all.presence};
  return std::nullopt;
}

Bytes encode_band_keys(const BandKeys& keys) {
  Bytes out(magic);
  ledger::put_u64(out, keys.festival);
  ledger::put_u8(out, which_are_there(keys));
  for (const auto* key : {&keys.debit, &keys.credit, &keys.owner, &keys.presence}) {
    if (*key) out += ledger::view(**key);
  }
  return out + checksum(out);
}

Result<BandKeys> parse_band_keys(std::string_view bytes) {
  const Error damaged{Errc::damaged, "no keys for bands, or they are damaged"};
  if (!bytes.starts_with(magic) || bytes.size() < head_bytes + check_bytes) return damaged;
  const auto which = static_cast<std::uint8_t>(bytes[head_bytes - 1]);
  const std::array there{(which & lacks_debit) == 0, (which & has_credit) != 0,
                         (which & has_owner) != 0, (which & has_presence) != 0};
  const auto keys = static_cast<std::size_t>(std::count(there.begin(), there.end(), true));
  const auto body = bytes.substr(0, bytes.size() - check_bytes);
  if ((which & ~(has_credit | has_owner | has_presence | lacks_debit)) != 0 ||
      body.size() != head_bytes + keys * nfc::block_bytes ||
      bytes.substr(body.size()) != checksum(body)) {
    return damaged;
  }
  std::size_t at = head_bytes;
  BandKeys out;
  out.festival = ledger::get_be(body.substr(magic.size(), 8));
  const auto into = keys_in(out);
  for (std::size_t i = 0; i < into.size(); ++i) {
    if (!there[i]) continue;
    *into[i] = ledger::fixed<nfc::block_bytes>(body.substr(at, nfc::block_bytes));
    at += nfc::block_bytes;
  }
  return out;
}

Status write_band_keys(const Path& home, const BandKeys& keys,
                       const std::optional<std::string>& passphrase, ledger::Random& random) {
  const Bytes bytes = encode_band_keys(keys);
  return write_file(home / band_keys_file,
                    passphrase ? ledger::lock_secret(bytes, *passphrase, random) : bytes, true);
}

Result<std::optional<BandKeys>> read_band_keys(const Path& home,
                                               const std::optional<std::string>& passphrase) {
  const Path path = home / band_keys_file;
  if (!path_exists(path)) return std::optional<BandKeys>();
  auto bytes = read_file(path, file_bytes_max);
  if (!bytes) return bytes.error();
  if (bytes->starts_with(locked_magic)) {
    if (!passphrase) {
      return Error{Errc::bad_input, path.string() + ": is locked, a passphrase is needed"};
    }
    bytes = ledger::unlock_secret(*bytes, *passphrase);
    if (!bytes) return Error{bytes.error().code, path.string() + ": " + bytes.error().text};
  }
  auto keys = parse_band_keys(*bytes);
  if (!keys) return Error{keys.error().code, path.string() + ": " + keys.error().text};
  return std::optional<BandKeys>(keys.take());
}

}  // namespace verbena::node
