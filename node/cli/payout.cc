// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "ledger/core/money.h"
#include "node/cli/call.h"
#include "node/cli/cli.h"
#include "node/payout/bank_file.h"
#include "node/payout/bank_text.h"
#include "node/payout/payout_run.h"
#include "node/payout/payout_texts.h"

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Result;
using nlohmann::ordered_json;

namespace {

struct PayoutOptions {
  std::string archive, desk, home, officer, file, csv;
  std::string payer_name, payer_iban, payer_bic, text, date;
  std::size_t run = 0;
  bool dry_run = false, approve = false, discard = false, instead = false;

  std::size_t actions() const {
    return (dry_run ? 1u : 0u) + (approve ? 1u : 0u) + (discard ? 1u : 0u) +
           (file.empty() ? 0u : 1u) + (csv.empty() ? 0u : 1u);
  }
};

std::int64_t minor(__int128 value) {
  return static_cast<std::int64_t>(value);
}

Result<schemas::PayoutPayer> payer_of(const PayoutOptions& options, const Dues& dues) {
  schemas::PayoutPayer out;
  if (options.payer_name.empty() && options.payer_iban.empty()) return out;
  auto name = read_bank_name(options.payer_name);
  if (!name) return Error{name.error().code, "--payer-name: " + name.error().text};
  auto iban = read_iban(options.payer_iban);
  if (!iban) return Error{iban.error().code, "--payer-iban: " + iban.error().text};
  auto bic = read_bic(options.payer_bic);
  if (!bic) return Error{bic.error().code, "--payer-bic: " + bic.error().text};
  auto date = read_date(options.date);
  if (!date) return Error{date.error().code, "--date: " + date.error().text};
  out.set_name(*name);
  out.set_date(*date);
  out.set_iban(*iban);
  out.set_bic(*bic);
  out.set_text(bank_text(!options.text.empty()
                             ? options.text
                             : dues.audit.report.festival + ": saldo de pulsera, band balance"));
  return out;
}

ordered_json line_json(const schemas::PayoutLine& line) {
  return {{"number", ledger::hex_u64(line.purse())},
          {"claim", ledger::hex(line.commitment()).substr(0, 16)},
          {"amount_minor", line.amount_minor()},
          {"owed_minor", line.owed_minor()},
          {"paid_minor", line.paid_minor()}};
}

ordered_json runs_json(const PayoutLedger& ledger, const Dues& dues) {
  ordered_json out = ordered_json::array();
  for (const auto& run : ledger.runs()) {
    ordered_json files = ordered_json::object();
    for (const auto& [format, hash] : run.files) files[format] = ledger::hex(hash);
    out.push_back({{"run", out.size() + 1},
                   {"id", ledger::hex(run.id)},
                   {"payments", run.run.line_size()},
                   {"total_minor", run.run.total_minor()},
                   {"signed_by", judge_run(run.signed_run, dues.audit.ground, true).aliases},
                   {"files", files}});
  }
  return out;
}

ordered_json proposal_json(const Dues& dues, const Proposal& proposal) {
  const PayoutSums& sums = proposal.sums;
  ordered_json out;
  out["festival"] = dues.audit.report.festival;
  out["seal"] = {{"number", dues.audit.seals.size()}, {"hash", ledger::hex(dues.seal)}};
  out["currency"] = dues.audit.report.currency;
  out["scale"] = dues.audit.report.scale;
  out["balances_minor"] = minor(dues.balances_minor);
  out["gifts_minor"] = minor(sums.gifts);
  out["overdrawn_minor"] = minor(sums.overdrawn);
  out["liability_minor"] = minor(sums.owed);
  out["paid_minor"] = minor(sums.paid);
  out["payable_minor"] = minor(sums.payable);
  out["payments"] = proposal.run.line_size();
  out["waiting_minor"] = minor(sums.waiting);
  out["unclaimed_minor"] = minor(sums.unclaimed);
  out["unclaimed_purses"] = sums.unclaimed_purses;
  out["overpaid_minor"] = minor(sums.overpaid);
  ordered_json tenders = ordered_json::object();
  for (const auto& [tender, amount] : dues.topped_up_minor) tenders[tender] = minor(amount);
  out["topped_up_minor"] = tenders;
  out["lines"] = ordered_json::array();
  for (const auto& line : proposal.run.line()) out["lines"].push_back(line_json(line));
  out["notices"] = ordered_json::array();
  for (const auto& notice : proposal.notices) {
    out["notices"].push_back({{"number", ledger::hex_u64(notice.purse)},
                              {"kind", notice.kind},
                              {"amount_minor", minor(notice.amount_minor)}});
  }
  return out;
}

// What a person signs, in a few lines; who is paid is known to nobody here.
std::string proposal_page(const Output& output, const Dues& dues, const Proposal& proposal) {
  const auto money = [&](__int128 amount) {
    return ledger::format_decimal(amount, dues.audit.report.scale) + " " +
           dues.audit.report.currency;
  };
  const PayoutSums& sums = proposal.sums;
  std::string page = dues.audit.report.festival + output.text(", seal ", ", sello ") +
                     std::to_string(dues.audit.seals.size());
  page += output.text("\nOwed to bands   ", "\nSe debe a pulseras ") + money(sums.owed) +
          output.text(", without gifts of ", ", sin regalos por ") + money(sums.gifts);
  page += output.text("\nPaid before     ", "\nPagado antes       ") + money(sums.paid);
  page += output.text("\nTO PAY          ", "\nA PAGAR            ") + money(sums.payable) +
          output.text(", payments: ", ", pagos: ") + std::to_string(proposal.run.line_size());
  page += output.text("\nUnclaimed       ", "\nSin reclamar       ") + money(sums.unclaimed) +
          output.text(", still owed; bands: ", ", se sigue debiendo; pulseras: ") +
          std::to_string(sums.unclaimed_purses);
  if (sums.waiting > 0) {
    page += output.text("\nLater run       ", "\nPara otro pago     ") + money(sums.waiting);
  }
  const auto& payer = proposal.run.payer();
  if (!payer.name().empty()) {
    page += output.text("\nPaid from       ", "\nPaga               ") + payer.name() + ", " +
            payer.iban() + (payer.date().empty() ? "" : output.text(" on ", " el ") + payer.date());
  }
  for (const auto& notice : proposal.notices) {
    page += output.text("\nnotice ", "\naviso ") + number_text(notice.purse) + ": " +
            (notice.amount_minor == 0 ? "" : money(notice.amount_minor) + " ") +
            std::string(notice_text(notice.kind, output.language));
  }
  return page;
}

int run_dry(const Output& output, const PayoutOptions& options, const Dues& dues,
            const ClaimDesk& desk) {
  const PayoutLedger& ledger = desk.payouts();
  auto payer = payer_of(options, dues);
  if (!payer) return output.fail(payer.error());
  auto proposal = propose_run(dues, ledger, ledger.entries(), *payer, machine().clock.wall_ms());
  if (!proposal) return output.fail(proposal.error());
  auto pending = pending_run(desk.pending_path(), ledger);
  if (!pending) return output.fail(pending.error());
  const auto why = doubts(dues, ledger);
  ordered_json object = proposal_json(dues, *proposal);
  object["runs"] = runs_json(ledger, dues);
  object["waits_for_approval"] = nullptr;
  std::string page = proposal_page(output, dues, *proposal);
  if (*pending) {
    const auto signed_by = judge_run(**pending, dues.audit.ground).aliases;
    object["waits_for_approval"] = {{"id", ledger::hex(run_hash((*pending)->run()))},
                                    {"signed_by", signed_by}};
    page +=
        output.text("\nA run waits for a second signature.", "\nUn pago espera una segunda firma.");
  }
  object["doubts"] = why;
  for (const auto& text : why) page += output.text("\nDOUBT ", "\nDUDA ") + text;
  return output.say(object, page, why.empty() ? exit_done : exit_no);
}

int run_approve(const Output& output, const PayoutOptions& options, const Dues& dues,
                ClaimDesk& desk) {
  if (options.home.empty()) return output.fail({Errc::bad_input, "whose yes? give --home HOME"});
  auto keys = unlocked_home(options.home);
  if (!keys) return output.fail(keys.error());
  auto payer = payer_of(options, dues);
  if (!payer) return output.fail(payer.error());
  auto approval = approve_run(dues, desk.payouts(), desk.pending_path(), keys->identity.key, *payer,
                              machine().clock.wall_ms());
  if (!approval) return output.fail(approval.error());
  ordered_json object = proposal_json(dues, approval->proposal);
  const bool signed_now = approval->objections.empty();
  object["signed"] = signed_now;
  object["signed_by"] = approval->signed_by;
  object["approved"] = approval->approved;
  std::string page = proposal_page(output, dues, approval->proposal);
  if (!signed_now) {
    object["objections"] = approval->objections;
    page += output.text("\nNOT SIGNED.", "\nNO FIRMADO.");
    for (const auto& text : approval->objections) page += "\n" + text;
    return output.say(object, page, exit_no);
  }
  page += approval->approved
              ? output.text("\nAPPROVED by two. Now: verbena payout ... --file pain.001.xml",
                            "\nAPROBADO por dos. Ahora: verbena payout ... --file pain.001.xml")
              : output.text("\nSigned, after a replay from zero. It takes another supervisor.",
                            "\nFirmado, tras repetirlo desde cero. Falta otro supervisor.");
  return output.say(object, page, exit_done);
}

int run_file(const Output& output, const PayoutOptions& options, const Dues& dues,
             ClaimDesk& desk) {
  if (options.officer.empty()) {
    return output.fail({Errc::bad_input,
                        "who opens the claims? give --officer, the folder of the "
                        "refund key"});
  }
  if (const auto why = doubts(dues, desk.payouts()); !why.empty()) {
    return output.fail({Errc::bad_signature, why.front()});
  }
  const std::size_t runs = desk.payouts().runs().size();
  const std::size_t number = options.run == 0 ? runs : options.run;
  if (number == 0 || number > runs) {
    return output.fail({Errc::bad_input, "there is no approved run with this number"});
  }
  auto passphrase = ask_passphrase();
  if (!passphrase) return output.fail(passphrase.error());
  auto officer = open_refund_key(options.officer, *passphrase);
  if (!officer) return output.fail(officer.error());
  const bool pain = options.csv.empty();
  const std::string& path = pain ? options.file : options.csv;
  auto written = write_bank_file(desk, number - 1, pain ? pain_format : csv_format, *officer, path,
                                 options.instead);
  if (!written) return output.fail(written.error());
  const auto& run = desk.payouts().runs()[number - 1].run;
  ordered_json object = {{"file", path},
                         {"format", pain ? pain_format : csv_format},
                         {"bytes", written->bytes},
                         {"sha256", ledger::hex(written->hash)},
                         {"run", number},
                         {"payments", run.line_size()},
                         {"total_minor", run.total_minor()},
                         {"again", written->again}};
  return output.say(
      object,
      output.text("For the bank: ", "Para el banco: ") + path + ", " +
          std::to_string(run.line_size()) + output.text(" payments, ", " pagos, ") +
          ledger::format_decimal(run.total_minor(), run.scale()) + " " + run.currency() +
          (written->again
               ? output.text(" (the same bytes as before)", " (los mismos bytes que antes)")
               : ""),
      exit_done);
}

int run_discard(const Output& output, const ClaimDesk& desk) {
  const bool was = path_exists(desk.pending_path());
  if (auto status = shred_file(desk.pending_path()); !status) return output.fail(status.error());
  return output.say({{"discarded", was}},
                    was ? output.text("The run that waited is gone.",
                                      "El pago en espera se ha "
                                      "descartado.")
                        : output.text("No run waits.", "Ningún pago espera."),
                    exit_done);
}

int run_payout(const Output& output, const PayoutOptions& options) {
  if (options.actions() != 1) {
    return output.fail(
        {Errc::bad_input, "say one of --dry-run, --approve, --file FILE, --csv FILE, --discard"});
  }
  auto desk = ClaimDesk::open(options.desk);
  if (!desk) return output.fail(desk.error());
  if (options.discard) return run_discard(output, *desk);
  auto bytes = read_file(options.archive, replication::archive_bytes_max);
  if (!bytes) return output.fail(bytes.error());
  auto dues = read_dues(*bytes);
  if (!dues) return output.fail({dues.error().code, options.archive + ": " + dues.error().text});
  if (desk->payouts().opened().root() != ledger::view(dues->root)) {
    return output.fail({Errc::other_festival, "this claim desk is of another festival"});
  }
  if (options.dry_run) return run_dry(output, options, *dues, *desk);
  if (options.approve) return run_approve(output, options, *dues, *desk);
  return run_file(output, options, *dues, *desk);
}

}  // namespace

