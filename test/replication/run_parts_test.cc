// SPDX-License-Identifier: Apache-2.0
#include "replication/run_parts.h"

#include <catch2/catch.hpp>
#include <string>

using namespace verbena;
using replication::cut_run;
using replication::RunParts;
using schemas::Run;

namespace {

Run run_of(int events, std::size_t event_bytes, char log = 'a') {
  Run out;
  out.mutable_log()->set_certificate(std::string(32, log));
  out.set_first(7);
  for (int i = 0; i < events; ++i) {
    out.add_event(std::string(event_bytes, static_cast<char>('0' + i % 10)));
  }
  out.mutable_head()->set_size(7 + static_cast<std::uint64_t>(events));
  return out;
}

}  // namespace

TEST_CASE("A run in parts is joined to what it was, and nothing is there before its last part") {
  const Run run = run_of(64, 100);
  const auto parts = cut_run(run, 1'000);
  CHECK(parts.size() == 7);
  RunParts joined;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    CHECK(parts[i].ByteSizeLong() < 1'300);
    const auto whole = joined.add(parts[i]);
    REQUIRE(whole.ok());
    REQUIRE(whole->has_value() == (i + 1 == parts.size()));
    if (*whole) CHECK((*whole)->SerializeAsString() == run.SerializeAsString());
  }
}

TEST_CASE("A short run is not cut, and one event is never cut") {
  CHECK(cut_run(run_of(10, 100), 1'000).size() == 1);
  CHECK(cut_run(run_of(3, 5'000), 1'000).size() == 3);
}

TEST_CASE("A part whose beginning never came, or that comes again, joins nothing") {
  const auto parts = cut_run(run_of(64, 100), 3'000);
  const auto others = cut_run(run_of(64, 100, 'b'), 3'000);
  REQUIRE(parts.size() == 3);
  RunParts joined;
  CHECK_FALSE(joined.add(parts[1])->has_value());
  CHECK_FALSE(joined.add(parts[0])->has_value());
  CHECK_FALSE(joined.add(parts[2])->has_value());
  CHECK_FALSE(joined.add(others[1])->has_value());
  CHECK_FALSE(joined.add(parts[1])->has_value());
  CHECK_FALSE(joined.add(parts[1])->has_value());
  CHECK(joined.add(parts[2])->has_value());
  CHECK_FALSE(joined.add(parts[2])->has_value());
}

TEST_CASE("Parts that come to more than a run may be are refused") {
  Run part = run_of(1, 100'000);
  part.clear_head();
  RunParts joined;
  std::uint64_t sent = 0;
  bool refused = false;
  for (; !refused && sent < 100; ++sent) {
    part.set_first(7 + sent);
    part.set_continues(sent > 0);
    refused = !joined.add(part);
  }
  CHECK(refused);
  CHECK(sent == 1 + replication::joined_bytes_max / 100'000);
}
