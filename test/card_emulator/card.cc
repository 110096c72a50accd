// SPDX-License-Identifier: Apache-2.0
#include "test/card_emulator/card.h"

#include <algorithm>

namespace verbena::test {

void Field::place(Tear tear) {
  tear_ = tear;
  here_ = true;
  commands_ = 0;
  write_bytes_.clear();
}

bool Field::begin_command() {
  if (tear_.at == Tear::At::before_command && tear_.count == commands_) here_ = false;
  return here_;
}

bool Field::end_command() {
  if (tear_.at == Tear::At::after_command && tear_.count == commands_) here_ = false;
  ++commands_;
  return here_;
}

bool Field::program(char* at, std::string_view bytes) {
  const bool torn = tear_.at == Tear::At::in_write && tear_.count == writes();
  write_bytes_.push_back(bytes.size());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (!torn || i < tear_.bytes) {
      at[i] = bytes[i];
    } else if (tear_.rest == Tear::Rest::erased) {
      at[i] = '\0';
    } else if (tear_.rest == Tear::Rest::noise) {
      at[i] = static_cast<char>(at[i] ^ (0x5a + i));
    }
  }
  if (torn) here_ = false;
  return !torn;
}

Field::Atomic Field::atomic() {
  const bool torn = tear_.at == Tear::At::in_write && tear_.count == writes();
  write_bytes_.push_back(1);
  if (torn) here_ = false;
  return {!torn || tear_.bytes > 0, torn};
}

std::vector<Tear> tears_of(const Field& field, bool each_byte) {
  std::vector<Tear> out;
  for (std::size_t i = 0; i < field.commands(); ++i) {
    out.push_back({Tear::At::before_command, i});
    out.push_back({Tear::At::after_command, i});
  }
  for (std::size_t i = 0; i < field.writes(); ++i) {
    const std::size_t size = field.write_bytes()[i];
    const std::size_t step = each_byte ? 1 : std::max<std::size_t>(size / 2, 1);
    for (std::size_t bytes = 0; bytes <= size; bytes += step) {
      out.push_back({Tear::At::in_write, i, bytes});
      if (size == 1 || bytes == size) continue;
      out.push_back({Tear::At::in_write, i, bytes, Tear::Rest::noise});
    }
  }
  return out;
}

}  // namespace verbena::test
