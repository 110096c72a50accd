// SPDX-License-Identifier: Apache-2.0
#include "ledger/wire.h"

namespace verbena::ledger {

schemas::LogName to_wire(const LogName& name) {
  schemas::LogName out;
  out.set_certificate(to_bytes(name.certificate));
  out.set_incarnation(name.incarnation);
  out.set_log_class(static_cast<std::uint32_t>(name.log_class));
  return out;
}

Result<LogName> from_wire(const schemas::LogName& name) {
  const auto certificate = fixed<32>(name.certificate());
  if (!certificate || name.log_class() < 1 || name.log_class() > 3) {
    return Error{Errc::bad_input, "a log name is malformed"};
  }
  return LogName{*certificate, name.incarnation(), static_cast<LogClass>(name.log_class())};
}

schemas::Head to_wire(const Head& head) {
  schemas::Head out;
  out.set_size(head.size);
  out.set_root(to_bytes(head.root));
  out.set_hlc(head.hlc);
  out.set_signature(to_bytes(head.signature));
  return out;
}

Result<Head> from_wire(const schemas::Head& head) {
  const auto root = fixed<32>(head.root());
  const auto signature = fixed<64>(head.signature());
  if (!root || !signature || head.size() > UINT32_MAX) {
    return Error{Errc::bad_input, "a head is malformed"};
  }
  return Head{head.size(), *root, head.hlc(), *signature};
}

schemas::Run to_wire(LogRun run) {
  schemas::Run out;
  *out.mutable_log() = to_wire(run.log);
  out.set_first(run.first);
  for (auto& event : run.events) out.add_event(std::move(event));
  *out.mutable_head() = to_wire(run.head);
  return out;
}

Result<LogRun> from_wire(schemas::Run run) {
  auto name = from_wire(run.log());
  if (!name) return name.error();
  auto head = from_wire(run.head());
  if (!head) return head.error();
  LogRun out{*name, run.first(), {}, *head};
  out.events.reserve(static_cast<std::size_t>(run.event_size()));
  for (auto& event : *run.mutable_event()) out.events.push_back(std::move(event));
  return out;
}

}  // namespace verbena::ledger
