// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node/staff_band.h"
#include "node/tag_reader.h"
#include "test/support/temporary_directory.h"
#include "test/support/world.h"

namespace verbena::test {

schemas::Festival staffed_festival();  // v001 sells at bar-1, l001 everywhere, s001 supervises

// A stand's counter: a till with a simulated reader, and bands to put on it.
struct Counter {
  explicit Counter(std::uint64_t seed = 1);
  void put(const std::string& name, const std::string& image);  // into the tray
  std::string image(const std::string& name);                   // of a band in the tray

  World world;
  TemporaryDirectory directory;
  std::unique_ptr<node::FileReader> reader;
  Device& supervisor;
  Device& pos;
};

}  // namespace verbena::test
