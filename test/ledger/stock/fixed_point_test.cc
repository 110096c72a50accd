// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <vector>

#include "ledger/stock/tail_bounds.h"

using namespace verbena::ledger;

namespace {

// e^-evidence covers a share of `part` in `whole`.
bool covers(Q32 evidence, UWide part, UWide whole) {
  return static_cast<UWide>(exp_negative(evidence)) + 1 >= (part << 60) / whole;
}

}  // namespace

TEST_CASE("Logarithms agree with tabulated ones to 46 binary places") {
  struct Known {
    UWide a, b;
    std::int64_t ln;  // times 2^48
  };
  const UWide huge = (UWide{1} << 127) + 1;
  UWide power = 1;
  for (int i = 0; i < 30; ++i) power *= 10;
  const Known table[] = {
      {2, 1, 195'103'586'505'167},        {10, 1, 648'120'085'424'803},
      {3, 2, 114'128'281'861'729},        {1, 7, -547'725'013'886'373},
      {power, 1, 19'443'602'562'744'081}, {huge, 3, 24'468'923'617'789'373},
      {1001, 1000, 281'334'332'977},      {4'294'967'297, 4'294'967'296, 65'536},
  };
  for (const auto& known : table) {
    CAPTURE(known.ln);
    CHECK(std::abs(ln_ratio(known.a, known.b) - known.ln) <= 4);
    CHECK(std::abs(ln_ratio(known.b, known.a) + known.ln) <= 4);
  }
  CHECK(ln_ratio(12345, 12345) == 0);
}

