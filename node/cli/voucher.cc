// SPDX-License-Identifier: Apache-2.0
// Vouchers: issued to be printed, and looked at. A sale takes them: `sell --voucher`.
#include <nlohmann/json.hpp>

#include "ledger/core/money.h"
#include "node/cli/call.h"
#include "node/files.h"
#include "node/voucher_text.h"

namespace verbena::node {

using ledger::Error;
using ledger::Result;
using nlohmann::ordered_json;

namespace {

struct IssueOptions {
  std::string zone, stand, out;
  std::uint32_t count = 1;
};

// One card a voucher, and a list of them all.
Result<ordered_json> write_cards(const schemas::Receipted& done, const Path& out, bool spanish) {
  ordered_json rows = ordered_json::array();
  std::string list;
  for (const auto& bytes : done.voucher()) {
    const auto code = ledger::decode_code(bytes);
    if (!code) return code.error();
    const std::string id = ledger::voucher_id(code->body());
    const std::string worth = ledger::format_decimal(code->voucher.amount_minor, done.scale());
    auto card = voucher_card(bytes, worth, spanish);
    if (!card) return card.error();
    const Path file = out / (id + ".svg");
    if (auto status = write_file(file, *card, true); !status) return status.error();
    rows.push_back({{"id", id},
                    {"amount_minor", code->voucher.amount_minor},
                    {"code", voucher_text(bytes)},
                    {"file", file.string()}});
    list += id + "\t" + worth + "\t" + code->voucher.where + "\t" + voucher_text(bytes) + "\n";
  }
  if (auto status = write_file(out / "vouchers.txt", list, true); !status) return status.error();
  return rows;
}

// The intent is chosen here: an approval is for these vouchers, and a retry prints the same.
int run_issue(const Output& output, const ClientOptions& options, const IssueOptions& issue) {
  schemas::OperateRequest request;
  auto* asked = request.mutable_issue_vouchers();
  asked->set_count(issue.count);
  asked->set_zone(issue.zone);
  asked->set_stand(issue.stand);
  asked->set_gift(options.reason);
  if (options.reason.empty()) asked->set_tender(options.tender.empty() ? "cash" : options.tender);
  request.set_intent(options.intent != 0 ? options.intent : machine().random.u64());
  const std::uint64_t intent = request.intent();
  auto keys = client_keys(options);
  if (!keys) return output.fail(keys.error());
  TerminalClient client(options.node, *keys);
  const auto scale = festival_scale(client);
  if (!scale) return output.fail(scale.error());
  const auto minor = ledger::parse_decimal(options.amount, *scale);
  if (!minor) {
    return output.fail({ledger::Errc::bad_input, "--value \"" + options.amount +
                                                     "\" is not an amount such as " +
                                                     ledger::format_decimal(500, *scale)});
  }
  asked->set_amount_minor(*minor);
  if (auto status = make_directory(issue.out); !status) return output.fail(status.error());
  auto reply = operate_approved(options, *keys, std::move(request));
  if (!reply) return output.fail(reply.error());
  if (reply->has_refused()) {
    // What the others approve is for the codes of this intent.
    schemas::Refused why = reply->refused();
    if (!why.request().empty()) {
      why.set_text(why.text() +
                   output.text("; once they are there, ask again with --intent ",
                               "; cuando estén, repítalo con --intent ") +
                   std::to_string(intent));
    }
    return refused(output, why);
  }
  const auto& done = reply->done();
  auto rows = write_cards(done, issue.out, output.language == Language::es);
  if (!rows) {
    Error error = rows.error();
    error.text += output.text("; they are issued: print them with --intent ",
                              "; ya están emitidos: imprímalos con --intent ") +
                  std::to_string(intent);
    return output.fail(error);
  }
  const std::size_t count = rows->size();
  return output.say(
      ordered_json{{"id", ledger::hex(done.id())},
                   {"intent", intent},
                   {"amount_minor", done.amount_minor()},
                   {"repeated", done.repeated_intent()},
                   {"vouchers", rows.take()}},
      output.text("Issued: ", "Emitidos: ") + std::to_string(count) +
          output.text(" vouchers, ", " vales, ") +
          ledger::format_decimal(done.amount_minor(), done.scale()) + ", " + issue.out +
          output.text(". The same again: --intent ", ". Los mismos otra vez: --intent ") +
          std::to_string(intent),
      exit_done);
}

std::string voucher_sentence(const Output& output, const ordered_json& voucher) {
  if (!voucher.contains("id")) return voucher["why"].get<std::string>();
  const std::string worth = ledger::format_decimal(voucher["amount_minor"].get<std::int64_t>(),
                                                   voucher["scale"].get<unsigned>());
  std::string out = output.text("Voucher of ", "Vale de ") + worth;
  for (const char* place : {"zone", "stand"}) {
    if (voucher[place].is_string()) {
      out += output.text(", for ", ", para ") + voucher[place].get<std::string>();
    }
  }
  out += output.text(", issued by ", ", emitido por ") + voucher["issuer"].get<std::string>();
  if (voucher["spent"].empty()) {
    return out + output.text(", not spent as far as is known here", ", sin usar según consta aquí");
  }
  out += output.text(", spent at", ", usado en");
  for (const auto& use : voucher["spent"]) out += " " + use["stand"].get<std::string>();
  return out;
}

int run_show(const Output& output, const ClientOptions& options, const std::string& text) {
  const auto code = voucher_from_text(text);
  if (!code) return output.fail(code.error());
  auto keys = client_keys(options);
  if (!keys) return output.fail(keys.error());
  auto json = TerminalClient(options.node, *keys).status("voucher/" + ledger::hex(*code));
  if (!json) return output.fail(json.error());
  const auto object = ordered_json::parse(*json);
  return output.say(object, voucher_sentence(output, object),
                    object["refusal"].is_null() ? exit_done : exit_no);
}

}  // namespace

void add_voucher_commands(CommandLine& line) {
  auto* voucher = line.app.add_subcommand("voucher", "value on paper, for who has no band");
  voucher->require_subcommand(1);
  auto [issue, options] = client_command(*voucher, "issue", "vouchers to print, sold or given");
  auto more = std::make_shared<IssueOptions>();
  issue->add_option("--value", options->amount, "of each, such as 5.00")->required();
  issue->add_option("--count", more->count, "how many, at most 64");
  issue->add_option("--zone", more->zone, "where they may be spent; else at the whole festival");
  issue->add_option("--stand", more->stand, "the same: at this stand alone");
  issue->add_option("--tender", options->tender, "what they were paid with: cash, card, ...");
  issue->add_option("--gift", options->reason, "why they are given away; another approves");
  issue->add_option("--out", more->out, "folder for a card each and vouchers.txt")->required();
  with_approvers(issue, options);
  with_intent(issue, options);
  issue->callback([&line, given = options, more] {
    line.run = [&line, given, more] { return run_issue(line.output, *given, *more); };
  });

  auto [show, show_options] =
      client_command(*voucher, "show", "what a voucher is worth, and whether it was spent");
  show->add_option("code", show_options->sale, "as it was scanned: VV1:...")->required();
  show->callback([&line, given = show_options] {
    line.run = [&line, given] { return run_show(line.output, *given, given->sale); };
  });
}

}  // namespace verbena::node
