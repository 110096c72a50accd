// SPDX-License-Identifier: Apache-2.0
#include "node/finding_texts.h"

#include <algorithm>

namespace verbena::node {

using ledger::FindingKind;
using ledger::StockFinding;

namespace {

constexpr std::size_t lines_told_max = 3;
constexpr std::size_t persons_told_max = 4;

// In the templates: {where} stand or person, {money}, {units}, {items}, {seen}, {usual}, {subject},
// {minutes}, {sheets}.
struct Row {
  FindingKind kind;
  const char* en;
  const char* es;
};

constexpr Row rows[] = {
    {FindingKind::variance, "{where}: {units} units are missing ({items}), worth {money}.",
     "{where}: faltan {units} unidades ({items}), por valor de {money}."},
    {FindingKind::surplus,
     "{where}: {units} units too many ({items}), worth {money}. A delivery was not entered, or "
     "somebody brought goods.",
     "{where}: sobran {units} unidades ({items}), por valor de {money}. Falta apuntar una entrega "
     "o "
     "alguien trajo género."},
    {FindingKind::yield,
     "{where}: {units} portions more than sold were drawn ({items}), worth {money}: poured too "
     "full, spilled, or not rung up.",
     "{where}: se tiraron {units} raciones más de las vendidas ({items}), por valor de {money}: "
     "servidas de más, derramadas o sin cobrar en caja."},
    {FindingKind::creeping_variance,
     "{where}: a little is missing on each of {sheets} sheets, {units} units in all, worth "
     "{money}.",
     "{where}: falta un poco en cada una de {sheets} hojas, {units} unidades en total, por valor "
     "de "
     "{money}."},
    {FindingKind::voids,
     "{where}: {seen} sales voided where {usual} are usual; those beyond are worth {money}.",
     "{where}: {seen} ventas anuladas, lo habitual son {usual}; las de más valen {money}."},
    {FindingKind::refunds,
     "{where}: {seen} refunds where {usual} are usual; those beyond are worth {money}.",
     "{where}: {seen} devoluciones, lo habitual son {usual}; las de más valen {money}."},
    {FindingKind::comps,
     "{where}: {seen} given free where {usual} are usual; those beyond are worth {money}.",
     "{where}: {seen} invitaciones, lo habitual son {usual}; las de más valen {money}."},
    {FindingKind::waste,
     "{where}: {seen} units entered as waste where {usual} are usual; those beyond are worth "
     "{money}.",
     "{where}: {seen} unidades apuntadas como rotura, lo habitual son {usual}; las de más valen "
     "{money}."},
    {FindingKind::cash_share,
     "{where}: {seen} cash sales where {usual} are usual; about {money} in cash may not have been "
     "rung up.",
     "{where}: {seen} ventas en efectivo, lo habitual son {usual}; unos {money} en efectivo pueden "
     "no haber pasado por caja."},
    {FindingKind::silent_stand,
     "{where}: open and no sale for {minutes} minutes, while the neighbours' pace makes {usual} "
     "sales, about {money}. Go and look.",
     "{where}: abierta y sin ventas desde hace {minutes} minutos; al ritmo de sus vecinas serían "
     "{usual} ventas, unos {money}. Vaya a mirar."},
    {FindingKind::slow_stand,
     "{where}: {seen} sales in {minutes} minutes where its own pace and the neighbours' make "
     "{usual}, about {money} less.",
     "{where}: {seen} ventas en {minutes} minutos; a su ritmo y el de sus vecinas serían {usual}, "
     "unos {money} menos."},
    {FindingKind::drawer_short, "{where}: the drawer is short of {money}.",
     "{where}: faltan {money} en el cajón."},
    {FindingKind::device_gap, "{where}: sales of {money} on {subject} are known and not held here.",
     "{where}: se sabe de ventas por {money} en {subject} que aquí no constan."},
    {FindingKind::short_delivery,
     "{where}: {units} units of dispatch {subject} did not arrive ({items}), worth {money}.",
     "{where}: {units} unidades de la expedición {subject} no llegaron ({items}), por valor de "
     "{money}."},
};

const char* pick(Language language, const char* en, const char* es) {
  return language == Language::es ? es : en;
}

std::string absolute(__int128 value, unsigned scale = 0) {
  return ledger::format_decimal(value < 0 ? -value : value, scale);
}

std::string join(const std::vector<std::string>& parts, std::size_t most) {
  std::string out;
  for (std::size_t i = 0; i < std::min(parts.size(), most); ++i) {
    out += (i == 0 ? "" : ", ") + parts[i];
  }
  return parts.size() > most ? out + ", ..." : out;
}

std::string items_text(const StockFinding& finding, const FindingWords& words) {
  std::vector<const ledger::FindingLine*> lines;
  for (const auto& line : finding.lines) lines.push_back(&line);
  const auto size = [](const ledger::FindingLine* line) {
    return line->money_minor < 0 ? -static_cast<__int128>(line->money_minor)
                                 : static_cast<__int128>(line->money_minor);
  };
  std::stable_sort(lines.begin(), lines.end(),
                   [&](const auto* a, const auto* b) { return size(a) > size(b); });
  std::vector<std::string> out;
  for (const auto* line : lines) {
    const std::string name = words.item ? words.item(line->item) : "";
    // Against the rest of its finding, an item's sign would be read as a mistake.
    const auto units = finding.kind == FindingKind::surplus ? -static_cast<__int128>(line->units)
                                                            : static_cast<__int128>(line->units);
    out.push_back((name.empty() ? "#" + std::to_string(line->item) : name) + " " +
                  ledger::format_decimal(units, 0));
  }
  return out.empty() ? "-" : join(out, lines_told_max);
}

// The tenth suffices: "18.3".
std::string milli_text(std::int64_t milli) {
  return absolute((static_cast<__int128>(milli) + 50) / 100, 1);
}

std::string surety(const StockFinding& finding, Language language) {
  if (finding.false_alarm_ppm == 0) return "";
  const unsigned once = 1'000'000 / std::max(finding.false_alarm_ppm, 1u);
  return std::string(pick(language, " Honest error shows this at most once in ",
                          " El error honrado lo da como mucho una vez de cada ")) +
         std::to_string(std::max(once, 1u)) + ".";
}

void replace(std::string& text, const std::string& mark, const std::string& value) {
  const auto at = text.find(mark);
  if (at != std::string::npos) text.replace(at, mark.size(), value);
}

}  // namespace

std::string finding_text(const StockFinding& finding, const FindingWords& words,
                         Language language) {
  std::string text;
  for (const auto& row : rows) {
    if (row.kind == finding.kind) text = pick(language, row.en, row.es);
  }
  std::string where = finding.holder;
  if (!finding.persons.empty()) {
    const std::string who = join(finding.persons, persons_told_max);
    where += where.empty() ? who : " (" + who + ")";
  }
  const std::string money = absolute(finding.money_minor, words.scale);
  const __int128 seconds = static_cast<__int128>(finding.until_s) - finding.from_s;
  replace(text, "{money}", words.currency.empty() ? money : money + " " + words.currency);
  replace(text, "{units}", absolute(finding.units));
  replace(text, "{seen}", absolute(finding.observed));
  replace(text, "{usual}", milli_text(finding.expected_milli));
  replace(text, "{minutes}", absolute(seconds / 60));
  replace(text, "{sheets}", std::to_string(finding.sheets.size()));
  // Last, what came from outside: it may look like a mark.
  replace(text, "{items}", items_text(finding, words));
  replace(text, "{subject}", finding.subject);
  replace(text, "{where}", where);
  return text + surety(finding, language);
}

}  // namespace verbena::node
