// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>

#include "ledger/core/certificate.h"
#include "ledger/purse/band.h"
#include "node/band_file.h"
#include "node/cli/cli.h"
#include "node/payout/payout_texts.h"

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Result;
using nlohmann::ordered_json;

namespace {

constexpr std::size_t request_bytes_max = 4096;

struct ClaimOptions {
  std::string festival, out, officer, desk, number;
  std::vector<std::string> bands, numbers, claims;
  bool paid = false;
};

int run_desk(const Output& output, const ClaimOptions& options) {
  auto bytes = read_file(Path(options.festival) / "office" / "root");
  if (!bytes) return output.fail(bytes.error());
  auto root = ledger::parse_signed_certificate(*bytes);
  if (!root) return output.fail(root.error());
  auto passphrase = ask_passphrase();
  if (!passphrase) return output.fail(passphrase.error());
  auto made = make_claim_desk(options.out, options.officer, root->certificate.festival,
                              root->certificate.hash, *passphrase, machine().random);
  if (!made) return output.fail(made.error());
  return output.say({{"desk", options.out}, {"officer", options.officer}},
                    output.text("Claim desk made: ", "Mesa de reclamaciones creada: ") +
                        options.out +
                        output.text("\nCarry the refund officer's folder away from it: ",
                                    "\nGuarde lejos de ella la carpeta de quien devuelve: ") +
                        options.officer,
                    exit_done);
}

Result<ClaimDesk> unlocked_desk(const std::string& path) {
  auto passphrase = ask_passphrase();
  if (!passphrase) return passphrase.error();
  auto desk = ClaimDesk::open(path);
  if (!desk) return desk;
  if (auto status = desk->unlock_key(*passphrase); !status) return status.error();
  return desk;
}

// The purse of a band file, if it is one of the desk's festival.
Result<std::uint64_t> number_on(const std::string& path, std::uint64_t festival) {
  auto file = BandFile::open(path);
  if (!file) return file.error();
  auto bytes = file->read();
  if (!bytes) return bytes.error();
  auto image = ledger::decode_band(*bytes);
  if (!image) return Error{image.error().code, path + ": " + image.error().text};
  const auto slot = ledger::newest_slot(*image, [](const auto&, std::string_view) { return true; });
  if (!slot) return Error{Errc::bad_input, path + ": the band cannot be read"};
  if (slot->slot.head.festival != static_cast<std::uint32_t>(festival >> 32)) {
    return Error{Errc::other_festival, path + ": the band is of another festival"};
  }
  return slot->slot.head.purse;
}

int run_secret(const Output& output, const ClaimOptions& options) {
  auto desk = unlocked_desk(options.desk);
  if (!desk) return output.fail(desk.error());
  std::vector<std::uint64_t> numbers;
  for (const auto& band : options.bands) {
    auto number = number_on(band, desk->payouts().opened().festival());
    if (!number) return output.fail(number.error());
    numbers.push_back(*number);
  }
  for (const auto& text : options.numbers) {
    auto number = read_number(text);
    if (!number) return output.fail(number.error());
    numbers.push_back(*number);
  }
  if (numbers.empty()) {
    return output.fail({Errc::bad_input, "for which bands? give --band or --number"});
  }
  ordered_json rows = ordered_json::array();
  std::string page;
  for (const auto number : numbers) {
    auto secret = desk->secret(number);
    if (!secret) return output.fail(secret.error());
    rows.push_back({{"number", ledger::hex_u64(number)}, {"secret", secret_text(*secret)}});
    page += (page.empty() ? "" : "\n") + number_text(number) + "   " + secret_text(*secret);
  }
  return output.say({{"secrets", rows}}, page, exit_done);
}

std::string ask(const char* question) {
  std::fprintf(stderr, "%s", question);
  std::string line;
  std::getline(std::cin, line);
  return line;
}

struct TypedClaim {
  std::string number, secret, name, iban, mail;
};

// By questions on a terminal, else a JSON object on standard input: command lines are kept by
// shells and shown to everybody on the machine. Errors name fields, never what is in them.
Result<TypedClaim> typed_claim(const Output& output) {
  TypedClaim out;
  if (::isatty(STDIN_FILENO) == 1) {
    out.number = ask(output.text("Number: ", "Número: "));
    out.secret = ask(output.text("Secret: ", "Clave: "));
    out.name = ask(output.text("Name, as the bank has it: ", "Nombre, como consta en el banco: "));
    out.iban = ask("IBAN: ");
    out.mail = ask(output.text("Mail (may be empty): ", "Correo (puede quedar vacío): "));
    return out;
  }
  std::string text;
  for (std::istreambuf_iterator<char> at(std::cin), end; at != end; ++at) {
    text.push_back(*at);
    if (text.size() > request_bytes_max) return Error{Errc::bad_input, "the claim is too long"};
  }
  const auto object = nlohmann::json::parse(text, nullptr, false);
  if (!object.is_object()) {
    return Error{Errc::bad_input, "the claim on standard input is no JSON object"};
  }
  const std::pair<const char*, std::string*> fields[] = {{"number", &out.number},
                                                         {"secret", &out.secret},
                                                         {"name", &out.name},
                                                         {"iban", &out.iban},
                                                         {"mail", &out.mail}};
  for (const auto& [name, into] : fields) {
    const auto found = object.find(name);
    if (found == object.end() && std::string_view(name) == "mail") continue;
    if (found == object.end() || !found->is_string()) {
      return Error{Errc::bad_input, std::string("the claim has no text \"") + name + "\""};
    }
    *into = found->get<std::string>();
  }
  return out;
}

int run_note(const Output& output, const ClaimOptions& options) {
  auto typed = typed_claim(output);
  if (!typed) return output.fail(typed.error());
  auto number = read_number(typed->number);
  if (!number) return output.fail(number.error());
  auto secret = read_secret(typed->secret);
  if (!secret) return output.fail(secret.error());
  auto desk = unlocked_desk(options.desk);
  if (!desk) return output.fail(desk.error());
  auto answer =
      desk->note({*number, *secret, typed->name, typed->iban, typed->mail}, machine().random);
  if (!answer) return output.fail(answer.error());
  const std::string text = claim_text(answer->word, output.language);
  if (answer->word != ClaimWord::noted) {
    return output.say({{"refused", {{"code", claim_code(answer->word)}}}}, text, exit_no);
  }
  return output.say({{"claim", answer->claim}},
                    text + output.text(" Claim ", " Reclamación ") + answer->claim, exit_done);
}

int run_unlock(const Output& output, const ClaimOptions& options) {
  auto number = read_number(options.number);
  if (!number) return output.fail(number.error());
  auto desk = unlocked_desk(options.desk);
  if (!desk) return output.fail(desk.error());
  auto passphrase = ask_passphrase();
  if (!passphrase) return output.fail(passphrase.error());
  auto officer = open_refund_key(options.officer, *passphrase);
  if (!officer) return output.fail(officer.error());
  if (auto status = desk->allow_again(*number, *officer); !status) {
    return output.fail(status.error());
  }
  return output.say(
      {{"unlocked", ledger::hex_u64(*number)}},
      output.text("Five more tries for ", "Otros cinco intentos para ") + number_text(*number),
      exit_done);
}

int run_list(const Output& output, const ClaimOptions& options) {
  auto desk = ClaimDesk::open(options.desk);
  if (!desk) return output.fail(desk.error());
  ordered_json rows = ordered_json::array();
  std::string page;
  for (const auto& noted : desk->payouts().claims()) {
    const char* state = noted.forgotten ? "forgotten" : noted.run ? "paid" : "open";
    ordered_json row = {
        {"claim", noted.id()}, {"number", ledger::hex_u64(noted.purse)}, {"state", state}};
    row["run"] = noted.run ? ordered_json(*noted.run + 1) : ordered_json(nullptr);
    rows.push_back(row);
    page += (page.empty() ? "" : "\n") + noted.id() + "  " + number_text(noted.purse) + "  " +
            (noted.forgotten ? output.text("forgotten", "olvidada")
             : noted.run     ? output.text("paid", "pagada")
                             : output.text("open", "abierta"));
  }
  return output.say({{"claims", rows}}, page, exit_done);
}

// Those meant: named, or all of which the bank has its file.
Result<std::vector<NotedClaim>> meant(const ClaimDesk& desk, const ClaimOptions& options) {
  std::vector<NotedClaim> out;
  for (const auto& id : options.claims) {
    auto noted = desk.payouts().claim(id);
    if (!noted) return Error{noted.error().code, id + ": " + noted.error().text};
    out.push_back(noted.take());
  }
  for (const auto& noted : desk.payouts().claims()) {
    if (!options.paid || noted.forgotten || !noted.run) continue;
    if (!desk.payouts().runs()[*noted.run].files.empty()) out.push_back(noted);
  }
  if (out.empty() && !options.paid) {
    return Error{Errc::bad_input, "which claims? give their ids, or --paid"};
  }
  return out;
}

int run_forget(const Output& output, const ClaimOptions& options) {
  auto desk = ClaimDesk::open(options.desk);
  if (!desk) return output.fail(desk.error());
  auto claims = meant(*desk, options);
  if (!claims) return output.fail(claims.error());
  ordered_json forgotten = ordered_json::array();
  for (const auto& noted : *claims) {
    if (auto status = desk->forget(noted); !status) return output.fail(status.error());
    forgotten.push_back(noted.id());
  }
  return output.say({{"forgotten", forgotten}},
                    output.text("Forgotten: ", "Olvidadas: ") + std::to_string(claims->size()) +
                        output.text(". What was paid stays in the ledger of payouts.",
                                    ". Lo pagado sigue en el libro de pagos."),
                    exit_done);
}

}  // namespace

