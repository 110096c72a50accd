// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <functional>
#include <optional>

#include "ledger/purse/presence.h"
#include "ledger/rules.h"
#include "node/node.h"
#include "node/office.h"
#include "node/rpc.h"
#include "node/system_clock.h"
#include "test/support/temporary_directory.h"

using namespace verbena;
using ledger::Bytes;
using ledger::Result;

namespace {

constexpr const char* festival_file = R"(
name = "Feria"
id = "feria-27"
currency = "EUR"
[[item]]
sku = "beer"
price = "4.50"
tax_percent = "21.0"
[[stand]]
name = "barra-1"
items = ["beer"]
)";
constexpr int polls_max = 200;
constexpr std::uint64_t poll_ms = 50;

// A sale to a band that was never there; where it is.
ledger::EventPlace invent(ledger::Ledger& till) {
  const auto prepared = till.commit(0, [](auto&, auto&) -> Result<std::vector<ledger::Draft>> {
    ledger::Draft draft;
    draft.log_class = ledger::LogClass::trade;
    draft.event.set_kind(schemas::KIND_SALE_PREPARED);
    auto* posting = draft.event.add_posting();
    posting->set_from(schemas::PURSE);
    posting->set_to(schemas::STAND);
    posting->set_amount_minor(450);
    auto* step = draft.event.mutable_step();
    step->set_purse(ledger::purse_number(7, true));
    step->set_counter(1);
    step->set_debited(450);
    step->set_previous(Bytes(ledger::purse_prefix_bytes, '\0'));
    return std::vector{draft};
  });
  REQUIRE(prepared.ok());
  REQUIRE(till.commit(0,
                      [&](auto&, auto&) -> Result<std::vector<ledger::Draft>> {
                        return std::vector{
                            ledger::confirm_draft(prepared->back(), schemas::KIND_SALE_PREPARED)};
                      })
              .ok());
  return {prepared->back().log.id(), prepared->back().index};
}

ledger::Cause cause_at(ledger::Ledger& ledger, const ledger::EventPlace& place) {
  ledger::Cause out = ledger::Cause::none;
  ledger.ask([&](ledger::State& state, const auto&) { out = state.cause(place); });
  return out;
}

// A hub and a till, enrolled.
struct Homes {
  Homes() {
    node::prepare_process();
    REQUIRE(node::write_file(place.path() / "feria.toml", festival_file).ok());
    REQUIRE(node::init_festival(place.path() / "feria.toml", dir, "test", clock, random).ok());
    auto office = node::Office::open(dir, "test", clock, random);
    REQUIRE(office.ok());
    node::EnrolRequest till;
    till.role = schemas::VENDOR;
    till.stand = "barra-1";
    REQUIRE(office->enrol(till, pos).ok());
    node::EnrolRequest over;
    over.role = schemas::HUB;
    over.approve = dir / "spares" / "supervisor-2";
    REQUIRE(office->enrol(over, hub).ok());
  }
  Result<std::unique_ptr<node::Node>> start(const node::Path& home,
                                            const std::vector<std::string>& peers = {}) {
    node::NodeOptions options;
    options.home = home;
    options.listen = "127.0.0.1:0";
    options.peers = peers;
    return node::Node::start(options, clock, random);
  }
  // While the till is not running.
  ledger::EventPlace invent_sale() {
    auto till = node::open_home(pos, clock, random);
    REQUIRE(till.ok());
    const auto out = invent(*till->ledger);
    REQUIRE(cause_at(*till->ledger, out) == ledger::Cause::none);
    return out;
  }

  const test::TemporaryDirectory place;
  const node::Path dir = place.path() / "dir", hub = place.path() / "hub",
                   pos = place.path() / "pos";
  node::SystemClock clock;
  ledger::SystemRandom random;
};

void wait_until(const std::function<bool()>& holds) {
  for (int i = 0; i < polls_max && !holds(); ++i) node::sleep_ms(poll_ms);
}

}  // namespace

TEST_CASE("A running hub names an invented sale by itself, and its till hears of it") {
  Homes homes;
  const auto invented = homes.invent_sale();
  auto hub = homes.start(homes.hub);
  REQUIRE(hub.ok());
  auto pos = homes.start(homes.pos, {(*hub)->address()});
  REQUIRE(pos.ok());
  const auto named_at = [&](node::Node& node) {
    return cause_at(node.ledger(), invented) == ledger::Cause::phantom;
  };
  wait_until([&] { return named_at(**pos); });
  CHECK(named_at(**hub));
  CHECK(named_at(**pos));
}

TEST_CASE("A running till reads what it is to be asked while it has nothing else to do") {
  Homes homes;
  homes.invent_sale();
  const auto all_is_read = [](ledger::Ledger& ledger) {
    bool out = false;
    ledger.ask([&](auto& state, const auto&) { out = state.evaluate_some(0); });
    return out;
  };
  {
    auto stopped = node::open_home(homes.pos, homes.clock, homes.random);
    REQUIRE(stopped.ok());
    CHECK_FALSE(all_is_read(*stopped->ledger));
  }
  auto pos = homes.start(homes.pos);
  REQUIRE(pos.ok());
  wait_until([&] { return all_is_read((*pos)->ledger()); });
  CHECK(all_is_read((*pos)->ledger()));
}
