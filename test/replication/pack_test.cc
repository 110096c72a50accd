// SPDX-License-Identifier: Apache-2.0
#include "replication/pack.h"

#include <catch2/catch.hpp>

#include "replication/session.h"

using namespace verbena;

namespace {

std::vector<schemas::Frame> frames(std::size_t count) {
  std::vector<schemas::Frame> out(count);
  for (std::size_t i = 0; i < count; ++i) {
    out[i].mutable_run()->set_first(i);
    out[i].mutable_run()->add_event(std::string(300, static_cast<char>(i)));
  }
  return out;
}

}  // namespace

TEST_CASE("Frames come out of a pack as they went in, in order, in bounded messages") {
  for (const std::size_t count : {0u, 1u, 2u, 1000u}) {
    std::vector<schemas::Frame> back;
    for (const auto& message : replication::pack(frames(count))) {
      CHECK(message.ByteSizeLong() <= replication::frame_bytes_max);
      for (auto& frame : *replication::unpack(message)) back.push_back(std::move(frame));
    }
    REQUIRE(back.size() == count);
    for (std::size_t i = 0; i < count; ++i) CHECK(back[i].run().first() == i);
  }
}

TEST_CASE("A pack that is cut, flipped, nested or would unfold too large is refused") {
  const auto message = replication::pack(frames(4)).front();
  for (std::size_t cut = 0; cut < message.packed().size(); ++cut) {
    schemas::Frame bad;
    bad.set_packed(message.packed().substr(0, cut));
    CHECK_FALSE(replication::unpack(bad).ok());
  }
  const auto nested = replication::pack({message, message}).front();
  CHECK_FALSE(replication::unpack(nested).ok());
  schemas::Frame huge;
  huge.mutable_run()->add_event(std::string(replication::pack_bytes_max + 1, 'x'));
  CHECK_FALSE(replication::unpack(replication::pack({huge}).front()).ok());
}
