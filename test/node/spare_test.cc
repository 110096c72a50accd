// SPDX-License-Identifier: Apache-2.0
#include "node/spare.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "node/terminal.h"
#include "test/support/office_ground.h"

using namespace verbena;
namespace fs = std::filesystem;
using ledger::Errc;
using ledger::Refusal;
using node::Assigned;
using node::AssignRequest;
using test::OfficeGround;

namespace {

// Two supervisors on the field, with a box of spares and without the office.
struct Field {
  OfficeGround ground = OfficeGround::fresh();
  std::vector<std::string> spares = ground.box();
  node::OpenHome first = ground.supervisor(2);
  node::HomeKeys second = ground.keys(ground.at("supervisor-3"));

  fs::path spare(std::size_t i = 0) { return ground.at("box") / spares[i]; }
  AssignRequest to(const std::string& stand, const std::string& home = "new") {
    return {spare(), ground.at(home), stand, {}, {}};
  }
  ledger::Result<Assigned> assign(const AssignRequest& request, const node::MakeStep& step = {}) {
    return node::assign_spare(request, first, second, ground.clock, ground.random, step);
  }
  ledger::Result<node::OpenHome> open(const std::string& home) {
    return node::open_home(ground.at(home), ground.clock, ground.random);
  }
};

std::string cash_sale(ledger::Ledger& till, test::SeededRandom& random) {
  schemas::OperateRequest request;
  request.mutable_sell()->set_tender("cash");
  request.mutable_sell()->add_line()->set_sku("beer");
  request.mutable_sell()->mutable_line(0)->set_quantity(1);
  const auto reply = node::TapSession(till, random, schemas::VENDOR).begin(request);
  return reply.has_done() ? "done" : reply.refused().code();
}

bool certified(ledger::Ledger& book, const ledger::Hash& certificate) {
  bool out = false;
  book.ask([&](ledger::State& state, const ledger::DeviceView&) {
    out = state.roster().certified(certificate);
  });
  return out;
}

bool revoked(ledger::Ledger& book, const std::string& alias) {
  bool out = false;
  book.ask([&](ledger::State& state, const ledger::DeviceView&) {
    const auto* device = state.roster().find_alias(alias);
    out = device != nullptr && state.roster().revoked(device->key);
  });
  return out;
}

// Events of a kind in the control logs of this book.
std::size_t count_events(ledger::Ledger& book, schemas::Kind kind) {
  std::size_t out = 0;
  schemas::Event event;
  for (const auto& log : book.logs()) {
    const auto runs = book.read(log.name, 0, SIZE_MAX);
    REQUIRE(runs.ok());
    for (const auto& run : *runs) {
      for (const auto& bytes : run.events) {
        out += event.ParseFromString(bytes) && event.kind() == kind;
      }
    }
  }
  return out;
}

// All logs of `from`, as a till's peers hold them.
void hand_over(ledger::Ledger& from, ledger::Ledger& to) {
  REQUIRE(node::copy_control_logs(from, to).ok());
  for (const auto& log : from.logs()) {
    const auto runs = from.read(log.name, 0, SIZE_MAX);
    REQUIRE(runs.ok());
    for (const auto& run : *runs) REQUIRE(to.ingest(run).ok());
  }
}

}  // namespace

TEST_CASE("Two supervisors make a till of a spare without the office, and its sales count") {
  Field field;
  fs::remove_all(field.ground.at("office"));
  const auto assigned = field.assign(field.to("bar-2"));
  REQUIRE(assigned.ok());
  CHECK(assigned->device.alias == field.spares[0]);
  CHECK(assigned->device.stand == "bar-2");
  CHECK(assigned->device.zone == "south");
  auto made = field.open("new");
  REQUIRE(made.ok());
  CHECK(cash_sale(*made->ledger, field.ground.random) == "done");
  auto neighbour = field.open("till-1");
  REQUIRE(neighbour.ok());
  CHECK_FALSE(certified(*neighbour->ledger, assigned->device.hash));
  hand_over(*made->ledger, *neighbour->ledger);
  CHECK(certified(*neighbour->ledger, assigned->device.hash));
  neighbour->ledger->ask([](ledger::State& state, const ledger::DeviceView&) {
    CHECK(state.accounts().balance("EUR", "stand/bar-2") == 450);
  });
}

