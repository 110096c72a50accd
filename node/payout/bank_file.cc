// SPDX-License-Identifier: Apache-2.0
#include "node/payout/bank_file.h"

#include <algorithm>

#include "ledger/books.h"
#include "ledger/core/money.h"
#include "node/books/csv.h"

namespace verbena::node {

using ledger::Bytes;
using ledger::Errc;
using ledger::Error;
using ledger::Hash;
using ledger::Result;
using ledger::Status;

namespace {

constexpr std::size_t id_digits = 32;  // of the 35 characters that ids may have
constexpr std::string_view amount_open = "<InstdAmt Ccy=\"EUR\">", amount_close = "</InstdAmt>";
constexpr std::string_view csv_head = "name,iban,amount,currency,end_to_end_id,text\r\n";

std::string end_to_end_id(std::uint64_t festival, const schemas::PayoutLine& line) {
  Bytes what;
  ledger::put_u64(what, festival);
  ledger::put_u64(what, line.purse());
  ledger::put_u64(what, line.paid_minor());
  ledger::put_u64(what, line.amount_minor());
  return ledger::hex(ledger::sha256({"verbena-payment-v1", what})).substr(0, id_digits);
}

std::string xml_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else {
      out.push_back(c);
    }
  }
  return out;
}

// Elements one in another, one a line.
class Xml {
 public:
  void open(const std::string& name, const std::string& attribute = {}) {
    line("<" + name + attribute + ">");
    open_.push_back(name);
  }
  void close() {
    const std::string name = open_.back();
    open_.pop_back();
    line("</" + name + ">");
  }
  void value(const std::string& name, std::string_view text) {
    line("<" + name + ">" + xml_text(text) + "</" + name + ">");
  }
  void raw(const std::string& text) { line(text); }
  std::string take() { return std::move(out_); }

 private:
  void line(const std::string& text) { out_ += std::string(2 * open_.size(), ' ') + text + "\n"; }
  std::string out_ = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  std::vector<std::string> open_;
};

void put_account(Xml& xml, const char* name, std::string_view iban) {
  xml.open(name);
  xml.open("Id");
  xml.value("IBAN", iban);
  xml.close();
  xml.close();
}

void put_party(Xml& xml, const char* name, std::string_view said) {
  xml.open(name);
  xml.value("Nm", said);
  xml.close();
}

void put_payment(Xml& xml, const BankPayment& payment, const schemas::PayoutRun& run) {
  xml.open("CdtTrfTxInf");
  xml.open("PmtId");
  xml.value("EndToEndId", payment.end_to_end);
  xml.close();
  xml.open("Amt");
  xml.raw(std::string(amount_open) + ledger::format_decimal(payment.amount_minor, run.scale()) +
          std::string(amount_close));
  xml.close();
  put_party(xml, "Cdtr", payment.name);
  put_account(xml, "CdtrAcct", payment.iban);
  xml.open("RmtInf");
  xml.value("Ustrd", run.payer().text());
  xml.close();
  xml.close();
}

// The text of each element of this name, in order.
std::vector<std::string_view> values_of(std::string_view xml, std::string_view open,
                                        std::string_view close) {
  std::vector<std::string_view> out;
  for (std::size_t at = 0; (at = xml.find(open, at)) != std::string_view::npos;) {
    at += open.size();
    const auto end = xml.find(close, at);
    if (end == std::string_view::npos) break;
    out.push_back(xml.substr(at, end - at));
  }
  return out;
}

// The third cell of each row. Names have no quote in them, so quotes come in pairs.
std::vector<std::string_view> amounts_of_csv(std::string_view csv) {
  std::vector<std::string_view> out;
  if (!csv.starts_with(csv_head)) return out;
  csv.remove_prefix(csv_head.size());
  while (!csv.empty()) {
    const std::string_view row = csv.substr(0, csv.find("\r\n"));
    std::size_t cell = 0, from = 0;
    bool quoted = false;
    for (std::size_t i = 0; i <= row.size() && cell < 3; ++i) {
      if (i < row.size() && row[i] == '"') quoted = !quoted;
      if (i < row.size() && (quoted || row[i] != ',')) continue;
      if (++cell == 3) out.push_back(row.substr(from, i - from));
      from = i + 1;
    }
    csv.remove_prefix(std::min(csv.size(), row.size() + 2));
  }
  return out;
}

}  // namespace

Result<std::vector<BankPayment>> bank_payments(const ClaimDesk& desk, const ApprovedRun& run,
                                               const ledger::BoxKey& officer) {
  std::vector<BankPayment> out;
  for (const auto& line : run.run.line()) {
    const NotedClaim* noted = desk.payouts().claim(*ledger::fixed<32>(line.commitment()));
    auto claimant = desk.read(*noted, officer);
    if (!claimant) return claimant.error();
    out.push_back({end_to_end_id(run.run.festival(), line), line.amount_minor(), claimant->name,
                   claimant->iban});
  }
  return out;
}

