// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <vector>

#include "ledger/core/certificate.h"
#include "ledger/core/log.h"
#include "schemas/wipe.pb.h"

// Proofs of wipe (docs/wipe.md): the last word of a device's key, and who holds what it held.
namespace verbena::ledger {

constexpr std::string_view wipe_magic = "VERWIPE1";
constexpr std::size_t wipe_bytes_max = 4 << 20;
constexpr std::uint32_t wipe_version = 1;
constexpr std::size_t wipe_persons_min = 2;
constexpr std::size_t wipe_reason_bytes_max = 500;

// Whose receipt lets a home go: a hub's or a supervisor's device. Those keep what they hold until a
// sealed archive has it; two tills that vouched for one another could both go, and all with them.
bool vouches_for_wipe(const Certificate& witness, const Certificate& of);

// What supervisors sign who let a home go that is not held elsewhere: this device, these ends of
// its logs, so many logs of others, this reason. `device`: of its certificate.
Bytes wipe_override_message(const schemas::Wipe& wipe, const Certificate& device,
                            std::string_view reason);
schemas::Signature approve_wipe(const schemas::Wipe& wipe, const Certificate& device,
                                std::string_view reason, const SigningKey& key);

// The file: signed by the device's own key.
Bytes write_wipe(const schemas::Wipe& wipe, const SigningKey& key);

struct ProvenLog {
  LogName name;
  std::uint64_t size = 0;
  std::vector<std::string> witnesses;  // aliases of devices that hold exactly this
  bool sealed = false;                 // it ends a log of the seal
};
struct ProvenWipe {
  Certificate device;
  Certificate root;
  std::uint64_t wall_ms = 0;  // by the device's clock
  std::vector<ProvenLog> logs;
  std::vector<std::string> seal_signers;
  std::uint64_t relied = 0;            // logs of others that no seal was shown for
  std::string reason;                  // empty: nothing was overridden
  std::vector<std::string> approvers;  // of the override

  bool covered() const;  // whether all is held elsewhere: else it was overridden
};
// The fingerprint of the root that a proof of wipe names: nobody has checked it yet.
Result<std::string> wipe_root(std::string_view file);

// Every byte is bound. `fingerprint`: of the root, 32 hex digits. Errc::bad_input where that is
// none, else Errc::bad_signature.
Result<ProvenWipe> verify_wipe(std::string_view file, std::string_view fingerprint);

}  // namespace verbena::ledger
