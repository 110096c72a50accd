// SPDX-License-Identifier: Apache-2.0
#include "node/event_texts.h"

namespace verbena::node {

namespace {

constexpr std::size_t items_told_max = 5;

// In the templates: {who}, {where}, {to}, {items}, {money}, {sheet}.
struct Row {
  ToldKind kind;
  const char* name;
  const char* en;
  const char* es;
};

constexpr Row rows[] = {
    {ToldKind::cash_sale, "cash-sale", "{who} sold {items} at {where} for {money} in cash.",
     "{who} vendió {items} en {where} por {money} en efectivo."},
    {ToldKind::band_sale, "band-sale", "{who} sold {items} at {where} for {money} from a band.",
     "{who} vendió {items} en {where} por {money} de una pulsera."},
    {ToldKind::sale_void, "void", "{who} took back a sale of {money} at {where}: {items}.",
     "{who} anuló una venta de {money} en {where}: {items}."},
    {ToldKind::refund, "refund", "{who} paid out {money} at {where}.",
     "{who} devolvió {money} en {where}."},
    {ToldKind::top_up, "top-up", "{who} topped up a band with {money} at {where}.",
     "{who} recargó una pulsera con {money} en {where}."},
    {ToldKind::delivery, "delivery", "{who} took in {items} from a supplier at {where}.",
     "{who} recibió de un proveedor {items} en {where}."},
    {ToldKind::dispatch, "dispatch", "{who} sent {items} from {where} to {to}.",
     "{who} envió {items} de {where} a {to}."},
    {ToldKind::receipt, "receipt", "{who} received {items} at {where}.",
     "{who} recibió {items} en {where}."},
    {ToldKind::waste, "waste", "{who} entered {items} as waste at {where}.",
     "{who} apuntó {items} como rotura en {where}."},
    {ToldKind::gift, "gift", "{who} gave away {items} at {where}.",
     "{who} invitó a {items} en {where}."},
    {ToldKind::count, "count", "{who} counted {items} at {where}, at the end of sheet {sheet}.",
     "{who} contó {items} en {where}, al final de la hoja {sheet}."},
    {ToldKind::sealed_count, "sealed-count",
     "{who} has counted at {where}. The figures stay sealed until a second person has counted.",
     "{who} ha contado en {where}. Las cifras siguen selladas hasta que cuente otra persona."},
    {ToldKind::shift_opened, "shift-opened", "{who} opened a drawer at {where} with {money} in it.",
     "{who} abrió un cajón en {where} con {money} dentro."},
    {ToldKind::shift_closed, "shift-closed",
     "{who} closed the drawer at {where} and counted {money} in it.",
     "{who} cerró el cajón en {where} y contó {money} dentro."},
};

const char* pick(Language language, const char* en, const char* es) {
  return language == Language::es ? es : en;
}

void replace(std::string& text, const std::string& mark, const std::string& value) {
  const auto at = text.find(mark);
  if (at != std::string::npos) text.replace(at, mark.size(), value);
}

std::string items_text(const std::vector<ToldLine>& lines) {
  std::string out;
  for (std::size_t i = 0; i < lines.size() && i < items_told_max; ++i) {
    out += (i == 0 ? "" : ", ") + std::to_string(lines[i].quantity) + " " + lines[i].sku;
  }
  if (lines.empty()) return "-";
  return lines.size() > items_told_max ? out + ", ..." : out;
}

std::string join(const std::vector<std::string>& parts) {
  std::string out;
  for (const auto& part : parts) out += (out.empty() ? "" : ", ") + part;
  return out;
}

}  // namespace

const char* event_kind_name(ToldKind kind) {
  for (const auto& row : rows) {
    if (row.kind == kind) return row.name;
  }
  return "";
}

std::string event_text(const ToldEvent& event, const std::string& currency, unsigned scale,
                       Language language) {
  std::string text;
  for (const auto& row : rows) {
    if (row.kind == event.kind) text = pick(language, row.en, row.es);
  }
  if (event.kind == ToldKind::count && event.opening) {
    text = pick(language, "{who} counted {items} at {where}, at the start of sheet {sheet}.",
                "{who} contó {items} en {where}, al principio de la hoja {sheet}.");
  }
  const std::string money = ledger::format_decimal(event.amount_minor.value_or(0), scale);
  replace(text, "{money}", currency.empty() ? money : money + " " + currency);
  replace(text, "{sheet}", std::to_string(event.sheet));
  // Last, what came from outside: it may look like a mark.
  replace(text, "{items}", items_text(event.lines));
  replace(text, "{to}", event.to);
  replace(text, "{where}", event.where);
  replace(text, "{who}", event.who);
  if (!event.reference.empty()) {
    text += std::string(pick(language, " Paper: ", " Albarán: ")) + event.reference + ".";
  }
  if (!event.reason.empty()) {
    text += std::string(pick(language, " Reason: ", " Motivo: ")) + event.reason + ".";
  }
  if (!event.approved_by.empty()) {
    text += std::string(pick(language, " With the yes of ", " Con el sí de ")) +
            join(event.approved_by) + ".";
  }
  return text;
}

}  // namespace verbena::node
