// SPDX-License-Identifier: Apache-2.0
#include "node/report_fiscal.h"

#include <nlohmann/json.hpp>

#include "ledger/core/money.h"

namespace verbena::node {

using ledger::FiscalDocument;
using nlohmann::ordered_json;

namespace {

struct Word {
  const char* code;
  const char* en;
  const char* es;
};

constexpr Word words[] = {
    {"sale", "sale", "venta"},
    {"part", "part of a payment", "pago parcial"},
    {"credit-note", "credit note", "nota de abono"},
    {"deposit-return", "deposit given back", "devolución de fianza"},
    {"refund", "purse paid out", "devolución de saldo"},
    {"top-up", "top-up", "recarga"},
    {"vouchers", "vouchers issued", "vales emitidos"},
    {"grant", "value given", "abono"},
    {"pending", "not confirmed yet", "sin confirmar"},
    {"aborted", "not completed", "no completada"},
    {"suspended", "in suspense", "en partida pendiente"},
    {"not-counted", "does not count", "no cuenta"},
    {"uncertified", "device not certified", "dispositivo sin certificar"},
    {"revoked", "device revoked", "dispositivo revocado"},
    {"fork", "device signed two histories", "el dispositivo firmó dos historias"},
    {"rule", "breaks a rule", "incumple una regla"},
    {"phantom", "found false by a hub", "declarada falsa por un hub"},
    {"other-history", "of another history of a forked log",
     "de otra historia de un registro bifurcado"},
    {"lines-unread", "lines out of range", "líneas fuera de rango"},
    {"tax-differs", "tax is not what its rate makes", "el impuesto no es el de su tipo"},
    {"partly-void", "gives back less than the sale", "devuelve menos que la venta"},
    {"other-currency", "has postings in another currency", "tiene apuntes en otra moneda"},
    {"before-sale", "its clock is before its sale's", "su reloj es anterior al de su venta"},
    {"price-differs", "lines are not what was paid", "las líneas no son lo pagado"},
    {"ambiguous", "another log has this name", "otro registro tiene este nombre"},
    {"numbers-of-other-days-between", "numbers of other days between",
     "números de otros días entre medias"},
    {"restart", "down: between two lives", "parado: entre dos vidas"},
    {"silent", "silent", "en silencio"},
    {"behind", "worked without news that was there", "trabajó sin noticias que ya existían"},
    {"overlap", "two lives at once", "dos vidas a la vez"},
    {"clock", "clock behind", "reloj atrasado"},
    {"cash", "cash", "efectivo"},
    {"purse", "purse", "monedero"},
    {"gift", "gift", "regalo"},
    {"crew", "festival, for crew", "festival, por el equipo"},
    {"voucher", "voucher", "vale"},
    {"forfeit", "forfeited of vouchers", "resto perdido de vales"},
};

std::int64_t minor(ledger::WideMinor value) {
  return static_cast<std::int64_t>(value);  // z_chain has seen that it fits
}

std::string time_text(std::uint64_t at_ms) {
  return ledger::utc_text(at_ms << 16);
}

void put(ordered_json& out, const ledger::VatSums& sums) {
  out["count"] = sums.count;
  out["gross_minor"] = minor(sums.gross_minor);
  out["tax_minor"] = minor(sums.tax_minor);
  out["net_minor"] = minor(sums.net_minor());
}

ordered_json sums_json(const char* name, const std::string& value, const ledger::VatSums& sums) {
  ordered_json out;
  if (name != nullptr) out[name] = value;
  put(out, sums);
  return out;
}

ordered_json rate_json(const std::optional<std::uint32_t>& rate) {
  return rate ? ordered_json(*rate) : ordered_json();
}

template <typename Amount>
ordered_json tenders_json(const std::map<std::string, ledger::TenderAmounts<Amount>>& tenders) {
  auto out = ordered_json::array();
  for (const auto& [tender, amounts] : tenders) {
    out.push_back({{"tender", tender},
                   {"goods_minor", minor(amounts.goods)},
                   {"tips_minor", minor(amounts.tips)},
                   {"deposits_minor", minor(amounts.deposits)},
                   {"fees_minor", minor(amounts.fees)},
                   {"purses_minor", minor(amounts.purses)}});
  }
  return out;
}

ordered_json lines_json(const FiscalDocument& document,
                        const std::map<std::uint32_t, std::string>& skus) {
  auto out = ordered_json::array();
  for (const auto& line : document.lines) {
    const auto sku = skus.find(line.item);
    out.push_back({{"item", line.item},
                   {"sku", sku == skus.end() ? "" : sku->second},
                   {"quantity", line.quantity},
                   {"rate_basis_points", rate_json(line.rate_basis_points)},
                   {"gross_minor", line.gross_minor},
                   {"tax_minor", line.tax_minor},
                   {"net_minor", line.gross_minor - line.tax_minor}});
  }
  return out;
}

ordered_json receipt_json(const ZChain& chain, const FiscalDocument& document, bool whole) {
  const auto& author = *chain.book.series[document.series].log.author;
  ordered_json out{
      {"receipt", receipt_name(chain.book, document)},
      {"number", document.number},
      {"kind", document_kind_name(document.kind)},
      {"state", number_state_name(document.state)},
      {"remarks", remarks_of(document)},
      {"event", ledger::hex(document.id)},
      {"time", time_text(document.at_ms)},
      {"device", author.alias},
      {"stand", author.stand},
      {"staff", chain.book.staff[document.staff]},
      {"refers_to",
       document.refers_to == ledger::Hash{} ? std::string() : ledger::hex(document.refers_to)},
      {"voided", document.voided},
      {"paid_minor", paid_minor(document)},
      {"gross_minor", document.gross_minor()},
      {"tax_minor", document.tax_minor()},
      {"net_minor", document.gross_minor() - document.tax_minor()}};
  if (!whole) return out;
  out["lines"] = lines_json(document, chain.book.skus);
  out["tenders"] = tenders_json(document.tenders);
  return out;
}

ordered_json head_json(const ZChain& chain) {
  return {{"festival", chain.book.festival}, {"currency", chain.book.currency},
          {"scale", chain.book.scale},       {"time_zone", chain.days.text()},
          {"stand", chain.scope.stand},      {"device", chain.scope.device}};
}

class Page {
 public:
  Page(const Output& output, const ZChain& chain) : output_(output), chain_(chain) {}

