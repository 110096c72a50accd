// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "bench/noted_store.h"
#include "schemas/terminal.pb.h"
#include "test/support/world.h"

namespace verbena::bench {

// A whole tap, from the intent to the answer; `woke` after each answer, as the terminal's door
// does.
schemas::OperateReply tap(
    ledger::Ledger& ledger, ledger::Random& random, schemas::OperateRequest request,
    std::string* band, const std::function<void()>& woke = [] {});

schemas::OperateRequest two_items(const char* tender);  // a beer and a water
schemas::OperateRequest top_up(std::uint64_t amount_minor);

// A device of `world` on a RocksDB store of its own.
struct StoredDevice {
  test::World& world;
  std::uint64_t store_ns = 0;  // spent in appends so far
  std::unique_ptr<ledger::EventStore> store;
  std::unique_ptr<ledger::Ledger> ledger;

  StoredDevice(test::World& in, const std::string& alias, const std::filesystem::path& path);
  StoredDevice(const StoredDevice&) = delete;
  StoredDevice& operator=(const StoredDevice&) = delete;
  schemas::OperateReply tap(const schemas::OperateRequest& request, std::string* band) {
    return bench::tap(*ledger, world.random, request, band);
  }
};

}  // namespace verbena::bench
