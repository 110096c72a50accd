// SPDX-License-Identifier: Apache-2.0
#include "node/presence_desk.h"

namespace verbena::node {

using ledger::Hash;
using ledger::Result;

Result<PresenceDesk::Looked> PresenceDesk::look() {
  if (const std::uint64_t news = ledger_.news(); news != news_) {
    for (const auto& log : ledger_.logs(news_)) {
      Watched& watched = logs_[log.id];
      watched.name = log.name;
      watched.size = log.head.size;
      if (!watched.author) watched.author = ledger_.author(log.name.certificate);
    }
    news_ = news;
  }
  Looked out;
  std::size_t left = presence_events_max;
  // Control logs first: what a hub has called false already is not called so again.
  for (const bool control : {true, false}) {
    for (auto& [id, log] : logs_) {
      if ((log.name.log_class == ledger::LogClass::control) == control) look_at(id, log, left);
    }
  }
  out.more = left == 0;
  auto published = publish();
  if (!published) return published.error();
  out.published = *published;
  return out;
}

// Only where it counts: what a hub says that was revoked is to be said again.
void PresenceDesk::note_verdict(const ledger::EventPlace& place, const schemas::Event& event) {
  schemas::PresenceVerdict verdict;
  if (!verdict.ParseFromString(event.payload())) return;
  bool counts = false;
  ledger_.ask([&](ledger::State& state, const ledger::DeviceView&) {
    counts = state.cause(place) == ledger::Cause::none;
  });
  const auto of = ledger::fixed<32>(verdict.log());
  for (const auto index : verdict.false_index()) {
    if (counts && of && index < verdict.size()) judged_.insert({*of, index});
  }
}

void PresenceDesk::look_at(const Hash& id, Watched& log, std::size_t& left) {
  const EventAt held = [&](std::uint64_t index) -> std::optional<ledger::Bytes> {
    auto bytes = ledger_.event_bytes(log.name, index);
    return bytes ? std::optional(bytes.take()) : std::nullopt;
  };
  for (; left > 0 && log.looked < log.size && log.author; ++log.looked, --left) {
    const auto bytes = held(log.looked);
    schemas::Event event;
    if (!bytes || !ledger::parse_event(*bytes, event)) continue;
    if (event.kind() == schemas::KIND_PRESENCE_VERDICT && log.author->role == schemas::HUB) {
      note_verdict({id, log.looked}, event);
    }
    const auto claim = log.reader.next(event, log.looked, *log.author, held, keys_);
    if (claim && !claim->proven && !judged_.contains({id, claim->index})) {
      log.false_indices.insert(claim->index);
    }
  }
}

Result<bool> PresenceDesk::publish() {
  const std::uint64_t now_ms = clock_.monotonic_ms();
  if (now_ms < publish_at_ms_) return false;
  std::vector<ledger::Draft> drafts;
  for (const auto& [id, log] : logs_) {
    schemas::PresenceVerdict verdict;
    const auto say = [&] {
      if (verdict.false_index_size() == 0) return;
      verdict.set_log(ledger::to_bytes(id));
      verdict.set_size(log.size);
      ledger::Draft draft;
      draft.log_class = ledger::LogClass::control;
      draft.event.set_kind(schemas::KIND_PRESENCE_VERDICT);
      draft.event.set_payload(verdict.SerializeAsString());
      drafts.push_back(std::move(draft));
      verdict.Clear();
    };
    for (const auto index : log.false_indices) {
      if (drafts.size() == verdicts_max) break;
      if (judged_.contains({id, index})) continue;  // by another hub meanwhile
      verdict.add_false_index(index);
      if (verdict.false_index_size() == static_cast<int>(verdict_indices_max)) say();
    }
    if (drafts.size() < verdicts_max) say();
    if (drafts.size() == verdicts_max) break;
  }
  if (drafts.empty()) return false;
  publish_at_ms_ = now_ms + verdict_wait_ms;
  auto written =
      ledger_.commit(0, [&](auto&, auto&) -> Result<std::vector<ledger::Draft>> { return drafts; });
  if (!written) return written.error();  // they are still there: at the next time again
  for (const auto& draft : drafts) {
    schemas::PresenceVerdict verdict;
    VERBENA_CHECK(verdict.ParseFromString(draft.event.payload()));
    const Hash of = *ledger::fixed<32>(verdict.log());
    for (const auto index : verdict.false_index()) {
      judged_.insert({of, index});
      logs_.at(of).false_indices.erase(index);
    }
  }
  return true;
}

}  // namespace verbena::node
