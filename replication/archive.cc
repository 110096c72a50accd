// SPDX-License-Identifier: Apache-2.0
#include "replication/archive.h"

#include <algorithm>

#include "replication/archive_store.h"
#include "replication/squeeze.h"

namespace verbena::replication {

using ledger::Bytes;
using ledger::Errc;
using ledger::Error;
using ledger::Hash;
using ledger::LogRun;
using ledger::Result;
using ledger::Status;

namespace {

constexpr std::size_t header_bytes = 1 + 4 + 32;
constexpr std::size_t raw_bytes_target = 512 << 10;  // unfolded, after which a new block begins
constexpr std::string_view block_context = "verbena-block-v1";

struct Block {
  BlockKind kind{};
  std::uint32_t number = 0;
  std::size_t at = 0;  // offset of its header
  std::string_view content;

  std::size_t end() const { return at + header_bytes + content.size(); }
};

// The number is part of it: a block left out or moved is found as one that was altered.
Hash block_hash(std::uint32_t number, BlockKind kind, std::string_view content) {
  Bytes head;
  ledger::put_u32(head, number);
  ledger::put_u8(head, static_cast<std::uint8_t>(kind));
  ledger::put_u32(head, static_cast<std::uint32_t>(content.size()));
  return ledger::sha256({block_context, head, content});
}

// Goes from block to block and knows where it is.
class BlockReader {
 public:
  explicit BlockReader(std::string_view file) : file_(file), at_(archive_magic.size()) {}

  Result<Block> next() {
    Block block{BlockKind::end, number_, at_, {}};
    if (file_.size() - at_ < header_bytes) return bad("the file ends here, and not with its end");
    const auto header = file_.substr(at_, header_bytes);
    const std::uint64_t size = ledger::get_be(header.substr(1, 4));
    if (size > archive_block_bytes_max) return bad("it claims to have more than 16 MiB");
    if (file_.size() - at_ - header_bytes < size) {
      return bad("the file ends within it, or its length was altered");
    }
    block.kind = static_cast<BlockKind>(header[0]);
    block.content = file_.substr(at_ + header_bytes, size);
    at_ = block.end();
    if (ledger::view(block_hash(number_, block.kind, block.content)) != header.substr(5)) {
      return bad("its content does not match its hash", &block);
    }
    if (block.kind < BlockKind::root || block.kind > BlockKind::end) {
      return bad("this build does not know its kind", &block);
    }
    ++number_;
    return block;
  }
  // `where`: that block; absent: the one that begins here.
  Error bad(const std::string& what, const Block* where = nullptr) const {
    const std::uint32_t number = where == nullptr ? number_ : where->number;
    std::string place = "archive, block " + std::to_string(number) + " (byte " +
                        std::to_string(where == nullptr ? at_ : where->at);
    place += where == nullptr ? " on)" : " to " + std::to_string(where->end()) + ")";
    if (!last_.empty()) place += ", behind " + last_;
    return {Errc::bad_input, place + ": " + what};
  }
  void note(const LogRun& run) {
    last_ = "event " + std::to_string(run.head.size - 1) + " of the " +
            ledger::log_class_name(run.log.log_class) + " log " +
            ledger::hex(run.log.id()).substr(0, 16);
  }
  bool at_end() const { return at_ == file_.size(); }

 private:
  std::string_view file_;
  std::size_t at_;
  std::uint32_t number_ = 0;
  std::string last_;
};

// The run without a copy of its events.
Result<LogRun> take_run(schemas::Run& run) {
  auto name = ledger::from_wire(run.log());
  if (!name) return name.error();
  auto head = ledger::from_wire(run.head());
  if (!head) return head.error();
  return LogRun{*name,
                run.first(),
                {std::make_move_iterator(run.mutable_event()->begin()),
                 std::make_move_iterator(run.mutable_event()->end())},
                *head};
}

class Loader {
 public:
  Loader(std::string_view file, std::uint64_t seals) : blocks_(file), seals_(seals) {}

  Result<Archive> load() {
    auto store = std::make_shared<ArchiveStore>();
    store_ = store.get();
    auto first = blocks_.next();
    if (!first) return first.error();
    if (first->kind != BlockKind::root) return blocks_.bad("no root certificate", &*first);
    auto root = ledger::parse_signed_certificate(first->content);
    if (!root) return blocks_.bad(root.error().text, &*first);
    out_.root = root.take();
    out_.root_bytes = Bytes(first->content);
    BlockKind before = BlockKind::root;
    for (;;) {
      auto block = blocks_.next();
      if (!block) return block.error();
      if (block->kind == BlockKind::end) {
        if (before != BlockKind::seal) return blocks_.bad("no seal is before it", &*block);
        if (!block->content.empty()) return blocks_.bad("it is not empty", &*block);
        break;
      }
      if (auto status = take(*block); !status) return blocks_.bad(status.error().text, &*block);
      before = block->kind;
    }
    if (!blocks_.at_end()) return blocks_.bad("something follows the end");
    if (out_.seals.size() < out_.seals_in_file) {
      out_.tips = out_.seals.back().tips;
    } else {
      out_.tips = store_->tips();
    }
    out_.store = std::move(store);
    return std::move(out_);
  }

