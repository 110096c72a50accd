// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>

#include "ledger/stock/shrinkage.h"
#include "ledger/stock/shrinkage_parts.h"

// Voids, refunds, comps, waste and the share of cash against what the other holders show.
namespace verbena::ledger {

namespace {

// How much honest stands differ cannot be seen on fewer.
constexpr std::size_t peers_min = 8;

// What is counted, out of what: one pair for each sheet.
struct Share {
  const SheetFigures* sheet = nullptr;
  std::uint64_t count = 0, of = 0;
  Minor minor = 0;  // worth of `count`
};

struct Sums {
  Wide count = 0, of = 0;
  SpreadSum spread;
};

struct Test {
  FindingKind kind;
  std::uint32_t rate_ppm;
  bool too_few;  // else too many
  Share (*share)(const SheetFigures&);
};

Share of_sales(const SheetFigures& sheet, const Tally& tally) {
  return {&sheet, tally.count, sheet.sales.count, tally.minor};
}

// Packaged goods alone: what runs off a tap is the yield's matter.
Share waste_share(const SheetFigures& sheet) {
  Share out{&sheet};
  Wide minor = 0;
  for (const auto& item : sheet.items) {
    if (item.draught || !item.counted) continue;
    out.count += static_cast<std::uint64_t>(item.waste);
    out.of += static_cast<std::uint64_t>(item.opening + item.in);
    minor += static_cast<Wide>(item.waste) * item.price_minor;
  }
  out.minor = static_cast<Minor>(std::min<Wide>(minor, INT64_MAX / 4));
  return out;
}

StockFinding finding_of(const Test& test, const Share& share, Q32 expected) {
  StockFinding out;
  out.kind = test.kind;
  out.holder = share.sheet->holder;
  out.persons = share.sheet->persons;
  out.sheets = {share.sheet->sheet};
  out.observed = static_cast<std::int64_t>(share.count);
  out.expected_milli = to_milli(expected);
  out.evidence = share.sheet->evidence;
  out.until_s = share.sheet->at_s;
  // The difference, at the stand's own mean amount.
  const Wide count = static_cast<Wide>(share.count) << 32;
  const Wide off = test.too_few ? expected - count : count - expected;
  const Tally& mean =
      test.too_few && share.count == 0 ? share.sheet->sales : Tally{share.count, share.minor};
  if (mean.count != 0) {
    const Wide worth = scale_rounded(mean.minor, off >> 16, static_cast<Wide>(mean.count) << 16);
    out.money_minor = static_cast<Minor>(std::clamp<Wide>(worth, INT64_MIN / 4, INT64_MAX / 4));
  }
  return out;
}

void judge(const Test& test, const std::vector<const SheetFigures*>& sheets,
           std::vector<StockFinding>& out) {
  std::vector<Share> shares;
  Sums all;
  std::map<std::string, Sums> holders;
  for (const auto* sheet : sheets) {
    const Share share = test.share(*sheet);
    if (share.of == 0 || share.of > count_max) continue;
    shares.push_back(share);
    for (auto* sums : {&all, &holders[sheet->holder]}) {
      sums->count += share.count;
      sums->of += share.of;
    }
  }
  if (holders.size() <= peers_min || all.count == 0) return;
  for (const auto& share : shares) {
    const Q32 expected = ratio_q32(static_cast<Wide>(share.of) * all.count, all.of);
    for (auto* sums : {&all, &holders[share.sheet->holder]}) {
      sums->spread.add(share.count, expected);
    }
  }
  const Q32 needed = evidence_needed(test.rate_ppm, 1);
  for (const auto& share : shares) {
    const Sums& own = holders[share.sheet->holder];
    // One more than the others show: nobody is measured against a rate of none.
    const Wide seen = all.count - own.count + (test.too_few ? 0 : 1);
    const Wide of = all.of - own.of;
    if (seen <= 0 || of <= 0) continue;
    const Q32 expected = ratio_q32(static_cast<Wide>(share.of) * seen, of);
    if (expected <= 0) continue;
    const Wide count = static_cast<Wide>(share.count) << 32;
    if (test.too_few ? count >= expected : count <= expected) continue;
    const Q32 spread =
        clamp_q32(static_cast<Wide>(all.spread.without(own.spread).upper()) + ratio_q32(1, seen));
    const Q32 evidence = count_evidence(share.count, expected, spread);
    if (evidence < needed) continue;
    out.push_back(finding_of(test, share, expected));
    out.back().false_alarm_ppm = reported_ppm(evidence, test.rate_ppm, 1);
  }
}

}  // namespace

std::vector<StockFinding> judge_peers(const std::vector<SheetFigures>& sheets,
                                      const ShrinkageModel& model) {
  std::vector<const SheetFigures*> judged;
  for (const auto& sheet : sheets) {
    if (sheet.final && in_range(sheet)) judged.push_back(&sheet);
  }
  const Test tests[] = {
      {FindingKind::voids, model.voids_ppm, false,
       [](const SheetFigures& s) { return of_sales(s, s.voids); }},
      {FindingKind::refunds, model.refunds_ppm, false,
       [](const SheetFigures& s) { return of_sales(s, s.refunds); }},
      {FindingKind::comps, model.comps_ppm, false,
       [](const SheetFigures& s) { return of_sales(s, s.comps); }},
      {FindingKind::waste, model.waste_ppm, false, waste_share},
      {FindingKind::cash_share, model.cash_share_ppm, true,
       [](const SheetFigures& s) { return of_sales(s, s.cash); }},
  };
  std::vector<StockFinding> out;
  for (const auto& test : tests) judge(test, judged, out);
  settle(out);
  return out;
}

}  // namespace verbena::ledger
