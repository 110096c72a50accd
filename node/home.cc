// SPDX-License-Identifier: Apache-2.0
#include "node/home.h"

#include "ledger/store/head_file.h"
#include "ledger/store/rocks_store.h"

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Result;
using ledger::Status;

namespace {

constexpr std::string_view locked_magic = "VBK1";

Result<ledger::Certificate> read_certificate(const Path& path) {
  auto bytes = read_file(path);
  if (!bytes) return bytes.error();
  auto parsed = ledger::parse_signed_certificate(*bytes);
  if (!parsed) return Error{parsed.error().code, path.string() + ": " + parsed.error().text};
  return parsed->certificate;
}

// A secret file's content; unlocked where it is locked.
Result<std::string> read_secret(const Path& path, const std::optional<std::string>& passphrase) {
  auto bytes = read_file(path);
  if (!bytes || !bytes->starts_with(locked_magic)) return bytes;
  if (!passphrase) {
    return Error{Errc::bad_input, path.string() + ": is locked, a passphrase is needed"};
  }
  auto secret = ledger::unlock_secret(*bytes, *passphrase);
  if (!secret) return Error{secret.error().code, path.string() + ": " + secret.error().text};
  return secret;
}

Status is_finished(const Path& home) {
  if (!is_unfinished(home)) return ledger::done();
  const auto command = read_file(home / unfinished_file);
  return Error{Errc::storage, home.string() + ": was never finished; the same \"verbena " +
                                  (command ? *command : "enrol") + "\" finishes it"};
}

Result<HomeKeys> read_keys(const Path& home, const std::optional<std::string>& passphrase) {
  if (auto status = not_wiped(home); !status) return status.error();
  if (!path_exists(home / "certificate")) {
    return Error{Errc::storage, home.string() + ": not a device's home"};
  }
  auto certificate = read_certificate(home / "certificate");
  if (!certificate) return certificate.error();
  auto root = read_certificate(home / "root");
  if (!root) return root.error();
  if (root->festival != certificate->festival) {
    return Error{Errc::other_festival, home.string() + ": its certificate is of another festival"};
  }
  auto seed = read_secret(home / "device.key", passphrase);
  if (!seed) return seed.error();
  const auto fixed_seed = ledger::fixed<32>(*seed);
  if (!fixed_seed) return Error{Errc::damaged, (home / "device.key").string() + ": is damaged"};
  auto key = ledger::SigningKey::from_seed(*fixed_seed);
  if (key.public_key() != certificate->key) {
    return Error{Errc::damaged, home.string() + ": key and certificate do not belong together"};
  }
  HomeKeys out{{*certificate, key}, *root, {}, {}};
  const std::pair<const char*, std::string*> files[] = {
      {"tls.key", &out.tls.key_pem},
      {"tls.crt", &out.tls.certificate_pem},
      {"ca.crt", &out.authority_pem},
  };
  for (const auto& [name, content] : files) {
    auto bytes = read_secret(home / name, passphrase);
    if (!bytes) return bytes.error();
    *content = bytes.take();
  }
  return out;
}

Result<OpenHome> open_with(HomeKeys keys, const Path& home, const ledger::Clock& clock,
                           ledger::Random& random) {
  auto lock = FileLock::take(home / "lock", false);
  if (!lock) return Error{Errc::locked, home.string() + ": another process runs on this home"};
  // Wiped since its keys were read?
  if (auto status = not_wiped(home); !status) return status.error();
  auto opened = ledger::open_rocks_store((home / "store").string(), {});
  if (!opened) return opened.error();
  std::vector<std::string> alarms;
  if (opened->recovered) alarms.push_back(opened->recovery_note);
  auto remembered = ledger::read_head_file((home / "head").string());
  if (!remembered) {
    alarms.push_back(remembered.error().text);
  } else {
    for (auto& text : ledger::compare_heads(*remembered, *opened->store)) {
      alarms.push_back(std::move(text));
    }
  }
  auto opened_ledger =
      ledger::Ledger::open(*opened->store, keys.root, keys.identity, clock, random);
  if (!opened_ledger) {
    return Error{opened_ledger.error().code, home.string() + ": " + opened_ledger.error().text};
  }
  return OpenHome{home,
                  std::move(keys),
                  lock.take(),
                  std::move(opened->store),
                  opened_ledger.take(),
                  std::move(alarms)};
}

}  // namespace

bool is_unfinished(const Path& home) {
  return path_exists(home / unfinished_file);
}

bool is_locked(const Path& home) {
  const auto bytes = read_file(home / "device.key");
  return bytes && bytes->starts_with(locked_magic);
}

Status not_wiped(const Path& home) {
  if (path_exists(home / wiped_file)) {
    return Error{Errc::storage, home.string() + ": was wiped; " + wiped_file + " proves it"};
  }
  if (path_exists(home / wiping_file)) {
    return Error{Errc::storage,
                 home.string() + ": its wipe was cut short; verbena wipe finishes it"};
  }
  return ledger::done();
}

std::string tls_server_name(std::uint64_t festival) {
  return "verbena-" + ledger::hex_u64(festival);
}

Status write_home(const Path& home, const ledger::SigningKey& key, const std::string& locked_key,
                  const std::string& certificate, const std::string& root, const TlsIdentity& tls,
                  const std::string& authority_pem) {
  if (auto status = not_wiped(home); !status) return status;
  if (auto status = make_directory(home); !status) return status;
  const std::string seed = locked_key.empty() ? ledger::to_bytes(key.seed()) : locked_key;
  const std::pair<const char*, std::pair<std::string, bool>> files[] = {
      {"device.key", {seed, true}},
      {"certificate", {certificate, false}},
      {"root", {root, false}},
      {"tls.key", {tls.key_pem, true}},
      {"tls.crt", {tls.certificate_pem, false}},
      {"ca.crt", {authority_pem, false}},
  };
  for (const auto& [name, content] : files) {
    if (auto status = write_file(home / name, content.first, content.second); !status)
      return status;
  }
  return ledger::done();
}

Result<HomeKeys> read_home(const Path& home, const std::optional<std::string>& passphrase) {
  if (auto status = is_finished(home); !status) return status.error();
  return read_keys(home, passphrase);
}

Result<HomeKeys> read_unfinished_home(const Path& home) {
  return read_keys(home, {});
}

Status remember_heads(const Path& home, const OpenHome& open) {
  std::vector<ledger::StoredLog> own;
  for (const auto& log : open.ledger->logs()) {
    if (log.name.certificate == open.keys.identity.certificate.hash) {
      own.push_back({log.name, log.head});
    }
  }
  return ledger::write_head_file((home / "head").string(), own);
}

Result<OpenHome> open_home(const Path& home, const ledger::Clock& clock, ledger::Random& random,
                           const std::optional<std::string>& passphrase) {
  auto keys = read_home(home, passphrase);
  if (!keys) return keys.error();
  return open_with(keys.take(), home, clock, random);
}

Result<OpenHome> open_unfinished_home(const Path& home, const ledger::Clock& clock,
                                      ledger::Random& random) {
  auto keys = read_unfinished_home(home);
  if (!keys) return keys.error();
  return open_with(keys.take(), home, clock, random);
}

}  // namespace verbena::node
