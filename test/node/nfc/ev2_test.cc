// SPDX-License-Identifier: Apache-2.0
// Published transcripts: AN12343 (DESFire Light), AN12196 (NTAG 424 DNA), and values of other
// projects' tests where they are named.
#include "node/nfc/ev2.h"

#include <catch2/catch.hpp>

#include "node/nfc/ev2_chip.h"
#include "test/node/nfc/hex.h"

using namespace verbena;
using namespace verbena::node::nfc;
using ledger::Bytes;
using ledger::Errc;
using test::block;
using test::hex;

namespace {

Ev2Session session(const char* encryption, const char* mac, const char* transaction,
                   std::uint16_t commands = 0) {
  Ev2Session out(block(encryption), block(mac),
                 *ledger::fixed<transaction_id_bytes>(hex(transaction)));
  while (out.commands() < commands) (void)out.open({}, Protection::plain);
  return out;
}

// One command of a transcript: what goes out, and what comes back for it.
struct Exchange {
  std::uint8_t instruction;
  const char *header, *data;
  Protection sent;
  const char* sealed;
  const char* answer;
  Protection received;
  const char* opened;
  bool padded = true;
};

void follow(Ev2Session it, const std::vector<Exchange>& exchanges) {
  for (const auto& one : exchanges) {
    CAPTURE(one.sealed);
    CHECK(ledger::hex(std::string_view(
              it.seal(one.instruction, hex(one.header), hex(one.data), one.sent))) ==
          ledger::hex(std::string_view(hex(one.sealed))));
    Ev2Session liar = it;
    auto opened = it.open(hex(one.answer), one.received, one.padded);
    REQUIRE(opened.ok());
    CHECK(*opened == hex(one.opened));
    Bytes altered = hex(one.answer);
    for (char& byte : altered) {
      byte = static_cast<char>(byte ^ 1);
      Ev2Session copy = liar;
      CHECK(copy.open(altered, one.received, one.padded).error().code == Errc::bad_signature);
      byte = static_cast<char>(byte ^ 1);
    }
    CHECK(liar.open({}, one.received).error().code == Errc::bad_signature);
  }
}

const char* const twenty_five = "22222222222222222222222222222222222222222222222222";

}  // namespace

TEST_CASE("AuthenticateEV2First is that of AN12343 table 16") {
  Ev2Authentication us({}, block("B04D0787C93EE0CC8CACC8E86F16C6FE"));
  CHECK(*us.prove(hex("24677DDBD46349E623798FD729006E79")) ==
        hex("3B50445F21D21D77D500794DEB245E5A754F5F901844259F4C9B31A5C7335ACD"));
  const auto proof = hex("04C6DBD67417ED0D31DDDE4D2E3FFAC2B4B074F638EEF7FFF9254963B65C7759");
  const auto done = us.finish(proof);
  REQUIRE(done.ok());
  CHECK(ledger::to_bytes(done->transaction()) == hex("8CF141F3"));
  CHECK(done->encryption_key() == block("63DC07286289A7A6C0334CA31C314A04"));
  CHECK(done->mac_key() == block("774F26743ECE6AF5033B6AE8522946F6"));
  for (std::size_t i = 4; i < 20; ++i) {
    Bytes altered = proof;
    altered[i] = static_cast<char>(altered[i] ^ 4);
    CHECK(us.finish(altered).error().code == Errc::bad_signature);
  }
  CHECK(us.finish("").error().code == Errc::bad_signature);
  CHECK(us.prove("").error().code == Errc::bad_signature);
}

