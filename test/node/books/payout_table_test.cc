// SPDX-License-Identifier: Apache-2.0
#include "node/books/payout_table.h"

#include "test/support/payout_ground.h"

using namespace verbena;
using test::PayoutGround;

namespace {

std::vector<std::map<std::string, node::Value>> rows_of(const node::Table& table) {
  std::vector<std::map<std::string, node::Value>> out;
  const auto status = table.rows([&](const std::vector<node::Value>& row) {
    REQUIRE(row.size() == table.columns.size());
    auto& named = out.emplace_back();
    for (std::size_t i = 0; i < row.size(); ++i) {
      CHECK(std::holds_alternative<std::int64_t>(row[i]) == table.columns[i].integer);
      named[table.columns[i].name] = row[i];
    }
    return ledger::done();
  });
  CHECK(status.ok());
  return out;
}

}  // namespace

TEST_CASE("The table of payouts has each payment of each approved run, and nobody's name") {
  PayoutGround ground;
  const auto first = ground.band(2000), second = ground.band(700), third = ground.band(100);
  const auto dues = ground.dues(ground.sealed());
  ground.claim(first);
  ground.claim(second);
  CHECK(rows_of(node::payouts_table(ground.desk->payouts(), dues)).empty());
  ground.approved(dues);
  ground.claim(third);
  ground.approved(dues);
  const auto rows = rows_of(node::payouts_table(ground.desk->payouts(), dues));
  REQUIRE(rows.size() == 3);
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> paid;  // run, amount
  for (const auto& row : rows) {
    paid[std::get<std::string>(row.at("purse"))] = {std::get<std::int64_t>(row.at("run")),
                                                    std::get<std::int64_t>(row.at("amount_minor"))};
    CHECK(row.at("owed_minor") == row.at("amount_minor"));
    CHECK(std::get<std::int64_t>(row.at("paid_before_minor")) == 0);
    const auto persons = std::get<std::string>(row.at("signed_by"));
    CHECK(std::count(persons.begin(), persons.end(), ' ') == 1);
    CHECK(std::get<std::string>(row.at("seal")) == ledger::hex(dues.seal));
    for (const auto& [name, value] : row) {
      const auto* text = std::get_if<std::string>(&value);
      CHECK((text == nullptr || text->find("Ana") == std::string::npos));
    }
  }
  CHECK(paid[ledger::hex_u64(first)] == std::pair<std::int64_t, std::int64_t>{1, 2000});
  CHECK(paid[ledger::hex_u64(second)] == std::pair<std::int64_t, std::int64_t>{1, 700});
  CHECK(paid[ledger::hex_u64(third)] == std::pair<std::int64_t, std::int64_t>{2, 100});
}
