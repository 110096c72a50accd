// SPDX-License-Identifier: Apache-2.0
#include "node/for_two.h"

#include <catch2/catch.hpp>

#include "ledger/core/sealed.h"
#include "test/support/world.h"

using namespace verbena;
using ledger::Errc;
using ledger::SigningKey;

namespace {

struct Holders {
  test::SeededRandom random{5};
  std::vector<SigningKey> keys;
  std::vector<ledger::PublicKey> public_keys;

  explicit Holders(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      keys.push_back(SigningKey::generate(random));
      public_keys.push_back(keys.back().public_key());
    }
  }
  std::string seal(std::string_view secret) {
    auto sealed = node::seal_for_two(secret, public_keys, random);
    REQUIRE(sealed.ok());
    return *sealed;
  }
};

}  // namespace

TEST_CASE("What is sealed for two opens to each two of the holders, in either order") {
  Holders three(3);
  const std::string sealed = three.seal("the passphrase of a spare");
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) {
      if (i == j) continue;
      const auto opened = node::open_for_two(sealed, three.keys[i], three.keys[j]);
      REQUIRE(opened.ok());
      CHECK(*opened == "the passphrase of a spare");
    }
  }
}

TEST_CASE("What is sealed for two opens to nobody alone, and to nobody with a stranger") {
  Holders three(3);
  const std::string sealed = three.seal("secret");
  const SigningKey stranger = SigningKey::generate(three.random);
  for (const auto& key : three.keys) {
    CHECK(node::open_for_two(sealed, key, key).error().code == Errc::bad_signature);
    CHECK(node::open_for_two(sealed, key, stranger).error().code == Errc::bad_signature);
    CHECK(node::open_for_two(sealed, stranger, key).error().code == Errc::bad_signature);
  }
  // One key opens the outer box only: what it finds there is another box.
  const auto first_line = sealed.substr(0, sealed.find('\n'));
  const auto box = ledger::unhex(first_line.substr(first_line.rfind(' ') + 1));
  REQUIRE(box.has_value());
  const auto inner = ledger::open_sealed_for(ledger::BoxKey::of(three.keys[0]), *box);
  REQUIRE(inner.has_value());
  CHECK(inner->find("secret") == std::string::npos);
  CHECK_FALSE(ledger::open_sealed_for(ledger::BoxKey::of(three.keys[1]), *box).has_value());
}

TEST_CASE("A box for two with any digit changed opens to nothing else than before") {
  Holders two(2);
  const std::string sealed = two.seal("secret");
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = changed[i] == '7' ? '8' : '7';
    if (changed == sealed || sealed[i] == '\n') continue;
    CHECK_FALSE(node::open_for_two(changed, two.keys[0], two.keys[1]).ok());
    CHECK_FALSE(node::open_for_two(sealed.substr(0, i), two.keys[0], two.keys[1]).ok());
  }
}

TEST_CASE("Nothing is sealed for one holder, for one twice, or for more than there may be") {
  Holders many(node::holders_max + 1);
  const auto code = [&](std::vector<ledger::PublicKey> holders) {
    return node::seal_for_two("secret", holders, many.random).error().code;
  };
  CHECK(code({}) == Errc::bad_input);
  CHECK(code({many.public_keys[0]}) == Errc::bad_input);
  CHECK(code({many.public_keys[0], many.public_keys[0]}) == Errc::bad_input);
  CHECK(code(many.public_keys) == Errc::bad_input);
  CHECK(code({many.public_keys[0], ledger::PublicKey{}}) == Errc::bad_input);  // no point
}
