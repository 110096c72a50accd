// SPDX-License-Identifier: Apache-2.0
#include "node/tag_reader.h"

#include <algorithm>

#include "ledger/core/certificate.h"
#include "ledger/purse/band.h"
#include "node/band_file.h"
#include "node/staff_band.h"

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Result;

namespace {

constexpr std::size_t tag_bytes_max = 4096;

// Band files are named like aliases; anything else in the directory is not a band.
std::vector<Path> bands_in(const Path& directory) {
  std::vector<Path> out;
  for (auto& path : list_directory(directory)) {
    std::error_code error;
    if (ledger::is_alias(path.filename().string()) &&
        std::filesystem::is_regular_file(path, error)) {
      out.push_back(std::move(path));
    }
  }
  return out;
}

bool holds_staff_band(const Path& path) {
  const auto image = read_file(path, tag_bytes_max);
  return image && is_staff_band(*image);
}

class FileTag final : public Tag {
 public:
  explicit FileTag(BandFile file) : file_(std::move(file)) {}
  Result<std::string> read() override { return file_.read(); }
  Result<std::string> write(std::string_view image) override { return file_.write(image); }

 private:
  BandFile file_;
};

class LeavingTag final : public Tag {
 public:
  LeavingTag(std::unique_ptr<Tag> tag, bool is_written, std::function<void()> left)
      : tag_(std::move(tag)), is_written_(is_written), left_(std::move(left)) {}
  Result<std::string> read() override { return tag_->read(); }
  Result<std::string> write(std::string_view image) override {
    if (is_written_) {
      if (auto written = tag_->write(image); !written) return written.error();
    }
    if (left_) left_();
    return Error{Errc::in_doubt, "the band left"};
  }

 private:
  std::unique_ptr<Tag> tag_;
  const bool is_written_;
  const std::function<void()> left_;
};

}  // namespace

std::unique_ptr<Tag> leaving(std::unique_ptr<Tag> tag, bool is_written,
                             std::function<void()> left) {
  return std::make_unique<LeavingTag>(std::move(tag), is_written, std::move(left));
}

Result<std::unique_ptr<Tag>> hold_file(const Path& path) {
  auto file = BandFile::open(path);
  if (!file) return file.error();
  return std::unique_ptr<Tag>(std::make_unique<FileTag>(file.take()));
}

const char* field_name(Field field) {
  switch (field) {
    case Field::empty: return "empty";
    case Field::band: return "band";
    case Field::staff: return "staff";
    case Field::several: return "several";
  }
  return "empty";
}

Result<std::unique_ptr<FileReader>> FileReader::open(const Path& directory) {
  if (auto status = make_directory(directory / "tray"); !status) return status.error();
  return std::unique_ptr<FileReader>(new FileReader(directory));
}

Presence FileReader::presence() {
  std::lock_guard lock(mutex_);
  return look();
}

Presence FileReader::look() {
  const auto bands = bands_in(directory_);
  std::set<std::string> present;
  for (const auto& band : bands) present.insert(band.filename().string());
  if (present != present_) {
    last_.field = bands.empty()                     ? Field::empty
                  : bands.size() > 1                ? Field::several
                  : holds_staff_band(bands.front()) ? Field::staff
                                                    : Field::band;
    if (!bands.empty()) ++last_.arrival;
    present_ = std::move(present);
  }
  return last_;
}

Result<std::unique_ptr<Tag>> FileReader::hold() {
  std::lock_guard lock(mutex_);
  const Presence now = look();
  if (now.field == Field::empty || now.field == Field::several) return std::unique_ptr<Tag>();
  auto tag = hold_file(directory_ / *present_.begin());
  if (!tag || !leaves_) return tag;
  return leaving(tag.take(), false, [this] {
    std::lock_guard lifting(mutex_);
    (void)lift();
  });
}

// What is there goes back to the tray.
ledger::Status FileReader::lift() {
  leaves_ = false;
  for (const auto& band : bands_in(directory_)) {
    if (auto status = move_file(band, directory_ / "tray" / band.filename()); !status) {
      return status;
    }
  }
  (void)look();  // empty in between, so that the same band again is a new arrival
  return ledger::done();
}

std::vector<FileReader::Sample> FileReader::tray() {
  std::lock_guard lock(mutex_);
  std::vector<Sample> out;
  for (const auto& directory : {directory_ / "tray", directory_}) {
    for (const auto& path : bands_in(directory)) {
      out.push_back({path.filename().string(), holds_staff_band(path)});
    }
  }
  std::sort(out.begin(), out.end(),
            [](const Sample& a, const Sample& b) { return a.name < b.name; });
  return out;
}

Result<Presence> FileReader::tap(const std::optional<std::string>& name, bool leaves) {
  std::lock_guard lock(mutex_);
  if (name && !ledger::is_alias(*name)) return Error{Errc::bad_input, "no band is called that"};
  const Path tray = directory_ / "tray";
  if (name && !path_exists(tray / *name) && !path_exists(directory_ / *name)) {
    return Error{Errc::bad_input, "the tray has no band called \"" + *name + "\""};
  }
  if (auto status = lift(); !status) return status.error();
  leaves_ = leaves;
  if (name) {
    if (auto status = move_file(tray / *name, directory_ / *name); !status) return status.error();
  }
  return look();
}

}  // namespace verbena::node
