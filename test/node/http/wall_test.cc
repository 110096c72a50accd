// SPDX-License-Identifier: Apache-2.0
#include "node/http/wall.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "node/terminal.h"
#include "test/support/counter.h"
#include "test/support/vouchers.h"

using namespace verbena;
using nlohmann::json;
using test::Counter;

namespace {

struct Hub : Counter {
  Hub()
      : hub(world.add(schemas::HUB, "hub")),
        desk(world.add(schemas::TOP_UP_DESK, "desk")),
        store(world.add(schemas::STORE, "store")) {}
  void meet() {
    for (auto* device : {&desk, &store, &pos}) world.meet(hub, *device);
    for (auto* device : {&desk, &store, &pos}) world.meet(hub, *device);
  }
  json look(const std::vector<replication::PeerStatus>& peers = {}) {
    world.clock.now_ms += node::http::slow_part_ms;
    return json::parse(wall.json(peers).full);
  }
  static json row(const json& rows, const char* key, const std::string& value) {
    for (const auto& entry : rows) {
      if (entry[key] == value) return entry;
    }
    return {};
  }
  test::Device& hub;
  test::Device& desk;
  test::Device& store;
  node::http::Wall wall{*hub.ledger, world.clock, {}};
};

}  // namespace

TEST_CASE("An empty festival is a wall of zeros") {
  Hub hub;
  const json wall = hub.look();
  CHECK(wall["totals"]["sales"] == 0);
  CHECK(wall["totals"]["sales_minor"] == 0);
  CHECK(wall["minutes"].empty());
  CHECK(wall["alarms"].empty());
  CHECK(wall["stands"].size() == 4);
  CHECK(wall["stands"][0]["last_sale_ms"].is_null());
}

TEST_CASE("Sales appear by minute, tender and stand, and a void comes off the total") {
  Hub hub;
  test::Band band = hub.world.band();
  REQUIRE(hub.world.top_up(hub.desk, band, 2000).has_done());
  hub.meet();
  REQUIRE(hub.world.sell(hub.pos, band, "beer", 2).has_done());
  hub.world.clock.now_ms += 3 * 60'000;
  const auto cash = hub.world.sell_cash(hub.pos, "water");
  hub.meet();
  json wall = hub.look();
  CHECK(wall["totals"]["sales"] == 2);
  CHECK(wall["totals"]["sales_minor"] == 1100);
  CHECK(wall["totals"]["topups_minor"] == 2000);
  CHECK(wall["totals"]["balances_minor"] == 1100);
  REQUIRE(wall["minutes"].size() == node::http::minutes_shown_min);
  CHECK(wall["minutes"][11]["amount_minor"] == 900);
  CHECK(wall["minutes"][12]["amount_minor"] == 0);
  CHECK(wall["minutes"][14]["amount_minor"] == 200);
  CHECK(wall["minutes"][14]["sales"] == 1);
  CHECK(Hub::row(wall["tenders"], "tender", "purse")["amount_minor"] == 900);
  CHECK(Hub::row(wall["tenders"], "tender", "cash")["sales"] == 1);
  CHECK(Hub::row(wall["stands"], "stand", "bar-1")["amount_minor"] == 1100);
  REQUIRE(hub.world.void_sale(hub.pos, ledger::hex(std::string_view(cash.done().id()))).has_done());
  hub.meet();
  wall = hub.look();
  CHECK(wall["totals"]["sales_minor"] == 900);
  CHECK(wall["totals"]["voids_minor"] == 200);
}

TEST_CASE("What a device said last of its taps stays on the wall when its link is gone") {
  Hub hub;
  hub.meet();
  schemas::TapCounts told;
  told.set_taps(12);
  told.set_torn(2);
  told.set_blocked(1);
  const auto taps_of = [&](const json& wall, const char* device) {
    return Hub::row(wall["devices"], "device", device)["taps"];
  };
  CHECK(taps_of(hub.look(), "pos").is_null());
  const json linked = hub.look({{"", true, 0, "pos", false, told}});
  CHECK(taps_of(linked, "pos") == json({{"taps", 12}, {"torn", 2}, {"blocked", 1}}));
  CHECK(taps_of(linked, "desk").is_null());
  CHECK(taps_of(linked, "hub").is_null());
  CHECK(taps_of(hub.look(), "pos")["torn"] == 2);
  told.set_taps(3);
  CHECK(taps_of(json::parse(hub.wall.json({}, told).full), "hub")["taps"] == 3);
}

