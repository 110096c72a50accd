// SPDX-License-Identifier: Apache-2.0
#include "replication/pack.h"

#include <catch2/catch.hpp>

#include "replication/session.h"
#include "test/support/world.h"

using namespace verbena;
using replication::Effort;
using replication::Packer;
using replication::prefix_bytes_max;
using replication::Unpacker;
using schemas::Frame;

namespace {

std::vector<Frame> frames(std::size_t count) {
  std::vector<Frame> out(count);
  for (std::size_t i = 0; i < count; ++i) {
    out[i].mutable_run()->set_first(i);
    out[i].mutable_run()->add_event(std::string(300, static_cast<char>(i)));
  }
  return out;
}

// As sales are: some bytes that nothing foretells, many small parts that come again elsewhere.
std::vector<Frame> sales(test::SeededRandom& random, std::size_t count) {
  std::vector<Frame> out(count);
  for (auto& frame : out) {
    frame.mutable_run()->mutable_log()->set_certificate(std::string(32, 'c'));
    std::string event;
    for (int i = 0; i < 8; ++i) event += static_cast<char>(random.below(256));
    for (int i = 0; i < 6; ++i) {
      const auto item = ledger::sha256({std::to_string(random.below(24))});
      event += ledger::view(item).substr(0, 5 + random.below(4));
    }
    frame.mutable_run()->add_event(event);
  }
  return out;
}

std::size_t bytes_of(const std::vector<Frame>& messages) {
  std::size_t out = 0;
  for (const auto& message : messages) out += message.ByteSizeLong();
  return out;
}

}  // namespace

TEST_CASE("Frames come out of a pack as they went in, in order, in bounded messages") {
  for (const std::size_t count : {0u, 1u, 2u, 1000u}) {
    std::vector<Frame> back;
    Unpacker unpacker;
    for (const auto& message : Packer().pack(frames(count))) {
      CHECK(message.ByteSizeLong() <= replication::frame_bytes_max);
      for (auto& frame : *unpacker.unpack(message)) back.push_back(std::move(frame));
    }
    REQUIRE(back.size() == count);
    for (std::size_t i = 0; i < count; ++i) CHECK(back[i].run().first() == i);
  }
}

TEST_CASE("Pack after pack of a long stream is read after those before it, with either effort") {
  const auto effort = GENERATE(Effort::quick, Effort::thorough);
  test::SeededRandom random(5);
  Packer packer;
  Unpacker unpacker;
  int continued = 0;
  // Some 800 kB, so what is remembered of it moves on; alone, in dozens, in several messages.
  for (const std::size_t count : {1u, 1u, 40u, 1u, 3000u, 64u, 1u, 2000u, 64u, 1u, 900u}) {
    const auto sent = sales(random, count);
    std::size_t at = 0;
    for (const auto& message : packer.pack(sent, prefix_bytes_max, effort)) {
      continued += message.has_continued() ? 1 : 0;
      const auto got = unpacker.unpack(message);
      REQUIRE(got.ok());
      for (const auto& frame : *got) {
        REQUIRE(at < sent.size());
        CHECK(frame.SerializeAsString() == sent[at++].SerializeAsString());
      }
    }
    CHECK(at == sent.size());
  }
  CHECK(continued > 8);
}

TEST_CASE("What was sent before makes a pack smaller, and so does more effort") {
  const auto second = [](std::size_t prefix, Effort effort) {
    test::SeededRandom random(6);
    Packer packer;
    for (int i = 0; i < 10; ++i) (void)packer.pack(sales(random, 64), prefix, effort);
    return bytes_of(packer.pack(sales(random, 64), prefix, effort));
  };
  const std::size_t alone = second(0, Effort::quick);
  const std::size_t after = second(prefix_bytes_max, Effort::quick);
  CHECK(after * 20 < alone * 19);
  CHECK(second(prefix_bytes_max, Effort::thorough) * 20 < after * 19);
}

TEST_CASE("Sales that go out one by one lean on one another") {
  test::SeededRandom random(8);
  Packer packer;
  Unpacker unpacker;
  std::size_t plain = 0, sent = 0;
  for (int i = 0; i < 50; ++i) {
    auto sale = sales(random, 1);
    sale[0].mutable_run()->mutable_head()->set_signature(std::string(200, 's'));
    plain += bytes_of(sale);
    for (const auto& message : packer.pack(sale, prefix_bytes_max)) {
      sent += message.ByteSizeLong();
      CHECK(unpacker.unpack(message).ok());
    }
  }
  CHECK(sent * 3 < plain);
}

TEST_CASE("A receiver that remembers nothing, or little, is not asked for more") {
  test::SeededRandom random(7);
  Packer packer;
  for (int i = 0; i < 4; ++i) {
    for (const auto& message : packer.pack(sales(random, 200))) CHECK(message.has_packed());
  }
  for (const auto& message : packer.pack(sales(random, 200), 100, Effort::thorough)) {
    CHECK(message.continued().prefix() <= 100);
  }
}

TEST_CASE("A pack that is cut, flipped, nested or would unfold too large is refused") {
  const auto message = Packer().pack(frames(4)).front();
  for (std::size_t cut = 0; cut < message.packed().size(); ++cut) {
    Frame bad;
    bad.set_packed(message.packed().substr(0, cut));
    CHECK_FALSE(Unpacker().unpack(bad).ok());
  }
  const auto nested = Packer().pack({message, message}).front();
  CHECK_FALSE(Unpacker().unpack(nested).ok());
  Frame huge;
  huge.mutable_run()->add_event(std::string(replication::pack_bytes_max + 1, 'x'));
  CHECK_FALSE(Unpacker().unpack(Packer().pack({huge}).front()).ok());
}

TEST_CASE("A pack that leans on more than was sent, or on another pack in it, is refused") {
  Packer packer;
  const auto first = packer.pack(frames(4)).front();
  const auto next = packer.pack(frames(4), prefix_bytes_max).front();
  REQUIRE(next.has_continued());
  CHECK_FALSE(Unpacker().unpack(next).ok());  // the first is missing
  Unpacker unpacker;
  REQUIRE(unpacker.unpack(first).ok());
  Frame greedy = next;
  greedy.mutable_continued()->set_prefix(next.continued().prefix() + 1);
  CHECK_FALSE(unpacker.unpack(greedy).ok());
  CHECK(unpacker.unpack(next).ok());  // what was refused is forgotten
  CHECK_FALSE(unpacker.unpack(Packer().pack({next, next}).front()).ok());
}
