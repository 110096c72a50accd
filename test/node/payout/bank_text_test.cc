// SPDX-License-Identifier: Apache-2.0
#include "node/payout/bank_text.h"

#include <catch2/catch.hpp>

using namespace verbena;

TEST_CASE("IBANs of many countries are read however they are grouped") {
  // Examples that the registry of ISO 13616 gives for these countries.
  for (const char* iban :
       {"AD1200012030200359100100", "AT611904300234573201", "BE68539007547034",
        "CH9300762011623852957", "DE89370400440532013000", "ES9121000418450200051332",
        "FR1420041010050500013M02606", "GB29NWBK60161331926819", "IT60X0542811101000000123456",
        "MT84MALT011000012345MTLCAST001S", "NL91ABNA0417164300", "NO9386011117947",
        "PT50000201231234567890154", "SE4550000000058398257466"}) {
    CAPTURE(iban);
    const auto read = node::read_iban(iban);
    REQUIRE(read.ok());
    CHECK(*read == iban);
  }
  CHECK(*node::read_iban("es91 2100 0418 4502 0005 1332") == "ES9121000418450200051332");
}

TEST_CASE("An IBAN with one wrong or two swapped characters is refused") {
  const std::string iban = "ES9121000418450200051332";
  for (std::size_t i = 2; i < iban.size(); ++i) {
    for (char c = '0'; c <= '9'; ++c) {
      std::string wrong = iban;
      wrong[i] = c;
      CHECK(node::read_iban(wrong).ok() == (wrong == iban));
    }
    if (i + 1 == iban.size()) break;
    std::string swapped = iban;
    std::swap(swapped[i], swapped[i + 1]);
    CHECK(node::read_iban(swapped).ok() == (swapped == iban));
  }
  for (const char* wrong :
       {"", "ES", "ES91210004184502000513", "ES912100041845020005133200", "US64SVBKUS6S3300958879",
        "E19121000418450200051332", "ES9121000418450200051\xc3\xb1"}) {
    CHECK_FALSE(node::read_iban(wrong).ok());
  }
}

TEST_CASE("Names become what every bank of the area takes, or are refused") {
  const std::pair<const char*, const char*> names[] = {
      {"Ana P\xc3\xa9rez-Mu\xc3\xb1oz", "Ana Perez-Munoz"},
      {"  Jos\xc3\xa9   \xc3\x81lvarez ", "Jose Alvarez"},
      {"\xc3\x98rsted & S\xc3\xb8n", nullptr},
      {"Stra\xc3\x9f"
       "e",
       "Strasse"},
      {"O\xe2\x80\x99"
       "Brien",
       "O'Brien"},
      {"\xc5\x81ukasz \xc5\xbb\xc3\xb3\xc5\x82\xc4\x87", "Lukasz Zolc"},
      {"\xc5\x90ry \xc5\xb0lo", "Ory Ulo"},
      {"Ni\xc5\xa0i\xc4\x87 \xc5\x92uvre", "NiSic OEuvre"},
      {"Na\xc3\x97me", nullptr},
      {"\xd0\x98\xd0\xb2\xd0\xb0\xd0\xbd", nullptr},
      {"bell\x07", nullptr},
      {"cut \xc3", nullptr},
      {"long form \xc0\xaf", nullptr},
      {"", nullptr},
      {"   ", nullptr}};
  for (const auto& [typed, wanted] : names) {
    CAPTURE(typed);
    const auto read = node::read_bank_name(typed);
    REQUIRE(read.ok() == (wanted != nullptr));
    if (wanted != nullptr) CHECK(*read == wanted);
  }
  CHECK(node::read_bank_name(std::string(70, 'a')).ok());
  CHECK_FALSE(node::read_bank_name(std::string(71, 'a')).ok());
  CHECK_FALSE(node::read_bank_name(std::string(10'000, 'a')).ok());
}

TEST_CASE("A text of our own is always something a bank takes") {
  CHECK(node::bank_text("feria-27: saldo") == "feria-27: saldo");
  CHECK(node::bank_text("caf\xc3\xa9 <1> \xff") == "cafe .1. .");
  CHECK(node::bank_text(std::string(500, 'x')).size() == node::bank_text_max);
}

TEST_CASE("A date is a day there is") {
  CHECK(*node::read_date("") == "");
  CHECK(*node::read_date("2028-02-29") == "2028-02-29");
  for (const char* wrong : {"2027-02-29", "2027-13-01", "2027-6-1", "27-06-2027", "2027-06-3-",
                            "2027/06/30", "2027-06-30T"}) {
    CAPTURE(wrong);
    CHECK_FALSE(node::read_date(wrong).ok());
  }
}

TEST_CASE("A BIC has eight or eleven characters and a country") {
  CHECK(*node::read_bic("") == "");
  CHECK(*node::read_bic("caixesbbxxx") == "CAIXESBBXXX");
  CHECK(*node::read_bic("DEUTDEFF") == "DEUTDEFF");
  for (const char* wrong : {"DEUTDEF", "DEUTDEFFX", "DEUT1EFF", "DEUTDEF\xc3\xb1"}) {
    CHECK_FALSE(node::read_bic(wrong).ok());
  }
}
