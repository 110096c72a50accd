// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "ledger/core/result.h"

// What a bank takes as an account, a name or a text. No error repeats what was given: errors are
// printed and kept in logs, and this is personal data.
namespace verbena::node {

constexpr std::size_t bank_name_max = 70;   // EPC guidelines for credit transfers
constexpr std::size_t bank_text_max = 140;  // unstructured remittance information
constexpr std::size_t mail_max = 254;       // RFC 5321

// Without blanks, in capital letters. Country, length and check digits fit (ISO 13616, mod 97-10 of
// ISO 7064), and the country is in the Single Euro Payments Area. Else Errc::bad_input.
ledger::Result<std::string> read_iban(std::string_view text);
// ISO 9362: 8 or 11 characters. Empty stays empty.
ledger::Result<std::string> read_bic(std::string_view text);

// In the characters every bank of the area takes (EPC217-08): letters with marks lose them, runs of
// blanks become one. Errc::bad_input where a character has no such form, or it is empty or longer
// than `most` characters.
ledger::Result<std::string> read_bank_name(std::string_view utf8, std::size_t most = bank_name_max);
// The same for our own texts: what has no such form becomes a full stop, and it is cut.
std::string bank_text(std::string_view utf8, std::size_t most = bank_text_max);

// "2027-06-30", a day there is. Empty stays empty.
ledger::Result<std::string> read_date(std::string_view text);

// Looks like an address; nobody asks whether it exists. Empty stays empty.
ledger::Result<std::string> read_mail(std::string_view text);

}  // namespace verbena::node