TEST_CASE("Commands with a MAC are those of AN12343 tables 23 and 24") {
  const std::string zeros(46, '0');
  const std::string written = twenty_five + zeros;
  const std::string answer = written + "A49A44222D926666";
  const std::string sealed = "00000000190000" + std::string(twenty_five) + "68F2C28C575A1628";
  follow(
      session("00000000000000000000000000000000", "9366FA195EB566F5BD2BAD4020B83002", "E2D3AF69"),
      {{0x8d, "00000000190000", twenty_five, Protection::mac, sealed.c_str(), "0820F68898C2A7F1",
        Protection::mac, ""},
       {0xad, "00000000300000", "", Protection::mac, "000000003000000D9BE191D5960834",
        answer.c_str(), Protection::mac, written.c_str()}});
}

TEST_CASE("Encrypted commands are those of AN12343 tables 25 and 26") {
  const std::string read = twenty_five + std::string(46, '0');
  follow(
      session("FFBCFE1F41840A09C9A88D0A4B10DF05", "37E7234B11BEBEFDE41A8F290090EF80", "CD73D8E5"),
      {{0x8d, "00000000190000", twenty_five, Protection::full,
        "00000000190000 D7446FBC912580C0A65E738D28B609E43ADBB8FB2B4CA68744D1BBEBB37EBD32"
        "700ADF7BB9F62A6C",
        "B9A534A7A73EE0DD", Protection::mac, ""},
       {0xad, "00000000300000", "", Protection::full, "000000003000007CF94F122B3DB05F",
        "8848D0F9B9FD4495770C89925B2A85C7274D350FA9029C484D43804886662DC42D7F40A6D7A415E4A71EFF"
        "79EB8E5721AC3BF1CAAFE8EB2CAA2DC162E67A97A38ED7888F22B3A587",
        Protection::full, read.c_str()}});
}

TEST_CASE("A value file is credited and debited as in AN12343 tables 35 to 37") {
  const char *encryption = "4C4C0E575943FF670CF85BAE2E0D201D",
             *mac = "D1CC5CE9FC9F1970348D33D01FAFEF8F", *transaction = "E412166F";
  follow(session(encryption, mac, transaction),
         {{0x6c, "03", "", Protection::full, "03B775DA280F3E7300",
           "BC2CE0D37364B3C355C4B9B9A98802FF24035F8D39D40CE0", Protection::full, "00000000"},
          {0x0c, "03", "99000000", Protection::full,
           "039DCDD6C409DABB0C9D5834D04FBD6E2668AFCFFD9EFB9234", "1004E8EA74C2871F",
           Protection::mac, ""}});
  follow(session(encryption, mac, transaction, 3),
         {{0xdc, "03", "71000000", Protection::full,
           "03C483B5A4C50AFFF9635F3A24F59E0A210CA9B6B519A49F49", "473A27190FDEF343",
           Protection::mac, ""}});
}

TEST_CASE("A transaction with a reader's name is that of AN12343 table 32") {
  const AesKey key = block("01234567890123456789012345678901");
  const auto sent = hex("2A34F282444D708D79B333D914D180E9F35CD9A83571760D0B9110A866102A63");
  const auto challenge = ledger::fixed<block_bytes>(aes_decrypt(key, {}, sent).substr(0, 16));
  Ev2Authentication us(key, *challenge);
  CHECK(*us.prove(hex("D9BE1EF2A708B27A51098AA2A39C01DF")) == sent);
  const auto done =
      us.finish(hex("BB9E94FCDBE27378CC0AEBFE2FF5E6FFD17FE46B5D4817405D4B0A9E99185F12"));
  REQUIRE(done.ok());
  CHECK(done->encryption_key() == block("78240CC5596B751D90023827B0B7E73D"));
  CHECK(done->mac_key() == block("6F64B98D7241EA993137DF880BEE1B89"));
  follow(*done, {{0x8b, "01000000100000", "11223344556677889900112233445566", Protection::full,
                  "01000000100000 721590E8D0C26E9F3394F33A131553788226661ABC3A6910AC3C7230ADF4D105"
                  "B5D409E07A0532F3",
                  "DB552FD9D33408EF", Protection::mac, ""},
                 {0xc8, "", "28BF1982BE086FBC60A22DAEB66613EE", Protection::mac,
                  "28BF1982BE086FBC60A22DAEB66613EEA706434973471F1E",
                  "A1963F1BB9FC916A8B15B2DC58002531B11FF6023DF464E0", Protection::full,
                  "BDD40ED9F434F9DDCBF5821299CD2119", false},
                 {0xc7, "01", "", Protection::mac, "01E516751A0725A624",
                  "0400000094A3205E41588BA9F4697772DA9DDB82", Protection::mac,
                  "0400000094A3205E41588BA9"}});
}

