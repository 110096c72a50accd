// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <map>

#include "ledger/stock/shrinkage.h"
#include "ledger/stock/shrinkage_parts.h"

// Stands that are open and do not sell while their neighbours do.
namespace verbena::ledger {

namespace {

constexpr std::int64_t quarters_seen = 96;  // 24 h
constexpr std::int64_t block_quarters = 4;  // a slow stand is judged by the hour
constexpr std::size_t neighbours_min = 3;
// Greater figures of one quarter-hour are taken for this one.
constexpr std::uint32_t quarter_most = 1'000'000;

// Of the rate for silence, the part kept for any time of the day; the rest is spent on busy
// quarter-hours, in their order, as long as it lasts (alpha spending).
constexpr Wide spread_part = 1, all_parts = 4;

struct Cell {
  std::uint64_t minutes = 0, sales = 0;
  Wide minor = 0;

  void add(const Cell& other) {
    minutes += other.minutes;
    sales += other.sales;
    minor += other.minor;
  }
};

using Day = std::array<Cell, quarters_seen>;

struct Stand {
  std::string holder;
  std::vector<std::string> persons;
  std::vector<Hash> evidence;
  Day day{};
  std::optional<std::int64_t> last_sale_s;
  std::int64_t known_until_s = INT64_MAX;

  // In sales of neighbours per device-minute times own device-minutes, times 2^32.
  std::array<Q32, quarters_seen> exposure{};
  std::array<std::uint64_t, quarters_seen> neighbours_sales{};
  Wide exposed = 0;
  std::uint64_t sales = 0;
  Wide minor = 0;
};

// What a stand is expected to sell in some time, and how well that is known.
struct Expectation {
  Q32 sales = 0;
  Q32 spread = 0;
};

class Neighbourhood {
 public:
  Neighbourhood(std::vector<Stand> stands, std::int64_t now_s, const ShrinkageModel& model)
      : stands_(std::move(stands)), model_(model), first_quarter_(now_s / quarter_s - 95) {}

  void judge(std::vector<StockFinding>& out) {
    if (stands_.size() <= neighbours_min) return;
    expose();
    measure_spreads();
    for (std::size_t i = 0; i < stands_.size(); ++i) {
      judge_silence(i, out);
      judge_hours(i, out);
    }
  }

 private:
  std::int64_t start_s(std::int64_t index) const { return (first_quarter_ + index) * quarter_s; }

  void expose() {
    Day sum{};
    for (const auto& stand : stands_) {
      for (std::size_t q = 0; q < sum.size(); ++q) sum[q].add(stand.day[q]);
    }
    for (auto& stand : stands_) {
      for (std::size_t q = 0; q < sum.size(); ++q) {
        const Cell& own = stand.day[q];
        const std::uint64_t minutes = sum[q].minutes - own.minutes;
        stand.sales += own.sales;
        stand.minor += own.minor;
        if (minutes == 0 || own.minutes == 0) continue;
        stand.neighbours_sales[q] = sum[q].sales - own.sales;
        stand.exposure[q] = ratio_q32(static_cast<Wide>(own.minutes) * stand.neighbours_sales[q],
                                      static_cast<Wide>(minutes));
        stand.exposed += stand.exposure[q];
      }
    }
  }

  // Between stands (how fast each is against its neighbours) and within a day (how steadily).
  void measure_spreads() {
    for (const auto& stand : stands_) {
      SpreadSum one, steady;
      one.add(stand.sales, clamp_q32(stand.exposed));
      for (std::size_t q = 0; stand.exposed > 0 && q < quarters_seen; ++q) {
        const Q32 expected =
            ratio_q32(static_cast<Wide>(stand.exposure[q]) * stand.sales, stand.exposed);
        if (expected <= 0) continue;
        steady.add(stand.day[q].sales, expected,
                   ratio_q32(1, static_cast<Wide>(stand.neighbours_sales[q])));
      }
      between_.push_back(one);
      within_.push_back(steady);
      for (auto [sum, own] : {std::pair{&all_between_, one}, std::pair{&all_within_, steady}}) {
        sum->excess += own.excess;
        sum->squares += own.squares;
        sum->pairs += own.pairs;
      }
    }
  }

