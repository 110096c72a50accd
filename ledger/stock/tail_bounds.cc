// SPDX-License-Identifier: Apache-2.0
#include "ledger/stock/tail_bounds.h"

#include <algorithm>

#include "ledger/core/result.h"

namespace verbena::ledger {

namespace {

constexpr Wide variance_max = Wide{1} << 125;  // beyond it nothing is evidence any more

}  // namespace

void ErrorSum::add(Wide units, Wide weight) {
  if (units <= 0) return;
  if (weight < 0) weight = -weight;
  const Wide size = units * weight;
  // Whole numbers spread evenly over -u..u have the variance u(u + 1)/3; rounded up.
  variance_bound = std::min(variance_bound + (size * size + size * weight + 2) / 3, variance_max);
  greatest += size;
}

void ErrorSum::add(const ErrorSum& other) {
  variance_bound = std::min(variance_bound + other.variance_bound, variance_max);
  greatest += other.greatest;
}

Q32 error_evidence(Wide total, const ErrorSum& errors) {
  if (total <= 0) return 0;
  if (errors.variance_bound == 0) return q32_max;
  // total^2 / (2 variance), scaled so that the square fits.
  unsigned shift = 0;
  while (total >> shift >= Wide{1} << 46) ++shift;
  const Wide scaled = total >> shift;
  const Wide variance = (errors.variance_bound >> (2 * shift)) + (shift == 0 ? 0 : 1);
  return ratio_q32(scaled * scaled, 2 * variance);
}

Q32 count_evidence(std::uint64_t count, Q32 expected, Q32 spread) {
  VERBENA_CHECK(expected > 0);
  const Q32 width = std::clamp(spread, spread_min, spread_max);
  const UWide shape = (UWide{1} << 64) / static_cast<UWide>(width);  // 1/spread, times 2^32
  const UWide x = static_cast<UWide>(std::min(count, count_max)) << 32;
  const auto mean = static_cast<UWide>(expected);
  // x ln(x/m) - (x + r) ln((x + r)/(m + r)); never negative.
  Wide sum = 0;  // times 2^80
  if (count != 0) sum += static_cast<Wide>(x) * ln_ratio(x, mean);
  sum -= static_cast<Wide>(x + shape) * ln_ratio(x + shape, mean + shape);
  return clamp_q32(std::max<Wide>(sum >> ln_bits, 0));
}

Q32 evidence_needed(std::uint32_t rate_ppm, std::uint64_t tests) {
  VERBENA_CHECK(tests > 0);
  if (rate_ppm == 0) return q32_max;
  const auto ln = ln_ratio(static_cast<UWide>(tests) * ppm_one, rate_ppm);
  return std::max<Q32>((ln >> (ln_bits - 32)) + 1, 0);
}

std::uint32_t false_alarm_ppm(Q32 evidence) {
  const UWide scaled = static_cast<UWide>(exp_negative(evidence)) * ppm_one;
  return static_cast<std::uint32_t>((scaled + q60_one - 1) >> 60);
}

}  // namespace verbena::ledger
