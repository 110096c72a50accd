// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node/office.h"
#include "test/support/temporary_directory.h"
#include "test/support/world.h"

namespace verbena::test {

// A festival made by `init` in a folder, with two stands and a till at the first, its office
// closed. Passphrases take a while: a ground is made once and copied.
class OfficeGround {
 public:
  static constexpr const char* passphrase = "a passphrase";

  OfficeGround();
  // A copy of its own of the first one of this process.
  static OfficeGround fresh();

  node::Path at(const std::string& name) const { return directory_->path() / name; }
  node::Office office();
  // A supervisor's home away from the office, which knows who belongs.
  node::OpenHome supervisor(int number);
  node::HomeKeys keys(const node::Path& home);
  // Two spare tills in `box`.
  std::vector<std::string> box();

  ManualClock clock;
  SeededRandom random{11};

 private:
  struct Copy {};
  OfficeGround(Copy, const OfficeGround& from);
  std::shared_ptr<TemporaryDirectory> directory_;
};

}  // namespace verbena::test
