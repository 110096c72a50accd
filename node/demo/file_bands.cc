// SPDX-License-Identifier: Apache-2.0
#include "node/band_file.h"
#include "node/demo/bands.h"
#include "node/office.h"

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Result;
using ledger::Status;

namespace {

// A band file that leaves early.
class LeavingTag final : public Tag {
 public:
  LeavingTag(std::unique_ptr<Tag> tag, Leaves leaves) : tag_(std::move(tag)), leaves_(leaves) {}
  Result<std::string> read() override { return tag_->read(); }
  Result<std::string> write(std::string_view image) override {
    if (leaves_ == Leaves::after_write) {
      if (auto written = tag_->write(image); !written) return written.error();
    }
    return Error{Errc::in_doubt, "the band left"};
  }

 private:
  std::unique_ptr<Tag> tag_;
  const Leaves leaves_;
};

class FileBands final : public DemoBands {
 public:
  explicit FileBands(Path directory) : directory_(std::move(directory)) {}

  Status make(Office& office) override {
    auto image = office.new_band();
    if (!image) return image.error();
    bands_.push_back(directory_ / std::to_string(bands_.size()));
    return create_band_file(bands_.back(), *image);
  }
  std::size_t size() const override { return bands_.size(); }
  Result<std::unique_ptr<Tag>> hold(std::size_t band, const std::optional<BandKeys>&,
                                    Leaves leaves) override {
    auto tag = hold_file(bands_.at(band));
    if (!tag || leaves == Leaves::afterwards) return tag;
    return std::unique_ptr<Tag>(std::make_unique<LeavingTag>(tag.take(), leaves));
  }

 private:
  const Path directory_;
  std::vector<Path> bands_;
};

}  // namespace

Result<std::unique_ptr<DemoBands>> open_file_bands(const Path& directory) {
  if (auto status = make_directory(directory); !status) return status.error();
  return std::unique_ptr<DemoBands>(std::make_unique<FileBands>(directory));
}

}  // namespace verbena::node
