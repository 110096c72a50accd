// SPDX-License-Identifier: Apache-2.0
#include <malloc.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <deque>

#include "replication/pack.h"
#include "test/support/world.h"

using namespace verbena;
using replication::Session;
using test::Device;
using test::World;

namespace {

std::size_t bytes_of(const std::vector<schemas::Frame>& frames) {
  std::size_t out = 0;
  for (const auto& frame : frames) out += frame.ByteSizeLong();
  return out;
}

// Bytes; where another allocator is in use, as a sanitizer's, none.
std::size_t allocated() {
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

struct Two {
  World world;
  Device& a = world.add(schemas::VENDOR, "a", "bar-1");
  Device& b = world.add(schemas::VENDOR, "b", "bar-2");
  Two() {
    Device& hub = world.add(schemas::HUB, "hub");
    for (int i = 0; i < 2; ++i) {
      World::meet(a, hub);
      World::meet(b, hub);
    }
  }
};

}  // namespace

TEST_CASE("Peers with nothing new finish after one hello each, in at most 128 bytes both ways") {
  Two t;
  Session left(*t.a.ledger), right(*t.b.ledger);
  const auto from_left = left.hello(), from_right = right.hello();
  CHECK(bytes_of(from_left) + bytes_of(from_right) <= 128);
  CHECK(left.receive(from_right[0]).empty());
  CHECK(right.receive(from_left[0]).empty());
  CHECK_FALSE(left.differs());
  CHECK(left.idle());
}

TEST_CASE("A hello brings what the peer says of its taps, and only where it says anything") {
  Two t;
  Session left(*t.a.ledger), right(*t.b.ledger);
  right.receive(left.hello()[0]);
  CHECK_FALSE(right.peer_taps());
  schemas::TapCounts taps;
  taps.set_taps(7);
  taps.set_torn(1);
  left.tell_taps(taps);
  right.receive(left.hello()[0]);
  REQUIRE(right.peer_taps());
  CHECK(right.peer_taps()->taps() == 7);
  CHECK(right.peer_taps()->torn() == 1);
}

TEST_CASE("A sale goes down an open link at once, and back up comes an acknowledgement") {
  Two t;
  Session left(*t.a.ledger), right(*t.b.ledger);
  const auto from_left = left.hello(), from_right = right.hello();
  left.receive(from_right[0]);
  right.receive(from_left[0]);
  REQUIRE(t.world.sell_cash(t.a, "beer").has_done());
  const auto pushed = left.pump();
  REQUIRE(pushed.size() == 1);
  REQUIRE(pushed[0].has_run());
  const auto answers = right.receive(pushed[0]);
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].has_ack());
  CHECK(World::digest(t.a) == World::digest(t.b));
  CHECK(left.busy());
  left.receive(answers[0]);
  CHECK_FALSE(left.busy());
  CHECK(right.pump().empty());  // what came from a peer does not go back to it
}

