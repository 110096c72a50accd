// SPDX-License-Identifier: Apache-2.0
#include "node/band_keys.h"

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
constexpr std::uint8_t has_credit = 1, has_owner = 2;

Bytes checksum(std::string_view bytes) {
  return ledger::to_bytes(ledger::sha256({bytes})).substr(0, check_bytes);
}

}  // namespace

BandKeys make_band_keys(std::uint64_t festival, ledger::Random& random) {
  BandKeys out{festival, {}, nfc::AesKey{}, nfc::AesKey{}};
  for (auto* key : {&out.debit, &*out.credit, &*out.owner}) random.fill(*key);
  return out;
}

std::optional<BandKeys> share_of(const BandKeys& all, schemas::Role role) {
  using ledger::Action;
  if (ledger::may(role, Action::top_up)) return BandKeys{all.festival, all.debit, all.credit, {}};
  if (ledger::may(role, Action::sell) || ledger::may(role, Action::refund)) {
    return BandKeys{all.festival, all.debit, {}, {}};
  }
  return std::nullopt;
}

Bytes encode_band_keys(const BandKeys& keys) {
  Bytes out(magic);
  ledger::put_u64(out, keys.festival);
  ledger::put_u8(out, static_cast<std::uint8_t>((keys.credit ? has_credit : 0) |
                                                (keys.owner ? has_owner : 0)));
  out += ledger::view(keys.debit);
  if (keys.credit) out += ledger::view(*keys.credit);
  if (keys.owner) out += ledger::view(*keys.owner);
  return out + checksum(out);
}

Result<BandKeys> parse_band_keys(std::string_view bytes) {
  const Error damaged{Errc::damaged, "no keys for bands, or they are damaged"};
  if (!bytes.starts_with(magic) || bytes.size() < head_bytes + check_bytes) return damaged;
  const auto which = static_cast<std::uint8_t>(bytes[head_bytes - 1]);
  const std::size_t keys = 1u + ((which & has_credit) != 0) + ((which & has_owner) != 0);
  const auto body = bytes.substr(0, bytes.size() - check_bytes);
  if ((which & ~(has_credit | has_owner)) != 0 ||
      body.size() != head_bytes + keys * nfc::block_bytes ||
      bytes.substr(body.size()) != checksum(body)) {
    return damaged;
  }
  std::size_t at = head_bytes;
  const auto next = [&] {
    at += nfc::block_bytes;
    return *ledger::fixed<nfc::block_bytes>(body.substr(at - nfc::block_bytes, nfc::block_bytes));
  };
  BandKeys out;
  out.festival = ledger::get_be(body.substr(magic.size(), 8));
  out.debit = next();
  if ((which & has_credit) != 0) out.credit = next();
  if ((which & has_owner) != 0) out.owner = next();
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
