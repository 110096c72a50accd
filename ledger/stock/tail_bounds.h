// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/stock/fixed_point.h"

// How unlikely an honest stand would look like this: evidence = -ln of an upper bound of that
// probability. Nothing here estimates a probability from below, so a false-alarm rate made of these
// bounds is kept, never exceeded. docs/shrinkage.md gives the proofs and the sources.
namespace verbena::ledger {

constexpr std::uint32_t ppm_one = 1'000'000;

// Greatest squared relative spread the count bound tells apart, and the smallest above none.
constexpr Q32 spread_max = q32_one << 10;
constexpr Q32 spread_min = q32_one >> 20;

// Greater counts are taken for this one.
constexpr std::uint64_t count_max = std::uint64_t{1} << 32;

// A sum of independent errors of mean zero, each symmetric and unimodal within a named bound
// (Chernoff's bound with the strictly sub-Gaussian moment function of the uniform distribution).
struct ErrorSum {
  Wide variance_bound = 0;  // sum of the terms' greatest variances
  Wide greatest = 0;        // the sum cannot exceed this

  // One error of at most `units` whole units, each weighing `weight`. The square of units * weight
  // must fit in 118 bits.
  void add(Wide units, Wide weight);
  void add(const ErrorSum& other);
};

// For a sum of errors that reached `total` or more: total^2 / (2 variance_bound). Zero for
// total <= 0, q32_max where there is no room for error. Does not use `greatest`.
Q32 error_evidence(Wide total, const ErrorSum& errors);

// For a count that stands at `count` or further away from `expected` (both sides alike), where the
// expectation itself is only known with the squared relative spread `spread` (1/n for one taken
// from n events): the Cramer-Chernoff bound of the negative binomial distribution, which is exact
// for a count of zero. expected > 0; spread is taken between spread_min and spread_max.
Q32 count_evidence(std::uint64_t count, Q32 expected, Q32 spread);

// ln(tests / rate): the evidence needed for a false-alarm rate of `rate_ppm` over `tests` tests;
// q32_max for a rate of none.
Q32 evidence_needed(std::uint32_t rate_ppm, std::uint64_t tests);

// The bound that stands behind an evidence, rounded up.
std::uint32_t false_alarm_ppm(Q32 evidence);

}  // namespace verbena::ledger
