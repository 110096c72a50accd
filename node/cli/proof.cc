// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "ledger/books.h"
#include "ledger/core/money.h"
#include "ledger/proof.h"
#include "ledger/statement.h"
#include "ledger/wipe.h"
#include "node/audit_source.h"
#include "node/cli/cli.h"
#include "node/qr.h"
#include "node/stock_json.h"

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Result;
using nlohmann::ordered_json;

namespace {

struct ProveOptions {
  std::string event, from, out, qr;
  bool sealed = false;
};

// A proof as text: what a QR code holds of it.
constexpr std::string_view qr_prefix = "VERPROF1:";

std::string proof_text(std::string_view file) {
  return std::string(qr_prefix) + base45(file.substr(ledger::proof_magic.size()));
}

// The file itself, or that of which it is the text.
Result<std::string> proof_of(const std::string& file) {
  if (!file.starts_with(qr_prefix)) return file;
  const auto end = file.find_last_not_of("\r\n") + 1;
  auto bytes = from_base45(std::string_view(file).substr(0, end).substr(qr_prefix.size()));
  if (!bytes) return Error{Errc::bad_signature, "proof: " + bytes.error().text};
  return std::string(ledger::proof_magic) + *bytes;
}

int run_prove(const Output& output, const ProveOptions& options) {
  if (options.out.empty() && options.qr.empty()) {
    return output.fail({Errc::bad_input, "prove: --out or --qr names a file to write"});
  }
  auto source = open_audit_source(options.from);
  if (!source) return output.fail(source.error());
  auto proof = ledger::prove_event(*source->store, source->root, options.event, options.sealed);
  if (!proof) return output.fail(proof.error());
  const auto fingerprint = ledger::hex(ledger::key_id(source->root.certificate.key));
  auto proven = ledger::verify_proof(*proof, fingerprint);
  if (!proven) return output.fail(proven.error());
  ordered_json object;
  std::string written;
  if (!options.out.empty()) {
    if (auto status = write_file(options.out, *proof); !status) return output.fail(status.error());
    object["file"] = written = options.out;
  }
  if (!options.qr.empty()) {
    auto svg = qr_svg(proof_text(*proof));
    if (!svg) return output.fail(svg.error());
    if (auto status = write_file(options.qr, *svg); !status) return output.fail(status.error());
    object["qr"] = options.qr;
    written += (written.empty() ? "" : ", ") + options.qr;
  }
  object["bytes"] = proof->size();
  object["event"] = ledger::hex(proven->id);
  object["fingerprint"] = fingerprint;
  return output.say(object,
                    output.text("Proof written: ", "Prueba escrita: ") + written +
                        output.text("\nWhoever checks it needs the root's fingerprint from another "
                                    "source than this file: ",
                                    "\nQuien la compruebe necesita la huella de la raíz por otra "
                                    "vía que este archivo: ") +
                        fingerprint,
                    exit_done);
}

// What an event says of itself is its author's text: nothing in it may steer a terminal.
std::string plain(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool second = i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    out += byte < 0x20 || byte == 0x7f || (byte == 0xc2 && second) ? '?' : text[i];
  }
  return out;
}

std::string place_name(std::string kind, const std::string& id) {
  for (char& c : kind) c = c == '_' ? '-' : static_cast<char>(c - 'A' + 'a');
  return id.empty() ? kind : kind + " " + plain(id);
}

std::vector<std::string> movements(const Output& output, const schemas::Event& event) {
  const std::string to = output.text(" to ", " a ");
  std::vector<std::string> out;
  for (const auto& posting : event.posting()) {
    out.push_back(
        std::to_string(posting.amount_minor()) + " " +
        (posting.currency().empty()
             ? output.text("minor units of the festival's currency",
                           "unidades mínimas de la moneda del festival")
             : output.text("minor units of ", "unidades mínimas de ") + plain(posting.currency())) +
        ": " + place_name(schemas::AccountClass_Name(posting.from()), posting.from_id()) + to +
        place_name(schemas::AccountClass_Name(posting.to()), posting.to_id()));
  }
  for (const auto& move : event.move()) {
    for (int i = 0; i < move.item_size(); ++i) {
      out.push_back(std::to_string(move.quantity(i)) + output.text(" of item ", " del producto ") +
                    std::to_string(move.item(i)) + ": " +
                    place_name(schemas::StockClass_Name(move.from()), move.from_id()) + to +
                    place_name(schemas::StockClass_Name(move.to()), move.to_id()));
    }
  }
  return out;
}