TEST_CASE("Nothing in a box of spares is a key in clear, and nobody runs on a spare") {
  Field field;
  for (const auto& entry : fs::recursive_directory_iterator(field.ground.at("box"))) {
    if (!entry.is_regular_file()) continue;
    const auto bytes = node::read_file(entry.path());
    REQUIRE(bytes.ok());
    INFO(entry.path());
    CHECK(bytes->find("PRIVATE KEY") == std::string::npos);
    CHECK(bytes->find("VBANDKEY") == std::string::npos);
    if (entry.path().extension() == ".key" || entry.path().filename() == "band.keys") {
      CHECK(bytes->starts_with("VBK1"));
    }
  }
  CHECK_FALSE(node::open_home(field.spare(), field.ground.clock, field.ground.random).ok());
  const auto hub = field.ground.at("office") / "spares" / "hub-1";
  CHECK_FALSE(node::read_home(hub, std::string(OfficeGround::passphrase)).ok());
}

TEST_CASE("One person assigns nothing, and neither do a till, a stranger or who is revoked") {
  Field field;
  const auto refusal = [&](const node::HomeKeys& second) {
    const auto assigned = node::assign_spare(field.to("bar-2"), field.first, second,
                                             field.ground.clock, field.ground.random);
    REQUIRE_FALSE(assigned.ok());
    CHECK_FALSE(fs::exists(field.ground.at("new")));
    CHECK_FALSE(node::is_taken(field.spare()));
    return assigned.error().refusal;
  };
  CHECK(refusal(field.first.keys) == Refusal::approval_needed);
  CHECK(refusal(field.ground.keys(field.ground.at("till-1"))) == Refusal::role_denied);
  node::HomeKeys stranger = field.second;
  stranger.identity.key = ledger::SigningKey::generate(field.ground.random);
  stranger.identity.certificate.key = stranger.identity.key.public_key();
  CHECK(refusal(stranger) == Refusal::not_ready);
  auto office = field.ground.office();
  for (auto* book : {&office.ledger(), field.first.ledger.get()}) {
    REQUIRE(book->commit(0,
                         [&](ledger::State& state, const ledger::DeviceView& device)
                             -> ledger::Result<std::vector<ledger::Draft>> {
                           auto plan =
                               ledger::plan_revocation(state, device, "supervisor-3", "left", {});
                           if (!plan) return plan.error();
                           return plan->drafts;
                         })
                .ok());
  }
  REQUIRE(node::copy_control_logs(office.ledger(), *field.first.ledger).ok());
  CHECK(refusal(field.second) == Refusal::device_revoked);
}

TEST_CASE("A spare becomes one home at one stand") {
  Field field;
  REQUIRE(field.assign(field.to("bar-2")).ok());
  for (const auto& other : {field.to("bar-1"), field.to("bar-2", "another")}) {
    const auto again = field.assign(other);
    REQUIRE_FALSE(again.ok());
    CHECK(again.error().code == Errc::bad_input);
  }
  CHECK(field.assign(field.to("bar-2", "another")).error().text.find("new at bar-2") !=
        std::string::npos);
  CHECK_FALSE(fs::exists(field.ground.at("another")));
  CHECK(field.assign(field.to("bar-2")).ok());
  CHECK(count_events(*field.first.ledger, schemas::KIND_CERTIFICATE) == 7);  // five of init, till-1
}

TEST_CASE("A copy of a spare is refused by who knows that the spare is assigned") {
  Field field;
  fs::copy(field.spare(), field.ground.at("copy"), fs::copy_options::recursive);
  REQUIRE(field.assign(field.to("bar-2")).ok());
  AssignRequest copy{field.ground.at("copy"), field.ground.at("another"), "bar-1", {}, {}};
  const auto again = field.assign(copy);
  REQUIRE_FALSE(again.ok());
  CHECK(again.error().text.find("was assigned already, to the stand \"bar-2\"") !=
        std::string::npos);
  CHECK_FALSE(fs::exists(field.ground.at("another")));
}

TEST_CASE("An offer that the office did not make for this spare is refused") {
  Field field;
  const auto offer = field.spare() / "stands" / "bar-2" / "offer";
  const auto replaced_by = [&](const std::string& bytes) {
    REQUIRE(node::write_file(offer, bytes).ok());
    const auto assigned = field.assign(field.to("bar-2"));
    REQUIRE_FALSE(assigned.ok());
    CHECK_FALSE(fs::exists(field.ground.at("new")));
    CHECK_FALSE(node::is_taken(field.spare()));
    return assigned.error().code;
  };
  const auto own = node::read_file(offer);
  schemas::SignedCertificate forged;
  REQUIRE(forged.ParseFromString(*own));
  schemas::Certificate body;
  REQUIRE(body.ParseFromString(forged.certificate()));
  const auto till = field.ground.keys(field.ground.at("till-1")).identity.key;
  body.set_key(ledger::to_bytes(till.public_key()));
  REQUIRE(node::write_offer(field.spare(), "bar-2", body, till, "a TLS certificate").ok());
  CHECK(replaced_by(*node::read_file(offer)) == Errc::bad_signature);
  forged.set_certificate(body.SerializeAsString());
  CHECK(replaced_by(forged.SerializeAsString()) == Errc::bad_signature);
  // A word of the office's, about another spare.
  const auto other = node::read_file(field.spare(1) / "stands" / "bar-2" / "offer");
  CHECK(replaced_by(*other) == Errc::damaged);
  CHECK(replaced_by("no offer") == Errc::damaged);
  REQUIRE(node::write_file(offer, *own).ok());
  CHECK(field.assign(field.to("bar-2")).ok());
}

