// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>

#include "ledger/branches.h"
#include "ledger/ledger.h"
#include "ledger/missing.h"

namespace verbena::replication {

// What an archive holds, for reading: every run in the order of the file. Runs are only joined
// here; whoever replays the store checks every head and leaf.
class ArchiveStore final : public ledger::EventStore {
 public:
  // Errc::not_contiguous where it does not continue its log.
  ledger::Status add(const ledger::LogRun& run);
  // Errc::bad_signature where no history of its log leads to its head.
  ledger::Status add_branch(const ledger::LogRun& run);
  std::vector<ledger::LogTip> tips() const;

  ledger::Status append(const ledger::StoreBatch& batch, bool sync) override;
  ledger::Status sync() override { return ledger::done(); }
  ledger::Status reopen() override { return ledger::done(); }
  std::uint64_t free_bytes() const override { return 0; }
  std::vector<ledger::StoredLog> logs() const override;
  ledger::Status read(const ledger::LogName& log, std::uint64_t first, std::uint64_t count,
                      const EventVisitor& visit) const override;
  ledger::Result<std::vector<ledger::Head>> heads(const ledger::LogName& log,
                                                  std::uint64_t above) const override;
  ledger::Result<std::optional<ledger::Bytes>> meta(std::string_view key) const override;
  ledger::Status meta_range(std::string_view prefix, const MetaVisitor& visit) const override;

 private:
  // A run's events end to end: two allocations where a string for each would be as large again.
  struct PackedRun {
    std::uint64_t first = 0;
    ledger::Bytes bytes;
    std::vector<std::uint32_t> ends;
  };
  struct Log {
    std::vector<PackedRun> runs;
    std::vector<ledger::Head> heads;
    std::vector<ledger::Branch> branches;

    std::uint64_t size() const { return heads.empty() ? 0 : heads.back().size; }
  };
  std::map<ledger::LogName, Log> logs_;
  std::map<ledger::Bytes, ledger::Bytes, std::less<>> meta_;  // branches, as a store keeps them
};

}  // namespace verbena::replication
