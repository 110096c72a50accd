// SPDX-License-Identifier: Apache-2.0
#include "test/support/office_ground.h"

#include <catch2/catch.hpp>
#include <filesystem>

namespace verbena::test {

namespace {

constexpr const char* settings = R"(
name = "Feria"
id = "feria-27"
currency = "EUR"
[limits]
purse_max = "150.00"
offline_max = "50.00"
unwitnessed_count = 30
unwitnessed_value = "300.00"
void_without_approval = "20.00"
[[item]]
sku = "beer"
price = "4.50"
tax_percent = "21.0"
[[stand]]
name = "bar-1"
zone = "north"
items = ["beer"]
[[stand]]
name = "bar-2"
zone = "south"
items = ["beer"]
)";

template <typename T>
T need(ledger::Result<T> result) {
  if (!result) INFO(result.error().text);
  REQUIRE(result.ok());
  return result.take();
}

}  // namespace

OfficeGround::OfficeGround() : directory_(std::make_shared<TemporaryDirectory>()) {
  REQUIRE(node::write_file(at("feria.toml"), settings).ok());
  need(node::init_festival(at("feria.toml"), at("office"), passphrase, clock, random));
  need(office().enrol({schemas::VENDOR, "bar-1", "till-1", {}, 0, {}}, at("till-1")));
  supervisor(2);
  supervisor(3);
}

OfficeGround::OfficeGround(Copy, const OfficeGround& from)
    : directory_(std::make_shared<TemporaryDirectory>()) {
  std::filesystem::copy(from.directory_->path(), directory_->path(),
                        std::filesystem::copy_options::recursive);
  random = SeededRandom(17);
}

OfficeGround OfficeGround::fresh() {
  static const OfficeGround first;
  return OfficeGround(Copy{}, first);
}

node::Office OfficeGround::office() {
  return need(node::Office::open(at("office"), passphrase, clock, random));
}

node::OpenHome OfficeGround::supervisor(int number) {
  const node::Path home = at("supervisor-" + std::to_string(number));
  if (!std::filesystem::exists(home)) {
    std::filesystem::copy(at("office") / "spares" / home.filename(), home,
                          std::filesystem::copy_options::recursive);
    auto opened = need(node::open_home(home, clock, random, passphrase));
    REQUIRE(node::copy_control_logs(office().ledger(), *opened.ledger).ok());
    return opened;
  }
  return need(node::open_home(home, clock, random, passphrase));
}

node::HomeKeys OfficeGround::keys(const node::Path& home) {
  return need(node::read_home(home, std::string(passphrase)));
}

std::vector<std::string> OfficeGround::box() {
  return need(office().make_spares(schemas::VENDOR, 2, at("box")));
}

}  // namespace verbena::test
