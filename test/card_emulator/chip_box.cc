// SPDX-License-Identifier: Apache-2.0
// The chips of the demonstration's bands, in a process of their own: they are no part of the
// program that taps them, and all that passes between are the APDUs of node/demo/chip_wire.h.
#include <deque>
#include <iostream>

#include "ledger/core/crypto.h"
#include "node/demo/chip_wire.h"
#include "test/card_emulator/smart_card.h"

using namespace verbena;
using node::ChipCommand;
using node::Leaves;

namespace {

class ChipBox {
 public:
  // Empty: this is no message that it knows.
  std::optional<ledger::Bytes> answer(std::string_view message) {
    if (message.empty()) return std::nullopt;
    const std::string_view body = message.substr(1);
    switch (static_cast<ChipCommand>(message[0])) {
      case ChipCommand::add: return add();
      case ChipCommand::place: return place(body);
      case ChipCommand::transceive:
        if (in_field_ == nullptr) return std::nullopt;
        return in_field_->apdu(body).value_or(ledger::Bytes());
    }
    return std::nullopt;
  }

 private:
  // A serial number of its own, of NXP's.
  ledger::Bytes add() {
    auto& chip = chips_.emplace_back(test::SmartCard::ntag424(random_));
    const std::uint64_t serial = random_.u64();
    for (std::size_t i = 1; i < chip.uid.size(); ++i) {
      chip.uid[i] = static_cast<char>(serial >> (8 * i));
    }
    return {};
  }
  std::optional<ledger::Bytes> place(std::string_view body) {
    if (body.size() != 5) return std::nullopt;
    const std::uint64_t number = ledger::get_be(body.substr(0, 4));
    if (number >= chips_.size()) return std::nullopt;
    in_field_ = &chips_[number];
    in_field_->field().place(tear(static_cast<Leaves>(body[4])));
    in_field_->power(true);
    return in_field_->atr();
  }
  // This chip does each write whole: torn before its first byte, nothing of it; later, all of it.
  static test::Tear tear(Leaves leaves) {
    if (leaves == Leaves::before_write) return {test::Tear::At::in_write, 0, 0};
    if (leaves == Leaves::after_write) return {test::Tear::At::in_write, 0, 1};
    return {};
  }

  ledger::SystemRandom random_;
  std::deque<test::SmartCard> chips_;
  test::SmartCard* in_field_ = nullptr;
};

std::optional<ledger::Bytes> read(std::size_t size) {
  ledger::Bytes out(size, '\0');
  std::cin.read(out.data(), static_cast<std::streamsize>(size));
  return std::cin ? std::optional(out) : std::nullopt;
}

}  // namespace

int main() {
  ChipBox box;
  while (const auto size = read(2)) {
    const auto message = read(static_cast<std::size_t>(ledger::get_be(*size)));
    const auto answer = message ? box.answer(*message) : std::nullopt;
    if (!answer) {
      std::cerr << "a message that is none, or cut short\n";
      return 2;
    }
    ledger::Bytes out;
    ledger::put_u16(out, static_cast<std::uint16_t>(answer->size()));
    std::cout << out << *answer << std::flush;
  }
}
