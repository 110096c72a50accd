// SPDX-License-Identifier: Apache-2.0
#include "test/card_emulator/card.h"

namespace verbena::test {

void Field::place(Tear tear) {
  tear_ = tear;
  here_ = true;
  commands_ = writes_ = 0;
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
  const bool torn = tear_.at == Tear::At::in_write && tear_.count == writes_;
  ++writes_;
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
  const bool torn = tear_.at == Tear::At::in_write && tear_.count == writes_;
  ++writes_;
  if (torn) here_ = false;
  return {!torn || tear_.bytes > 0, torn};
}

}  // namespace verbena::test
