// SPDX-License-Identifier: Apache-2.0
// Sheets end by a boundary in each log, and counts are blind: sealed until two persons counted.
#include <algorithm>
#include <set>

#include "ledger/rules.h"

#include "ledger/core/mutant.h"

namespace verbena::ledger {

namespace {

constexpr std::size_t count_lines_max = 500;  // fits an event

// Only the device that sealed a count finds its key again, also after a restart.
Bytes box_key(const SigningKey& key, std::string_view salt) {
  return to_bytes(sha256({"verbena-count-v1", view(key.seed()), salt}));
}

bool same_count(const SealedCount& a, const SealedCount& b) {
  return a.holder == b.holder && a.sheet == b.sheet && a.of == b.of && a.attempt == b.attempt;
}

Plan boundary(const schemas::SheetClosed& closed) {
  Plan plan;
  Draft draft;
  draft.event.set_kind(schemas::KIND_SHEET_CLOSED);
  draft.event.set_payload(closed.SerializeAsString());
  plan.drafts.push_back(std::move(draft));
  return plan;
}

}  // namespace

Result<Plan> plan_count(State& state, const DeviceIdentity& device, const CountIntent& intent) {
  const Certificate& certificate = device.certificate;
  if (!may(certificate.role, Action::stock_count)) {
    return refuse(Refusal::role_denied, "this device may not count stock");
  }
  const schemas::Festival* festival = state.festival();
  if (festival == nullptr) return refuse(Refusal::not_ready, "the festival's settings are missing");
  const std::string holder = intent.holder.empty() ? holder_of(certificate) : intent.holder;
  if (holder != holder_of(certificate) && certificate.role != schemas::SUPERVISOR) {
    return refuse(Refusal::not_here, "only a supervisor counts another holder's stock");
  }
  if (intent.lines.empty()) return refuse(Refusal::empty_basket, "no items were named");
  if (intent.lines.size() > count_lines_max) {
    return refuse(Refusal::amount_out_of_range, "more than 500 lines");
  }
  const std::uint32_t current = state.custody().current_sheet(holder);
  if (intent.of == schemas::CLOSING && current == 1) {
    return refuse(Refusal::not_ready, "no till of " + holder + " has closed its sheet yet");
  }
  schemas::CountLines lines;
  std::set<std::uint32_t> named;
  for (const auto& line : intent.lines) {
    const schemas::Item* item = find_item(*festival, line.sku);
    if (item == nullptr || item->part_size() > 0) {
      return refuse(Refusal::unknown_item, "\"" + line.sku + "\" is no item that is stocked");
    }
    if (!named.insert(item->number()).second) {
      return Error{Errc::bad_input, "\"" + line.sku + "\" is counted twice"};
    }
    auto units = units_of(*item, line);
    if (!units) return units.error();
    lines.add_item(item->number());
    lines.add_counted(*units);
  }
  schemas::SealedCount count;
  count.set_holder(holder);
  count.set_of(intent.of);
  count.set_sheet(intent.of == schemas::CLOSING ? current - 1 : current);
  const std::string own = certificate.person.empty() ? certificate.alias : certificate.person;
  const std::string& person = intent.person.empty() ? own : intent.person;
  std::uint32_t attempt = 0;
  for (const auto& [name, sealed] : state.custody().sealed()) {
    if (sealed.holder == holder && sealed.sheet == count.sheet() && sealed.of == count.of() &&
        name.person == person) {
      attempt = std::max(attempt, sealed.attempt);
    }
  }
  count.set_attempt(attempt + 1);
  count.set_salt(Bytes(view(intent.salt)));
  const Bytes key = box_key(device.key, count.salt());
  count.set_key_hash(to_bytes(count_key_hash(key, certificate.hash, person)));
  count.set_box(seal_box(lines.SerializeAsString(), key));
  Plan plan;
  Draft draft;
  draft.event.set_kind(schemas::KIND_COUNT_SEALED);
  draft.event.set_payload(count.SerializeAsString());
  plan.drafts.push_back(std::move(draft));
  return plan;
}

std::optional<schemas::CountLines> read_own_count(const DeviceIdentity& device,
                                                  const schemas::SealedCount& sealed) {
  schemas::CountLines lines;
  const auto plain = open_sealed_box(sealed.box(), box_key(device.key, sealed.salt()));
  if (!plain || !lines.ParseFromString(*plain)) return std::nullopt;
  return lines;
}

std::vector<Draft> plan_openings(State& state, const DeviceIdentity& device) {
  std::vector<Draft> out;
  const auto& sealed = state.custody().sealed();
  for (const auto& [name, own] : sealed) {
    if (name.certificate != device.certificate.hash || state.custody().opened(name) != nullptr) {
      continue;
    }
    const bool answered = std::any_of(sealed.begin(), sealed.end(), [&](const auto& other) {
      return same_count(other.second, own) && other.first.person != name.person;
    });
    const Bytes key = box_key(device.key, own.salt);
    if (!answered && !mutant(Mutant::count_opened_early)) continue;
    if (count_key_hash(key, name.certificate, name.person) != own.key_hash) continue;
    schemas::OpenedCount opened;
    opened.set_sealed(to_bytes(name.id));
    opened.set_key(key);
    Draft draft;
    draft.event.set_kind(schemas::KIND_COUNT_OPENED);
    draft.event.set_payload(opened.SerializeAsString());
    out.push_back(std::move(draft));
  }
  return out;
}

Result<Plan> plan_close_sheet(State& state, const DeviceView& device) {
  if (!may(device.certificate.role, Action::stock_close) ||
      device.certificate.role == schemas::SUPERVISOR) {
    return refuse(Refusal::role_denied, "this device keeps no sheet");
  }
  const CustodyBook& custody = state.custody();
  const std::string& holder = holder_of(device.certificate);
  schemas::SheetClosed closed;
  closed.set_sheet(custody.sheet_of(device.certificate.hash, holder));
  // Closed twice by a slip, the sheet before could not be counted any more.
  const auto& logs = custody.logs();
  const bool empty = std::none_of(logs.begin(), logs.end(), [&](const auto& log) {
    return log.second.fact_sheet >= closed.sheet() && log.second.holder == holder;
  });
  if (empty && closed.sheet() > 1) {
    return refuse(Refusal::not_ready,
                  "nothing has happened on this sheet since the last was closed");
  }
  return boundary(closed);
}

Result<Plan> plan_close_sheet_of(State& state, const DeviceView& device, const std::string& alias,
                                 const std::vector<LogSummary>& logs) {
  if (device.certificate.role != schemas::SUPERVISOR) {
    return refuse(Refusal::role_denied, "a lost till's sheet is closed by two supervisors");
  }
  const Certificate* target = state.roster().find_alias(alias);
  if (target == nullptr) return Error{Errc::bad_input, "no device is called \"" + alias + "\""};
  const CustodyBook& custody = state.custody();
  schemas::SheetClosed closed;
  closed.set_sheet(custody.sheet_of(target->hash, holder_of(*target)));
  for (const auto& [number, log] : custody.logs()) {
    if (log.name.certificate != target->hash || log.name.log_class != LogClass::trade) continue;
    if (log.sheet != closed.sheet() && !closed.log().empty()) continue;
    const auto held = std::find_if(logs.begin(), logs.end(),
                                   [&](const auto& summary) { return summary.id == log.id; });
    std::uint64_t size = held == logs.end() ? 0 : std::max(held->head.size, held->claimed);
    const auto told =
        state.claims().find({target->hash, static_cast<std::uint16_t>(log.name.incarnation >> 48)});
    if (told != state.claims().end()) size = std::max<std::uint64_t>(size, told->second.size);
    if (!closed.log().empty() && size <= closed.size()) continue;
    closed.set_log(to_bytes(log.id));
    closed.set_size(size);
  }
  if (closed.log().empty()) {
    return refuse(Refusal::not_ready, alias + " has written nothing that is known here");
  }
  Plan plan = boundary(closed);
  plan.approvers_needed = 1;
  return plan;
}

}  // namespace verbena::ledger
