// SPDX-License-Identifier: Apache-2.0
#include "node/http/ask_desk.h"

#include <nlohmann/json.hpp>

#include "node/approval.h"

namespace verbena::node::http {

using ledger::Hash;
using nlohmann::ordered_json;

namespace {

std::optional<Hash> hash_from(const std::string& text) {
  const auto bytes = ledger::unhex(text);
  return bytes ? ledger::fixed<32>(*bytes) : std::nullopt;
}

Answer unknown(Language language) {
  return refusal(404, "unknown-ask", language);
}

}  // namespace

Answer AskDesk::ask(std::uint64_t intent, const schemas::Refused& refused, Language language) {
  Answer out = refusal(refused, language);
  const auto request = parse_approval_request(refused.request());
  const auto hash = asks_.ask(refused.request(), refused.needed());
  if (!request || !hash) return out;
  {
    std::lock_guard lock(mutex_);
    std::erase_if(asked_, [&](const auto& entry) { return entry.first == intent; });
    if (asked_.size() >= intents_asked_max) asked_.erase(asked_.begin());
    asked_.emplace_back(intent, *hash);
  }
  wake_();
  ordered_json body = ordered_json::parse(out.json);
  ordered_json sentence;
  ledger_.ask([&](ledger::State& state, const ledger::DeviceView&) {
    sentence = {{"en", approval_sentence(*request, false, state.festival())},
                {"es", approval_sentence(*request, true, state.festival())}};
  });
  body["refused"]["ask"] = {{"hash", ledger::hex(*hash)},
                            {"sentence", std::move(sentence)},
                            {"needed", refused.needed()}};
  out.json = body.dump();
  return out;
}

void AskDesk::add_approvals(schemas::OperateRequest& request) {
  std::optional<Hash> hash;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [intent, asked] : asked_) {
      if (intent == request.intent()) hash = asked;
    }
  }
  const auto open = hash ? asks_.find(*hash) : std::nullopt;
  if (!open) return;
  for (const auto& [person, approval] : open->yes) *request.add_approval() = approval;
}

void AskDesk::settled(std::uint64_t intent) {
  std::lock_guard lock(mutex_);
  std::erase_if(asked_, [&](const auto& entry) {
    if (entry.first != intent) return false;
    asks_.withdraw(entry.second);
    return true;
  });
}

Answer AskDesk::look(const std::string& text, std::size_t neighbours, Language language) {
  const auto hash = hash_from(text);
  const auto open = hash ? asks_.find(*hash) : std::nullopt;
  if (!open) return unknown(language);
  const ordered_json out{{"needed", open->needed},
                         {"yes", open->yes.size()},
                         {"refused", !open->no.empty()},
                         {"neighbours", neighbours}};
  return {200, out.dump()};
}

Answer AskDesk::withdraw(const std::string& text, Language language) {
  const auto hash = hash_from(text);
  if (!hash || !asks_.find(*hash)) return unknown(language);
  asks_.withdraw(*hash);
  return {200, "{}"};
}

std::string AskDesk::open_json(bool may_approve) {
  ordered_json out{{"asks", ordered_json::array()}, {"may_approve", may_approve}};
  const auto open = asks_.open();
  ledger_.ask([&](ledger::State& state, const ledger::DeviceView& device) {
    for (const auto& ask : open) {
      if (ask.asker->key == device.certificate.key) continue;
      out["asks"].push_back({{"hash", ledger::hex(ask.hash)},
                             {"sentence",
                              {{"en", approval_sentence(ask.request, false, state.festival())},
                               {"es", approval_sentence(ask.request, true, state.festival())}}},
                             {"device", ask.asker->alias},
                             {"stand", ask.asker->stand},
                             {"staff", ask.request.staff()},
                             {"age_ms", ask.age_ms},
                             {"needed", ask.needed},
                             {"yes", ask.yes.size()},
                             {"no", ask.no.size()},
                             {"mine", ask.answered_here}});
    }
  });
  return out.dump();
}

Answer AskDesk::answer(const std::string& text, bool yes, Language language) {
  const auto hash = hash_from(text);
  if (!hash || !asks_.find(*hash)) return unknown(language);
  if (auto status = asks_.answer(*hash, yes); !status) {
    return refusal(403, "not-an-approver", language);
  }
  wake_();
  return {200, "{}"};
}

}  // namespace verbena::node::http
