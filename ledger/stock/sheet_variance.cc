// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <set>

#include "ledger/stock/shrinkage.h"
#include "ledger/stock/shrinkage_parts.h"

// Goods against sales: what a count should have found and did not.
namespace verbena::ledger {

namespace {

// Of the rate of a group of items, each side gets a half, and of that the sum over the items a
// half and all items together the other.
constexpr std::uint64_t sum_tests = 4;

constexpr Wide money_max = INT64_MAX / 4;

struct Row {
  const ItemFigures* figures = nullptr;
  std::int64_t missing = 0;
  std::int64_t count_error = 0, yield_error = 0;  // greatest honest ones, units
  bool told = false;                              // in a finding

  Wide price() const { return figures->price_minor; }
  // Bounds every sum of money over rows.
  Wide worth() const {
    return (missing < 0 ? -missing : missing) *
           static_cast<Wide>(std::max(figures->price_minor, figures->cost_minor));
  }
  ErrorSum errors(Wide weight) const {
    ErrorSum out;
    out.add(count_error, weight);
    out.add(yield_error, weight);
    return out;
  }
};

// The packaged or the draught items of one sheet.
struct Group {
  FindingKind kind = FindingKind::variance;
  std::uint32_t rate_ppm = 0;
  std::vector<Row> rows;
  Wide missing_minor = 0;  // without what the sheet's gap explains
  Wide untold_minor = 0;   // of this, what is in no finding
  ErrorSum errors;         // in money
  Wide worth = 0;

