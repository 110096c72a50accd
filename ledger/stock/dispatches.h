// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/stock/sheets.h"

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
  // Nobody answered, and the receiver's sheet of that time is final: nothing of it arrived.
  bool overdue = false;
  std::int64_t at_s = 0;  // of the last answer, else when it was sent, by the writers' clocks
  std::map<std::uint32_t, std::pair<std::uint64_t, std::uint64_t>> items;  // sent, received
  std::vector<Hash> answers;                                               // by id

  bool is_settled() const { return answered || overdue; }  // what is missing is charged
};

// By event id. `sheets`: all of the same facts.
std::vector<SentGoods> sent_goods(const StockFacts& facts, const std::vector<Sheet>& sheets);
std::vector<SentGoods> sent_goods(State& state);

}  // namespace verbena::ledger
