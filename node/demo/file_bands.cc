// SPDX-License-Identifier: Apache-2.0
#include "node/band_file.h"
#include "node/demo/bands.h"
#include "node/office.h"

namespace verbena::node {

using ledger::Result;
using ledger::Status;

namespace {

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
    return leaving(tag.take(), leaves == Leaves::after_write);
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
