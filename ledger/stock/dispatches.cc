// SPDX-License-Identifier: Apache-2.0
#include "ledger/stock/dispatches.h"

#include <algorithm>

namespace verbena::ledger {

namespace {

constexpr std::uint64_t units_max = std::uint64_t{1} << 50;

void add(std::uint64_t& sum, std::uint64_t units) {
  sum = std::min(units_max, sum + std::min(units, units_max));
}

}  // namespace

std::vector<SentGoods> sent_goods(State& state) {
  const CustodyBook& custody = state.custody();
  std::vector<SentGoods> out;
  for (const auto& [id, dispatch] : custody.dispatches()) {
    const CustodyFact& sent = custody.facts()[dispatch.fact];
    if (!state.stands(sent)) continue;
    SentGoods goods;
    goods.id = id;
    goods.from = dispatch.from;
    goods.to = dispatch.to;
    goods.reference = dispatch.reference;
    goods.person = custody.person(sent.person);
    goods.sheet = sent.sheet;
    for (std::uint32_t i = 0; i < sent.lines; ++i) {
      const CustodyLine& line = custody.lines(sent)[i];
      add(goods.items[line.item].first, line.quantity);
    }
    std::set<Hash> heard;
    const auto [first, last] = custody.answers().equal_range(id);
    for (auto it = first; it != last; ++it) {
      const CustodyFact& answer = custody.facts()[it->second];
      if (custody.logs().at(answer.log).holder != goods.to || !state.stands(answer) ||
          !heard.insert(answer.id).second) {
        continue;  // not the receiver's word, or a copy of it
      }
      goods.answered = true;
      goods.answers.push_back(answer.id);
      for (std::uint32_t i = 0; i < answer.lines; ++i) {
        const CustodyLine& line = custody.lines(answer)[i];
        add(goods.items[line.item].second, line.quantity);
      }
    }
    std::sort(goods.answers.begin(), goods.answers.end());
    out.push_back(std::move(goods));
  }
  return out;
}

}  // namespace verbena::ledger