TEST_CASE("Exponentials agree with tabulated ones to 50 binary places") {
  const std::pair<Q32, std::int64_t> table[] = {
      {q32_one / 2, 699'282'240'786'072'831},    {q32_one, 424'136'118'829'305'330},
      {q32_one * 5 / 2, 94'637'560'119'116'362}, {q32_one * 10, 52'342'555'330'809},
      {59'337'166'024, 1'152'921'504'607},       {q32_one * 30, 107'886},
  };
  for (const auto& [x, known] : table) {
    CAPTURE(x);
    CHECK(std::abs(static_cast<std::int64_t>(exp_negative(x)) - known) <= 1024);
  }
  CHECK(exp_negative(0) == q60_one);
  CHECK(exp_negative(-q32_one) == q60_one);
  CHECK(exp_negative(q32_max) == 0);
}

TEST_CASE("Ratios round to nearest and stand at the end of their range") {
  CHECK(ratio_q32(1, 2) == q32_one / 2);
  CHECK(ratio_q32(-3, 2) == -(q32_one + q32_one / 2));
  CHECK(ratio_q32(1, 3) == 1'431'655'765);
  CHECK(ratio_q32(Wide{1} << 120, 1) == q32_max);
  CHECK(ratio_q32(-(Wide{1} << 120), 1) == -q32_max);
  CHECK(ratio_q32(Wide{1} << 120, Wide{1} << 119) == 2 * q32_one);
  CHECK(scale_rounded(5, 1, 2) == 3);
  CHECK(scale_rounded(-5, 1, 2) == -3);
  CHECK(square_root(0) == 0);
  CHECK(square_root(99) == 9);
  CHECK(square_root(~UWide{0}) == UINT64_MAX);
}

TEST_CASE("The bound for sums of counting errors covers their exact distribution") {
  // All sums of whole numbers spread evenly over -a..a, counted by convolution.
  const std::vector<std::vector<int>> families = {
      {1}, {7}, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, {5, 1, 1}, {3, 3, 2, 9, 4, 1}};
  for (const auto& family : families) {
    std::vector<std::uint64_t> ways = {1};
    std::uint64_t whole = 1;
    ErrorSum errors;
    for (const int a : family) {
      std::vector<std::uint64_t> next(ways.size() + 2 * static_cast<std::size_t>(a), 0);
      for (std::size_t i = 0; i < ways.size(); ++i) {
        for (std::size_t k = 0; k <= 2 * static_cast<std::size_t>(a); ++k) next[i + k] += ways[i];
      }
      ways = next;
      whole *= 2 * static_cast<std::uint64_t>(a) + 1;
      errors.add(a, 1);
    }
    CHECK(errors.greatest * 2 + 1 == static_cast<Wide>(ways.size()));
    std::uint64_t above = 0;
    for (std::size_t i = ways.size(); i-- > ways.size() / 2;) {
      above += ways[i];
      const auto total = static_cast<std::int64_t>(i) - static_cast<std::int64_t>(ways.size() / 2);
      CAPTURE(total, above, whole);
      CHECK(covers(error_evidence(total, errors), above, whole));
    }
  }
  ErrorSum none;
  CHECK(error_evidence(0, none) == 0);
  CHECK(error_evidence(1, none) == q32_max);
}

TEST_CASE("The bound for counts covers exact binomial tails") {
  // 60 fair coins: expected 30; and 30 throws at one in four: expected 7.5.
  struct Case {
    unsigned throws, of;
    Q32 expected;
  };
  for (const auto& given : {Case{60, 2, 30 * q32_one}, Case{30, 4, 15 * q32_one / 2}}) {
    std::vector<UWide> ways = {1};
    UWide whole = 1;
    for (unsigned n = 0; n < given.throws; ++n) {
      std::vector<UWide> next(ways.size() + 1, 0);
      for (std::size_t i = 0; i < ways.size(); ++i) {
        next[i] += ways[i] * (given.of - 1);
        next[i + 1] += ways[i];
      }
      ways = next;
      whole *= given.of;
    }
    UWide above = 0, below = 0;
    for (unsigned n = 0; n <= given.throws; ++n) {
      CAPTURE(given.throws, n);
      below += ways[n];
      above += ways[given.throws - n];
      const Q32 low = count_evidence(n, given.expected, 0);
      const Q32 high = count_evidence(given.throws - n, given.expected, 0);
      if (static_cast<Q32>(n) * q32_one < given.expected) CHECK(covers(low, below, whole));
      if (static_cast<Q32>(given.throws - n) * q32_one > given.expected) {
        CHECK(covers(high, above, whole));
      }
    }
  }
}

TEST_CASE("The bound for counts stands a little below exact Poisson tails and on them at zero") {
  struct Known {
    std::uint64_t expected, count;
    std::int64_t micro;  // -ln of the exact tail, in millionths
  };
  const Known table[] = {{5, 15, 8'393'900},     {10, 20, 5'668'100},    {10, 40, 27'940'000},
                         {100, 150, 13'182'000}, {100, 200, 41'514'500}, {10, 3, 4'572'100},
                         {40, 15, 12'117'300},   {100, 60, 11'434'800}};
  for (const auto& known : table) {
    const Q32 mean = static_cast<Q32>(known.expected) * q32_one;
    const auto micro = static_cast<std::int64_t>(
        scale_rounded(count_evidence(known.count, mean, 0), 1'000'000, q32_one));
    CAPTURE(known.expected, known.count, micro);
    CHECK(micro <= known.micro);
    CHECK(micro >= known.micro - 3'500'000);
  }
  // No sale where ten are expected: e^-10; with a spread of one in ten, 2^-10.
  CHECK(std::abs(count_evidence(0, 10 * q32_one, 0) - 10 * q32_one) < q32_one >> 10);
  const Q32 spread = count_evidence(0, 10 * q32_one, q32_one / 10);
  CHECK(std::abs(spread - (10 * ln_ratio(2, 1) >> 16)) < 64);
  CHECK(count_evidence(10, 10 * q32_one, 0) == 0);
}

TEST_CASE("Bounds hold their ends for figures of any size") {
  CHECK(count_evidence(UINT64_MAX, 1, 0) > 0);
  CHECK(count_evidence(0, q32_max, 0) > 0);
  CHECK(count_evidence(count_max, q32_max, q32_max) >= 0);
  ErrorSum errors;
  errors.add(1'000'000'000, 1'000'000'000);
  CHECK(error_evidence(Wide{1} << 100, errors) > 0);
  CHECK(error_evidence(-(Wide{1} << 100), errors) == 0);
  CHECK(evidence_needed(1'000'000, 1) <= 1);
  CHECK(evidence_needed(0, 1) == q32_max);
  CHECK(evidence_needed(10'000, 1) > evidence_needed(20'000, 1));
  CHECK(false_alarm_ppm(0) == 1'000'000);
  CHECK(false_alarm_ppm(evidence_needed(10'000, 1)) <= 10'001);
  CHECK(false_alarm_ppm(evidence_needed(10'000, 1)) >= 9'999);
}
