// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

#include "ledger/core/crypto.h"
#include "ledger/core/result.h"
#include "schemas/festival.pb.h"
#include "schemas/terminal.pb.h"

// What an approver is shown, and the yes.
namespace verbena::node {

// Fails where the bytes are no request.
ledger::Result<schemas::ApprovalRequest> parse_approval_request(const std::string& bytes);

// The request in words, from the event itself: nothing that only the asking device claims.
// With the settings in force, goods and money are told by name; else by number and minor unit.
std::string approval_sentence(const schemas::ApprovalRequest& request, bool spanish,
                              const schemas::Festival* festival = nullptr);

ledger::Result<schemas::Approval> sign_approval(const schemas::ApprovalRequest& request,
                                                const ledger::SigningKey& key);

// The same intent again, with the approvals of these keys for what a refusal asked for.
ledger::Status approve_intent(schemas::OperateRequest& intent, const schemas::Refused& refused,
                              std::span<const ledger::SigningKey* const> keys);

}  // namespace verbena::node
