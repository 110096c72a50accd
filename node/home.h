// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>

#include "ledger/ledger.h"
#include "node/files.h"
#include "node/pki.h"

// A device's home: its keys and its store.
//   device.key   signing seed, 32 bytes (in an office locked under a passphrase, as tls.key is)
//   certificate  its signed festival certificate      root       the root's
//   tls.key, tls.crt, ca.crt                          store/     RocksDB
//   band.keys    of the chips of bands, where it taps them (node/band_keys.h)
//   lock         held by the process that runs here   head       the head file
//   unfinished   while it is being made: the command that finishes it (node/enrolment.h)
//   wiping.verbena-proof, wiped.verbena-proof          of a home that is no more (docs/wipe.md)
namespace verbena::node {

struct HomeKeys {
  ledger::DeviceIdentity identity;
  ledger::Certificate root;
  TlsIdentity tls;
  std::string authority_pem;
};

// The proof of wipe of a home that is being taken apart, and of one of which nothing else is left.
constexpr const char* wiping_file = "wiping.verbena-proof";
constexpr const char* wiped_file = "wiped.verbena-proof";
// Fails for a home whose wipe has begun: it is opened by nobody any more.
ledger::Status not_wiped(const Path& home);

// Holds, while a home is being made, the command that finishes it. Nobody else opens it until then.
constexpr const char* unfinished_file = "unfinished";
bool is_unfinished(const Path& home);

// Whether its signing key needs a passphrase; false where there is none.
bool is_locked(const Path& home);

// The name every device of a festival serves TLS under.
std::string tls_server_name(std::uint64_t festival);

ledger::Status write_home(const Path& home, const ledger::SigningKey& key,
                          const std::string& locked_key, const std::string& certificate,
                          const std::string& root, const TlsIdentity& tls,
                          const std::string& authority_pem);

// Reads keys without opening the store. Locked keys need the passphrase.
ledger::Result<HomeKeys> read_home(const Path& home,
                                   const std::optional<std::string>& passphrase = {});

// A home opened for running: one process at a time.
struct OpenHome {
  Path path;
  HomeKeys keys;
  FileLock lock;
  std::unique_ptr<ledger::EventStore> store;
  std::unique_ptr<ledger::Ledger> ledger;
  std::vector<std::string> alarms;  // what recovery has to say
};
// Remembers how long this device's own logs are, beside the store.
ledger::Status remember_heads(const Path& home, const OpenHome& open);

ledger::Result<OpenHome> open_home(const Path& home, const ledger::Clock& clock,
                                   ledger::Random& random,
                                   const std::optional<std::string>& passphrase = {});

// The same for who makes it.
ledger::Result<HomeKeys> read_unfinished_home(const Path& home);
ledger::Result<OpenHome> open_unfinished_home(const Path& home, const ledger::Clock& clock,
                                              ledger::Random& random);

}  // namespace verbena::node
