// SPDX-License-Identifier: Apache-2.0
#include "replication/asks.h"

#include <catch2/catch.hpp>

#include "test/support/world.h"

using namespace verbena;
using replication::Asks;
using replication::Heard;
using replication::LinkId;
using test::Device;
using test::World;

namespace {

// Tills and supervisors in a row: each hears its neighbours only, and passes on what it hears.
struct Row {
  World world;
  std::vector<Device*> devices;
  std::vector<std::unique_ptr<Asks>> asks;

  explicit Row(std::size_t between = 1) {
    devices.push_back(&world.add(schemas::VENDOR, "till", "bar-1"));
    for (std::size_t i = 0; i < between; ++i) {
      devices.push_back(&world.add(schemas::VENDOR, "relay-" + std::to_string(i), "bar-2"));
    }
    devices.push_back(&world.add(schemas::SUPERVISOR, "s1"));
    devices.push_back(&world.add(schemas::SUPERVISOR, "s2"));
    for (int round = 0; round < 2; ++round) {
      for (std::size_t i = 0; i + 1 < devices.size(); ++i) {
        World::meet(*devices[i], *devices[i + 1]);
      }
      for (std::size_t i = devices.size() - 1; i > 0; --i) {
        World::meet(*devices[i], *devices[i - 1]);
      }
    }
    for (auto* device : devices) {
      asks.push_back(std::make_unique<Asks>(*device->ledger, world.clock));
    }
    REQUIRE(world.sell_cash(*devices[0], "beer", 5).has_done());  // 22.50, above the limit
  }
  Asks& till() { return *asks.front(); }
  Asks& supervisor(int number) { return *asks.at(asks.size() - 3 + static_cast<size_t>(number)); }

  // What is due goes one hop further, until all are silent. Links are named by who sends.
  std::size_t carry(bool lose_all = false) {
    std::size_t frames = 0;
    for (bool quiet = false; !quiet;) {
      quiet = true;
      for (std::size_t i = 0; i < asks.size(); ++i) {
        for (const auto& out : asks[i]->due()) {
          quiet = false;
          for (const std::size_t to : {i - 1, i + 1}) {
            if (to >= asks.size() || lose_all || out.except == to + 1) continue;
            ++frames;
            CHECK(asks[to]->hear(out.frame, static_cast<LinkId>(i + 1)) != Heard::untrue);
          }
        }
      }
    }
    return frames;
  }

  schemas::OperateRequest void_request() {
    schemas::OperateRequest request;
    request.set_intent(99);
    std::string id;
    for (const auto& log : devices[0]->ledger->logs()) {
      if (log.name.certificate != devices[0]->identity.certificate.hash ||
          log.name.log_class != ledger::LogClass::trade) {
        continue;
      }
      id = ledger::hex(
          ledger::leaf_hash(*devices[0]->ledger->event_bytes(log.name, log.head.size - 1)));
    }
    request.mutable_void_sale()->set_sale(id);
    request.mutable_void_sale()->set_reason("spilled");
    return request;
  }
  schemas::OperateReply run(const schemas::OperateRequest& request) {
    return node::TapSession(*devices[0]->ledger, world.random, {schemas::VENDOR}).begin(request);
  }
  ledger::Hash ask() {
    const auto reply = run(void_request());
    REQUIRE(reply.refused().code() == "approval-needed");
    REQUIRE(reply.refused().needed() == 2);
    auto hash = till().ask(reply.refused().request(), reply.refused().needed());
    REQUIRE(hash);
    return *hash;
  }
  schemas::Frame asked() {
    (void)ask();
    auto due = till().due();
    REQUIRE(due.size() == 1);
    return due[0].frame;
  }
};

}  // namespace

TEST_CASE("A question travels to supervisors who are no neighbours, and their yes travels back") {
  Row row(3);
  const auto hash = row.ask();
  row.carry();
  REQUIRE(row.supervisor(1).open().size() == 1);
  const auto open = row.supervisor(2).find(hash);
  REQUIRE(open);
  CHECK(open->asker->alias == "till");
  CHECK(open->needed == 2);
  REQUIRE(row.supervisor(1).answer(hash, true));
  REQUIRE(row.supervisor(2).answer(hash, true));
  row.carry();
  const auto answered = row.till().find(hash);
  REQUIRE(answered);
  REQUIRE(answered->yes.size() == 2);

  auto request = row.void_request();
  for (const auto& [person, approval] : answered->yes) *request.add_approval() = approval;
  const auto done = row.run(request);
  INFO(done.refused().text());
  CHECK(done.has_done());
}

TEST_CASE("A question that no link carried is asked again, and answers with it") {
  Row row;
  const auto hash = row.ask();
  row.carry(true);
  CHECK(row.supervisor(1).open().empty());
  row.world.clock.now_ms += replication::ask_repeat_ms;
  row.carry();
  REQUIRE(row.supervisor(1).open().size() == 1);
  REQUIRE(row.supervisor(1).answer(hash, true));
  row.carry(true);
  CHECK(row.till().find(hash)->yes.empty());
  row.world.clock.now_ms += replication::ask_repeat_ms;
  row.carry();
  CHECK(row.till().find(hash)->yes.size() == 1);
}

TEST_CASE("Turning in circles, a question is passed on once a turn") {
  Row row;
  (void)row.ask();
  const std::size_t frames = row.carry();
  CHECK(frames <= 6);
  CHECK(row.carry() == 0);
}

