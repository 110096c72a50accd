// SPDX-License-Identifier: Apache-2.0
// What a MIFARE DESFire EV1 said to a reader whose author has published it with all values between
// ("DESFire EV1 Communication Examples", Stack Overflow, answer 38283999), played from the chip's
// side.
#include "test/card_emulator/ev1_side.h"

#include <catch2/catch.hpp>

#include "test/node/nfc/hex.h"

using namespace verbena;
using test::Ev1Side;
using test::hex;
using test::Wire;

namespace {

// A session whose key is this, whatever the key of the authentication.
Ev1Side session_with(const ledger::Bytes& key) {
  const ledger::Bytes zeros(16, '\0');
  const auto reader = key.substr(0, 4) + zeros.substr(0, 8) + key.substr(8, 4);
  const auto chip = key.substr(4, 4) + zeros.substr(0, 8) + key.substr(12, 4);
  Ev1Side side;
  const auto secret = side.challenge(0, zeros, chip);
  const auto clear = reader + chip.substr(1) + chip[0];
  CHECK(side.accept(test::nettle_cbc(zeros, secret, clear, true), {}).has_value());
  return side;
}

}  // namespace

TEST_CASE("The emulated chip authenticates as a DESFire EV1 did") {
  Ev1Side chip;
  CHECK(chip.challenge(0, ledger::Bytes(16, '\0'), hex("C05DDD714FD788A6B7B754F3C4D066E8")) ==
        hex("B969FDFE56FD91FC9DE6F6F213B8FD1E"));
  Ev1Side other = chip;
  CHECK(chip.accept(hex("36AAD7DF6E436BA08D18613830A70D5AD43E3D3F4A8D47541EEE623A934E4774"), {}) ==
        hex("800DB680BC146BD121D6578F2D2E2059"));
  CHECK(chip.active());
  CHECK_FALSE(
      other.accept(hex("36AAD7DF6E436BA08D18613830A70D5AD43E3D3F4A8D47541EEE623A934E4775"), {}));
}

TEST_CASE("The emulated chip authenticates with another key as a DESFire EV1 did") {
  Ev1Side chip;
  CHECK(chip.challenge(1, hex("10182028303840485058606870788088"),
                       hex("626FFBD45CAF334ACCA45599304F5B17")) ==
        hex("B351CB2465D4F33AC627FD6E87A168F2"));
  CHECK(chip.accept(hex("044B6CAC343A0865895149649CA8DDE1F5AC4EC67BD208900AF02F049E05F0B0"), {}) ==
        hex("A2EE144B1012FBEB7B2F11132D95A454"));
  CHECK(chip.key_number() == 1);
}

TEST_CASE("The emulated chip takes a new key, and says so, as a DESFire EV1 did") {
  const auto command =
      hex("01E7ECCB6BD1CA64BC161A12B1C024F714303374"
          "08C8A87EACAB7A1FF18951FCA3");
  Ev1Side chip = session_with(hex("C2A1E47BD8100044FE6D00A74D7AB17C"));
  Ev1Side other = chip;
  // The key, its version, and the check of the key, which is not the session's own.
  CHECK(chip.receive('\xc4', command, 1, Wire::enciphered) ==
        hex("0100102030405060708090A0B0B0A0908010BFE37919"));
  CHECK(chip.send({}, Wire::maced) == hex("2128D3CD9C9ACFFF"));
  auto turned = command;
  turned.back() ^= 1;
  CHECK_FALSE(other.receive('\xc4', turned, 1, Wire::enciphered).has_value());
}

TEST_CASE("The emulated chip takes a new key of its session as a DESFire EV1 did") {
  Ev1Side chip = session_with(hex("F44B26F5C05DDD7110772281C4D066E8"));
  const auto command =
      hex("00E9F85E219496C2B58C1090DC3935FAE9E840CF"
          "61B383D9531946256B1F110C10");
  CHECK(chip.receive('\xc4', command, 1, Wire::enciphered) == hex("000010203040506070"
                                                                  "8090A0B0B0A0908010"));
}
