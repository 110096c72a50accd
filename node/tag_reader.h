// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>

#include "node/files.h"

namespace verbena::node {

namespace nfc {
class Transceiver;
}

enum class Field { empty, band, staff, several };
const char* field_name(Field field);

// What is in a reader's field. `arrival` grows each time something comes into it.
struct Presence {
  std::uint64_t arrival = 0;
  Field field = Field::empty;
  bool operator==(const Presence&) const = default;
};

// A tag in the field, held until destroyed: nobody else reads or writes it meanwhile.
class Tag {
 public:
  virtual ~Tag() = default;
  virtual ledger::Result<std::string> read() = 0;
  // Durable; returns what is read back. An answer cut short is an error, never success.
  virtual ledger::Result<std::string> write(std::string_view image) = 0;
  // For what makes bands: the chip itself, as long as the tag is held. Null: it is a file.
  virtual nfc::Transceiver* chip() { return nullptr; }
};

// A band file, held like a tag.
ledger::Result<std::unique_ptr<Tag>> hold_file(const Path& path);

// Simulated: taken away as it is to be written, or right after; `left` is called then.
std::unique_ptr<Tag> leaving(std::unique_ptr<Tag> tag, bool is_written,
                             std::function<void()> left = nullptr);

class FileReader;

// Seam: the reader of a till. Callable from any thread.
class TagReader {
 public:
  virtual ~TagReader() = default;
  virtual Presence presence() = 0;
  // The one tag in the field; null where there is none, or more than one.
  virtual ledger::Result<std::unique_ptr<Tag>> hold() = 0;
  // The simulated reader that this is, with its tray; null: it is a real one.
  virtual FileReader* simulated() { return nullptr; }
};

// A simulated reader: a band file in the directory is in the field, `tray` below it holds those to
// choose from.
class FileReader final : public TagReader {
 public:
  static ledger::Result<std::unique_ptr<FileReader>> open(const Path& directory);

  Presence presence() override;
  ledger::Result<std::unique_ptr<Tag>> hold() override;
  FileReader* simulated() override { return this; }

  struct Sample {
    std::string name;
    bool staff = false;
  };
  std::vector<Sample> tray();
  // Brings a band of the tray into the field, in place of what is there; without one, lifts it.
  // `leaves`: it is taken away as it is to be written.
  ledger::Result<Presence> tap(const std::optional<std::string>& name, bool leaves = false);

 private:
  explicit FileReader(Path directory) : directory_(std::move(directory)) {}
  Presence look();
  ledger::Status lift();

  const Path directory_;
  std::mutex mutex_;
  std::set<std::string> present_;
  bool leaves_ = false;
  Presence last_;
};

}  // namespace verbena::node