void add_claim_commands(CommandLine& line) {
  Output& output = line.output;
  auto& run = line.run;
  auto* claim = line.app.add_subcommand("claim", "who is paid what is left on a band, and where");
  claim->require_subcommand(1);
  auto options = std::make_shared<ClaimOptions>();
  const auto add = [&](CLI::App* parent, const char* name, const char* help, auto action) {
    auto* sub = parent->add_subcommand(name, help);
    sub->callback(
        [&, options, action] { run = [&, options, action] { return action(output, *options); }; });
    return sub;
  };
  const auto with_desk = [&](CLI::App* sub) {
    sub->add_option("--desk", options->desk, "folder of the claim desk")->required();
    return sub;
  };
  auto* desk = add(claim, "desk", "make a claim desk and its keys, before the festival", run_desk);
  desk->add_option("--festival", options->festival, "directory made by init")->required();
  desk->add_option("--out", options->out, "folder of the desk, new or empty")->required();
  desk->add_option("--officer", options->officer, "folder for the refund key, new or empty")
      ->required();
  auto* secret = with_desk(add(claim, "secret", "number and secret for an envelope", run_secret));
  secret->add_option("--band", options->bands, "band files");
  secret->add_option("--number", options->numbers, "numbers of purses");
  with_desk(add(claim, "note",
                "take a claim: questions, or a JSON object on standard input with "
                "number, secret, name, iban, mail",
                run_note));
  auto* unlock =
      with_desk(add(claim, "unlock", "five more tries for a number, by the officer", run_unlock));
  unlock->add_option("number", options->number, "the number")->required();
  unlock->add_option("--officer", options->officer, "folder of the refund key")->required();
  with_desk(add(claim, "list", "claims and what became of them, without any detail", run_list));
  auto* forget = with_desk(
      add(&line.app, "forget", "destroy the details of claims; payments stay", run_forget));
  forget->add_option("claim", options->claims, "ids of claims");
  forget->add_flag("--paid", options->paid, "all that were paid");
}

}  // namespace verbena::node
