// SPDX-License-Identifier: Apache-2.0
#include "node/nfc/aes.h"

#include <catch2/catch.hpp>

#include "test/node/nfc/hex.h"

using namespace verbena;
using namespace verbena::node::nfc;
using test::block;
using test::hex;

TEST_CASE("CMACs are those of RFC 4493 section 4") {
  const AesKey key = block("2b7e151628aed2a6abf7158809cf4f3c");
  const auto message =
      hex("6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51"
          "30c81c46a35ce411e5fbc1191a0a52ef f69f2445df4f9b17ad2b417be66c3710");
  struct Case {
    std::size_t bytes;
    const char* mac;
  };
  for (const auto& [bytes, mac] :
       {Case{0, "bb1d6929e95937287fa37d129b756746"}, Case{16, "070a16b46b4d4144f79bdd9dd04a287c"},
        Case{40, "dfa66747de9ae63030ca32611497c827"},
        Case{64, "51f0bebf7e3b9d92fc49741779363cfe"}}) {
    CHECK(aes_cmac(key, message.substr(0, bytes)) == block(mac));
  }
}

TEST_CASE("A band's key is diversified as in AN10922 page 8") {
  CHECK(diversify(block("00112233445566778899AABBCCDDEEFF"),
                  hex("04782E21801D80 3042F5 4E585020416275")) ==
        block("A8DD63A3B89D54B37CA802473FDA9175"));
}

TEST_CASE("A short MAC is every second byte as in AN12196 table 26") {
  const AesKey key = block("5529860B2FC5FB6154B7F28361D30BF9");
  const auto input =
      hex("C4 0300 7614281A 00 C0EB4DEEFEDDF0B513A03A95A75491818580503190D4D05053FF75668A01D6FD");
  CHECK(aes_cmac(key, input) == block("B7A60161F202EC3489BD4BEDEF64BB32"));
  CHECK(short_mac(key, input) == hex("A6610234BDED6432"));
}

TEST_CASE("Padding is told from data and only the canonical one is taken") {
  for (std::size_t bytes = 0; bytes <= 33; ++bytes) {
    const ledger::Bytes data(bytes, '\x80');
    const auto padded = pad(data);
    CHECK(padded.size() % block_bytes == 0);
    CHECK(padded.size() > bytes);
    CHECK(unpad(padded) == data);
  }
  CHECK_FALSE(unpad("").has_value());
  CHECK_FALSE(unpad(ledger::Bytes(16, '\0')).has_value());
  CHECK_FALSE(unpad(ledger::Bytes(15, '\0') + '\x01').has_value());
  CHECK_FALSE(unpad('\x80' + ledger::Bytes(31, '\0')).has_value());
}
