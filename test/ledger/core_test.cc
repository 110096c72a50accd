// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "ledger/core/event.h"
#include "ledger/core/money.h"
#include "test/support/world.h"

using namespace verbena;

TEST_CASE("A decimal is read exactly or not at all") {
  CHECK(ledger::parse_decimal("4.50", 2) == 450u);
  CHECK(ledger::parse_decimal("4.5", 2) == 450u);
  CHECK(ledger::parse_decimal("4", 2) == 400u);
  CHECK(ledger::parse_decimal("0", 0) == 0u);
  for (const char* bad : {"", ".", "4.", ".5", "-1", "+1", "1e3", "4.505", "4,50", " 4", "1.2.3",
                          "99999999999999999999"}) {
    CAPTURE(bad);
    CHECK_FALSE(ledger::parse_decimal(bad, 2));
  }
  CHECK_FALSE(ledger::parse_decimal("1.0", 0));
}

TEST_CASE("Money is shown with the currency's decimals and a leading minus") {
  CHECK(ledger::format_decimal(1250, 2) == "12.50");
  CHECK(ledger::format_decimal(-5, 2) == "-0.05");
  CHECK(ledger::format_decimal(7, 0) == "7");
  CHECK(ledger::format_decimal(1, 3) == "0.001");
}

TEST_CASE("The tax contained in a price is rounded half up") {
  CHECK(ledger::contained_tax_minor(450, 2100) == 78);  // 78.099
  CHECK(ledger::contained_tax_minor(121, 2100) == 21);
  CHECK(ledger::contained_tax_minor(100, 0) == 0);
}

TEST_CASE("Variable-length integers survive the round trip and refuse overlong input") {
  for (const std::uint64_t value : {0ull, 1ull, 127ull, 128ull, 300ull, ~0ull}) {
    ledger::Bytes bytes;
    ledger::put_varint(bytes, value);
    std::string_view in = bytes;
    CHECK(ledger::take_varint(in) == value);
    CHECK(in.empty());
  }
  std::string_view cut = "\x80";
  CHECK_FALSE(ledger::take_varint(cut));
  const std::string long_bytes(11, '\x80');
  std::string_view too_long = long_bytes;
  CHECK_FALSE(ledger::take_varint(too_long));
}

TEST_CASE("A locked key opens with its passphrase only") {
  test::SeededRandom random(3);
  const auto locked = ledger::lock_secret("secret", "open sesame", random);
  CHECK(*ledger::unlock_secret(locked, "open sesame") == "secret");
  CHECK_FALSE(ledger::unlock_secret(locked, "open sesam").ok());
  auto flipped = locked;
  flipped.back() = static_cast<char>(flipped.back() ^ 1);
  CHECK_FALSE(ledger::unlock_secret(flipped, "open sesame").ok());
}

TEST_CASE("A signature holds for its context, its message and its key only") {
  test::SeededRandom random(4);
  const auto key = ledger::SigningKey::generate(random);
  const auto other = ledger::SigningKey::generate(random);
  const auto signature = key.sign("context-a", "message");
  const auto holds = [&](const ledger::SigningKey& by, const char* context, const char* message) {
    return ledger::verify_signature(by.public_key(), context, message, ledger::view(signature));
  };
  CHECK(holds(key, "context-a", "message"));
  CHECK_FALSE(holds(key, "context-b", "message"));
  CHECK_FALSE(holds(key, "context-a", "massage"));
  CHECK_FALSE(holds(other, "context-a", "message"));
}

TEST_CASE("An event of a later format, too large or out of range is refused with its reason") {
  schemas::Event event, out;
  event.set_version(2);
  CHECK(ledger::parse_event(event.SerializeAsString(), out).error().code ==
        ledger::Errc::future_version);
  event.set_version(1);
  CHECK(ledger::parse_event(event.SerializeAsString(), out).ok());
  event.add_posting()->set_amount_minor(1);
  CHECK_FALSE(ledger::parse_event(event.SerializeAsString(), out).ok());  // names no account
  event.mutable_posting(0)->set_from(schemas::OUTSIDE);
  event.mutable_posting(0)->set_to(schemas::STAND);
  CHECK(ledger::parse_event(event.SerializeAsString(), out).ok());
  event.mutable_posting(0)->set_amount_minor(~0ull);
  CHECK_FALSE(ledger::parse_event(event.SerializeAsString(), out).ok());
  event.mutable_posting(0)->set_amount_minor(1);
  event.set_payload(std::string(ledger::event_bytes_max, 'x'));
  CHECK_FALSE(ledger::parse_event(event.SerializeAsString(), out).ok());
}
