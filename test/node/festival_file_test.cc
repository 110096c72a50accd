// SPDX-License-Identifier: Apache-2.0
#include "node/festival_file.h"

#include <catch2/catch.hpp>

using namespace verbena;

namespace {

const std::string good = R"(name = "Feria"
id = "feria-27"
currency = "EUR"
[[item]]
sku = "beer"
price = "4.50"
[[stand]]
name = "bar-1"
items = ["beer"]
)";

std::string with(const std::string& from, const std::string& to) {
  std::string out = good;
  const auto at = out.find(from);
  REQUIRE(at != std::string::npos);
  return out.replace(at, from.size(), to);
}

std::string problem(const std::string& text) {
  const auto parsed = node::parse_festival(text, "f.toml");
  REQUIRE_FALSE(parsed.ok());
  return parsed.error().text;
}

}  // namespace

TEST_CASE("A festival file is read with its items numbered in order") {
  const auto festival = node::parse_festival(good, "f.toml");
  REQUIRE(festival.ok());
  CHECK(festival->item(0).number() == 1);
  CHECK(festival->item(0).price_minor() == 450);
  CHECK(festival->stand(0).item(0) == 1);
}

TEST_CASE("Tills follow all, or their zone where the file says so") {
  const auto follows_zone = [](const std::string& line) {
    const auto festival = node::parse_festival(line + good, "f.toml");
    REQUIRE(festival.ok());
    return festival->follow_zone();
  };
  CHECK_FALSE(follows_zone(""));
  CHECK_FALSE(follows_zone("follow = \"all\"\n"));
  CHECK(follows_zone("follow = \"zone\"\n"));
  CHECK(problem("follow = \"stand\"\n" + good).starts_with("f.toml:1: \"follow\""));
}

TEST_CASE("What is wrong in a festival file is named with its line") {
  const auto starts = [](const std::string& text, const std::string& prefix) {
    CAPTURE(text);
    CHECK(text.substr(0, prefix.size()) == prefix);
  };
  starts(problem(with("\"4.50\"", "4.50")), "f.toml:6: \"price\" must be a quoted decimal");
  starts(problem(with("\"4.50\"", "\"4.505\"")), "f.toml:6:");
  starts(problem(with("\"4.50\"", "\"-4\"")), "f.toml:6:");
  starts(problem(with("\"4.50\"", "\"99999999999999999\"")), "f.toml:6:");
  starts(problem(with("[\"beer\"]", "[\"wine\"]")), "f.toml:9: no [[item]] has the sku");
  starts(problem(with("\"EUR\"", "\"XXX\"")), "f.toml:3:");
  starts(problem(with("sku = \"beer\"", "sku = \"Beer!\"")), "f.toml:5:");
  starts(problem(with("id = \"feria-27\"\n", "")), "f.toml:1:");
  starts(problem(with("price", "prize")), "f.toml:6: unknown key");
  starts(problem(with("[[stand]]", "[[stand")), "f.toml:7:");
  starts(problem(good + "[[stand]]\nname = \"bar-1\"\n"), "f.toml:10:");
  const std::string cup = "[[item]]\nsku = \"cup\"\nprice = \"0.00\"\ndeposit = \"1.00\"\n";
  starts(problem(good + "[[item]]\nsku = \"cup\"\nprice = \"2.00\"\ndeposit = \"1.00\"\n"),
         "f.toml:13: \"cup\" has a deposit");
  starts(problem(good + cup + "parts = { beer = 1 }\n"), "f.toml:13: what bears a deposit");
  starts(problem(good + "[[item]]\nsku = \"cup\"\nprice = \"0.00\"\ndeposit = 1.00\n"),
         "f.toml:13:");
  const auto signatures = [](const std::string& value) {
    return with("[[item]]", "seal_signatures = " + value + "\n[[item]]");
  };
  starts(problem(signatures("1")), "f.toml:4: \"seal_signatures\" must be at least 2");
  starts(problem(signatures("0")), "f.toml:4: \"seal_signatures\" must be at least 2");
  starts(problem(signatures("17")), "f.toml:4: \"seal_signatures\" must be a whole number");
  starts(problem(signatures("\"3\"")), "f.toml:4:");
  const auto sealed = node::parse_festival(signatures("3"), "f.toml");
  REQUIRE(sealed.ok());
  CHECK(sealed->seal_signatures() == 3);
  const auto plain = *node::parse_festival(good, "f.toml");
  CHECK(plain.seal_signatures() == 0);
  CHECK(node::differences(plain, *sealed) == std::vector<std::string>{"seal_signatures: 2 -> 3"});
  const auto lent = node::parse_festival(good + cup, "f.toml");
  REQUIRE(lent.ok());
  CHECK(lent->item(1).deposit_minor() == 100);
}

TEST_CASE("A changed file keeps item numbers, numbers new items and retires missing ones") {
  const auto current = *node::parse_festival(good, "f.toml");
  const auto wanted = *node::parse_festival(
      "name='F'\nid='feria-27'\ncurrency='EUR'\n"
      "[[item]]\nsku='wine'\nprice='3'\n[[stand]]\nname='bar-1'\nitems=['wine']\n",
      "g.toml");
  const auto next = node::next_version(current, "hash", wanted);
  CHECK(next.version() == 2);
  CHECK(next.replaces() == "hash");
  REQUIRE(next.item_size() == 2);
  CHECK(next.item(0).number() == 2);
  CHECK(next.item(1).number() == 1);
  CHECK(next.item(1).retired());
  CHECK(next.stand(0).item(0) == 2);
  const auto lines = node::differences(current, next);
  CHECK(lines.size() >= 3);
}