  // `seen`: own sales and exposure the expectation may learn from; `asked`: the exposure of the
  // time in question. A stand's own pace is shrunk towards its neighbours' as far as those differ
  // little (a gamma prior, method of moments: Robbins' empirical Bayes).
  Expectation expect(std::size_t i, std::uint64_t sales, Wide seen, Wide neighbours_seen,
                     Wide asked, Wide neighbours_asked) const {
    if (asked <= 0 || neighbours_asked <= 0) return {};
    const Q32 others = ratio_q32(1, static_cast<Wide>(stands_.size()) - 1);
    const Q32 between =
        std::max(all_between_.without(between_[i]).upper(), others);  // never surer than one in n
    const Wide prior = (Wide{1} << 64) / std::clamp(between, spread_min, spread_max);
    const Wide weight = (static_cast<Wide>(sales) << 32) + prior;
    Expectation out;
    // (sales + prior) / (seen + prior) * asked, all times 2^32.
    const Q32 pace = ratio_q32(weight, seen + prior);
    out.sales = clamp_q32(static_cast<Wide>(pace) * asked >> 32);
    Wide spread = (Wide{1} << 64) / weight;
    spread += all_within_.without(within_[i]).estimate();
    spread += (Wide{1} << 64) / neighbours_asked;
    if (neighbours_seen > 0) spread += (Wide{1} << 64) / neighbours_seen;
    out.spread = static_cast<Q32>(std::min<Wide>(spread, spread_max));
    return out;
  }

  void judge_silence(std::size_t i, std::vector<StockFinding>& out) const;
  Q32 quarterly(const Stand& stand, std::int64_t last, std::int64_t until_s, Q32 pace) const;
  bool affordable(std::size_t i, std::int64_t from_s, Q32 pace, Q32 now_expected) const;
  void judge_hours(std::size_t i, std::vector<StockFinding>& out) const;
  StockFinding finding_of(FindingKind kind, const Stand& stand, std::uint64_t sales,
                          Q32 expected) const;