Result<std::string> pain_001(const ApprovedRun& run, const std::vector<BankPayment>& payments) {
  const auto& said = run.run;
  if (said.currency() != "EUR" || said.scale() != 2) {
    return Error{Errc::bad_input,
                 "pain.001 is made for EUR with two decimals only, this festival has " +
                     said.currency() + ": use --csv"};
  }
  const std::string id = ledger::hex(run.id).substr(0, id_digits);
  const std::string made = ledger::utc_text(said.made_ms() << 16);
  const std::string count = std::to_string(payments.size());
  const std::string sum = ledger::format_decimal(said.total_minor(), said.scale());
  Xml xml;
  xml.open("Document", " xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.001.001.09\"");
  xml.open("CstmrCdtTrfInitn");
  xml.open("GrpHdr");
  xml.value("MsgId", id);
  xml.value("CreDtTm", made);
  xml.value("NbOfTxs", count);
  xml.value("CtrlSum", sum);
  put_party(xml, "InitgPty", said.payer().name());
  xml.close();
  xml.open("PmtInf");
  xml.value("PmtInfId", id + "-1");
  xml.value("PmtMtd", "TRF");
  xml.value("NbOfTxs", count);
  xml.value("CtrlSum", sum);
  xml.open("PmtTpInf");
  xml.open("SvcLvl");
  xml.value("Cd", "SEPA");
  xml.close();
  xml.close();
  xml.open("ReqdExctnDt");
  xml.value("Dt", said.payer().date().empty() ? made.substr(0, 10) : said.payer().date());
  xml.close();
  put_party(xml, "Dbtr", said.payer().name());
  put_account(xml, "DbtrAcct", said.payer().iban());
  xml.open("DbtrAgt");
  xml.open("FinInstnId");
  if (!said.payer().bic().empty()) {
    xml.value("BICFI", said.payer().bic());
  } else {
    xml.open("Othr");
    xml.value("Id", "NOTPROVIDED");
    xml.close();
  }
  xml.close();
  xml.close();
  xml.value("ChrgBr", "SLEV");
  for (const auto& payment : payments) put_payment(xml, payment, said);
  for (int i = 0; i < 3; ++i) xml.close();
  return xml.take();
}

std::string payments_csv(const ApprovedRun& run, const std::vector<BankPayment>& payments) {
  std::string out(csv_head);
  for (const auto& payment : payments) {
    out += csv_text(payment.name) + "," + csv_text(payment.iban) + "," +
           ledger::format_decimal(payment.amount_minor, run.run.scale()) + "," +
           csv_text(run.run.currency()) + "," + csv_text(payment.end_to_end) + "," +
           csv_text(run.run.payer().text()) + "\r\n";
  }
  return out;
}

Status check_bank_file(std::string_view bytes, const std::string& format,
                       const schemas::PayoutRun& run) {
  const Error wrong{Errc::internal, "the file for the bank does not add up to the run"};
  const bool pain = format == pain_format;
  const auto amounts = pain ? values_of(bytes, amount_open, amount_close) : amounts_of_csv(bytes);
  if (amounts.size() != static_cast<std::size_t>(run.line_size())) return wrong;
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < amounts.size(); ++i) {
    const auto amount = ledger::parse_decimal(amounts[i], run.scale());
    const auto next = amount && *amount > 0 ? ledger::checked_add(sum, *amount) : std::nullopt;
    if (!next || *amount != run.line(static_cast<int>(i)).amount_minor()) return wrong;
    sum = *next;
  }
  if (sum != run.total_minor() || sum > run.liability_minor()) return wrong;
  if (!pain) return ledger::done();
  for (const auto& said : values_of(bytes, "<CtrlSum>", "</CtrlSum>")) {
    if (said != ledger::format_decimal(sum, run.scale())) return wrong;
  }
  for (const auto& said : values_of(bytes, "<NbOfTxs>", "</NbOfTxs>")) {
    if (said != std::to_string(amounts.size())) return wrong;
  }
  return ledger::done();
}

Result<BankFile> write_bank_file(ClaimDesk& desk, std::size_t number, const std::string& format,
                                 const ledger::BoxKey& officer, const Path& out, bool instead) {
  if (number >= desk.payouts().runs().size()) {
    return Error{Errc::bad_input, "there is no approved run with this number"};
  }
  const ApprovedRun run = desk.payouts().runs()[number];
  const auto before = run.files.find(format);
  if (!run.files.empty() && before == run.files.end() && !instead) {
    return Error{Errc::bad_input, "this run was written as " + run.files.begin()->first +
                                      " already: handed in twice it is paid twice. If the bank "
                                      "never had that file, say --instead"};
  }
  auto payments = bank_payments(desk, run, officer);
  if (!payments) return payments.error();
  auto bytes = format == pain_format ? pain_001(run, *payments)
                                     : Result<std::string>(payments_csv(run, *payments));
  if (!bytes) return bytes.error();
  if (auto status = check_bank_file(*bytes, format, run.run); !status) return status.error();
  const Hash hash = ledger::sha256({*bytes});
  if (before != run.files.end() && before->second != hash) {
    return Error{Errc::damaged, "another file was written for this run: " +
                                    ledger::hex(before->second).substr(0, 16)};
  }
  if (path_exists(out)) {
    auto there = read_file(out);
    if (!there) return there.error();
    if (*there != *bytes) return Error{Errc::bad_input, out.string() + ": exists already"};
  }
  if (auto status = write_file(out, *bytes, true); !status) return status.error();
  if (before != run.files.end()) return BankFile{hash, bytes->size(), true};
  schemas::PayoutEntry entry;
  entry.mutable_file()->set_run(ledger::to_bytes(run.id));
  entry.mutable_file()->set_format(format);
  entry.mutable_file()->set_hash(ledger::to_bytes(hash));
  if (auto status = desk.payouts().append(std::move(entry)); !status) return status.error();
  return BankFile{hash, bytes->size(), false};
}

}  // namespace verbena::node
