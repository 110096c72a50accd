// SPDX-License-Identifier: Apache-2.0
#include "node/passphrase.h"

#include "node/band_keys.h"

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Status;

namespace {

// A file that an earlier call came to opens with the new one already.
Status lock_anew(const Path& path, const std::string& old_one, const std::string& new_one,
                 ledger::Random& random) {
  auto bytes = read_file(path);
  if (!bytes) return bytes.error();
  auto secret = ledger::unlock_secret(*bytes, old_one);
  if (!secret && ledger::unlock_secret(*bytes, new_one)) return ledger::done();
  if (!secret) return Error{secret.error().code, path.string() + ": " + secret.error().text};
  return write_file(path, ledger::lock_secret(*secret, new_one, random), true);
}

}  // namespace

Status change_passphrase(const Path& home, const std::string& old_one, const std::string& new_one,
                         ledger::Random& random) {
  if (new_one.empty()) return Error{Errc::bad_input, "the new passphrase is empty"};
  if (auto status = not_wiped(home); !status) return status;
  if (!path_exists(home / "certificate") || !is_locked(home)) {
    return Error{Errc::bad_input, home.string() + ": not a home whose keys are locked"};
  }
  if (path_exists(home / band_keys_file) || path_exists(home.parent_path() / "fingerprint")) {
    return Error{Errc::bad_input,
                 home.string() + ": the office's passphrase is that of the whole directory"};
  }
  auto lock = FileLock::take(home / "lock", false);
  if (!lock) return Error{Errc::locked, home.string() + ": another process runs on this home"};
  // The signing key last: it is what a home is asked about (is_locked, HomeKeys).
  if (auto status = lock_anew(home / "tls.key", old_one, new_one, random); !status) return status;
  return lock_anew(home / "device.key", old_one, new_one, random);
}

}  // namespace verbena::node