TEST_CASE("A key is changed as in AN12196 table 26") {
  const auto it = session("4CF3CB41A22583A61E89B158D252FC53", "5529860B2FC5FB6154B7F28361D30BF9",
                          "7614281A", 3);
  CHECK(it.seal(0xc4, hex("00"), hex("5004BF991F408672B1EF00F08F9E8647 01"), Protection::full) ==
        hex("00 C0EB4DEEFEDDF0B513A03A95A75491818580503190D4D05053FF75668A01D6FD"
            "A6610234BDED6432"));
}

TEST_CASE("A file's settings and another key are changed as in AN12196 tables 18 and 25") {
  follow(session("1309C877509E5A215007FF0ED19CA564", "4C6626F5E72EA694202139295C7A7FC7", "9D00C4DF",
                 1),
         {{0x5f, "02", "4000E0C1F121200000430000430000", Protection::full,
           "02 61B6D97903566E84C3AE5274467E89EA D799B7C1A0EF7A04", "57BFF87B1241E93D",
           Protection::mac, ""}});
  follow(session("4CF3CB41A22583A61E89B158D252FC53", "5529860B2FC5FB6154B7F28361D30BF9", "7614281A",
                 2),
         {{0xc4, "02", "F3847D627727ED3BC9C4CC050489B966 01 789DFADC", Protection::full,
           "02 2CF362B7BF4311FF3BE1DAA295E8C68DE09050560D19B9E16C2393AE9CD1FAC7 5D0CE20BCD1D06E6",
           "203BB55D1089D587", Protection::mac, ""}});
  CHECK(key_check(block("F3847D627727ED3BC9C4CC050489B966")) == hex("789DFADC"));
}

TEST_CASE("The keys of a chip's own messages are those of AN12196 page 10") {
  const AesKey key = block("5ACE7E50AB65D5D51FD5BF5A16B8205B");
  const auto uid = hex("04C767F2066180");
  CHECK(message_encryption_key(key, uid, 1) == block("66DA61797E23DECA5D8ECA13BBADF7A9"));
  CHECK(message_mac_key(key, uid, 1) == block("3A3E8110E05311F7A3FCF0D969BF2B48"));
}

TEST_CASE("The keys of a transaction MAC are those that proxmark3 tests") {
  const AesKey key = block("66A8CB93269DC9BC2885B7A91B9C697B");
  const auto uid = hex("04010203040506");
  CHECK(transaction_mac_key(key, uid, 8) == block("7C1AD2D9C5C08154A0A4914B401A6598"));
  CHECK(transaction_reader_key(key, uid, 8) == block("119B902A07B18A865B8E1B0060594784"));
}

TEST_CASE("A command to an Ultralight AES has the MAC that stustapay tests") {
  const auto ours = hex("42BDF7E08E110F14B6D3323D14F1C2B9");
  const auto theirs = hex("0D2BBA17011098E9864C8AA5192AF796");
  Bytes context = ours.substr(0, 2);
  for (std::size_t i = 0; i < 6; ++i) context += static_cast<char>(ours[2 + i] ^ theirs[i]);
  const AesKey mac = session_key({}, 0x5aa5, context + theirs.substr(6) + ours.substr(8));
  CHECK(short_mac(mac, hex("0000 60")) == hex("1D5DE802D6751670"));
}
