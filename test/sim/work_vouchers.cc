// SPDX-License-Identifier: Apache-2.0
// Vouchers that nobody crosses out: they are shown again and again, here and elsewhere.
#include "ledger/core/voucher.h"
#include "test/sim/work.h"

namespace verbena::sim {

namespace {

constexpr std::size_t shown_lately = 3;  // of which one is shown

// Whether this device knows of a sale that spent it.
bool knows_spent(SimNode& node, const std::string& id) {
  bool out = false;
  node.ledger().ask(
      [&](ledger::State& state, const auto&) { out = !state.voucher(id).uses.empty(); });
  return out;
}

}  // namespace

void Work::issue_vouchers() {
  auto asked = request();
  auto* issue = asked.mutable_issue_vouchers();
  issue->set_amount_minor(200 + 50 * random_.below(6));
  issue->set_count(1 + static_cast<std::uint32_t>(random_.below(2)));
  const bool given = random_.below(3) == 0;
  given ? issue->set_gift("a prize") : issue->set_tender("cash");
  const auto reply =
      given ? approved(field_.desk, asked, 1) : field_.node(field_.desk).operate(asked);
  note(field_.desk, asked, reply);
  for (const auto& code : reply.done().voucher()) {
    const auto read = ledger::decode_code(code);
    field_.vouchers.push_back(
        {code, ledger::voucher_id(read->body()), read->voucher.amount_minor, 0});
  }
}

void Work::show_voucher() {
  if (field_.vouchers.empty()) return issue_vouchers();
  const std::size_t count = field_.vouchers.size();
  auto& voucher =
      field_.vouchers[count - 1 - random_.below(std::min<std::size_t>(count, shown_lately))];
  const std::size_t index = till_index();
  auto& till = field_.node(index);
  if (!till.up()) return;
  auto asked = request();
  asked.mutable_sell()->set_tender("cash");
  asked.mutable_sell()->add_voucher(voucher.code);
  asked.mutable_sell()->set_rest_forfeited(true);
  auto* line = asked.mutable_sell()->add_line();
  line->set_sku("beer");
  line->set_quantity(1);
  const bool informed = knows_spent(till, voucher.id);
  const auto reply = till.operate(asked);
  if (reply.has_refused()) return sell_at(index);  // the customer pays otherwise
  ++voucher.taken;                                 // unanswered, it may be in the log
  if (informed && reply.has_done()) {
    field_.violate("I10: " + till.alias() + " took a voucher that it knew to be spent");
  }
  field_.result.faults["voucher shown again"] += voucher.taken > 1;
  note(index, asked, reply);
}

}  // namespace verbena::sim
