// SPDX-License-Identifier: Apache-2.0
#include "node/demo/bands.h"
#include "node/demo/process.h"
#include "node/nfc/band_desk.h"
#include "node/nfc/chip_tag.h"
#include "node/office.h"

namespace verbena::node {

using ledger::Bytes;
using ledger::Errc;
using ledger::Error;
using ledger::Result;
using ledger::Status;

namespace {

// The program of the chips, as the reader that they are put on.
class ChipBox final : public nfc::Transceiver {
 public:
  explicit ChipBox(Process process) : process_(std::move(process)) {}

  Status add() {
    auto answer = tell(ChipCommand::add, {});
    return answer ? ledger::done() : Status(answer.error());
  }
  Status place(std::size_t chip, Leaves leaves) {
    Bytes body;
    ledger::put_u32(body, static_cast<std::uint32_t>(chip));
    ledger::put_u8(body, static_cast<std::uint8_t>(leaves));
    auto answer = tell(ChipCommand::place, body);
    if (!answer) return answer.error();
    answer_to_reset_ = answer.take();
    return ledger::done();
  }
  Result<Bytes> transceive(std::string_view apdu) override {
    return tell(ChipCommand::transceive, apdu);
  }
  Bytes answer_to_reset() const override { return answer_to_reset_; }

 private:
  Result<Bytes> tell(ChipCommand command, std::string_view body) {
    Bytes message;
    ledger::put_u16(message, static_cast<std::uint16_t>(1 + body.size()));
    ledger::put_u8(message, static_cast<std::uint8_t>(command));
    message += body;
    if (auto status = process_.write(message); !status) return gone();
    auto size = process_.read(2);
    if (!size) return gone();
    auto answer = process_.read(static_cast<std::size_t>(ledger::get_be(*size)));
    if (!answer) return gone();
    return answer.take();
  }
  static Error gone() { return {Errc::internal, "the emulated chips' program ended"}; }

  Process process_;
  Bytes answer_to_reset_;
};

class EmulatedTag final : public Tag {
 public:
  EmulatedTag(std::unique_lock<std::mutex> field, ChipBox& chips, const BandKeys* keys,
              ledger::Random& random)
      : field_(std::move(field)), tag_(chips, keys, random) {}
  Result<std::string> read() override { return tag_.read(); }
  Result<std::string> write(std::string_view image) override { return tag_.write(image); }
  nfc::Transceiver* chip() override { return tag_.chip(); }

 private:
  std::unique_lock<std::mutex> field_;
  nfc::ChipTag tag_;
};

class EmulatedBands final : public DemoBands {
 public:
  EmulatedBands(Process process, ledger::Random& random)
      : chips_(std::move(process)), random_(random) {}

  Status make(Office& office) override {
    if (!office_keys_) {  // unlocking them takes a moment
      auto keys = office.band_keys();
      if (!keys) return keys.error();
      office_keys_ = *keys;
    }
    std::lock_guard field(field_);
    if (auto status = chips_.add(); !status) return status;
    if (auto status = chips_.place(size_, Leaves::afterwards); !status) return status;
    auto made =
        nfc::make_band(chips_, *office_keys_, random_, [&](bool is_short, bool proves_presence) {
          return office.new_band(is_short, proves_presence);
        });
    if (!made) return made.error();
    ++size_;
    return ledger::done();
  }
  std::size_t size() const override { return size_; }
  Result<std::unique_ptr<Tag>> hold(std::size_t band, const std::optional<BandKeys>& keys,
                                    Leaves leaves) override {
    std::unique_lock field(field_);
    if (auto status = chips_.place(band, leaves); !status) return status.error();
    return std::unique_ptr<Tag>(
        std::make_unique<EmulatedTag>(std::move(field), chips_, keys ? &*keys : nullptr, random_));
  }

 private:
  std::mutex field_;
  ChipBox chips_;
  ledger::Random& random_;
  std::optional<BandKeys> office_keys_;
  std::size_t size_ = 0;
};

}  // namespace

Result<std::unique_ptr<DemoBands>> open_emulated_bands(const Path& log, ledger::Random& random) {
  auto process = Process::spawn_beside(chip_program, log.string());
  if (!process) {
    Error why = process.error();
    why.text += "; it emulates the chips of bands, --bands file does without";
    return why;
  }
  return std::unique_ptr<DemoBands>(std::make_unique<EmulatedBands>(process.take(), random));
}

}  // namespace verbena::node
