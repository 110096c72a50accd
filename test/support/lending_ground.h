// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <catch2/catch.hpp>

#include "ledger/audit.h"
#include "ledger/core/merkle.h"
#include "test/support/beside.h"

// Where `lending_festival` is sold, and how to write what no build writes.
namespace verbena::test {

// A hub, a desk that issues, two tills of two stands, and a band.
struct LendingGround {
  World world{1, test::lending_festival()};
  Device& hub = world.add(schemas::HUB, "hub");
  Device& desk = world.add(schemas::TOP_UP_DESK, "desk");
  Device& till = world.add(schemas::VENDOR, "till", "bar-1");
  Device& far = world.add(schemas::VENDOR, "far", "bar-2");
  Band band = world.band();

  void meet() {
    for (int round = 0; round < 2; ++round) {
      for (auto* device : {&desk, &till, &far}) World::meet(hub, *device);
    }
  }
  schemas::OperateReply gift(std::uint64_t amount_minor) {
    return world.approved(desk, gift_request(amount_minor), 1, &band);
  }
  schemas::OperateReply tap(Device& at, const schemas::OperateRequest& request) {
    return world.tap(at, request, &band);
  }
  schemas::OperateReply cash(Device& at, const schemas::OperateRequest& request) {
    return world.tap(at, request, nullptr);
  }
  static std::int64_t account(Device& at, const std::string& path, const char* unit = "EUR") {
    std::int64_t out = 0;
    at.ledger->ask([&](ledger::State& state, const auto&) {
      out = static_cast<std::int64_t>(state.accounts().balance(unit, path));
    });
    return out;
  }
  std::map<std::string, int> findings(Device& at) const {
    std::map<std::string, int> out;
    const auto report = ledger::audit(*at.store, world.root);
    REQUIRE(report.ok());
    for (const auto& finding : report->findings) ++out[finding.kind];
    out.erase("custody-below-zero");  // nobody delivered anything here
    return out;
  }
  static ledger::PurseView purse(Device& at, const schemas::OperateReply& reply) {
    ledger::PurseView out;
    at.ledger->ask(
        [&](ledger::State& state, const auto&) { out = state.purse(reply.done().purse()); });
    return out;
  }
};

const inline std::map<std::string, int> none;

inline std::string id_of(const schemas::OperateReply& reply) {
  return ledger::hex(reply.done().id());
}

inline ledger::Draft draft_of(ledger::LogClass log_class, schemas::Kind kind,
                              const std::string& payload = {}) {
  ledger::Draft out;
  out.log_class = log_class;
  out.event.set_kind(kind);
  out.event.set_payload(payload);
  return out;
}

inline void post(ledger::Draft& draft, schemas::AccountClass from, const char* from_id,
                 schemas::AccountClass to, const char* to_id, std::uint64_t amount) {
  auto* posting = draft.event.add_posting();
  posting->set_from(from);
  posting->set_from_id(from_id);
  posting->set_to(to);
  posting->set_to_id(to_id);
  posting->set_amount_minor(amount);
}

// What no build writes, by this device.
inline ledger::CommittedEvent write(Device& liar, const ledger::Draft& draft) {
  auto written =
      liar.ledger->commit(0, [&](auto&, auto&) { return ledger::Result(std::vector{draft}); });
  REQUIRE(written.ok());
  return written->back();
}

inline std::string grant_of(std::uint64_t purse, schemas::GrantSource source,
                            const std::string& id) {
  schemas::Grant grant;
  grant.set_purse(purse);
  grant.set_source(source);
  grant.set_source_id(id);
  return grant.SerializeAsString();
}

inline schemas::Event event_of(Device& at, const schemas::OperateReply& reply) {
  schemas::Event out;
  for (const auto& log : at.ledger->logs()) {
    for (const auto& run : *at.ledger->read(log.name, 0, SIZE_MAX)) {
      for (const auto& bytes : run.events) {
        if (ledger::to_bytes(ledger::leaf_hash(bytes)) != reply.done().id()) continue;
        REQUIRE(ledger::parse_event(bytes, out).ok());
      }
    }
  }
  return out;
}

}  // namespace verbena::test
