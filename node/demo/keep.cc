// SPDX-License-Identifier: Apache-2.0
#include "node/demo/keep.h"

#include "node/archive.h"

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Result;

Result<std::uint64_t> seal_ground(const Ground& ground, const Path& source, const Path& out) {
  auto opened = open_audit_source(source);
  if (!opened) return opened.error();
  std::vector<AuditSource> sources;
  sources.push_back(opened.take());
  auto closed = close_festival(sources);
  if (!closed) return closed.error();
  std::string file = std::move(closed->file);
  for (const auto* supervisor : {&ground.first_supervisor(), &ground.supervisor()}) {
    auto sealing = seal_archive(file, supervisor->identity.key);
    if (!sealing) return sealing.error();
    if (!sealing->objections.empty()) {
      return Error{Errc::internal, "the archive cannot be sealed: " + sealing->objections.front()};
    }
    file = std::move(sealing->file);
  }
  if (auto status = write_file(out, file); !status) return status.error();
  return file.size();
}

}  // namespace verbena::node
