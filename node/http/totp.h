// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// Time-based one-time passwords: RFC 6238 with HMAC-SHA-1, six digits and steps of 30 seconds, as
// every code app makes them.
namespace verbena::node::http {

constexpr std::size_t totp_secret_bytes = 20;
constexpr std::uint64_t totp_step_ms = 30'000;

std::string totp_code(std::string_view secret, std::uint64_t step);

// The step whose code this is: this one, the one before or the one after, if it is later than
// `used_step`; 0 where none fits. A code is good once (RFC 6238, section 5.2).
std::uint64_t totp_step(std::string_view secret, std::string_view code, std::uint64_t wall_ms,
                        std::uint64_t used_step);

std::string base32(std::string_view bytes);  // RFC 4648, without padding

}  // namespace verbena::node::http
