// SPDX-License-Identifier: Apache-2.0
#include "node/books/payout_table.h"

namespace verbena::node {

namespace {

constexpr bool number = true, text = false;
constexpr unsigned hlc_counter_bits = 16;  // below the milliseconds

// What runs hold was checked to be far below 2^63 when the ledger was read.
std::int64_t minor(std::uint64_t amount) {
  return static_cast<std::int64_t>(amount);
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : " ") + name;
  return out;
}

}  // namespace

Table payouts_table(const PayoutLedger& ledger, const Dues& dues) {
  return {
      "payouts",
      "What was paid out of purses after the festival, by the ledger of a claim desk.",
      "Lo pagado de los monederos tras el festival, según el libro de un punto de reclamación.",
      {{"run", number, "number of the run, from 1", "número del pago, desde 1"},
       {"run_id", text, "its hash", "su resumen"},
       {"purse", text, "purse id", "id del monedero"},
       {"claim", text, "claim it is paid to: the start of its commitment",
        "reclamación que se paga: el principio de su compromiso"},
       {"amount_minor", number, "paid by this run, minor units", "pagado en él, unidades mínimas"},
       {"owed_minor", number, "owed by the sealed books", "debido según los libros sellados"},
       {"paid_before_minor", number, "paid by runs before it", "pagado en los anteriores"},
       {"time", text, "UTC when the run was proposed, by that device's clock",
        "UTC de la propuesta, según el reloj de ese dispositivo"},
       {"signed_by", text, "supervisors who signed it", "supervisores que lo firmaron"},
       {"seal", text, "hash of the seal it rests on", "resumen del sello en que se apoya"},
       {"bank_files", text, "formats in which a file for a bank was written",
        "formatos en que se escribió un archivo para un banco"}},
      [&ledger, &dues](const RowSink& sink) {
        std::int64_t count = 0;
        for (const auto& run : ledger.runs()) {
          ++count;
          std::vector<std::string> files;
          for (const auto& [format, hash] : run.files) files.push_back(format);
          const auto persons = judge_run(run.signed_run, dues.audit.ground, true).aliases;
          for (const auto& line : run.run.line()) {
            const std::vector<Value> row{count,
                                         ledger::hex(run.id),
                                         ledger::hex_u64(line.purse()),
                                         ledger::hex(line.commitment()).substr(0, 16),
                                         minor(line.amount_minor()),
                                         minor(line.owed_minor()),
                                         minor(line.paid_minor()),
                                         ledger::utc_text(run.run.made_ms() << hlc_counter_bits),
                                         joined(persons),
                                         ledger::hex(run.run.seal()),
                                         joined(files)};
            if (auto status = sink(row); !status) return status;
          }
        }
        return ledger::done();
      }};
}

}  // namespace verbena::node
