// SPDX-License-Identifier: Apache-2.0
#include "node/qr.h"

#include <catch2/catch.hpp>

#include "test/support/world.h"

using namespace verbena::node;

TEST_CASE("Base45 gives the examples of RFC 9285 and takes them back") {
  const std::pair<const char*, const char*> examples[] = {
      {"AB", "BB8"}, {"Hello!!", "%69 VD92EX0"}, {"base-45", "UJCLQE7W581"}, {"ietf!", "QED8WEX0"}};
  for (const auto& [bytes, text] : examples) {
    CHECK(base45(bytes) == text);
    CHECK(*from_base45(text) == bytes);
  }
}

TEST_CASE("Base45 brings back any bytes, of even and of odd number") {
  verbena::test::SeededRandom random(7);
  for (std::size_t length = 0; length < 200; ++length) {
    std::string bytes(length, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random.below(256));
    CHECK(*from_base45(base45(bytes)) == bytes);
  }
}

TEST_CASE("What no bytes can have as their base45 is refused") {
  for (const char* text : {"A", "BB8A", "bb8", "GGX", "V5", "B_8", ":::", "::"}) {
    INFO(text);
    CHECK_FALSE(from_base45(text).ok());
  }
}

TEST_CASE("A QR code that would be too full is refused and one that is full is not") {
  CHECK(qr_svg(std::string(4'296, 'A')).ok());
  CHECK_FALSE(qr_svg(std::string(4'297, 'A')).ok());
}
