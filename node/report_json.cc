// SPDX-License-Identifier: Apache-2.0
#include "node/report_json.h"

#include <nlohmann/json.hpp>

#include "ledger/shrinkage_input.h"
#include "ledger/stock/shrinkage.h"
#include "node/finding_texts.h"

namespace verbena::node {

using nlohmann::ordered_json;

namespace {

constexpr std::uint32_t ppm = 1'000'000;

const char* reason_name(ledger::Unjudged::Reason reason) {
  switch (reason) {
    case ledger::Unjudged::Reason::provisional: return "provisional";
    case ledger::Unjudged::Reason::not_counted: return "not-counted";
    case ledger::Unjudged::Reason::out_of_range: return "out-of-range";
  }
  return "";
}

ordered_json finding_json(const ledger::StockFinding& finding, const FindingWords& words,
                          Language language) {
  ordered_json lines = ordered_json::array();
  for (const auto& line : finding.lines) {
    lines.push_back({{"sku", words.item(line.item)},
                     {"units", line.units},
                     {"amount_minor", line.money_minor},
                     {"beyond", line.beyond}});
  }
  ordered_json evidence = ordered_json::array();
  for (const auto& id : finding.evidence) evidence.push_back(ledger::hex(id));
  return {{"kind", ledger::finding_kind_name(finding.kind)},
          {"holder", finding.holder},
          {"persons", finding.persons},
          {"subject", finding.subject},
          {"sheets", finding.sheets},
          {"amount_minor", finding.money_minor},
          {"cost_minor", finding.cost_minor},
          {"units", finding.units},
          {"at", finding.until_s == 0 ? ordered_json(nullptr) : ordered_json(finding.until_s)},
          {"confidence_ppm", ppm - finding.false_alarm_ppm},
          {"adds_to_loss", ledger::adds_to_loss(finding.kind)},
          {"text", finding_text(finding, words, language)},
          {"lines", std::move(lines)},
          {"evidence", std::move(evidence)}};
}

}  // namespace

std::string shrinkage_json(const ledger::Ledger& ledger, std::int64_t now_s, Language language,
                           const std::set<std::string>& linked) {
  ordered_json out{
      {"findings", ordered_json::array()}, {"unjudged", ordered_json::array()}, {"loss_minor", 0}};
  auto held = ledger.logs();
  FindingWords words;
  std::map<std::uint32_t, std::string> skus;
  const auto stock = ledger.stock();
  std::vector<ledger::DeviceGap> gaps;
  ledger.ask([&](ledger::State& state, const ledger::DeviceView&) {
    gaps = ledger::device_gaps(state, held);
  });
  std::set<ledger::Hash> linked_keys;
  for (const auto& log : held) {
    const auto author = ledger.author(log.name.certificate);
    if (author != nullptr && linked.contains(author->alias)) {
      linked_keys.insert(log.name.certificate);
    }
  }
  ledger::known_until(held, linked_keys, now_s);
  if (const auto* festival = stock->facts->festival.get()) {
    words.currency = festival->currency();
    words.scale = festival->scale();
    for (const auto& item : festival->item()) skus[item.number()] = item.sku();
  }
  words.item = [&](std::uint32_t number) {
    const auto found = skus.find(number);
    return found == skus.end() ? std::string() : found->second;
  };
  const auto report = ledger::find_shrinkage(ledger::shrinkage_input(*stock, gaps, held, now_s));
  for (const auto& finding : report.findings) {
    out["findings"].push_back(finding_json(finding, words, language));
  }
  for (const auto& unjudged : report.unjudged) {
    out["unjudged"].push_back({{"holder", unjudged.holder},
                               {"sheet", unjudged.sheet},
                               {"reason", reason_name(unjudged.reason)}});
  }
  out["loss_minor"] = static_cast<std::int64_t>(report.loss_minor());
  return out.dump();
}

}  // namespace verbena::node
