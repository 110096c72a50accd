// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <variant>

#include "test/card_emulator/ev1_side.h"
#include "test/card_emulator/ev2_side.h"

namespace verbena::test {

// The messaging that the reader has chosen by how it signs on; files and transactions do not know
// which it is.
class ChipSide {
 public:
  void forget() { side_ = Ev2Side(); }
  bool waiting() const {
    return std::visit([](const auto& side) { return side.waiting(); }, side_);
  }
  bool active() const {
    return std::visit([](const auto& side) { return side.active(); }, side_);
  }
  int key_number() const {
    return std::visit([](const auto& side) { return side.key_number(); }, side_);
  }

  // See Ev2Side.
  template <typename Side>
  ledger::Bytes challenge(int key_number, const ledger::Bytes& key, const ledger::Bytes& random) {
    return side_.emplace<Side>().challenge(key_number, key, random);
  }
  std::optional<ledger::Bytes> accept(const ledger::Bytes& proof, const ledger::Bytes& id) {
    return std::visit([&](auto& side) { return side.accept(proof, id); }, side_);
  }
  std::optional<ledger::Bytes> receive(char instruction, const ledger::Bytes& payload,
                                       std::size_t header, Wire wire) {
    return std::visit([&](auto& side) { return side.receive(instruction, payload, header, wire); },
                      side_);
  }
  ledger::Bytes send(const ledger::Bytes& data, Wire wire, bool padded = true) {
    return std::visit([&](auto& side) { return side.send(data, wire, padded); }, side_);
  }

 private:
  std::variant<Ev2Side, Ev1Side> side_;
};

}  // namespace verbena::test
