// SPDX-License-Identifier: Apache-2.0
#include "node/readers.h"

#include "node/nfc/pcsc_reader.h"
#include "node/system_clock.h"

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Result;

Result<std::unique_ptr<TagReader>> open_reader(const std::string& spec,
                                               const std::optional<BandKeys>& keys,
                                               ledger::Random& random) {
  const std::size_t colon = spec.find(':');
  const std::string kind = spec.substr(0, colon);
  const std::string rest = colon == std::string::npos ? std::string() : spec.substr(colon + 1);
  const bool names_one = colon == std::string::npos || !rest.empty();
  if (kind == "pcsc" && names_one) return nfc::open_pcsc_reader(rest, keys, random);
  if (kind == "file" && !rest.empty()) {
    auto reader = FileReader::open(rest);
    if (!reader) return reader.error();
    return std::unique_ptr<TagReader>(reader.take());
  }
  return Error{Errc::bad_input, "\"" + spec + "\" is no reader: file:DIR, pcsc and pcsc:NAME are"};
}

Result<HeldTag> wait_for_tag(TagReader& reader, const ledger::Clock& clock, std::uint64_t arrival,
                             std::uint64_t wait_ms) {
  constexpr std::uint64_t look_ms = 20;
  const std::uint64_t end = clock.monotonic_ms() + wait_ms;
  Field last = Field::empty;
  do {
    const Presence now = reader.presence();
    last = now.field;
    if (now.arrival > arrival && (last == Field::band || last == Field::staff)) {
      auto tag = reader.hold();
      if (!tag) return tag.error();
      if (*tag != nullptr) return HeldTag{tag.take(), now.arrival};
    }
    sleep_ms(look_ms);
  } while (clock.monotonic_ms() < end);
  return Error{Errc::unreachable, last == Field::several ? "more than one band is on the reader"
                                                         : "no band was put on the reader"};
}

}  // namespace verbena::node
