// SPDX-License-Identifier: Apache-2.0
#include "ledger/stock/dispatches.h"

#include <algorithm>

namespace verbena::ledger {

namespace {

constexpr std::uint64_t units_max = std::uint64_t{1} << 50;

void add(std::uint64_t& sum, std::uint64_t units) {
  sum = std::min(units_max, sum + std::min(units, units_max));
}

// Which sheets of each holder are final; the vector holds no gap but may begin late.
class FinalSheets {
 public:
  explicit FinalSheets(const std::vector<Sheet>& sheets) {
    for (const auto& sheet : sheets) final_[sheet.holder][sheet.number] = sheet.is_final();
  }
  bool is_known(const std::string& holder) const { return final_.contains(holder); }
  // The sheet of this number. Nobody can have known of one beyond the next: then the holder's last.
  bool is_final(const std::string& holder, std::uint32_t number) const {
    const auto own = final_.find(holder);
    if (own == final_.end()) return false;
    const std::uint32_t last = own->second.rbegin()->first;
    const auto sheet = own->second.find(number > last + 1 ? last : number);
    return sheet != own->second.end() && sheet->second;
  }

 private:
  std::map<std::string, std::map<std::uint32_t, bool>> final_;
};

}  // namespace

std::vector<SentGoods> sent_goods(const StockFacts& facts, const std::vector<Sheet>& sheets) {
  const CustodyBook& custody = facts.custody;
  const FinalSheets finals(sheets);
  const auto& events = custody.stock_events();
  std::vector<SentGoods> out;
  for (const auto& [id, dispatch] : custody.dispatches()) {
    const StockEvent& sent = events[dispatch.event];
    SentGoods goods;
    goods.id = id;
    goods.from = dispatch.from;
    goods.to = dispatch.to;
    goods.reference = dispatch.reference;
    goods.person = sent.person;
    goods.sheet = custody.sheet_at(custody.logs().at(sent.log), sent.index);
    goods.at_s = sent.at_s;
    for (const auto& line : sent.lines) add(goods.items[line.item].first, line.quantity);
    std::set<Hash> heard;
    const auto [first, last] = custody.answers().equal_range(id);
    for (auto it = first; it != last; ++it) {
      const StockEvent& answer = events[it->second];
      if (custody.logs().at(answer.log).holder != goods.to || !heard.insert(answer.id).second) {
        continue;  // not the receiver's word, or a copy of it
      }
      goods.answered = true;
      goods.at_s = std::max(goods.at_s, answer.at_s);
      goods.answers.push_back(answer.id);
      for (const auto& line : answer.lines) add(goods.items[line.item].second, line.quantity);
    }
    goods.overdue =
        !goods.answered && (finals.is_known(goods.to) ? finals.is_final(goods.to, dispatch.to_sheet)
                                                      : finals.is_final(goods.from, goods.sheet));
    std::sort(goods.answers.begin(), goods.answers.end());
    out.push_back(std::move(goods));
  }
  return out;
}

std::vector<SentGoods> sent_goods(State& state) {
  const StockFacts facts = stock_facts(state);
  return sent_goods(facts, sheets(facts));
}

}  // namespace verbena::ledger
