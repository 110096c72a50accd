// SPDX-License-Identifier: Apache-2.0
#include "node/checkpoints.h"

#include <set>

#include "ledger/checkpoint.h"

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Result;

namespace {

// "log size root", hexadecimal and decimal.
std::string tip_line(const ledger::Bytes& leaf) {
  const std::string_view bytes = leaf;
  return ledger::hex(bytes.substr(0, 32)) + " " +
         std::to_string(ledger::get_be(bytes.substr(32, 8))) + " " + ledger::hex(bytes.substr(40)) +
         "\n";
}

}  // namespace

Result<WrittenCheckpoints> write_checkpoints(const replication::Archive& archive,
                                             const ArchiveAudit& audit, const Path& out) {
  if (!list_directory(out).empty()) return Error{Errc::bad_input, out.string() + ": is not empty"};
  if (auto status = make_directory(out); !status) return status.error();
  WrittenCheckpoints written;
  std::vector<schemas::SignedSeal> seals;
  std::set<std::string> keys;
  for (std::size_t i = 0; i < audit.seals.size(); ++i) {
    seals.push_back(archive.seals[i].seal);
    const SealVerdict& verdict = audit.seals[i];
    if (!verdict.holds || verdict.note.empty()) continue;
    auto checkpoint = ledger::checkpoint_of(seals);
    if (!checkpoint) return checkpoint.error();
    std::string tips;
    for (const auto& leaf : checkpoint->leaves) tips += tip_line(leaf);
    const Path name = out / ("seal-" + std::to_string(verdict.number));
    if (auto status = write_file(name.string() + ".checkpoint", verdict.note); !status) {
      return status.error();
    }
    if (auto status = write_file(name.string() + ".tips", tips); !status) return status.error();
    keys.insert(verdict.note_keys.begin(), verdict.note_keys.end());
    ++written.checkpoints;
    written.files += 2;
  }
  std::string lines;
  for (const auto& key : keys) lines += key + "\n";
  if (auto status = write_file(out / "keys", lines); !status) return status.error();
  ++written.files;
  return written;
}

}  // namespace verbena::node