ordered_json proven_json(const ledger::ProvenEvent& proven, const schemas::Event* event) {
  ordered_json object;
  object["proven"] = true;
  object["event"] = ledger::hex(proven.id);
  object["device"] = proven.author.alias;
  object["role"] = ledger::role_name(proven.author.role);
  object["stand"] = proven.author.stand;
  object["log"] = ledger::hex(proven.log.id());
  object["class"] = ledger::log_class_name(proven.log.log_class);
  object["position"] = proven.index;
  object["size"] = proven.size;
  object["supervisors"] = ordered_json::array();
  for (const auto& supervisor : proven.supervisors) {
    object["supervisors"].push_back(supervisor.alias);
  }
  object["fingerprint"] = ledger::hex(ledger::key_id(proven.root.key));
  if (event != nullptr) {
    object["kind"] = ledger::kind_name(event->kind());
    object["time"] = ledger::utc_text(event->hlc());
  }
  object["bytes"] = ledger::hex(proven.event);
  return object;
}

std::string proven_page(const Output& output, const ledger::ProvenEvent& proven,
                        const schemas::Event* event) {
  const ledger::Certificate& author = proven.author;
  std::string certified = output.text("the root itself", "la propia raíz");
  for (std::size_t i = 0; i < proven.supervisors.size(); ++i) {
    certified = (i == 0 ? "" : certified + ", ") + proven.supervisors[i].alias;
  }
  if (!proven.supervisors.empty()) {
    certified += output.text(", whom the root certified", ", con certificado de la raíz");
  }
  std::string page =
      output.text("PROVEN. The device ", "PROBADO. El dispositivo ") + author.alias + " (" +
      ledger::role_name(author.role) + (author.stand.empty() ? "" : ", " + plain(author.stand)) +
      output.text(") signed the event ", ") firmó el evento ") + ledger::hex(proven.id) +
      output.text(".\nPlace: position ", ".\nLugar: posición ") + std::to_string(proven.index) +
      output.text(" of its log ", " de su registro ") +
      ledger::log_class_name(proven.log.log_class) +
      output.text(", under a signed head of ", ", bajo una cabeza firmada de ") +
      std::to_string(proven.size) +
      output.text(" events.\nCertified by: ", " eventos.\nCertificado por: ") + certified +
      output.text(".\nRoot with the fingerprint you gave: ", ".\nRaíz con la huella indicada: ") +
      ledger::hex(ledger::key_id(proven.root.key));
  if (event == nullptr) {
    page += output.text("\nThis build cannot read what the event says.",
                        "\nEsta versión no sabe leer lo que dice el evento.");
  } else {
    page += output.text("\nThe event says: ", "\nEl evento dice: ") +
            ledger::kind_name(event->kind()) + output.text(", at ", ", a las ") +
            ledger::utc_text(event->hlc()) +
            output.text(" by the device's clock", " según el reloj del dispositivo");
    for (const auto& line : movements(output, *event)) page += "\n  " + line;
  }
  return page + output.text(
                    "\nNot proven: that it counts. A void, a revocation or a fork is only "
                    "seen in all logs: verbena audit.",
                    "\nNo probado: que cuente. Una anulación, revocación o bifurcación "
                    "solo se ve en todos los registros: verbena audit.");
}

// What a statement rests on that its own events do not show.
std::string stated_page(const Output& output, const schemas::Statement& statement) {
  const std::pair<int, std::string> rows[] = {
      {statement.not_counted_size(), output.text(" events do not count", " eventos no cuentan")},
      {statement.counted_size(), output.text(" unconfirmed events count as others hold them",
                                             " eventos sin confirmar cuentan por lo que otros "
                                             "tienen")},
      {statement.boundary_size(), output.text(" ends of sheets set by supervisors",
                                              " cierres de hoja puestos por supervisión")},
      {statement.arrival_size(), output.text(" dispatches whose arrival others told",
                                             " envíos cuya llegada contaron otros")}};
  std::string page;
  for (const auto& [count, text] : rows) {
    if (count > 0) page += "\n  " + std::to_string(count) + text;
  }
  return page;
}

