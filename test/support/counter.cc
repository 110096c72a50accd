// SPDX-License-Identifier: Apache-2.0
#include "test/support/counter.h"

#include "ledger/core/crypto.h"

namespace verbena::test {

schemas::Festival staffed_festival() {
  schemas::Festival out = small_festival();
  const auto add = [&](const char* alias, const char* role, const char* stand) {
    auto* staff = out.add_staff();
    staff->set_alias(alias);
    staff->add_role(role);
    staff->set_stand(stand);
  };
  add("v001", "vendor", "bar-1");
  add("v002", "vendor", "bar-2");
  add("l001", "stand-lead", "");
  add("s001", "supervisor", "");
  return out;
}

Counter::Counter(std::uint64_t seed)
    : world(seed, staffed_festival()),
      reader(node::FileReader::open(directory.path()).take()),
      supervisor(world.add(schemas::SUPERVISOR, "supervisor")),
      pos(world.add(schemas::VENDOR, "pos", "bar-1")) {}

void Counter::put(const std::string& name, const std::string& image) {
  VERBENA_CHECK(node::write_file(directory.path() / "tray" / name, image).ok());
}

std::string Counter::image(const std::string& name) {
  return node::read_file(directory.path() / "tray" / name).take();
}

}  // namespace verbena::test
