// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "node/band_keys.h"

// A device's home from its first file to its last, and who must agree to it. The process may end
// at any moment: an unfinished home says so and is opened by nobody, and the command that began it
// finishes it.
namespace verbena::node {

// Asked before each act, which it names; false: the process ends here. For tests.
using MakeStep = std::function<bool(const std::string& act)>;
ledger::Status go_on(const MakeStep& step, const std::string& act);

struct NewHome {
  ledger::SigningKey key;
  std::string certificate;  // signed
  std::string root;         // signed
  TlsIdentity tls;
  std::string authority_pem;
  std::optional<BandKeys> band_keys;
};

// Whether a home is here, and finished.
bool is_enrolled(const Path& home);
ledger::Error enrolled_already(const Path& home);
// Fails where a home was begun for another device, and not finished.
ledger::Status may_begin(const Path& home, const ledger::Hash& certificate);
// Writes all but the store. `command`, without options, is what finishes it. Fails for a home that
// is finished.
ledger::Status begin_home(const Path& home, const std::string& command, const NewHome& parts,
                          ledger::Random& random);
// Copies what `from` knows of who belongs; then the home may be opened.
ledger::Status finish_home(const Path& home, ledger::Ledger& from, const ledger::Clock& clock,
                           ledger::Random& random);

// A draft for a control log.
ledger::Draft control_draft(schemas::Kind kind, const std::string& payload);

// Brings `to` up to date with all control logs of `from`.
ledger::Status copy_control_logs(ledger::Ledger& from, ledger::Ledger& to);

// Fails, saying which, unless both keys are of supervisors that `book` knows and that may approve,
// of two persons.
ledger::Status are_two_supervisors(ledger::Ledger& book, const ledger::Certificate& one,
                                   const ledger::Certificate& other);

}  // namespace verbena::node
