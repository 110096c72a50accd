// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "test/card_emulator/chip_bands.h"

// A desk and two tills that tap one band on a chip, and what must hold wherever a tap is torn.
namespace verbena::test {

// The band was topped up and sold to already, so that both its frames are in use. Its taps have the
// intents 1 and 2.
struct Stall : ChipField {
  explicit Stall(SmartCard (*delivered)(ledger::Random&));

  static bool done(const std::optional<schemas::OperateReply>& reply) {
    return reply && reply->has_done();
  }
  void meet();
  ledger::PurseHead head();  // as the desk reads it
  // What this device would write for such a step.
  ledger::Bytes after(Device& device, std::uint64_t credit_minor, std::uint64_t debit_minor);
  // Everybody's books say what the band says: nothing lost, nothing twice, nothing open.
  void agree(std::uint64_t credited, std::uint64_t debited);

  Device &desk, &pos, &other;
};

// A sale, or a top-up, torn at every place there is, or of long writes at some bytes only. After
// each tear the same tap is tried again; and once more, where the customer goes elsewhere instead.
// At a byte the former follows where the rest kept what it held, the latter where it holds noise.
// `writes`: what the chip is to program.
void tear_everywhere(SmartCard (*delivered)(ledger::Random&), bool top_up,
                     const std::vector<std::size_t>& writes, bool each_byte = true);

}  // namespace verbena::test
