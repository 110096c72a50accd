// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "node/audit_source.h"
#include "node/books/csv.h"
#include "node/books/journal.h"
#include "node/books/payout_table.h"
#include "node/books/sqlite.h"
#include "node/checkpoints.h"
#include "node/cli/cli.h"

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Result;
using nlohmann::ordered_json;

namespace {

constexpr const char* sqlite_file = "verbena.sqlite";

struct ExportOptions {
  std::string path, format, out, desk;
};

// What a claim desk paid, once nothing speaks against it over this archive.
struct Payouts {
  PayoutLedger ledger;
  Dues dues;
};

Result<std::unique_ptr<Payouts>> open_payouts(const ExportOptions& options) {
  if (options.desk.empty()) return std::unique_ptr<Payouts>();
  if (options.format != "csv" && options.format != "sqlite") {
    return Error{Errc::bad_input, "--desk goes with csv and sqlite"};
  }
  auto bytes = read_file(options.path, replication::archive_bytes_max);
  if (!bytes) return Error{Errc::bad_input, "--desk goes with a sealed archive"};
  auto dues = read_dues(*bytes);
  if (!dues) return Error{dues.error().code, options.path + ": " + dues.error().text};
  auto ledger = PayoutLedger::read(Path(options.desk) / payout_ledger_file);
  if (!ledger) return ledger.error();
  if (ledger->opened().root() != ledger::view(dues->root)) {
    return Error{Errc::other_festival, options.desk + ": is of another festival"};
  }
  if (const auto why = doubts(*dues, *ledger); !why.empty()) {
    return Error{Errc::bad_signature, options.desk + ": " + why.front()};
  }
  return std::make_unique<Payouts>(Payouts{ledger.take(), dues.take()});
}

// Says what was written.
Result<ordered_json> write_books(const ExportOptions& options, const ledger::Books& books,
                                 const ledger::AuditReport& report, const Payouts* payouts,
                                 Language language) {
  const Path out = options.out;
  if (!list_directory(out).empty()) return Error{Errc::bad_input, options.out + ": is not empty"};
  if (auto status = make_directory(out); !status) return status.error();
  ordered_json object;
  object["format"] = options.format;
  object["directory"] = options.out;
  if (options.format == "ledger") {
    auto written = write_journal(books, report, out);
    if (!written) return written.error();
    object["files"] = written->files;
    object["transactions"] = written->transactions;
    object["accounts"] = written->accounts;
    return object;
  }
  auto tables = book_tables(books, report);
  if (payouts != nullptr) tables.push_back(payouts_table(payouts->ledger, payouts->dues));
  const auto status = options.format == "csv" ? write_csv(tables, out, language)
                                              : write_sqlite(tables, out / sqlite_file);
  if (!status) return status.error();
  object["files"] = options.format == "csv" ? tables.size() + 1 : 1;
  return object;
}

// A seal's head of tree, with its leaves, for tools of others.
int run_checkpoints(const Output& output, const ExportOptions& options, const AuditSource& source) {
  if (!source.archive) {
    return output.fail({Errc::bad_input, options.path + ": only an archive has checkpoints"});
  }
  auto audited = audit_archive(*source.archive);
  if (!audited) return output.fail(audited.error());
  auto written = write_checkpoints(*source.archive, *audited, options.out);
  if (!written) return output.fail(written.error());
  const ordered_json object{{"format", options.format},
                            {"directory", options.out},
                            {"files", written->files},
                            {"seals", audited->seals.size()},
                            {"checkpoints", written->checkpoints},
                            {"faults", audited->report.faults()}};
  return output.say(object,
                    output.text("Checkpoints written: ", "Puntos de control escritos: ") +
                        options.out + " (" + std::to_string(written->checkpoints) +
                        output.text(" of ", " de ") + std::to_string(audited->seals.size()) +
                        output.text(" seals)", " sellos)"),
                    exit_done);
}

int run_export(const Output& output, const ExportOptions& options) {
  if (options.format != "ledger" && options.format != "csv" && options.format != "sqlite" &&
      options.format != "checkpoint") {
    return output.fail({Errc::bad_input, "--format is ledger, csv, sqlite or checkpoint"});
  }
  auto payouts = open_payouts(options);
  if (!payouts) return output.fail(payouts.error());
  auto source = open_audit_source(options.path);
  if (!source) return output.fail(source.error());
  if (options.format == "checkpoint") return run_checkpoints(output, options, *source);
  auto report = audit(*source);
  if (!report) return output.fail(report.error());
  auto books = ledger::keep_books(*source->store, source->root.certificate);
  if (!books) return output.fail(books.error());
  auto object = write_books(options, *books, *report, payouts->get(), output.language);
  if (!object) return output.fail(object.error());
  (*object)["events"] = books->events.size();
  (*object)["postings"] = books->postings.size();
  (*object)["faults"] = report->faults();
  (*object)["state_digest"] = ledger::hex(report->state_digest);
  std::string page = output.text("Books written: ", "Libros escritos: ") + options.out + " (" +
                     std::to_string(books->postings.size()) +
                     output.text(" postings of ", " apuntes de ") +
                     std::to_string(books->events.size()) + output.text(" events)", " eventos)");
  if (report->faults() > 0) {
    page += std::string("\n") +
            output.text("The audit finds faults: ", "La auditoría halla fallos: ") +
            std::to_string(report->faults()) +
            output.text("; see verbena audit", "; véase verbena audit");
  }
  return output.say(*object, page, exit_done);
}

}  // namespace

void add_books_commands(CommandLine& line) {
  Output& output = line.output;
  auto& run = line.run;
  auto* sub = line.app.add_subcommand("export", "write the books for other tools, from the logs");
  auto options = std::make_shared<ExportOptions>();
  sub->add_option("path", options->path, "a home without a running node, or a bundle")->required();
  sub->add_option("--format", options->format, "ledger, csv, sqlite, or checkpoint of an archive")
      ->required();
  sub->add_option("--out", options->out, "a folder that is new or empty")->required();
  sub->add_option("--desk", options->desk,
                  "a claim desk: a table of what it paid out of this sealed archive, too");
  sub->callback([&, options] { run = [&, options] { return run_export(output, *options); }; });
}

}  // namespace verbena::node
