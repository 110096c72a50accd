// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "ledger/ledger.h"
#include "ledger/missing.h"

// The festival's logs and its seals in one file (docs/archive.md). Only ever extended: an amendment
// keeps all bytes of what it amends. Reading one needs no Ledger and folds nothing.
//   "VERARCH1" | blocks: u8 kind, u32 length, hash, content
namespace verbena::replication {

constexpr std::string_view archive_magic = "VERARCH1";
constexpr std::size_t archive_bytes_max = std::size_t{2} << 30;
constexpr std::size_t archive_block_bytes_max = 16 << 20;
constexpr std::size_t archive_raw_bytes_max = 8 << 20;  // a block of frames, unfolded
constexpr std::size_t archive_unfolded_bytes_max = std::size_t{8} << 30;  // of the whole file
constexpr std::size_t archive_seals_max = 64;

enum class BlockKind : std::uint8_t {
  root = 1,      // the root's SignedCertificate; the first block
  logs = 2,      // frames: runs of logs, heads and receipts
  branches = 3,  // frames: runs of other histories of forked logs
  seal = 4,      // a SignedSeal over all before it
  end = 5,       // empty; the last block
};

struct ArchivedSeal {
  schemas::SignedSeal seal;
  std::vector<ledger::LogTip> tips;  // of all that stands before it
};

struct Archive {
  ledger::SignedCertificate root;
  ledger::Bytes root_bytes;
  std::shared_ptr<ledger::EventStore> store;  // read only; nothing in it is verified yet
  std::vector<ArchivedSeal> seals;
  std::uint64_t seals_in_file = 0;
  std::vector<ledger::LogTip> tips;
  std::vector<ledger::ClaimedHead> claims;
  std::vector<schemas::Receipt> receipts;
  std::uint64_t runs_refused = 0;  // runs that continue nothing, left out
  std::string first_refusal;
};

bool is_archive(std::string_view file);

// Checks every block's hash, whatever is asked for; an error names block, bytes and the event read
// before them. Takes what stands before the seal with the number `seals`, and that seal.
ledger::Result<Archive> read_archive(std::string_view file, std::uint64_t seals = UINT64_MAX);

// Puts an archive together. What is not sealed at the end is refused by every reader.
class ArchiveWriter {
 public:
  explicit ArchiveWriter(std::string_view signed_root);
  // Goes on behind the newest seal of this archive, which read_archive() has accepted.
  static ledger::Result<ArchiveWriter> extend(std::string_view file) {
    return up_to(file, BlockKind::end);
  }
  // The same before its newest seal: to put another in its place.
  static ledger::Result<ArchiveWriter> reseal(std::string_view file) {
    return up_to(file, BlockKind::seal);
  }

  void add(const schemas::Frame& frame, BlockKind kind = BlockKind::logs);
  ledger::Bytes sealed(const schemas::SignedSeal& seal);  // the whole file

 private:
  ArchiveWriter() = default;
  // Before the last block of this kind.
  static ledger::Result<ArchiveWriter> up_to(std::string_view file, BlockKind last);
  void flush();
  void put(BlockKind kind, std::string_view content);

  ledger::Bytes file_;
  std::uint32_t blocks_ = 0;
  BlockKind kind_ = BlockKind::logs;
  ledger::Bytes raw_;  // frames of the block under way
};

}  // namespace verbena::replication
