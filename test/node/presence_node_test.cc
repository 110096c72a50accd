// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
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

}  // namespace

TEST_CASE("A running hub names an invented sale by itself, and its till hears of it") {
  node::prepare_process();
  const test::TemporaryDirectory place;
  const node::Path dir = place.path() / "dir", hub_home = place.path() / "hub",
                   pos_home = place.path() / "pos";
  node::SystemClock clock;
  ledger::SystemRandom random;
  REQUIRE(node::write_file(place.path() / "feria.toml", festival_file).ok());
  REQUIRE(node::init_festival(place.path() / "feria.toml", dir, "test", clock, random).ok());
  {
    auto office = node::Office::open(dir, "test", clock, random);
    REQUIRE(office.ok());
    node::EnrolRequest till;
    till.role = schemas::VENDOR;
    till.stand = "barra-1";
    REQUIRE(office->enrol(till, pos_home).ok());
    node::EnrolRequest hub;
    hub.role = schemas::HUB;
    hub.approve = dir / "spares" / "supervisor-2";
    REQUIRE(office->enrol(hub, hub_home).ok());
  }
  ledger::EventPlace invented{};
  {
    auto till = node::open_home(pos_home, clock, random);
    REQUIRE(till.ok());
    invented = invent(*till->ledger);
    REQUIRE(cause_at(*till->ledger, invented) == ledger::Cause::none);
  }
  node::NodeOptions options;
  options.home = hub_home;
  options.listen = "127.0.0.1:0";
  auto hub = node::Node::start(options, clock, random);
  REQUIRE(hub.ok());
  options.home = pos_home;
  options.peers = {(*hub)->address()};
  auto pos = node::Node::start(options, clock, random);
  REQUIRE(pos.ok());
  for (int i = 0; i < polls_max; ++i) {
    if (cause_at((*pos)->ledger(), invented) == ledger::Cause::phantom) break;
    node::sleep_ms(poll_ms);
  }
  CHECK(cause_at((*hub)->ledger(), invented) == ledger::Cause::phantom);
  CHECK(cause_at((*pos)->ledger(), invented) == ledger::Cause::phantom);
}
