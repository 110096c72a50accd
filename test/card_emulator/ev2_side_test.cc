// SPDX-License-Identifier: Apache-2.0
// The emulated chip's side of the transcripts that test/node/nfc/ev2_test.cc plays as the reader.
#include "test/card_emulator/ev2_side.h"

#include <catch2/catch.hpp>

#include "test/node/nfc/hex.h"

using namespace verbena;
using test::Ev2Side;
using test::hex;
using test::Wire;

TEST_CASE("The emulated chip authenticates as in AN12343 table 16") {
  Ev2Side chip;
  CHECK(chip.challenge(0, ledger::Bytes(16, '\0'), hex("FA659AD0DCA738DD65DC7DC38612AD81")) ==
        hex("24677DDBD46349E623798FD729006E79"));
  Ev2Side other = chip;
  CHECK(chip.accept(hex("3B50445F21D21D77D500794DEB245E5A754F5F901844259F4C9B31A5C7335ACD"),
                    hex("8CF141F3")) ==
        hex("04C6DBD67417ED0D31DDDE4D2E3FFAC2B4B074F638EEF7FFF9254963B65C7759"));
  CHECK_FALSE(other
                  .accept(hex("3B50445F21D21D77D500794DEB245E5A"
                              "754F5F901844259F4C9B31A5C7335ACC"),
                          hex("8CF141F3"))
                  .has_value());
}

TEST_CASE("The emulated chip's side of a transaction is that of AN12343 table 32") {
  const auto key = hex("01234567890123456789012345678901");
  const auto random = test::nettle_cbc(key, ledger::Bytes(16, '\0'),
                                       hex("D9BE1EF2A708B27A51098AA2A39C01DF"), false);
  Ev2Side chip;
  CHECK(chip.challenge(1, key, random) == hex("D9BE1EF2A708B27A51098AA2A39C01DF"));
  CHECK(chip.accept(hex("2A34F282444D708D79B333D914D180E9F35CD9A83571760D0B9110A866102A63"),
                    hex("2D0611EC")) ==
        hex("BB9E94FCDBE27378CC0AEBFE2FF5E6FFD17FE46B5D4817405D4B0A9E99185F12"));
  const auto record =
      hex("01000000100000721590E8D0C26E9F3394F33A131553788226661ABC3A6910AC3C7230ADF4D105"
          "B5D409E07A0532F3");
  CHECK_FALSE(chip.receive('\x8c', record, 7, Wire::enciphered).has_value());
  CHECK(chip.receive('\x8b', record, 7, Wire::enciphered) ==
        hex("0100000010000011223344556677889900112233445566"));
  CHECK(chip.send({}, Wire::maced) == hex("DB552FD9D33408EF"));
  CHECK(chip.receive('\xc8', hex("28BF1982BE086FBC60A22DAEB66613EEA706434973471F1E"), 16,
                     Wire::maced) == hex("28BF1982BE086FBC60A22DAEB66613EE"));
  CHECK(chip.send(hex("BDD40ED9F434F9DDCBF5821299CD2119"), Wire::enciphered, false) ==
        hex("A1963F1BB9FC916A8B15B2DC58002531B11FF6023DF464E0"));
  CHECK(chip.receive('\xc7', hex("01E516751A0725A624"), 1, Wire::maced) == hex("01"));
  CHECK(chip.send(hex("0400000094A3205E41588BA9"), Wire::maced) ==
        hex("0400000094A3205E41588BA9F4697772DA9DDB82"));
}