TEST_CASE("A stand that a spare was not made for is refused, and the others are named") {
  Field field;
  for (const std::string stand : {"", "bar-9", "../stands/bar-2"}) {
    const auto assigned = field.assign(field.to(stand));
    REQUIRE_FALSE(assigned.ok());
    CHECK(assigned.error().code == Errc::bad_input);
    CHECK(assigned.error().text.find("bar-1, bar-2") != std::string::npos);
  }
  CHECK_FALSE(fs::exists(field.ground.at("new")));
}

TEST_CASE("A swap puts the spare at the lost till's stand and keeps what is held of the lost one") {
  Field field;
  auto lost = field.open("till-1");
  REQUIRE(lost.ok());
  AssignRequest swap{field.spare(), field.ground.at("new"), "", "till-1", "smashed"};
  const auto unheard = field.assign(swap);
  REQUIRE_FALSE(unheard.ok());
  CHECK(unheard.error().refusal == Refusal::not_ready);
  CHECK_FALSE(node::is_taken(field.spare()));
  REQUIRE(cash_sale(*lost->ledger, field.ground.random) == "done");
  hand_over(*lost->ledger, *field.first.ledger);
  REQUIRE(cash_sale(*lost->ledger, field.ground.random) == "done");  // nobody hears of it
  const auto swapped = field.assign(swap);
  REQUIRE(swapped.ok());
  CHECK(swapped->device.stand == "bar-1");
  REQUIRE(swapped->counting.has_value());
  CHECK(*swapped->counting > 0);
  CHECK(revoked(*field.first.ledger, "till-1"));
  hand_over(*lost->ledger, *field.first.ledger);
  field.first.ledger->ask([](ledger::State& state, const ledger::DeviceView&) {
    CHECK(state.accounts().balance("EUR", "stand/bar-1") == 450);
  });
}

TEST_CASE("A spare does not take the place of a device of another role") {
  Field field;
  AssignRequest swap{field.spare(), field.ground.at("new"), "bar-1", "hub-1", ""};
  CHECK(field.assign(swap).error().text.find("is a vendor, and hub-1 a hub") != std::string::npos);
  swap.instead_of = "nobody";
  CHECK(field.assign(swap).error().code == Errc::bad_input);
  CHECK_FALSE(fs::exists(field.ground.at("new")));
}

TEST_CASE("A swap cut short at any act is told, and finished by the same command") {
  std::vector<std::string> acts;
  for (std::size_t stop = 0;; ++stop) {
    Field field;
    {
      auto lost = field.open("till-1");
      REQUIRE(lost.ok());
      REQUIRE(cash_sale(*lost->ledger, field.ground.random) == "done");
      hand_over(*lost->ledger, *field.first.ledger);
    }
    const AssignRequest swap{field.spare(), field.ground.at("new"), "", "till-1", "smashed"};
    acts.clear();
    const auto cut = field.assign(swap, [&](const std::string& act) {
      acts.push_back(act);
      return acts.size() <= stop;
    });
    INFO(acts.back());
    if (cut) break;
    if (acts.back() != "destroy the seal") {
      const auto half = field.open("new");
      REQUIRE_FALSE(half.ok());
      CHECK(half.error().code == Errc::storage);
      if (fs::exists(field.ground.at("new"))) {
        CHECK(half.error().text.find("was never finished; the same \"verbena device assign") !=
              std::string::npos);
      }
    }
    REQUIRE(field.assign(swap).ok());
    CHECK(count_events(*field.first.ledger, schemas::KIND_CERTIFICATE) == 7);
    CHECK(count_events(*field.first.ledger, schemas::KIND_REVOCATION) == 1);
    CHECK_FALSE(fs::exists(field.spare() / "for-two"));
    auto made = field.open("new");
    REQUIRE(made.ok());
    CHECK(revoked(*made->ledger, "till-1"));
    CHECK(cash_sale(*made->ledger, field.ground.random) == "done");
  }
  CHECK(acts == std::vector<std::string>{"take the spare", "write the home", "tell it",
                                         "finish the home", "destroy the seal"});
}
