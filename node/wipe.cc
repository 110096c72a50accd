// SPDX-License-Identifier: Apache-2.0
#include "node/wipe.h"

#include "node/band_keys.h"
#include "node/http/wall_people.h"
#include "node/wipe_proof.h"

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Result;
using ledger::Status;

namespace {

// All that a home consists of beside its store. Secrets first: what is left without them can sign
// nothing and connect to nobody.
constexpr const char* home_files[] = {"device.key",     "tls.key",     band_keys_file,
                                      wall_people_file, "tls.crt",     "ca.crt",
                                      "root",           "certificate", "head"};
constexpr const char* beside[] = {"", ".new", ".gone"};  // left by a write or a removal cut short

// What is removed through a link stays where it is.
Status has_no_links(const Path& home) {
  std::vector<Path> all{home / "store"};
  for (const char* name : home_files) all.push_back(home / name);
  for (const auto& path : all) {
    if (is_link(path)) {
      return Error{Errc::bad_input, path.string() + ": is a link; wipe takes files in place only"};
    }
  }
  return ledger::done();
}

// A wipe begins with the key, so whoever has a key still has a certificate to compare.
Status belongs(const Path& home, const ledger::ProvenWipe& proven, const Path& proof) {
  auto bytes = read_file(home / "certificate");
  auto own = bytes ? ledger::parse_signed_certificate(*bytes)
                   : Result<ledger::SignedCertificate>(bytes.error());
  const bool same = own && own->certificate.hash == proven.device.hash;
  if (same || (!own && !path_exists(home / "device.key"))) return ledger::done();
  return Error{Errc::damaged, proof.string() + ": proves that " + proven.device.alias +
                                  " was wiped, which is not this home: take it away"};
}

Error stopped() {
  return {Errc::internal, "stopped"};
}

// From here on nothing is asked any more.
Status take_apart(const Path& home, const std::string& proof, const WipeStep& step) {
  const auto go = [&](const std::string& act) { return !step || step(act); };
  for (const char* name : home_files) {
    for (const char* suffix : beside) {
      const Path path = (home / name).string() + suffix;
      if (!path_exists(path)) continue;
      if (!go("overwrite " + path.filename().string())) return stopped();
      if (auto status = overwrite_file(path); !status) return status;
      if (!go("remove " + path.filename().string())) return stopped();
      if (auto status = discard_file(path); !status) return status;
    }
  }
  if (!go("remove the store")) return stopped();
  if (auto status = remove_tree(home / "store"); !status) return status;
  for (const char* suffix : beside) {  // room kept free for a full disk: nothing is in it
    const Path path = (home / "store.ballast").string() + suffix;
    if (!path_exists(path)) continue;
    if (!go("remove " + path.filename().string())) return stopped();
    if (auto status = discard_file(path); !status) return status;
  }
  if (!go("write the proof")) return stopped();
  if (auto status = write_file(home / wiped_file, proof); !status) return status;
  for (const char* suffix : beside) {
    const Path path = (home / wiping_file).string() + suffix;
    if (!path_exists(path)) continue;
    if (!go("remove " + path.filename().string())) return stopped();
    if (auto status = discard_file(path); !status) return status;
  }
  return ledger::done();
}

}  // namespace

Result<WipeOutcome> wipe_home(const Path& home, const std::optional<std::string>& passphrase,
                              const WipeRequest& request, const ledger::Clock& clock,
                              ledger::Random& random, const WipeStep& step) {
  const auto begun = [&] {
    return path_exists(home / wiped_file)    ? std::optional(home / wiped_file)
           : path_exists(home / wiping_file) ? std::optional(home / wiping_file)
                                             : std::nullopt;
  };
  if (!begun() && !path_exists(home / "certificate")) {
    return Error{Errc::storage, home.string() + ": not a device's home"};
  }
  auto lock = FileLock::take(home / "lock", false);
  if (!lock) return Error{Errc::locked, home.string() + ": another process runs on this home"};
  WipeOutcome out;
  std::string proof;
  const auto proof_file = begun();
  if (proof_file) {
    auto bytes = read_file(*proof_file, ledger::wipe_bytes_max);
    if (!bytes) return bytes.error();
    proof = bytes.take();
  } else {
    if (auto status = has_no_links(home); !status) return status.error();
    auto made = make_wipe_proof(home, passphrase, request, clock, random, out);
    if (!made) return made.error();
    if (made->empty()) return out;
    proof = made.take();
  }
  // Nothing goes on the strength of a proof that nobody would accept, or of another home's.
  auto fingerprint = ledger::wipe_root(proof);
  auto proven = fingerprint ? ledger::verify_wipe(proof, *fingerprint)
                            : Result<ledger::ProvenWipe>(fingerprint.error());
  if (!proven) {
    return Error{Errc::damaged,
                 (proof_file ? proof_file->string() : home.string()) + ": " + proven.error().text};
  }
  if (proof_file) {
    if (auto status = belongs(home, *proven, *proof_file); !status) return status.error();
  } else {
    if (step && !step("begin")) return stopped();
    if (auto status = write_file(home / wiping_file, proof); !status) return status.error();
  }
  if (auto status = take_apart(home, proof, step); !status) return status.error();
  out.wiped = true;
  out.proven = proven.take();
  out.fingerprint = *fingerprint;
  for (const Path& path : list_directory(home)) {
    if (path.filename() != wiped_file && path.filename() != "lock") out.left.push_back(path);
  }
  return out;
}

}  // namespace verbena::node
