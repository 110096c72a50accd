// SPDX-License-Identifier: Apache-2.0
#include "node/books/tables.h"

#include "ledger/stock/sheets.h"

namespace verbena::node {

using ledger::Books;
using ledger::Errc;
using ledger::Error;
using ledger::Hash;
using ledger::Status;

namespace {

constexpr bool number = true, text = false;

// One row, field by field.
class Row {
 public:
  Row& operator<<(std::string value) {
    values_.emplace_back(std::move(value));
    return *this;
  }
  Row& operator<<(__int128 value) {
    fits_ &= value >= INT64_MIN && value <= INT64_MAX;
    values_.emplace_back(static_cast<std::int64_t>(value));
    return *this;
  }
  Status into(const RowSink& sink) {
    if (!fits_) return Error{Errc::bad_input, "books: a number does not fit 64 bits"};
    return sink(values_);
  }

 private:
  std::vector<Value> values_;
  bool fits_ = true;
};

std::string id_text(const Hash& hash) {
  return hash == Hash{} ? std::string() : ledger::hex(hash);
}

std::string sku_of(const Books& books, std::uint32_t item) {
  const schemas::Festival* festival = books.state->festival();
  const schemas::Item* found = festival ? ledger::find_item(*festival, item) : nullptr;
  return found ? found->sku() : std::string();
}

void put_place(Row& row, const Books& books, const ledger::BookedEvent& event) {
  row << ledger::hex(event.id) << ledger::hex(books.logs[event.log].id) << event.index;
}

Table events_table(const Books& books) {
  return {"events",
          "Every event held, also those that do not count.",
          "Todos los eventos recibidos, también los que no cuentan.",
          {{"event", text, "event id", "id del evento"},
           {"log", text, "log id", "id del registro"},
           {"position", number, "place in the log, from 0", "lugar en el registro, desde 0"},
           {"branch", number, "1: of another signed history of a forked log",
            "1: de otra historia firmada de un registro bifurcado"},
           {"device", text, "author's alias", "alias del autor"},
           {"stand", text, "author's stand", "barra del autor"},
           {"class", text, "control, value or trade", "control, value o trade"},
           {"kind", text, "kind of event", "tipo de evento"},
           {"time", text, "UTC by the author's clock; proves nothing",
            "UTC según el reloj del autor; no prueba nada"},
           {"staff", text, "alias of who was signed in", "alias de quien tenía la sesión"},
           {"purse", text, "purse id", "id del monedero"},
           {"counter", number, "step of the purse; 0: none", "paso del monedero; 0: ninguno"},
           {"refers_to", text, "sale or top-up that a void or grant is about",
            "venta o recarga a la que se refiere una anulación o un abono"},
           {"suspended", text, "why it does not count; empty: it counts",
            "por qué no cuenta; vacío: cuenta"},
           {"postings", number, "rows it has in postings", "filas que tiene en postings"}},
          [&books](const RowSink& sink) {
            for (const auto& event : books.events) {
              const auto& log = books.logs[event.log];
              Row row;
              put_place(row, books, event);
              row << log.branch << log.author->alias << log.author->stand
                  << ledger::log_class_name(log.name.log_class) << ledger::kind_name(event.kind)
                  << ledger::utc_text(event.hlc) << books.staff[event.staff]
                  << (event.purse == 0 ? "" : ledger::hex_u64(event.purse)) << event.counter
                  << id_text(event.refers_to)
                  << (event.cause == ledger::Cause::none ? "" : ledger::cause_name(event.cause))
                  << event.postings;
              if (auto status = row.into(sink); !status) return status;
            }
            return ledger::done();
          }};
}

Table sales_lines_table(const Books& books) {
  return {"sales_lines",
          "What sales say they sold, a line each. Only sales with rows in postings moved money.",
          "Lo que las ventas dicen haber vendido, por línea. Solo las que tienen filas en postings "
          "movieron dinero.",
          {{"event", text, "id of the sale", "id de la venta"},
           {"log", text, "log id", "id del registro"},
           {"position", number, "place in the log", "lugar en el registro"},
           {"line", number, "line of the sale, from 0", "línea de la venta, desde 0"},
           {"item", number, "item number", "número de producto"},
           {"sku", text, "its code in the settings in force", "su código en los ajustes vigentes"},
           {"quantity", number, "units", "unidades"},
           {"amount_minor", number, "gross, in minor units", "bruto, en unidades mínimas"},
           {"tax_minor", number, "tax contained in it", "impuesto incluido"},
           {"postings", number, "rows it has in postings; 0: it moved nothing",
            "filas que tiene en postings; 0: no movió nada"}},
          [&books](const RowSink& sink) {
            for (const auto& line : books.sale_lines) {
              Row row;
              put_place(row, books, books.events[line.event]);
              row << line.line << line.item << sku_of(books, line.item) << line.quantity
                  << line.amount_minor << line.tax_minor << books.events[line.event].postings;
              if (auto status = row.into(sink); !status) return status;
            }
            return ledger::done();
          }};
}

Table postings_table(const Books& books) {
  return {
      "postings",
      "What counts: each row leaves one account and enters another. They sum to accounts.",
      "Lo que cuenta: cada fila sale de una cuenta y entra en otra. Suman lo que dice accounts.",
      {{"event", text, "event id; empty: steps known from a band only",
        "id del evento; vacío: pasos que solo se conocen por una pulsera"},
       {"log", text, "log id", "id del registro"},
       {"position", number, "place in the log; -1: no event",
        "lugar en el registro; -1: sin evento"},
       {"gap_purse", text, "purse whose gap it prices", "monedero cuyo hueco valora"},
       {"unit", text, "currency, or # and the item number", "moneda, o # y el número de producto"},
       {"from_account", text, "account it leaves", "cuenta de la que sale"},
       {"to_account", text, "account it enters", "cuenta en la que entra"},
       {"amount", number, "minor units of money, units of stock",
        "unidades mínimas de dinero, unidades de existencias"}},
      [&books](const RowSink& sink) {
        for (const auto& posting : books.postings) {
          Row row;
          if (posting.event == ledger::no_event) {
            row << ""
                << "" << -1 << ledger::hex_u64(posting.purse);
          } else {
            put_place(row, books, books.events[posting.event]);
            row << "";
          }
          const auto& accounts = books.state->accounts();
          row << accounts.at(posting.transfer.from).unit << accounts.at(posting.transfer.from).path
              << accounts.at(posting.transfer.to).path << posting.transfer.amount;
          if (auto status = row.into(sink); !status) return status;
        }
        return ledger::done();
      }};
}

Table accounts_table(const Books& books) {
  return {
      "accounts",
      "Balances. Each unit sums to zero: what came from outside is negative there.",
      "Saldos. Cada unidad suma cero: lo que vino de fuera es allí negativo.",
      {{"unit", text, "currency, or # and the item number", "moneda, o # y el número de producto"},
       {"account", text, "path of the account", "ruta de la cuenta"},
       {"balance", number, "minor units of money, units of stock",
        "unidades mínimas de dinero, unidades de existencias"}},
      [&books](const RowSink& sink) {
        for (const auto& account : books.state->accounts().all()) {
          Row row;
          row << account.unit << account.path << account.balance;
          if (auto status = row.into(sink); !status) return status;
        }
        return ledger::done();
      }};
}

Table purses_table(const Books& books) {
  return {
      "purses",
      "What each purse's events add up to.",
      "Lo que suman los eventos de cada monedero.",
      {{"purse", text, "purse id", "id del monedero"},
       {"counter", number, "greatest step", "último paso"},
       {"credited", number, "credited on the band, minor units",
        "abonado en la pulsera, unidades mínimas"},
       {"debited", number, "debited on the band", "cargado en la pulsera"},
       {"granted", number, "given away from the band", "abonado fuera de la pulsera"},
       {"balance", number, "of its account: what it is owed", "de su cuenta: lo que se le debe"},
       {"posted", number, "steps that count", "pasos que cuentan"},
       {"pending", number, "steps that may still count", "pasos que aún pueden contar"},
       {"aborted", number, "steps that cannot count any more", "pasos que ya no pueden contar"},
       {"gaps", number, "gaps: runs of missing steps", "huecos: tramos de pasos que faltan"},
       {"frozen", number, "1: frozen", "1: bloqueado"},
       {"forked", number, "1: spent twice at one step", "1: gastado dos veces en un paso"}},
      [&books](const RowSink& sink) {
        for (const auto purse : books.state->purses()) {
          const ledger::PurseView& now = books.state->purse(purse);
          Row row;
          row << ledger::hex_u64(purse) << now.counter << now.credited << now.debited << now.granted
              << books.state->accounts().balance(books.currency, "purse/" + ledger::hex_u64(purse))
              << now.posted << now.pending << now.aborted << __int128{now.gaps.size()} << now.frozen
              << now.forked;
          if (auto status = row.into(sink); !status) return status;
        }
        return ledger::done();
      }};
}

Table stock_table(const Books& books) {
  return {"stock",
          "Sheets: what each holder had, got, gave and should have, in units.",
          "Hojas: lo que cada depositario tenía, recibió, entregó y debería tener, en unidades.",
          {{"holder", text, "who has it in custody", "quién lo custodia"},
           {"sheet", number, "number of the sheet", "número de la hoja"},
           {"final", number, "1: closed and counted", "1: cerrada y contada"},
           {"item", number, "item number", "número de producto"},
           {"sku", text, "its code in the settings in force", "su código en los ajustes vigentes"},
           {"start", number, "at the start: counted, else expected",
            "al empezar: contado o, si no, esperado"},
           {"units_in", number, "came", "entró"},
           {"units_out", number, "went on", "salió"},
           {"sold", number, "sold, less voids", "vendido, menos anulaciones"},
           {"gratis", number, "given away", "invitado"},
           {"waste", number, "broken or thrown away", "roto o tirado"},
           {"expected_end", number, "should be there", "debería haber"},
           {"counted", number, "1: it was counted at the end", "1: se contó al final"},
           {"variance", number, "counted less expected; 0 where it was not counted",
            "contado menos esperado; 0 si no se contó"}},
          [&books](const RowSink& sink) {
            for (const auto& sheet : ledger::sheets(*books.state)) {
              for (const auto& [item, line] : sheet.lines) {
                Row row;
                row << sheet.holder << __int128{sheet.number} << __int128{sheet.is_final()}
                    << __int128{item} << sku_of(books, item);
                for (const std::int64_t units : {line.start(), line.in, line.out, line.sold,
                                                 line.gratis, line.waste, line.expected_end()}) {
                  row << __int128{units};
                }
                row << __int128{line.counted_end.has_value()}
                    << __int128{line.variance().value_or(0)};
                if (auto status = row.into(sink); !status) return status;
              }
            }
            return ledger::done();
          }};
}

Table devices_table(const Books& books) {
  return {"devices",
          "Every certificate known.",
          "Todos los certificados conocidos.",
          {{"device", text, "alias", "alias"},
           {"role", text, "role", "función"},
           {"stand", text, "stand", "barra"},
           {"zone", text, "zone", "zona"},
           {"person", text, "alias of who approves with it", "alias de quien aprueba con él"},
           {"number", number, "number on bands", "número en las pulseras"},
           {"credit_limit_minor", number, "greatest total it may issue",
            "total máximo que puede emitir"},
           {"certificate", text, "hash of the certificate", "resumen del certificado"},
           {"key", text, "public key", "clave pública"},
           {"certified", number, "1: signed by whom its role needs",
            "1: firmado por quien exige su función"},
           {"revoked", number, "1: revoked, or signed two histories",
            "1: revocado, o firmó dos historias"},
           {"forked", number, "1: signed two histories of one log",
            "1: firmó dos historias de un registro"}},
          [&books](const RowSink& sink) {
            const ledger::Roster& roster = books.state->roster();
            for (const auto& [hash, known] : roster.all()) {
              Row row;
              row << known->alias << ledger::role_name(known->role) << known->stand << known->zone
                  << known->person << known->number << known->credit_limit_minor
                  << ledger::hex(hash) << ledger::hex(known->key) << roster.certified(hash)
                  << roster.revoked(known->key) << roster.forked(known->key);
              if (auto status = row.into(sink); !status) return status;
            }
            return ledger::done();
          }};
}

Table findings_table(const ledger::AuditReport& report) {
  return {"findings",
          "What the audit has to say. A fault must not be; a notice wants an explanation.",
          "Lo que dice la auditoría. Un fallo no debe darse; un aviso pide una explicación.",
          {{"severity", text, "fault or notice", "fault (fallo) o notice (aviso)"},
           {"kind", text, "kind of finding", "tipo de hallazgo"},
           {"text", text, "one sentence", "una frase"},
           {"events", text, "ids of events, by blanks", "ids de eventos, separados por espacios"}},
          [&report](const RowSink& sink) {
            for (const auto& finding : report.findings) {
              std::string events;
              for (const auto& event : finding.events) {
                events += (events.empty() ? "" : " ") + ledger::hex(event);
              }
              Row row;
              row << (finding.severity == ledger::Severity::fault ? "fault" : "notice")
                  << finding.kind << finding.text << events;
              if (auto status = row.into(sink); !status) return status;
            }
            return ledger::done();
          }};
}

}  // namespace

std::vector<Table> book_tables(const Books& books, const ledger::AuditReport& report) {
  return {events_table(books),   sales_lines_table(books), postings_table(books),
          accounts_table(books), purses_table(books),      stock_table(books),
          devices_table(books),  findings_table(report)};
}

}  // namespace verbena::node