 private:
  Status take(const Block& block) {
    if (block.kind == BlockKind::seal) return take_seal(block);
    if (block.kind == BlockKind::root) return Error{Errc::bad_input, "it is a second root"};
    if (out_.seals_in_file >= seals_) return ledger::done();
    auto raw = unsqueeze(block.content, archive_raw_bytes_max);
    if (!raw) return raw.error();
    unfolded_bytes_ += raw->size();
    if (unfolded_bytes_ > archive_unfolded_bytes_max) {
      return Error{Errc::bad_input, "the archive unfolds to more than 8 GiB"};
    }
    std::string_view rest = *raw;
    schemas::Frame frame;
    while (!rest.empty()) {
      const auto size = ledger::take_varint(rest);
      if (!size || *size > rest.size() ||
          !frame.ParseFromArray(rest.data(), static_cast<int>(*size))) {
        return Error{Errc::bad_input, "it holds something that is no frame"};
      }
      rest.remove_prefix(*size);
      if (auto status = take_frame(frame, block.kind); !status) return status;
    }
    return ledger::done();
  }

  Status take_frame(schemas::Frame& frame, BlockKind kind) {
    if (frame.has_receipt()) {
      out_.receipts.push_back(frame.receipt());
      return ledger::done();
    }
    for (const auto& entry : frame.heads().head()) {
      auto name = ledger::from_wire(entry.log());
      if (!name) return name.error();
      auto head = ledger::from_wire(entry.head());
      if (!head) return head.error();
      out_.claims.push_back({*name, *head});
    }
    if (!frame.has_run()) return ledger::done();
    auto run = take_run(*frame.mutable_run());
    if (!run) return run.error();
    blocks_.note(*run);
    auto status = kind == BlockKind::logs ? store_->add(*run) : store_->add_branch(*run);
    if (!status && out_.runs_refused++ == 0) out_.first_refusal = status.error().text;
    return ledger::done();
  }

  Status take_seal(const Block& block) {
    if (++out_.seals_in_file > archive_seals_max) {
      return Error{Errc::bad_input, "there are more than 64 seals"};
    }
    if (out_.seals_in_file > seals_) return ledger::done();
    ArchivedSeal entry;
    if (!entry.seal.ParseFromArray(block.content.data(), static_cast<int>(block.content.size()))) {
      return Error{Errc::bad_input, "it holds no seal"};
    }
    entry.tips = store_->tips();
    out_.seals.push_back(std::move(entry));
    return ledger::done();
  }

  BlockReader blocks_;
  std::uint64_t seals_;
  std::size_t unfolded_bytes_ = 0;
  ArchiveStore* store_ = nullptr;
  Archive out_;
};

}  // namespace

bool is_archive(std::string_view file) {
  return file.starts_with(archive_magic);
}

Result<Archive> read_archive(std::string_view file, std::uint64_t seals) {
  if (!is_archive(file)) {
    return Error{Errc::bad_input, "archive, byte 0: not an archive, or of a later format"};
  }
  return Loader(file, seals).load();
}

ArchiveWriter::ArchiveWriter(std::string_view signed_root) : file_(archive_magic) {
  put(BlockKind::root, signed_root);
}

Result<ArchiveWriter> ArchiveWriter::up_to(std::string_view file, BlockKind last) {
  ArchiveWriter out;
  std::size_t cut = 0;
  for (BlockReader blocks(file);;) {
    auto block = blocks.next();
    if (!block) return block.error();
    if (block->kind == last) {
      cut = block->at;
      out.blocks_ = block->number;
    }
    if (block->kind == BlockKind::end) break;
  }
  out.file_ = file.substr(0, cut);
  return out;
}

void ArchiveWriter::add(const schemas::Frame& frame, BlockKind kind) {
  if (kind != kind_) flush();
  kind_ = kind;
  const Bytes bytes = frame.SerializeAsString();
  ledger::put_varint(raw_, bytes.size());
  raw_ += bytes;
  if (raw_.size() >= raw_bytes_target) flush();
}

Bytes ArchiveWriter::sealed(const schemas::SignedSeal& seal) {
  flush();
  put(BlockKind::seal, seal.SerializeAsString());
  put(BlockKind::end, {});
  return std::move(file_);
}

void ArchiveWriter::flush() {
  if (!raw_.empty()) put(kind_, squeeze(raw_));
  raw_.clear();
}

void ArchiveWriter::put(BlockKind kind, std::string_view content) {
  VERBENA_CHECK(content.size() <= archive_block_bytes_max);
  const Hash hash = block_hash(blocks_++, kind, content);
  ledger::put_u8(file_, static_cast<std::uint8_t>(kind));
  ledger::put_u32(file_, static_cast<std::uint32_t>(content.size()));
  file_.append(ledger::view(hash));
  file_.append(content);
}

}  // namespace verbena::replication