TEST_CASE("A backlog is sent within the window and goes on as it is acknowledged") {
  Two t;
  for (int i = 0; i < 900; ++i) REQUIRE(t.world.sell_cash(t.a, "beer").has_done());
  Session left(*t.a.ledger), right(*t.b.ledger);
  left.set_window(2'000);  // one read of 32 kB at a time
  const auto hello_left = left.hello(), hello_right = right.hello();
  left.receive(hello_right[0]);
  auto frames = left.receive(right.receive(hello_left[0])[0]);
  std::size_t rounds = 0;
  while (!frames.empty()) {
    ++rounds;
    std::vector<schemas::Frame> next;
    for (const auto& frame : frames) {
      CHECK(frame.ByteSizeLong() <= replication::frame_bytes_max);
      for (const auto& answer : right.receive(frame)) {
        for (auto& more : left.receive(answer)) next.push_back(std::move(more));
      }
    }
    frames = std::move(next);
  }
  CHECK(rounds > 1);
  CHECK(World::digest(t.a) == World::digest(t.b));
}

namespace {

// One comparison of two devices; the bytes of its frontier frames, both ways.
std::size_t compare(Device& a, Device& b, std::shared_ptr<replication::Agreed> of_a,
                    std::shared_ptr<replication::Agreed> of_b) {
  Session left(*a.ledger, of_a), right(*b.ledger, of_b);
  std::deque<std::pair<Session*, schemas::Frame>> wire;
  std::size_t frontiers = 0;
  const auto post = [&](Session& to, std::vector<schemas::Frame> frames) {
    for (auto& frame : frames) {
      if (frame.has_frontier()) frontiers += frame.ByteSizeLong();
      wire.emplace_back(&to, std::move(frame));
    }
  };
  for (int round = 0; round < 2; ++round) {  // the second tells both that they agree
    post(right, left.hello());
    post(left, right.hello());
    while (!wire.empty()) {
      auto [to, frame] = std::move(wire.front());
      wire.pop_front();
      post(to == &left ? right : left, to->receive(frame));
    }
  }
  return frontiers;
}

}  // namespace

TEST_CASE("Peers that have met tell only what changed since, also in a later session") {
  Two t;
  for (int i = 0; i < 40; ++i) {
    t.world.restart(t.a);  // each life has a log of its own
    REQUIRE(t.world.sell_cash(t.a, "beer").has_done());
  }
  auto of_a = std::make_shared<replication::Agreed>();
  auto of_b = std::make_shared<replication::Agreed>();
  const std::size_t strangers = compare(t.a, t.b, of_a, of_b);
  REQUIRE(World::digest(t.a) == World::digest(t.b));
  REQUIRE(t.world.sell_cash(t.a, "water").has_done());
  REQUIRE(t.world.sell_cash(t.b, "water").has_done());
  const std::size_t met = compare(t.a, t.b, of_a, of_b);
  CHECK(World::digest(t.a) == World::digest(t.b));
  CHECK(World::frontier_root(t.a) == World::frontier_root(t.b));
  CHECK(strangers > 1'000);
  CHECK(met < 300);  // deltas of one log, and the names of new ones
  REQUIRE(t.world.sell_cash(t.a, "water").has_done());
  CHECK(compare(t.a, t.b, of_a, of_b) <= 2 * 24);  // nothing new is named
  CHECK(World::digest(t.a) == World::digest(t.b));
}

TEST_CASE("Deltas against a frontier that was never agreed on, or out of its bounds, are refused") {
  Two t;
  replication::Frontier ours;
  ours.pull(*t.a.ledger);
  replication::Agreed agreed;
  schemas::Frontier frame;
  frame.set_base("12345678");
  CHECK_FALSE(replication::decode_frontier(frame, ours, agreed).ok());
  agreed.note(ours.root(), ours.sizes());
  frame.set_base(agreed.newest());
  CHECK(replication::decode_frontier(frame, ours, agreed).ok());
  frame.add_rank_gap(ours.entries().size());
  frame.add_size_delta(1);
  CHECK_FALSE(replication::decode_frontier(frame, ours, agreed).ok());
  frame.set_rank_gap(0, 0);
  CHECK(replication::decode_frontier(frame, ours, agreed).ok());
  frame.add_rank_gap(UINT64_MAX);
  frame.add_size_delta(1);
  CHECK_FALSE(replication::decode_frontier(frame, ours, agreed).ok());
}

TEST_CASE("What a lost device signed is known to exist, and the news goes on where roots agree") {
  Two t;
  REQUIRE(t.world.sell_cash(t.a, "beer").has_done());
  const auto& key = t.a.identity.certificate.hash;
  const auto logs = t.a.ledger->logs();
  const auto lost = std::find_if(logs.begin(), logs.end(), [&](const auto& log) {
    return log.name.certificate == key && log.name.log_class == ledger::LogClass::trade;
  });
  REQUIRE(lost != logs.end());
  REQUIRE(*t.b.ledger->note_claimed(lost->name, lost->head));
  CHECK_FALSE(*t.b.ledger->note_claimed(lost->name, lost->head));
  Device& c = t.world.device("hub");
  World::meet(t.b, c);
  REQUIRE(c.ledger->claimed_heads().size() == 1);
  CHECK(c.ledger->claimed_heads()[0].head == lost->head);
  t.world.restart(c);
  CHECK(c.ledger->claimed_heads().size() == 1);
  auto forged = lost->head;
  forged.size += 5;
  CHECK(c.ledger->note_claimed(lost->name, forged).error().code == ledger::Errc::bad_signature);
  World::meet(t.a, c);
  CHECK(c.ledger->claimed_heads().empty());  // held now
}

TEST_CASE("On a slow link a revocation goes between the parts of a run, which arrives whole") {
  Two t;
  Device& boss = t.world.add(schemas::SUPERVISOR, "boss");
  World::meet(boss, t.world.device("hub"));
  World::meet(t.a, boss);
  World::meet(t.b, boss);
  for (int i = 0; i < 300; ++i) REQUIRE(t.world.sell_cash(t.a, "beer").has_done());
  Session left(*t.a.ledger), right(*t.b.ledger);
  left.set_window(1'000, 500);
  const auto to_right = left.hello(), to_left = right.hello();
  left.receive(to_left[0]);
  std::deque<schemas::Frame> wire;
  std::size_t parts = 0, parts_before_control = 0;
  const auto post = [&](std::vector<schemas::Frame> frames) {
    for (auto& frame : frames) {
      if (frame.has_run()) CHECK(frame.ByteSizeLong() < 1'000);
      parts += frame.has_run() && !frame.run().has_head();
      wire.push_back(std::move(frame));
    }
  };
  const auto carry_one = [&] {
    const auto frame = std::move(wire.front());
    wire.pop_front();
    for (const auto& answer : right.receive(frame)) post(left.receive(answer));
  };
  for (const auto& answer : right.receive(to_right[0])) post(left.receive(answer));
  while (!wire.empty() && parts < 4) carry_one();
  REQUIRE(left.unacked_bytes() >= 1'000);  // nothing else may go
  schemas::OperateRequest request;
  request.mutable_revoke()->set_alias("hub");
  request.mutable_revoke()->set_reason("lost");
  node::TapSession session(*boss.ledger, t.world.random, schemas::SUPERVISOR);
  REQUIRE(session.begin(request).has_done());
  World::meet(boss, t.a);
  parts_before_control = parts;
  const auto pushed = left.pump();
  REQUIRE(pushed.size() == 1);
  CHECK(pushed[0].run().log().log_class() == static_cast<unsigned>(ledger::LogClass::control));
  post(pushed);
  while (!wire.empty()) carry_one();
  CHECK(parts > parts_before_control);
  CHECK(World::digest(t.a) == World::digest(t.b));
}

TEST_CASE("Peers that have met say with the first word what changed, and it is sent one word on") {
  Two t;
  auto of_a = std::make_shared<replication::Agreed>();
  auto of_b = std::make_shared<replication::Agreed>();
  compare(t.a, t.b, of_a, of_b);
  REQUIRE(t.world.sell_cash(t.a, "beer").has_done());
  Session left(*t.a.ledger, of_a), right(*t.b.ledger, of_b);
  const auto first_words = left.hello();
  REQUIRE(first_words.size() == 2);
  CHECK(first_words[1].has_frontier());
  CHECK(left.hello().size() == 1);
  const auto nothing_new = right.hello();
  CHECK(nothing_new.size() == 1);
  bool asked = false;
  for (const auto& frame : left.receive(nothing_new[0])) asked |= frame.has_frontier();
  CHECK_FALSE(asked);  // it was told already
}

TEST_CASE("Many small asks in one message earn one window of answers") {
  Two t;
  for (int i = 0; i < 400; ++i) REQUIRE(t.world.sell_cash(t.a, "beer").has_done());
  replication::Session session(*t.a.ledger);
  session.set_window(4'096);
  schemas::Frame asks;
  std::vector<schemas::Frame> frames;
  for (const auto& log : t.a.ledger->logs()) {
    if (log.name.log_class != ledger::LogClass::trade) continue;
    for (int i = 0; i < 60; ++i) {
      *frames.emplace_back().mutable_want()->mutable_log() = ledger::to_wire(log.name);
      frames.emplace_back().mutable_ack()->set_bytes(1 << 30);
    }
  }
  std::size_t bytes = 0;
  for (const auto& message : replication::Packer().pack(frames)) {
    for (const auto& answer : session.receive(message)) bytes += answer.ByteSizeLong();
  }
  CHECK(bytes > 4'096);
  CHECK(bytes < 64 * 1024);
}

TEST_CASE("A peer of another festival is cut at its first word") {
  Two t;
  World other(77);
  Session session(*t.a.ledger), foreign(*other.device("root").ledger);
  session.receive(foreign.hello()[0]);
  CHECK(session.cut());
  CHECK(session.cut_reason().find("another festival") != std::string::npos);
}

TEST_CASE("A peer that keeps sending false runs is cut and changes nothing") {
  Two t;
  const auto before = World::digest(t.a);
  Session session(*t.a.ledger);
  REQUIRE(t.world.sell_cash(t.b, "beer").has_done());
  for (const auto& log : t.b.ledger->logs()) {
    if (log.name.certificate != t.b.identity.certificate.hash) continue;
    const auto run = t.b.ledger->read(log.name, 0, SIZE_MAX)->front();
    schemas::Frame frame;
    *frame.mutable_run()->mutable_log() = ledger::to_wire(run.log);
    for (const auto& event : run.events) frame.mutable_run()->add_event(event + "x");
    *frame.mutable_run()->mutable_head() = ledger::to_wire(run.head);
    for (int i = 0; i < replication::strikes_max; ++i) {
      CHECK_FALSE(session.cut());
      session.receive(frame);
    }
  }
  CHECK(session.cut());
  CHECK(World::digest(t.a) == before);
}

TEST_CASE("A pack full of comparisons earns one answer, and its sender is cut") {
  Two t;
  REQUIRE(t.world.sell_cash(t.a, "beer").has_done());  // so that there is something to answer
  Session session(*t.a.ledger), other(*t.b.ledger);
  const bool by_hello = GENERATE(true, false);
  auto told = other.hello();
  if (!by_hello) told = other.receive(session.hello()[0]);
  REQUIRE(told[0].has_hello() == by_hello);
  REQUIRE(told[0].has_frontier() != by_hello);
  std::vector<schemas::Frame> flood(replication::pack_frames_max - 1, told[0]);
  const auto once = session.receive(told[0]);
  REQUIRE(!once.empty());
  Session flooded(*t.a.ledger);
  const auto messages = replication::Packer().pack(flood);
  CHECK(messages[0].ByteSizeLong() < 4'096);  // it costs its sender nothing
  CHECK(bytes_of(flooded.receive(messages[0])) <= bytes_of(once));
  CHECK(flooded.cut());
}

TEST_CASE("A pack that cannot be read ends the conversation: what follows may lean on it") {
  Two t;
  Session session(*t.a.ledger);
  schemas::Frame torn;
  torn.set_packed("torn");
  session.receive(torn);
  CHECK(session.cut());
  CHECK(session.cut_reason().find("cannot be read on") != std::string::npos);
}

TEST_CASE("A peer that makes up logs and acknowledges nothing is cut before they weigh much") {
  Two t;
  REQUIRE(t.world.sell_cash(t.a, "beer").has_done());
  Session session(*t.a.ledger);
  constexpr int names = 10'000;
  std::size_t frames = 0, most = 0;
  const std::size_t before = allocated();
  for (; !session.cut() && frames < 100; ++frames) {
    schemas::Frame told;
    auto& frontier = *told.mutable_frontier();
    for (int i = 0; i < names; ++i) {
      ledger::LogName made_up;
      t.world.random.fill(made_up.certificate);
      *frontier.add_name() = ledger::to_wire(made_up);
      frontier.add_named_size(1);
      frontier.mutable_named_root()->append(8, 'r');
    }
    session.receive(told);
    CHECK(session.busy());  // so what was named before may still be on its way
    most = std::max(most, allocated() - std::min(before, allocated()));
  }
  CHECK(session.cut_reason() == "it names more logs than there may be");
  CHECK(frames * names >= replication::frontier_logs_max);
  CHECK(frames * names <= replication::frontier_logs_max + names);
  CHECK(most < 64 << 20);
}