  void add(const Row& row) {
    rows.push_back(row);
    missing_minor += row.missing * row.price();
    errors.add(row.errors(row.price()));
    worth += row.worth();
  }
};

struct Verdict {
  bool beyond = false;
  Q32 evidence = 0;
};

Verdict judge(Wide total, const ErrorSum& errors, Q32 needed) {
  if (total <= 0) return {};
  const Q32 evidence = error_evidence(total, errors);
  return {total > errors.greatest || evidence >= needed, evidence};
}

Row row_of(const ItemFigures& item, std::int64_t missing, const ShrinkageModel& model) {
  Row row{&item, missing};
  const std::int64_t handled = item.opening + std::max<std::int64_t>(item.in, 0);
  if (handled > 0) {
    row.count_error =
        std::clamp(share_units(handled, model.count_error_basis_points),
                   std::min(model.count_error_units_min, stock_units_max), stock_units_max);
  }
  const std::int64_t drawn = item.opening + item.in - item.out - *item.counted;
  if (item.draught && drawn > 0) {
    row.yield_error = share_units(drawn, item.yield_spread_basis_points);
  }
  return row;
}

// Sales that are known to be missing explain goods that are missing; which goods is not known.
void explain_gap(Group& packaged, Group& draught, Minor gap_minor) {
  const Wide a = std::max<Wide>(packaged.missing_minor, 0);
  const Wide b = std::max<Wide>(draught.missing_minor, 0);
  if (gap_minor == 0 || a + b == 0) return;
  // Shares in parts of 2^20 keep the product small.
  const Wide share = scale_rounded(a, Wide{1} << 20, a + b);
  const auto mine = static_cast<Wide>(gap_minor) * share >> 20;
  packaged.missing_minor -= mine;
  draught.missing_minor -= gap_minor - mine;
}

StockFinding finding_of(FindingKind kind, const SheetFigures& sheet) {
  StockFinding out;
  out.kind = kind;
  out.holder = sheet.holder;
  out.persons = sheet.persons;
  out.sheets = {sheet.sheet};
  out.evidence = sheet.evidence;
  out.until_s = sheet.at_s;
  return out;
}

void add_line(StockFinding& out, const Row& row, bool beyond) {
  const auto money = static_cast<Minor>(row.missing * row.price());
  out.lines.push_back({row.figures->item, row.missing, money, beyond});
  out.units += row.missing;
  out.cost_minor += row.missing * row.figures->cost_minor;
  append(out.evidence, row.figures->evidence);
}

// All items of a group together. True when they are too much, or too little.
bool judge_sum(const SheetFigures& sheet, Group& group, std::vector<StockFinding>& out) {
  const Q32 needed = evidence_needed(group.rate_ppm, sum_tests);
  const Q32 item_needed = evidence_needed(group.rate_ppm, sum_tests * group.rows.size());
  for (const int side : {1, -1}) {
    const Verdict sum = judge(side * group.missing_minor, group.errors, needed);
    if (!sum.beyond) continue;
    StockFinding finding = finding_of(side == 1 ? group.kind : FindingKind::surplus, sheet);
    for (auto& row : group.rows) {
      row.told = true;
      if (row.missing == 0) continue;
      const bool beyond = judge(side * row.missing, row.errors(1), item_needed).beyond;
      add_line(finding, row, beyond);
    }
    finding.money_minor = static_cast<Minor>(group.missing_minor);  // net of what is too many
    group.untold_minor = 0;
    finding.false_alarm_ppm = reported_ppm(sum.evidence, group.rate_ppm, sum_tests);
    out.push_back(std::move(finding));
    return true;
  }
  return false;
}

// Single items where the sum says nothing: few of many, or one sold as another.
bool judge_items(const SheetFigures& sheet, Group& group, std::vector<StockFinding>& out) {
  const Q32 needed = evidence_needed(group.rate_ppm, sum_tests * group.rows.size());
  bool found = false;
  for (const int side : {1, -1}) {
    StockFinding finding = finding_of(side == 1 ? group.kind : FindingKind::surplus, sheet);
    Q32 strongest = 0;
    for (auto& row : group.rows) {
      const Verdict item = judge(side * row.missing, row.errors(1), needed);
      if (!item.beyond) continue;
      row.told = true;
      add_line(finding, row, true);
      finding.money_minor += static_cast<Minor>(row.missing * row.price());
      group.untold_minor -= row.missing * row.price();
      strongest = std::max(strongest, item.evidence);
    }
    if (finding.lines.empty()) continue;
    finding.false_alarm_ppm = reported_ppm(strongest, group.rate_ppm, sum_tests);
    out.push_back(std::move(finding));
    found = true;
  }
  return found;
}

bool judge_group(const SheetFigures& sheet, Group& group, std::vector<StockFinding>& out) {
  group.untold_minor = group.missing_minor;
  if (group.rows.empty()) return false;
  if (judge_sum(sheet, group, out)) return true;
  // Which goods a gap sold is not known, so single items say nothing beside one.
  return sheet.gap_minor == 0 && judge_items(sheet, group, out);
}

// A sheet after it was judged by itself.
struct Judged {
  const SheetFigures* sheet = nullptr;
  bool found = false;
  Wide missing_minor = 0, untold_minor = 0;
  ErrorSum errors;
  std::vector<Row> untold;
};

using Several = std::vector<const Judged*>;

// What a sheet adds when several are judged together. One in which something was found adds no more
// than honest error may, so that it does not speak for the others.
Wide contribution(const Judged& judged) {
  return judged.found ? std::min(judged.missing_minor, judged.errors.greatest)
                      : judged.missing_minor;
}

void add_untold(StockFinding& out, const Judged& judged, bool with_persons,
                std::map<std::uint32_t, FindingLine>& lines) {
  out.sheets.push_back(judged.sheet->sheet);
  append(out.evidence, judged.sheet->evidence);
  out.until_s = std::max(out.until_s, judged.sheet->at_s);
  if (with_persons) append(out.persons, judged.sheet->persons);
  for (const auto& row : judged.untold) {
    auto& line = lines[row.figures->item];
    line.item = row.figures->item;
    line.units += row.missing;
    line.money_minor += static_cast<Minor>(row.missing * row.price());
    out.units += row.missing;
    out.cost_minor += row.missing * row.figures->cost_minor;
    append(out.evidence, row.figures->evidence);
  }
}

// The sheets of one holder, or of one person at several holders. The finding tells what
// no other does: nobody's loss is counted twice.
bool judge_together(const Several& sheets, const std::string& holder, const std::string& person,
                    const ShrinkageModel& model, std::vector<StockFinding>& out) {
  constexpr std::uint64_t tests = 2;  // as a holder's, as a person's
  Wide total = 0, untold_minor = 0, worth = 0;
  ErrorSum errors;
  for (const auto* judged : sheets) {
    total += contribution(*judged);
    errors.add(judged->errors);
    untold_minor += judged->untold_minor;
    for (const auto& row : judged->untold) worth += row.worth();
  }
  const Verdict verdict = judge(total, errors, evidence_needed(model.creeping_ppm, tests));
  if (!verdict.beyond || untold_minor <= 0 || worth > money_max) return false;
  StockFinding finding;
  finding.kind = FindingKind::creeping_variance;
  finding.holder = holder;
  if (!person.empty()) finding.persons = {person};
  finding.money_minor = static_cast<Minor>(untold_minor);
  finding.false_alarm_ppm = reported_ppm(verdict.evidence, model.creeping_ppm, tests);
  std::map<std::uint32_t, FindingLine> lines;
  for (const auto* judged : sheets) {
    if (!judged->untold.empty()) add_untold(finding, *judged, person.empty(), lines);
  }
  for (const auto& [item, line] : lines) {
    if (line.units != 0) finding.lines.push_back(line);
  }
  std::sort(finding.sheets.begin(), finding.sheets.end());
  out.push_back(std::move(finding));
  return true;
}

void judge_creeping(const std::vector<Judged>& all, const ShrinkageModel& model,
                    std::vector<StockFinding>& out) {
  std::map<std::string, Several> by_holder, by_person;
  for (const auto& judged : all) by_holder[judged.sheet->holder].push_back(&judged);
  for (const auto& [holder, sheets] : by_holder) {
    if (sheets.size() >= 2 && judge_together(sheets, holder, "", model, out)) continue;
    for (const auto* judged : sheets) {
      const std::set<std::string> persons(judged->sheet->persons.begin(),
                                          judged->sheet->persons.end());
      for (const auto& person : persons) by_person[person].push_back(judged);
    }
  }
  std::set<const Judged*> taken;
  for (auto& [person, sheets] : by_person) {
    std::erase_if(sheets, [&](const Judged* judged) { return taken.contains(judged); });
    std::set<std::string> holders;
    for (const auto* judged : sheets) holders.insert(judged->sheet->holder);
    if (holders.size() < 2 || !judge_together(sheets, "", person, model, out)) continue;
    taken.insert(sheets.begin(), sheets.end());
  }
}

}  // namespace

ShrinkageReport judge_sheets(const std::vector<SheetFigures>& sheets, const ShrinkageModel& model) {
  ShrinkageReport report;
  std::vector<Judged> judged;
  for (const auto& sheet : sheets) {
    const auto leave = [&](Unjudged::Reason reason) {
      report.unjudged.push_back({sheet.holder, sheet.sheet, reason});
    };
    if (!in_range(sheet)) {
      leave(Unjudged::Reason::out_of_range);
      continue;
    }
    if (!sheet.final) {
      leave(Unjudged::Reason::provisional);
      continue;
    }
    Group packaged{FindingKind::variance, model.variance_ppm};
    Group draught{FindingKind::yield, model.yield_ppm};
    bool counted = true;
    for (const auto& item : sheet.items) {
      counted = counted && item.counted.has_value();
      if (!item.counted) continue;
      (item.draught ? draught : packaged).add(row_of(item, *missing_units(item), model));
    }
    if (!counted) leave(Unjudged::Reason::not_counted);  // what was counted is judged all the same
    explain_gap(packaged, draught, sheet.gap_minor);
    if (packaged.worth + draught.worth > money_max) {
      leave(Unjudged::Reason::out_of_range);
      continue;
    }
    const bool bottles = judge_group(sheet, packaged, report.findings);
    const bool kegs = judge_group(sheet, draught, report.findings);
    Judged one{&sheet, bottles || kegs, packaged.missing_minor + draught.missing_minor,
               packaged.untold_minor + draught.untold_minor, packaged.errors};
    one.errors.add(draught.errors);
    for (const auto* group : {&packaged, &draught}) {
      std::copy_if(group->rows.begin(), group->rows.end(), std::back_inserter(one.untold),
                   [](const Row& row) { return !row.told; });
    }
    judged.push_back(std::move(one));
  }
  judge_creeping(judged, model, report.findings);
  settle(report);
  return report;
}

}  // namespace verbena::ledger