  std::vector<Stand> stands_;
  const ShrinkageModel& model_;
  std::int64_t first_quarter_;
  std::vector<SpreadSum> between_, within_;
  SpreadSum all_between_, all_within_;
};

StockFinding Neighbourhood::finding_of(FindingKind kind, const Stand& stand, std::uint64_t sales,
                                       Q32 expected) const {
  StockFinding out;
  out.kind = kind;
  out.holder = stand.holder;
  out.persons = stand.persons;
  out.evidence = stand.evidence;
  out.observed = static_cast<std::int64_t>(sales);
  out.expected_milli = to_milli(expected);
  if (stand.sales == 0) return out;
  const Wide short_q16 = (expected >> 16) - (static_cast<Wide>(sales) << 16);
  const Wide worth = scale_rounded(std::clamp<Wide>(stand.minor, 0, INT64_MAX), short_q16,
                                   static_cast<Wide>(stand.sales) << 16);
  out.money_minor = static_cast<Minor>(std::clamp<Wide>(worth, 0, INT64_MAX / 4));
  return out;
}

// What a stand of this pace sells in a quarter-hour, as the hour up to `last` has it: a single
// quarter-hour of the neighbours' is too noisy to tell how busy it is.
Q32 Neighbourhood::quarterly(const Stand& stand, std::int64_t last, std::int64_t until_s,
                             Q32 pace) const {
  Wide exposed = 0, open_s = 0;
  for (std::int64_t q = std::max<std::int64_t>(last - block_quarters + 1, 0); q <= last; ++q) {
    const auto at = static_cast<std::size_t>(q);
    if (stand.day[at].minutes == 0) continue;
    exposed += stand.exposure[at];
    open_s += std::clamp<std::int64_t>(until_s - start_s(q), 0, quarter_s);
  }
  if (open_s == 0) return 0;
  return clamp_q32(scale_rounded(exposed, quarter_s, open_s) * pace >> 32);
}

// Expected false alarms of one quarter-hour in which as much as `expected` without a sale raises
// the alarm: each sale begins such a silence with the probability e^-expected, or more where stands
// are unsteady. Times 2^60.
Wide quarter_cost(Q32 expected, Q32 unsteadiness) {
  const Q60 chance = exp_negative(count_evidence(0, expected, unsteadiness));
  return static_cast<Wide>(expected) * static_cast<Wide>(chance) >> 32;
}

// True while the part of the rate that busy quarter-hours may spend lasts.
bool Neighbourhood::affordable(std::size_t i, std::int64_t from_s, Q32 pace,
                               Q32 now_expected) const {
  const Wide busy = static_cast<Wide>(model_.busy_sales_per_hour) * q32_one / 4;
  if (now_expected <= 0 || now_expected < busy) return false;
  const Q32 unsteadiness = all_within_.without(within_[i]).estimate();
  const Wide budget = static_cast<Wide>(q60_one) * model_.silent_ppm / ppm_one *
                      (all_parts - spread_part) / all_parts;
  Wide spent = 0;
  for (std::int64_t q = 0; q < quarters_seen && start_s(q + 1) <= from_s; ++q) {
    if (stands_[i].day[static_cast<std::size_t>(q)].minutes == 0) continue;
    const Q32 expected = quarterly(stands_[i], q, start_s(q + 1), pace);
    if (expected <= 0 || expected < busy) continue;
    const Wide cost = quarter_cost(expected, unsteadiness);
    if (spent + cost <= budget) spent += cost;
  }
  return spent + quarter_cost(now_expected, unsteadiness) <= budget;
}

void Neighbourhood::judge_silence(std::size_t i, std::vector<StockFinding>& out) const {
  const Stand& stand = stands_[i];
  std::int64_t from_s = 0;
  if (stand.last_sale_s) {
    from_s = std::max(*stand.last_sale_s, start_s(0));
  } else {
    const auto open = std::find_if(stand.day.begin(), stand.day.end(),
                                   [](const Cell& cell) { return cell.minutes != 0; });
    from_s = start_s(open - stand.day.begin());
  }
  const std::int64_t until_s = std::min(stand.known_until_s, start_s(quarters_seen));
  if (until_s <= from_s) return;
  Wide seen = 0, asked = 0, neighbours_seen = 0, neighbours_asked = 0, open_s = 0;
  for (std::int64_t q = 0; q < quarters_seen; ++q) {
    const std::int64_t begin = start_s(q), end = std::min(begin + quarter_s, until_s);
    if (end <= begin) break;
    const auto at = static_cast<std::size_t>(q);
    const std::int64_t after = std::clamp<std::int64_t>(end - from_s, 0, end - begin);
    const Wide exposure = stand.exposure[at];
    const Wide sales = static_cast<Wide>(stand.neighbours_sales[at]) << 32;
    const Wide exposure_after = exposure * after / (end - begin);
    const Wide sales_after = sales * after / (end - begin);
    asked += exposure_after;
    seen += exposure - exposure_after;
    neighbours_asked += sales_after;
    neighbours_seen += sales - sales_after;
    // Less than a minute leaves no device-minute to tell whether it was open.
    if (exposure > 0 || end - begin < 60) open_s += after;
  }
  const Expectation expected =
      expect(i, stand.sales, seen, neighbours_seen, asked, neighbours_asked);
  if (expected.sales <= 0 || open_s <= 0) return;
  const Q32 evidence = count_evidence(0, expected.sales, expected.spread);
  // Per quarter-hour, at the pace of this silence.
  const Q32 per_quarter = clamp_q32(scale_rounded(expected.sales, quarter_s, open_s));
  const UWide tests = static_cast<UWide>(std::max<Q32>(per_quarter, 1)) * model_.day_quarters;
  const UWide rate = static_cast<UWide>(model_.silent_ppm) * spread_part / all_parts;
  const bool any_time = rate != 0 && tests != 0 &&
                        evidence >= (ln_ratio(tests * ppm_one, rate << 32) >> (ln_bits - 32));
  bool busy = false;
  if (!any_time && open_s >= quarter_s) {
    const Q32 pace = ratio_q32(expected.sales, asked);
    const std::int64_t last = std::min((until_s - 1 - start_s(0)) / quarter_s, quarters_seen - 1);
    // The hour's figure, but no more than the silence itself can bear: neighbours may have stopped.
    const Wide doubt = square_root((UWide{4} << 96) / static_cast<UWide>(neighbours_asked));
    const Wide bearable = per_quarter + (per_quarter * doubt >> 32);
    const Wide hourly = quarterly(stand, last, until_s, pace);
    busy = affordable(i, from_s, pace, clamp_q32(std::min(hourly, bearable)));
  }
  if (!any_time && !busy) return;
  StockFinding finding = finding_of(FindingKind::silent_stand, stand, 0, expected.sales);
  finding.from_s = from_s;
  finding.until_s = until_s;
  finding.false_alarm_ppm = reported_ppm(0, model_.silent_ppm, 1);
  out.push_back(std::move(finding));
}

void Neighbourhood::judge_hours(std::size_t i, std::vector<StockFinding>& out) const {
  const Stand& stand = stands_[i];
  const std::uint64_t hours = std::max<std::uint64_t>(1, model_.day_quarters / block_quarters);
  const Q32 needed = evidence_needed(model_.slow_ppm, hours);
  Wide neighbours = 0;
  for (const auto sales : stand.neighbours_sales) neighbours += sales;
  // Hours of the clock, whatever the time of asking: each is judged once.
  const std::int64_t offset =
      ((-first_quarter_) % block_quarters + block_quarters) % block_quarters;
  for (std::int64_t q = offset; q + block_quarters <= quarters_seen; q += block_quarters) {
    const std::int64_t end = start_s(q + block_quarters);
    if (end > stand.known_until_s) break;
    Wide exposed = 0, neighbours_here = 0;
    std::uint64_t sales = 0;
    for (std::int64_t k = q; k < q + block_quarters; ++k) {
      const auto at = static_cast<std::size_t>(k);
      exposed += stand.exposure[at];
      neighbours_here += stand.neighbours_sales[at];
      sales += stand.day[at].sales;
    }
    const Expectation expected =
        expect(i, stand.sales - sales, stand.exposed - exposed,
               (neighbours - neighbours_here) << 32, exposed, neighbours_here << 32);
    if (expected.sales <= static_cast<Wide>(sales) << 32) continue;
    const Q32 evidence = count_evidence(sales, expected.sales, expected.spread);
    if (evidence < needed) continue;
    StockFinding finding = finding_of(FindingKind::slow_stand, stand, sales, expected.sales);
    finding.from_s = start_s(q);
    finding.until_s = end;
    finding.false_alarm_ppm = reported_ppm(evidence, model_.slow_ppm, hours);
    out.push_back(std::move(finding));
  }
}

// Several entries of one holder, from several reports, become one.
std::map<std::string, std::map<std::string, Stand>> stands_by_group(
    const std::vector<ActivityFigures>& activity, std::int64_t now_s) {
  const std::int64_t first = now_s / quarter_s - (quarters_seen - 1);
  std::map<std::string, std::map<std::string, Stand>> out;
  for (const auto& figures : activity) {
    Stand& stand = out[figures.group][figures.holder];
    stand.holder = figures.holder;
    append(stand.persons, figures.persons);
    append(stand.evidence, figures.evidence);
    stand.known_until_s = std::min({stand.known_until_s, figures.known_until_s, now_s});
    if (figures.last_sale_s && *figures.last_sale_s <= now_s) {
      stand.last_sale_s = std::max(stand.last_sale_s.value_or(INT64_MIN), *figures.last_sale_s);
    }
    for (const auto& quarter : figures.quarters) {
      if (!in_range(quarter.quarter, first, first + quarters_seen - 1)) continue;
      const Minor minor =
          std::clamp<Minor>(quarter.sales_minor, 0, static_cast<Minor>(amount_minor_max));
      stand.day[static_cast<std::size_t>(quarter.quarter - first)].add(
          {std::min(quarter.device_minutes, quarter_most), std::min(quarter.sales, quarter_most),
           minor});
    }
  }
  return out;
}

}  // namespace

std::vector<StockFinding> judge_activity(const std::vector<ActivityFigures>& activity,
                                         std::int64_t now_s, const ShrinkageModel& model) {
  constexpr std::int64_t now_max = INT64_MAX / 4;
  std::vector<StockFinding> out;
  if (!in_range(now_s, quarters_seen * quarter_s, now_max)) return out;
  for (auto& [group, members] : stands_by_group(activity, now_s)) {
    std::vector<Stand> stands;
    for (auto& [holder, stand] : members) stands.push_back(std::move(stand));
    Neighbourhood(std::move(stands), now_s, model).judge(out);
  }
  settle(out);
  return out;
}

}  // namespace verbena::ledger
