// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/state/state.h"

namespace verbena::ledger {

// Goods on their way from one holder to the next. What the receiver did not get is the sender's to
// answer for: a store's, or a courier's.
struct SentGoods {
  Hash id{};
  std::string from, to;
  std::string reference;
  std::string person;       // who sent it
  std::uint32_t sheet = 0;  // of the sender
  bool answered = false;
  std::map<std::uint32_t, std::pair<std::uint64_t, std::uint64_t>> items;  // sent, received
  std::vector<Hash> answers;                                               // by id
};

// By event id.
std::vector<SentGoods> sent_goods(State& state);

}  // namespace verbena::ledger
