// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "ledger/fiscal_own.h"
#include "node/fiscal_table.h"
#include "node/output.h"

// Daily reports for scripts and for people (docs/fiscal.md).
namespace verbena::node {

// All days with their hashes.
nlohmann::ordered_json z_days_json(const ZChain& chain);
std::string z_days_page(const Output& output, const ZChain& chain);

// One day; with its receipts where these are asked for.
nlohmann::ordered_json z_json(const ZChain& chain, const ZReport& report, bool receipts);
std::string z_page(const Output& output, const ZChain& chain, const ZReport& report, bool receipts);

// A receipt of the node's own, to be printed as soon as it is written; a page is made of the JSON.
std::string own_receipt_json(const ledger::OwnReceipt& receipt);
std::string own_receipt_page(const Output& output, const nlohmann::ordered_json& object);

// A word that the tables have as a code, such as "credit-note" or "aborted".
std::string fiscal_text(const Output& output, const std::string& code);

}  // namespace verbena::node