TEST_CASE("A sale by voucher is shown as one, and what cash paid beside it as cash") {
  Hub hub;
  const auto issued = hub.world.tap(hub.desk, test::issue_request(300, 2, 1), nullptr);
  REQUIRE(issued.done().voucher_size() == 2);
  hub.meet();
  REQUIRE(hub.world.tap(hub.pos, test::pay_request("beer", {issued.done().voucher(0)}), nullptr)
              .has_done());
  auto whole = test::pay_request("water", {issued.done().voucher(1)});
  whole.mutable_sell()->set_rest_forfeited(true);
  REQUIRE(hub.world.tap(hub.pos, whole, nullptr).has_done());
  hub.meet();
  const json wall = hub.look();
  CHECK(Hub::row(wall["tenders"], "tender", "voucher")["amount_minor"] == 500);
  CHECK(Hub::row(wall["tenders"], "tender", "voucher")["sales"] == 2);
  CHECK(Hub::row(wall["tenders"], "tender", "cash")["amount_minor"] == 150);
  CHECK(Hub::row(wall["tenders"], "tender", "cash")["sales"] == 0);
  CHECK(wall["totals"]["sales"] == 2);
  CHECK(wall["totals"]["sales_minor"] == 650);
}

TEST_CASE("A sale that was prepared and never confirmed is not shown as sold") {
  Hub hub;
  test::Band band = hub.world.band();
  REQUIRE(hub.world.top_up(hub.desk, band, 2000).has_done());
  hub.meet();
  schemas::OperateRequest request;
  request.set_band(band.image);
  request.mutable_sell()->set_tender("purse");
  request.mutable_sell()->add_line()->set_sku("beer");
  request.mutable_sell()->mutable_line(0)->set_quantity(1);
  node::TapSession session(*hub.pos.ledger, hub.world.random, schemas::VENDOR);
  REQUIRE(session.begin(request).has_write());
  hub.meet();
  CHECK(hub.look()["totals"]["sales"] == 0);
}

TEST_CASE("A tap that was cut short keeps another band's sale out of nothing") {
  Hub hub;
  test::Band first = hub.world.band(), second = hub.world.band();
  REQUIRE(hub.world.top_up(hub.desk, first, 2000).has_done());
  REQUIRE(hub.world.top_up(hub.desk, second, 2000).has_done());
  hub.meet();
  schemas::OperateRequest request;
  request.set_intent(7);
  request.set_band(first.image);
  request.mutable_sell()->set_tender("purse");
  request.mutable_sell()->add_line()->set_sku("beer");
  request.mutable_sell()->mutable_line(0)->set_quantity(1);
  node::TapSession session(*hub.pos.ledger, hub.world.random, schemas::VENDOR);
  REQUIRE(session.begin(request).has_write());
  REQUIRE(hub.world.sell(hub.pos, second, "water").has_done());
  REQUIRE(hub.world.sell(hub.pos, first, "beer", 1, 7).has_done());
  hub.meet();
  CHECK(hub.look()["totals"]["sales"] == 2);
}

TEST_CASE("A till whose clock runs ahead does not move the chart") {
  Hub hub;
  hub.world.clock.now_ms += 86'400'000;
  REQUIRE(hub.world.sell_cash(hub.pos, "beer").has_done());
  hub.world.clock.now_ms -= 86'400'000;
  hub.meet();
  const json wall = hub.look();
  CHECK(wall["minutes"][node::http::minutes_shown_min - 1]["sales"] == 1);
}