void add_payout_command(CommandLine& line) {
  auto* sub = line.app.add_subcommand("payout", "pay out what a sealed festival owes its bands");
  auto options = std::make_shared<PayoutOptions>();
  sub->add_option("archive", options->archive, "the sealed archive")->required();
  sub->add_option("--desk", options->desk, "folder of the claim desk")->required();
  sub->add_flag("--dry-run", options->dry_run, "say what would be paid; writes nothing");
  sub->add_flag("--approve", options->approve, "replay and sign the run; it takes two supervisors");
  sub->add_option("--home", options->home, "home of the supervisor who approves");
  sub->add_option("--payer-name", options->payer_name, "whose account pays (first approval)");
  sub->add_option("--payer-iban", options->payer_iban, "that account");
  sub->add_option("--payer-bic", options->payer_bic, "its bank, where the bank asks for it");
  sub->add_option("--text", options->text, "what those paid read on their statements");
  sub->add_option("--date", options->date,
                  "when the bank is to pay, YYYY-MM-DD; else the same day");
  sub->add_option("--file", options->file, "write an approved run as pain.001.001.09");
  sub->add_option("--csv", options->csv, "write an approved run as a table");
  sub->add_option("--run", options->run, "which run, from 1; the newest where absent");
  sub->add_flag("--instead", options->instead,
                "write a run in another form: the bank never had the first file");
  sub->add_option("--officer", options->officer, "folder of the refund key, for --file and --csv");
  sub->add_flag("--discard", options->discard, "drop a run that waits for its second signature");
  sub->callback([&, options] {
    line.run = [&output = line.output, options] { return run_payout(output, *options); };
  });
}

}  // namespace verbena::node