int run_verify_statement(const Output& output, std::string_view file,
                         const std::string& fingerprint) {
  auto checked = ledger::verify_statement(file, fingerprint);
  if (!checked) {
    if (checked.error().code == Errc::bad_input) return output.fail(checked.error());
    const ordered_json object{{"proven", false}, {"text", checked.error().text}};
    return output.say(
        object, output.text("NOT PROVEN. ", "NO PROBADO. ") + plain(checked.error().text), exit_no);
  }
  const schemas::Statement& statement = checked->statement;
  ordered_json object{{"proven", true},
                      {"stand", statement.stand()},
                      {"currency", statement.currency()},
                      {"commission_basis_points", statement.commission_basis_points()},
                      {"hold_back_basis_points", statement.hold_back_basis_points()},
                      {"not_counted", statement.not_counted_size()},
                      {"counted_by_others", statement.counted_size()},
                      {"boundaries_by_others", statement.boundary_size()},
                      {"arrivals_by_others", statement.arrival_size()},
                      {"logs", ordered_json::array()},
                      {"settlements", ordered_json::array()}};
  std::string page = output.text("PROVEN. The figures of ", "PROBADO. Las cifras de ") +
                     plain(statement.stand()) +
                     output.text(" follow from the events of its own devices.",
                                 " salen de los eventos de sus propios dispositivos.");
  for (const auto& log : checked->logs) {
    object["logs"].push_back({{"device", log.device},
                              {"log", ledger::hex(log.name.id())},
                              {"class", ledger::log_class_name(log.name.log_class)},
                              {"size", log.size},
                              {"withheld", log.withheld}});
    page += "\n  " + log.device + " " + ledger::log_class_name(log.name.log_class) + ": " +
            std::to_string(log.size) + output.text(" events", " eventos");
  }
  for (const auto& row : checked->rows) {
    object["settlements"].push_back(settlement_json(row));
    page += output.text("\nSheet ", "\nHoja ") + std::to_string(row.sheet) +
            output.text(": turnover ", ": ventas ") +
            ledger::format_decimal(row.turnover_minor(), statement.scale()) +
            output.text(", to be paid ", ", a pagar ") +
            ledger::format_decimal(row.payable_minor(), statement.scale()) + " " +
            plain(statement.currency());
  }
  const std::string stated = stated_page(output, statement);
  if (!stated.empty()) {
    page += output.text("\nStated by who wrote it, not proven:",
                        "\nLo dice quien lo escribió, sin prueba:") +
            stated;
  }
  return output.say(object,
                    page + output.text("\nTerms and prices are stated: compare them with your "
                                       "contract, and the sizes with your tills.",
                                       "\nLas condiciones y los precios se declaran: compáralos "
                                       "con tu contrato, y los tamaños con tus cajas."),
                    exit_done);
}

int run_verify(const Output& output, const std::string& file, const std::string& fingerprint) {
  if (auto whole = read_file(file, ledger::statement_bytes_max);
      whole && whole->starts_with(ledger::statement_magic)) {
    return run_verify_statement(output, *whole, fingerprint);
  } else if (whole && whole->starts_with(ledger::wipe_magic)) {
    return run_verify_wipe(output, *whole, fingerprint);
  }
  auto bytes = read_file(file, ledger::proof_bytes_max);
  if (!bytes && bytes.error().code != Errc::bad_input) return output.fail(bytes.error());
  if (!bytes) bytes = Error{Errc::bad_signature, "proof: the file is too large"};
  if (bytes) bytes = proof_of(*bytes);
  auto proven = bytes ? ledger::verify_proof(*bytes, fingerprint)
                      : Result<ledger::ProvenEvent>(bytes.error());
  if (!proven) {
    if (proven.error().code == Errc::bad_input) return output.fail(proven.error());
    ordered_json object;
    object["proven"] = false;
    object["text"] = proven.error().text;
    return output.say(
        object, output.text("NOT PROVEN. ", "NO PROBADO. ") + plain(proven.error().text), exit_no);
  }
  schemas::Event event;
  const bool readable = ledger::parse_event(proven->event, event).ok();
  const schemas::Event* read = readable ? &event : nullptr;
  return output.say(proven_json(*proven, read), proven_page(output, *proven, read), exit_done);
}

}  // namespace

void add_proof_commands(CommandLine& line) {
  Output& output = line.output;
  auto& run = line.run;
  auto* prove = line.app.add_subcommand("prove", "write a file that proves one event");
  auto options = std::make_shared<ProveOptions>();
  prove->add_option("event", options->event, "its id, or 8 or more digits of it")->required();
  prove->add_option("--from", options->from, "a home without a running node, or a bundle")
      ->required();
  prove->add_option("--out", options->out, "the proof file");
  prove->add_option("--qr", options->qr, "the proof as a QR code, an SVG: to be shown or printed");
  prove->add_flag("--sealed", options->sealed,
                  "under the end of its log, which a seal of the archive names");
  prove->callback([&, options] { run = [&, options] { return run_prove(output, *options); }; });

  auto* verify = line.app.add_subcommand(
      "verify", "check a proof, a stand's statement or a proof of wipe, without any log");
  auto file = std::make_shared<std::string>(), fingerprint = std::make_shared<std::string>();
  verify->add_option("file", *file, "the proof or the statement")->required();
  verify->add_option("--fingerprint", *fingerprint, "of the festival's root, as init printed it")
      ->required();
  verify->callback([&, file, fingerprint] {
    run = [&, file, fingerprint] { return run_verify(output, *file, *fingerprint); };
  });
}

}  // namespace verbena::node
