// SPDX-License-Identifier: Apache-2.0
#include "node/http/totp.h"

#include <catch2/catch.hpp>

using namespace verbena::node::http;

namespace {
const std::string secret = "12345678901234567890";  // RFC 6238, appendix B
}

TEST_CASE("Codes are those of RFC 6238, appendix B, cut to six digits") {
  const std::pair<std::uint64_t, const char*> vectors[] = {{59, "287082"},
                                                           {1'111'111'109, "081804"},
                                                           {1'111'111'111, "050471"},
                                                           {1'234'567'890, "005924"},
                                                           {2'000'000'000, "279037"},
                                                           {20'000'000'000, "353130"}};
  for (const auto& [seconds, code] : vectors) {
    CAPTURE(seconds);
    CHECK(totp_code(secret, seconds / 30) == code);
  }
}

TEST_CASE("A code is good for its step and its neighbours, and once") {
  const std::uint64_t now_ms = 1'234'567'890'000;
  const std::uint64_t step = now_ms / totp_step_ms;
  for (const std::uint64_t good : {step - 1, step, step + 1}) {
    CHECK(totp_step(secret, totp_code(secret, good), now_ms, 0) == good);
    CHECK(totp_step(secret, totp_code(secret, good), now_ms, good) == 0);
  }
  for (const std::uint64_t stale : {step - 2, step + 2}) {
    CHECK(totp_step(secret, totp_code(secret, stale), now_ms, 0) == 0);
  }
  CHECK(totp_step(secret, "", now_ms, 0) == 0);
  CHECK(totp_step(secret, totp_code(secret, step) + "0", now_ms, 0) == 0);
}

TEST_CASE("Base32 is that of RFC 4648 without padding") {
  CHECK(base32("") == "");
  CHECK(base32("f") == "MY");
  CHECK(base32("fo") == "MZXQ");
  CHECK(base32("foobar") == "MZXW6YTBOI");
}
