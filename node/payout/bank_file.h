// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node/payout/claim_desk.h"

// An approved run as a bank takes it. A function of the run and its claims: made again, the same
// bytes come out, under the same ids, so that a bank knows a second delivery for what it is.
namespace verbena::node {

constexpr const char* pain_format = "pain.001";
constexpr const char* csv_format = "csv";

struct BankPayment {
  std::string end_to_end;  // 32 digits; of this money to this purse, whatever run pays it
  std::uint64_t amount_minor = 0;
  std::string name, iban;
};

// Opens the details of every line; in the order of the run.
ledger::Result<std::vector<BankPayment>> bank_payments(const ClaimDesk& desk,
                                                       const ApprovedRun& run,
                                                       const ledger::BoxKey& officer);

// Customer credit transfer initiation, pain.001.001.09 (ISO 20022), as the SEPA implementation
// guidelines narrow it. Only for EUR.
ledger::Result<std::string> pain_001(const ApprovedRun& run,
                                     const std::vector<BankPayment>& payments);
// For banks that take tables; any currency.
std::string payments_csv(const ApprovedRun& run, const std::vector<BankPayment>& payments);

// Reads amounts, count and control sum back from the bytes and compares them with the run.
// Errc::internal where they differ.
ledger::Status check_bank_file(std::string_view bytes, const std::string& format,
                               const schemas::PayoutRun& run);

struct BankFile {
  ledger::Hash hash{};
  std::size_t bytes = 0;
  bool again = false;  // these bytes were written before
};
// Makes the file for the run with this number (from 0) and notes it in the ledger. An existing file
// is replaced by its own bytes only. Errc::damaged where another file was written for this run;
// Errc::bad_input where it was written in another form, unless this one is handed in `instead`.
ledger::Result<BankFile> write_bank_file(ClaimDesk& desk, std::size_t run,
                                         const std::string& format, const ledger::BoxKey& officer,
                                         const Path& out, bool instead = false);

}  // namespace verbena::node