TEST_CASE("A turn that was heard before is not passed on again, however late it comes") {
  Row row;
  const auto frame = row.asked();
  CHECK(row.asks[1]->hear(frame, 1) == Heard::fine);
  CHECK(row.asks[1]->due().size() == 1);
  row.world.clock.now_ms += 2 * replication::ask_pause_ms;
  CHECK(row.asks[1]->hear(frame, 1) == Heard::fine);
  CHECK(row.asks[1]->due().empty());
}

TEST_CASE("What is taken back is forgotten everywhere once nobody repeats it") {
  Row row;
  const auto hash = row.ask();
  row.carry();
  row.till().withdraw(hash);
  row.world.clock.now_ms += replication::ask_silent_ms + 1;
  row.carry();
  CHECK(row.supervisor(1).open().empty());
  CHECK_FALSE(row.supervisor(1).answer(hash, true));
}

TEST_CASE("A question whose page was closed ends by itself") {
  Row row;
  const auto hash = row.ask();
  row.world.clock.now_ms += replication::ask_unwatched_ms;
  CHECK(row.till().find(hash));  // looked at: it goes on
  row.world.clock.now_ms += replication::ask_unwatched_ms;
  CHECK(row.till().find(hash));
  row.world.clock.now_ms += replication::ask_unwatched_ms + 1;
  CHECK(row.till().open().empty());
}

TEST_CASE("A no is told to who asks") {
  Row row;
  const auto hash = row.ask();
  row.carry();
  REQUIRE(row.supervisor(1).answer(hash, false));
  row.carry();
  CHECK(row.till().find(hash)->no == std::set<std::string>{"s1"});
}

TEST_CASE("Nobody approves their own, and a till approves nothing") {
  Row row;
  const auto hash = row.ask();
  row.carry();
  CHECK_FALSE(row.till().answer(hash, true));
  CHECK_FALSE(row.asks[1]->answer(hash, true));
  CHECK_FALSE(row.asks[1]->answer(hash, false));
}

TEST_CASE("An altered question is untrue") {
  Row row;
  const auto good = row.asked();
  Asks& hears = *row.asks[1];
  auto frame = good;
  frame.mutable_ask()->set_needed(1);
  CHECK(hears.hear(frame, 1) == Heard::untrue);
  frame = good;
  frame.mutable_ask()->set_turn(9);
  CHECK(hears.hear(frame, 1) == Heard::untrue);
  frame = good;
  schemas::ApprovalRequest request;
  REQUIRE(request.ParseFromString(frame.ask().request()));
  request.set_staff("somebody");
  frame.mutable_ask()->set_request(request.SerializeAsString());
  CHECK(hears.hear(frame, 1) == Heard::untrue);
  frame = good;
  frame.mutable_ask()->set_request("nonsense");
  CHECK(hears.hear(frame, 1) == Heard::untrue);
  frame = good;
  frame.mutable_ask()->set_certificate(ledger::to_bytes(row.devices[1]->identity.certificate.hash));
  CHECK(hears.hear(frame, 1) == Heard::untrue);
  CHECK(hears.open().empty());
  CHECK(hears.hear(good, 1) == Heard::fine);
}

TEST_CASE("A yes that is not signed for this question is untrue") {
  Row row;
  const auto hash = row.ask();
  row.carry();
  REQUIRE(row.supervisor(1).answer(hash, true));
  auto due = row.supervisor(1).due();
  REQUIRE(due.size() == 1);
  auto frame = due[0].frame;
  (*frame.mutable_ask_answer()->mutable_yes()->mutable_signature())[5] ^= 1;
  CHECK(row.till().hear(frame, 2) == Heard::untrue);
  frame = due[0].frame;
  frame.mutable_ask_answer()->mutable_yes()->set_size(frame.ask_answer().yes().size() + 1);
  CHECK(row.till().hear(frame, 2) == Heard::untrue);
  frame = due[0].frame;
  frame.mutable_ask_answer()->clear_yes();
  frame.mutable_ask_answer()->set_no_key(due[0].frame.ask_answer().yes().key());
  CHECK(row.till().hear(frame, 2) == Heard::untrue);
  CHECK(row.till().find(hash)->yes.empty());
  CHECK(row.till().hear(due[0].frame, 2) == Heard::fine);
}

TEST_CASE("One device cannot fill the field with questions") {
  Row row;
  std::size_t heard = 0;
  for (int i = 0; i < 20; ++i) {
    const auto reply = row.run(row.void_request());
    schemas::ApprovalRequest request;
    REQUIRE(request.ParseFromString(reply.refused().request()));
    request.set_staff("a" + std::to_string(i));
    REQUIRE(row.till().ask(request.SerializeAsString(), 2));
    for (const auto& out : row.till().due()) {
      heard += row.asks[1]->hear(out.frame, 1) == Heard::fine ? 1 : 0;
    }
  }
  CHECK(heard == 1);  // one each second
  CHECK(row.till().open().size() == replication::asks_of_a_device_max);
  CHECK(row.asks[1]->open().size() == 1);
}

TEST_CASE("A question of a revoked device is not heard") {
  Row row;
  const auto frame = row.asked();
  schemas::OperateRequest revoke;
  revoke.mutable_revoke()->set_alias("till");
  revoke.mutable_revoke()->set_reason("stolen");
  REQUIRE(node::TapSession(*row.devices[2]->ledger, row.world.random, {schemas::SUPERVISOR})
              .begin(revoke)
              .has_done());
  CHECK(row.asks[2]->hear(frame, 1) == Heard::stray);
  CHECK(row.asks[2]->open().empty());
}
