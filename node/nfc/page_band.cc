// SPDX-License-Identifier: Apache-2.0
#include "node/nfc/page_band.h"

#include "ledger/purse/band.h"
#include "node/staff_band.h"

namespace verbena::node::nfc {

using ledger::Bytes;
using ledger::Errc;
using ledger::Error;
using ledger::Result;
using ledger::Status;

namespace {

constexpr std::size_t slots = 2;
constexpr std::size_t mark_bytes = ledger::band_bytes - slots * ledger::slot_bytes;
constexpr std::size_t mark_pages = mark_bytes / page_bytes;
constexpr std::size_t slot_pages = (ledger::slot_bytes + page_bytes - 1) / page_bytes;
constexpr std::size_t band_pages = mark_pages + slots * slot_pages;
static_assert(mark_bytes % page_bytes == 0);

constexpr std::size_t look_pages = 8;  // enough of a staff band to know its length
constexpr std::size_t staff_length_at = 28;
constexpr std::size_t staff_check_bytes = 8;

std::uint8_t page_at(std::size_t pages) {
  return static_cast<std::uint8_t>(first_user_page + pages);
}

std::uint8_t page_of_slot(std::size_t slot) {
  return page_at(mark_pages + slot * slot_pages);
}

std::string_view slot_of(std::string_view image, std::size_t slot) {
  return image.substr(mark_bytes + slot * ledger::slot_bytes, ledger::slot_bytes);
}

Bytes whole_pages(std::string_view bytes) {
  Bytes out(bytes);
  out.resize((bytes.size() + page_bytes - 1) / page_bytes * page_bytes, '\0');
  return out;
}

std::size_t pages_of(std::size_t bytes) {
  return (bytes + page_bytes - 1) / page_bytes;
}

}  // namespace

bool PageBand::fits() const {
  return chip_.user_bytes() >= band_pages * page_bytes;
}

Result<Bytes> PageBand::read() {
  known_.clear();
  auto first = chip_.read(first_user_page, look_pages);
  if (!first) return first.error();
  if (is_staff_band(*first)) {
    const std::size_t size = staff_length_at + 1 +
                             static_cast<std::uint8_t>((*first)[staff_length_at]) +
                             staff_check_bytes;
    if (size > chip_.user_bytes()) return Error{Errc::damaged, "the staff band is damaged"};
    auto rest = chip_.read(page_at(look_pages), pages_of(size) - look_pages);
    if (!rest) return rest.error();
    return (*first + *rest).substr(0, size);
  }
  const Bytes mark = first->substr(0, mark_bytes);
  if (mark != ledger::encode_band({}).substr(0, mark_bytes)) {
    return Error{Errc::bad_input, "the tag holds no band"};
  }
  if (!fits()) return Error{Errc::damaged, "the tag is too small for the band it says it is"};
  auto image = read_slots(mark);
  if (image) known_ = *image;
  return image;
}

Result<Bytes> PageBand::read_slots(Bytes mark) {
  auto pages = chip_.read(page_of_slot(0), slots * slot_pages);
  if (!pages) return pages.error();
  for (std::size_t slot = 0; slot < slots; ++slot) {
    mark += pages->substr(slot * slot_pages * page_bytes, ledger::slot_bytes);
  }
  return mark;
}

Result<Bytes> PageBand::write(std::string_view image) {
  if (known_.empty()) {
    if (auto status = write_new(image); !status) return status.error();
    return read();
  }
  if (image.size() != known_.size() ||
      image.substr(0, mark_bytes) != known_.substr(0, mark_bytes)) {
    return Error{Errc::bad_input, "what is to be written is no band"};
  }
  if (image == known_) return known_;
  const std::size_t changed = slot_of(image, 0) == slot_of(known_, 0) ? 1 : 0;
  const std::size_t kept = 1 - changed;
  if (slot_of(image, kept) != slot_of(known_, kept)) {
    return Error{Errc::bad_input, "both slots of a band cannot be written at once"};
  }
  const Bytes before = whole_pages(slot_of(known_, changed));
  const Bytes after = whole_pages(slot_of(image, changed));
  const std::uint8_t first = page_of_slot(changed);
  Bytes out = std::exchange(known_, {});  // not known until it is read back
  // From the slot's end on: when its counter says that it is the newest it names its writer, and
  // what is torn is not taken for the work of a device that is not known here.
  for (std::size_t page = slot_pages; page-- > 0;) {
    const auto bytes = std::string_view(after).substr(page * page_bytes, page_bytes);
    if (bytes == std::string_view(before).substr(page * page_bytes, page_bytes)) continue;
    if (auto status = chip_.write(static_cast<std::uint8_t>(first + page), bytes); !status) {
      return status.error();
    }
  }
  auto back = chip_.read(first, slot_pages);
  if (!back) return Error{Errc::in_doubt, "written, not read back: " + back.error().text};
  out.replace(mark_bytes + changed * ledger::slot_bytes, ledger::slot_bytes,
              back->substr(0, ledger::slot_bytes));
  known_ = out;
  return out;
}

// The mark comes last: a tag torn before it holds no band.
Status PageBand::write_new(std::string_view image) {
  const bool is_band = ledger::decode_band(image).ok();
  if (!is_band && !is_staff_band(image)) {
    return Error{Errc::bad_input, "what is to be written is no band"};
  }
  Bytes pages;
  if (is_band) {
    pages = image.substr(0, mark_bytes);
    for (std::size_t slot = 0; slot < slots; ++slot) pages += whole_pages(slot_of(image, slot));
  } else {
    pages = whole_pages(image);
  }
  if (pages.size() > chip_.user_bytes()) {
    return Error{Errc::bad_input, std::string("a band does not fit on an ") +
                                      ntag_name(chip_.model()) + "; an NTAG216 is needed"};
  }
  auto status = chip_.write(page_at(mark_pages), std::string_view(pages).substr(mark_bytes));
  if (!status) return status;
  return chip_.write(first_user_page, std::string_view(pages).substr(0, mark_bytes));
}

}  // namespace verbena::node::nfc