  void line(const std::string& text) { out_ += (out_.empty() ? "" : "\n") + text; }
  std::string money(ledger::WideMinor value) const {
    return ledger::format_decimal(value, chain_.book.scale);
  }
  std::string vat(const ledger::VatSums& sums) const {
    return std::to_string(sums.count) + "  " + say("gross ", "bruto ") + money(sums.gross_minor) +
           say("  tax ", "  impuesto ") + money(sums.tax_minor) + say("  net ", "  neto ") +
           money(sums.net_minor());
  }
  std::string say(const char* en, const char* es) const { return output_.text(en, es); }
  std::string word(const std::string& code) const { return fiscal_text(output_, code); }
  std::string words_of(const std::vector<std::string>& codes) const {
    std::string text;
    for (const auto& code : codes) text += (text.empty() ? "" : ", ") + word(code);
    return text;
  }
  std::string take() { return std::move(out_); }

 private:
  const Output& output_;
  const ZChain& chain_;
  std::string out_;
};

void put_head(Page& page, const ZChain& chain, const ZReport& report) {
  const auto& day = report.day;
  std::string of = chain.book.festival;
  if (!chain.scope.stand.empty()) of += page.say(", stand ", ", barra ") + chain.scope.stand;
  if (!chain.scope.device.empty())
    of += page.say(", device ", ", dispositivo ") + chain.scope.device;
  page.line(page.say("Daily report Z ", "Informe diario Z ") + std::to_string(day.number) + "  " +
            day_text(day.day) + "  " + of);
  page.line(time_text(chain.days.start_ms(day.day)) + " - " +
            time_text(chain.days.start_ms(day.day + 1)) + " (" + chain.days.text() + ")  " +
            chain.book.currency);
  page.line(page.say("Not certified by any tax authority.",
                     "Sin certificación de ninguna autoridad fiscal."));
}

void put_series(Page& page, const ZChain& chain, const ZReport& report) {
  page.line(page.say("Receipts", "Recibos"));
  for (const auto& one : report.day.series) {
    const auto& series = chain.book.series[one.series];
    std::string text = "  " + series.name;
    if (one.first > 0) text += "  " + std::to_string(one.first) + " - " + std::to_string(one.last);
    text += page.say("  used ", "  usados ") + std::to_string(one.numbers) +
            page.say("  counted ", "  válidos ") + page.vat(one.counted);
    const auto remarks = page.words_of(remarks_of(series, one));
    page.line(text + (remarks.empty() ? "" : "  (" + remarks + ")"));
  }
  for (const auto& [kind, sums] : report.day.kinds) {
    page.line("  " + page.word(document_kind_name(kind)) + "  " + page.vat(sums));
  }
}

void put_sums(Page& page, const ZReport& report) {
  const auto& day = report.day;
  page.line(page.say("Tax by rate", "Impuesto por tipo"));
  for (const auto& [rate, sums] : day.rates) {
    page.line("  " + (rate ? rate_text(rate) + " %" : page.say("unknown", "desconocido")) + "  " +
              page.vat(sums));
  }
  page.line("  " + page.say("total  ", "total  ") + page.vat(day.total));
  page.line(page.say("By tender", "Por medio de pago"));
  for (const auto& [tender, amounts] : day.tenders) {
    page.line("  " + page.word(tender) + page.say("  goods ", "  género ") +
              page.money(amounts.goods) + page.say("  tips ", "  propinas ") +
              page.money(amounts.tips) + page.say("  deposits ", "  fianzas ") +
              page.money(amounts.deposits) + page.say("  fees ", "  comisiones ") +
              page.money(amounts.fees) + page.say("  purses ", "  monederos ") +
              page.money(amounts.purses));
  }
  if (day.parts_minor != 0 || day.from_parts_minor != 0) {
    page.line(page.say("  parts paid ", "  pagos parciales ") + page.money(day.parts_minor) +
              page.say(", used ", ", usados ") + page.money(day.from_parts_minor));
  }
  if (day.difference_minor != 0) {
    page.line(page.say("  lines beyond what was paid: ", "  líneas por encima de lo pagado: ") +
              page.money(day.difference_minor));
  }
  page.line(page.say("Until now: sales ", "Hasta ahora: ventas ") + page.vat(day.sales_until_now));
  page.line(page.say("           credit notes ", "             abonos ") +
            page.vat(day.credit_notes_until_now));
}

void put_receipt(Page& page, const ZChain& chain, const FiscalDocument& document) {
  const auto remarks = page.words_of(remarks_of(document));
  page.line("  " + receipt_name(chain.book, document) + "  " + time_text(document.at_ms) + "  " +
            page.word(document_kind_name(document.kind)) + "  " + page.money(paid_minor(document)) +
            page.say("  tax ", "  impuesto ") + page.money(document.tax_minor()) +
            (remarks.empty() ? "" : "  (" + remarks + ")"));
}

}  // namespace

std::string fiscal_text(const Output& output, const std::string& code) {
  for (const auto& word : words) {
    if (code == word.code) return output.text(word.en, word.es);
  }
  const std::string missing = "events-missing=", contested = "contested-from=";
  if (code.starts_with(missing)) {
    return output.text("events known and not held: ", "eventos conocidos que faltan: ") +
           code.substr(missing.size());
  }
  if (code.starts_with(contested)) {
    return output.text("used twice from number ", "usados dos veces desde el número ") +
           code.substr(contested.size());
  }
  return code;
}

ordered_json z_days_json(const ZChain& chain) {
  ordered_json out = head_json(chain);
  out["days"] = ordered_json::array();
  for (const auto& report : chain.reports) {
    ordered_json row{{"day", day_text(report.day.day)},
                     {"z", report.day.number},
                     {"hash", report.hash},
                     {"previous", report.previous}};
    put(row, report.day.total);
    out["days"].push_back(std::move(row));
  }
  return out;
}

std::string z_days_page(const Output& output, const ZChain& chain) {
  Page page(output, chain);
  for (const auto& report : chain.reports) {
    page.line("Z " + std::to_string(report.day.number) + "  " + day_text(report.day.day) + "  " +
              page.vat(report.day.total) + "  " + report.hash);
  }
  auto out = page.take();
  return out.empty() ? output.text("No receipts.", "No hay recibos.") : out;
}

ordered_json z_json(const ZChain& chain, const ZReport& report, bool receipts) {
  const auto& day = report.day;
  ordered_json out = head_json(chain);
  out["certified"] = false;  // by no tax authority
  out["day"] = day_text(day.day);
  out["from"] = time_text(chain.days.start_ms(day.day));
  out["until"] = time_text(chain.days.start_ms(day.day + 1));
  out["z"] = day.number;
  out["previous"] = report.previous;
  out["hash"] = report.hash;
  out["series"] = ordered_json::array();
  for (const auto& one : day.series) {
    const auto& series = chain.book.series[one.series];
    ordered_json row{{"series", series.name},
                     {"log", ledger::hex(series.log.id)},
                     {"device", series.log.author->alias},
                     {"stand", series.log.author->stand},
                     {"first", one.first},
                     {"last", one.last},
                     {"numbers", one.numbers},
                     {"remarks", remarks_of(series, one)}};
    put(row, one.counted);
    out["series"].push_back(std::move(row));
  }
  out["kinds"] = ordered_json::array();
  for (const auto& [kind, sums] : day.kinds) {
    out["kinds"].push_back(sums_json("kind", document_kind_name(kind), sums));
  }
  out["rates"] = ordered_json::array();
  for (const auto& [rate, sums] : day.rates) {
    ordered_json row{{"rate_basis_points", rate_json(rate)}};
    put(row, sums);
    out["rates"].push_back(std::move(row));
  }
  out["total"] = sums_json(nullptr, {}, day.total);
  out["tenders"] = tenders_json(day.tenders);
  out["parts_minor"] = minor(day.parts_minor);
  out["from_parts_minor"] = minor(day.from_parts_minor);
  out["difference_minor"] = minor(day.difference_minor);
  out["sales_until_now"] = sums_json(nullptr, {}, day.sales_until_now);
  out["credit_notes_until_now"] = sums_json(nullptr, {}, day.credit_notes_until_now);
  out["numbers"] = ordered_json::array();
  for (const auto at : day.documents) {
    const auto& document = chain.book.documents[at];
    if (!remarks_of(document).empty()) {
      out["numbers"].push_back(receipt_json(chain, document, false));
    }
  }
  out["cash_drops"] = ordered_json::array();
  for (const auto& drop : day.drops) {
    out["cash_drops"].push_back({{"device", drop.device},
                                 {"stand", drop.stand},
                                 {"time", time_text(drop.at_ms)},
                                 {"amount_minor", drop.amount_minor}});
  }
  out["outages"] = ordered_json::array();
  for (const auto& outage : report.outages) {
    out["outages"].push_back({{"kind", outage_kind_name(outage.kind)},
                              {"device", outage.device},
                              {"stand", outage.stand},
                              {"from", time_text(outage.from_ms)},
                              {"until", time_text(outage.until_ms)}});
  }
  if (receipts) {
    out["receipts"] = ordered_json::array();
    for (const auto at : day.documents) {
      out["receipts"].push_back(receipt_json(chain, chain.book.documents[at], true));
    }
  }
  return out;
}

std::string z_page(const Output& output, const ZChain& chain, const ZReport& report,
                   bool receipts) {
  const auto& day = report.day;
  Page page(output, chain);
  put_head(page, chain, report);
  put_series(page, chain, report);
  put_sums(page, report);
  bool titled = false;
  for (const auto at : day.documents) {
    const auto& document = chain.book.documents[at];
    if (!receipts && remarks_of(document).empty()) continue;
    if (!titled) {
      page.line(receipts ? page.say("All receipts", "Todos los recibos")
                         : page.say("Numbers to explain", "Números por explicar"));
    }
    titled = true;
    put_receipt(page, chain, document);
  }
  for (const auto& drop : day.drops) {
    page.line(page.say("Cash drop ", "Retirada ") + drop.device + "  " + time_text(drop.at_ms) +
              "  " + page.money(drop.amount_minor));
  }
  for (const auto& outage : report.outages) {
    page.line(page.say("Outage ", "Interrupción ") + outage.device + "  " +
              time_text(outage.from_ms) + " - " + time_text(outage.until_ms) + "  " +
              page.word(outage_kind_name(outage.kind)));
  }
  page.line(page.say("Previous ", "Anterior ") + (report.previous.empty() ? "-" : report.previous));
  page.line(page.say("This one ", "Este     ") + report.hash);
  return page.take();
}

std::string own_receipt_json(const ledger::OwnReceipt& receipt) {
  const FiscalDocument& document = receipt.document;
  ordered_json out{{"receipt", receipt.series + "/" + std::to_string(document.number)},
                   {"series", receipt.series},
                   {"number", document.number},
                   {"kind", document_kind_name(document.kind)},
                   {"event", ledger::hex(document.id)},
                   {"time", time_text(document.at_ms)},
                   {"currency", receipt.currency},
                   {"scale", receipt.scale},
                   {"certified", false},
                   {"pending", receipt.pending},
                   {"paid_minor", paid_minor(document)},
                   {"gross_minor", document.gross_minor()},
                   {"tax_minor", document.tax_minor()},
                   {"net_minor", document.gross_minor() - document.tax_minor()}};
  out["lines"] = lines_json(document, receipt.skus);
  out["tenders"] = tenders_json(document.tenders);
  return out.dump();
}

std::string own_receipt_page(const Output& output, const ordered_json& object) {
  const auto money = [&](const ordered_json& minor_units) {
    return ledger::format_decimal(minor_units.get<std::int64_t>(), object["scale"].get<unsigned>());
  };
  std::string out = object["receipt"].get<std::string>() + "  " +
                    fiscal_text(output, object["kind"].get<std::string>()) + "  " +
                    object["time"].get<std::string>() + "\n";
  for (const auto& line : object["lines"]) {
    const auto& rate = line["rate_basis_points"];
    out += "  " + line["quantity"].dump() + " x " + line["sku"].get<std::string>() + "  " +
           money(line["gross_minor"]) + output.text("  tax ", "  impuesto ") +
           money(line["tax_minor"]);
    if (!rate.is_null()) out += " (" + ledger::format_decimal(rate.get<std::int64_t>(), 2) + " %)";
    out += "\n";
  }
  for (const auto& row : object["tenders"]) {
    std::int64_t all = 0;
    for (const char* name :
         {"goods_minor", "tips_minor", "deposits_minor", "fees_minor", "purses_minor"}) {
      all += row[name].get<std::int64_t>();
    }
    out += "  " + fiscal_text(output, row["tender"].get<std::string>()) + "  " + money(all) + "\n";
  }
  return out + output.text("  paid ", "  pagado ") + money(object["paid_minor"]) +
         output.text("  tax ", "  impuesto ") + money(object["tax_minor"]) +
         (object["pending"].get<bool>()
              ? output.text("\nNot confirmed by the band yet: no receipt.",
                            "\nSin confirmar por la pulsera: no es un recibo.")
              : "") +
         output.text("\nNot certified by any tax authority.",
                     "\nSin certificación de ninguna autoridad fiscal.");
}

}  // namespace verbena::node