TEST_CASE("Grave alarms are never pushed out by many light ones") {
  Hub hub;
  std::vector<test::Device*> many;
  for (int i = 0; i < 60; ++i) {
    many.push_back(&hub.world.add(schemas::VENDOR, "pos-" + std::to_string(i), "bar-2"));
    REQUIRE(hub.world.sell_cash(*many.back(), "beer").has_done());
    hub.world.meet(hub.hub, *many.back());
  }
  node::http::Wall damaged(*hub.hub.ledger, hub.world.clock, {"its log came back shorter"});
  (void)damaged.json({});
  hub.world.clock.now_ms += node::http::silent_ms + 1;
  const json alarms = json::parse(damaged.json({}).full)["alarms"];
  std::size_t silent = 0;
  for (const auto& alarm : alarms) silent += alarm["kind"] == "silent-device";
  CHECK(silent == node::http::alarms_of_a_kind_max);
  CHECK_FALSE(Hub::row(alarms, "kind", "damaged-store").is_null());
}

TEST_CASE("What a count misses stays what it was while sales go on") {
  Hub hub;
  REQUIRE(hub.world.stock(hub.store, "deliver", "beer", 100).has_done());
  REQUIRE(hub.world.stock(hub.store, "dispatch", "beer", 50, "bar-1").has_done());
  hub.meet();
  REQUIRE(hub.world.stock(hub.pos, "receive", "beer", 50).has_done());
  REQUIRE(hub.world.sell_cash(hub.pos, "beer", 10).has_done());
  hub.world.clock.now_ms += 1000;
  REQUIRE(hub.world.close_sheet(hub.pos).has_done());
  REQUIRE(hub.world.count(hub.pos, "beer", 37, "ana").has_done());
  REQUIRE(hub.world.count(hub.pos, "beer", 37, "luis").has_done());
  hub.world.clock.now_ms += 1000;
  REQUIRE(hub.world.sell_cash(hub.pos, "beer", 5).has_done());
  hub.meet();
  const json wall = hub.look();
  json row;
  for (const auto& entry : wall["stock"]) {
    if (entry["stand"] == "bar-1" && entry["sku"] == "beer") row = entry;
  }
  CHECK(row["left"] == 32);  // counted, less what was sold since
  CHECK(row["counted"] == 37);
  CHECK(row["missing"] == 3);
  CHECK(row["missing_minor"] == 1350);
  const json alarm = Hub::row(wall["alarms"], "kind", "variance");
  CHECK(alarm["severity"] == "alarm");
  CHECK(alarm["units"] == 3);
}

TEST_CASE("A device unheard of for five minutes is an alarm, a linked one is not") {
  Hub hub;
  REQUIRE(hub.world.sell_cash(hub.pos, "beer").has_done());
  hub.meet();
  hub.look();
  REQUIRE(hub.world.sell_cash(hub.pos, "beer").has_done());
  hub.meet();
  CHECK(Hub::row(hub.look()["devices"], "device", "pos")["heard_ms"] == node::http::slow_part_ms);
  hub.world.clock.now_ms += node::http::silent_ms;
  const json wall = hub.look();
  CHECK(Hub::row(wall["alarms"], "kind", "silent-device")["device"] == "pos");
  const json linked = hub.look({{"x", true, 0, "pos", false}});
  CHECK(Hub::row(linked["alarms"], "kind", "silent-device").is_null());
  CHECK(Hub::row(linked["devices"], "device", "pos")["linked"] == true);
}

TEST_CASE("What bands tell of a till that is gone is shown as missing, in events and money") {
  Hub hub;
  test::Device& other = hub.world.add(schemas::VENDOR, "other", "bar-2");
  test::Band band = hub.world.band();
  REQUIRE(hub.world.top_up(hub.desk, band, 2000).has_done());
  hub.world.meet(hub.desk, hub.pos);
  REQUIRE(hub.world.sell(hub.pos, band, "beer").has_done());  // and the till is never seen again
  hub.world.meet(hub.desk, other);
  REQUIRE(hub.world.sell(other, band, "water").has_done());
  hub.world.meet(hub.hub, other);
  hub.world.meet(hub.hub, other);
  const json wall = hub.look();
  const json device = Hub::row(wall["devices"], "device", "pos");
  CHECK(device["missing"]["amount_minor"] == 450);
  CHECK(device["missing"]["events"] > 0);
  const json alarm = Hub::row(wall["alarms"], "kind", "device-gap");
  CHECK(alarm["device"] == "pos");
  CHECK(alarm["amount_minor"] == 450);
}
