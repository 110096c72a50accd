// SPDX-License-Identifier: Apache-2.0
#include "node/nfc/lrp.h"

#include <catch2/catch.hpp>

#include "test/node/nfc/hex.h"

using namespace verbena;
using namespace verbena::node::nfc;
using test::block;
using test::hex;

TEST_CASE("The primitive is that of AN12304 pages 10 to 13") {
  const AesKey key = block("567826B8DA8E768432A9548DBE4AA3A0");
  const Lrp zero(key, 0), two(key, 2);
  CHECK(zero.plaintext(0) == block("AC20D39F5341FE98DFCA21DA86BA7914"));
  CHECK(zero.plaintext(15) == block("71B444AF257A93215311D758DD333247"));
  CHECK(zero.updated_key() == block("163D14ED24ED935373568EC521E96CF4"));
  CHECK(two.updated_key() == block("FE30AB50467E61783BFE6B5E0560160E"));
  CHECK(two.evaluate(hex("1359")) == block("1BA2C0C578996BC497DD181C6885A9DD"));
}

TEST_CASE("Its CMAC is that of AN12304 section 3.4") {
  CHECK(Lrp(block("8195088CE6C393708EBBE6C7914ECB0B"), 0).cmac(hex("BBD5B85772C7")) ==
        block("AD8595E0B49C5C0DB18E77355F5AAFF6"));
  CHECK(Lrp(block("63A0169B4D9FE42C72B2784C806EAC21"), 0).cmac("") ==
        block("0E07C601970814A4176FDA633C6FC3DE"));
}

TEST_CASE("Its encryption is that of AN12304") {
  CHECK(Lrp(block("E0C4935FF0C254CD2CEF8FDDC32460CF"), 0)
            .encrypt(0xc3315dbf, pad(hex("012D7F1653CAF6503C6AB0C1010E8CB0"))) ==
        hex("FCBBACAA4F29182464F99DE41085266F480E863E487BAAF687B43ED1ECE0D623"));
}

TEST_CASE("A session in its mode is that of AN12343 tables 19 and 20") {
  const AesBlock ours = block("74D7DF6A2CEC0B72B412DE0D2B1117E6");
  const AesBlock theirs = block("56109A31977C855319CD4618C9D2AED2");
  const AesKey session = lrp_session_key({}, ours, theirs);
  CHECK(session == block("132D7E6F35BA861F39B37221214E25A5"));
  const Lrp mac(session, 0), encryption(session, 1);
  CHECK(mac.updated_key() == block("F56CADE598CC2A3FE47E438CFEB885DB"));
  CHECK(encryption.updated_key() == block("E9043D65AB21C0C422781099AB25EFDD"));
  CHECK(mac.cmac(ledger::to_bytes(ours) + ledger::to_bytes(theirs)) ==
        block("189B59DCEDC31A3D3F38EF8D4810B3B4"));
  const auto data = hex("F4FC209D9D60623588B299FA5D6B2D71");
  CHECK(encryption.encrypt(0, hex("58EE9424 020000000000 020000000000")) == data);
  CHECK(mac.cmac(ledger::to_bytes(theirs) + ledger::to_bytes(ours) + data) ==
        block("0125F8547D9FB8D572C90D2C2A14E235"));
}
