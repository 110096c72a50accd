// SPDX-License-Identifier: Apache-2.0
#include "node/enrolment.h"

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Refusal;
using ledger::Status;

Status go_on(const MakeStep& step, const std::string& act) {
  if (!step || step(act)) return ledger::done();
  return Error{Errc::internal, "stopped"};
}

bool is_enrolled(const Path& home) {
  return path_exists(home / "certificate") && !is_unfinished(home);
}

Error enrolled_already(const Path& home) {
  return {Errc::bad_input, home.string() + ": a device was enrolled here already"};
}

Status may_begin(const Path& home, const ledger::Hash& certificate) {
  if (!is_unfinished(home)) return ledger::done();
  const auto keys = read_unfinished_home(home);
  if (!keys || keys->identity.certificate.hash == certificate) return ledger::done();
  const ledger::Certificate& device = keys->identity.certificate;
  return Error{Errc::bad_input, home.string() + ": was begun for " + device.alias + ", a " +
                                    ledger::role_name(device.role) +
                                    (device.stand.empty() ? "" : " at " + device.stand) +
                                    ", and never finished: finish that, or remove the folder"};
}

Status begin_home(const Path& home, const std::string& command, const NewHome& parts,
                  ledger::Random& random) {
  if (is_enrolled(home)) return enrolled_already(home);
  if (auto status = not_wiped(home); !status) return status;
  if (auto status = make_directory(home); !status) return status;
  if (auto status = write_file(home / unfinished_file, command); !status) return status;
  if (parts.band_keys) {
    auto status = write_band_keys(home, *parts.band_keys, {}, random);
    if (!status) return status;
  }
  return write_home(home, parts.key, {}, parts.certificate, parts.root, parts.tls,
                    parts.authority_pem);
}

Status finish_home(const Path& home, ledger::Ledger& from, const ledger::Clock& clock,
                   ledger::Random& random) {
  {
    auto opened = open_unfinished_home(home, clock, random);
    if (!opened) return opened.error();
    if (auto status = copy_control_logs(from, *opened->ledger); !status) return status;
  }
  return discard_file(home / unfinished_file);
}

ledger::Draft control_draft(schemas::Kind kind, const std::string& payload) {
  ledger::Draft draft;
  draft.log_class = ledger::LogClass::control;
  draft.event.set_kind(kind);
  draft.event.set_payload(payload);
  return draft;
}

Status copy_control_logs(ledger::Ledger& from, ledger::Ledger& to) {
  std::vector<ledger::LogRun> waiting;
  for (const auto& log : from.logs()) {
    if (log.name.log_class != ledger::LogClass::control) continue;
    auto runs = from.read(log.name, 0, SIZE_MAX);
    if (!runs) return runs.error();
    std::move(runs->begin(), runs->end(), std::back_inserter(waiting));
  }
  // The root's log makes the others' authors known: go round until nothing is left.
  while (!waiting.empty()) {
    const std::size_t before = waiting.size();
    std::vector<ledger::LogRun> later;
    for (auto& run : waiting) {
      auto outcome = to.ingest(run);
      if (outcome) continue;
      if (outcome.error().code != Errc::unknown_author) return outcome.error();
      later.push_back(std::move(run));
    }
    if (later.size() == before) return Error{Errc::internal, "a control log without an author"};
    waiting = std::move(later);
  }
  return to.sync();
}

Status are_two_supervisors(ledger::Ledger& book, const ledger::Certificate& one,
                           const ledger::Certificate& other) {
  if (one.festival != book.festival() || other.festival != book.festival()) {
    return Error{Errc::other_festival, "the two supervisors are not of one festival"};
  }
  Status out = ledger::done();
  book.ask([&](ledger::State& state, const ledger::DeviceView&) {
    const ledger::Roster& roster = state.roster();
    if (state.festival() == nullptr) {
      out = ledger::refuse(Refusal::not_ready, "the festival's settings are missing here");
      return;
    }
    for (const auto* supervisor : {&one, &other}) {
      if (supervisor->role != schemas::SUPERVISOR) {
        out = ledger::refuse(Refusal::role_denied, supervisor->alias + " is no supervisor");
      } else if (roster.revoked(supervisor->key)) {
        out = ledger::refuse(Refusal::device_revoked, supervisor->alias + " is revoked");
      } else if (roster.approver(supervisor->key).empty()) {
        out = ledger::refuse(Refusal::not_ready, supervisor->alias + " is not known here");
      }
      if (!out) return;
    }
    if (roster.approver(one.key) == roster.approver(other.key)) {
      out =
          ledger::refuse(Refusal::approval_needed, "two supervisors must agree, and " + one.alias +
                                                       " and " + other.alias + " are one person");
    }
  });
  return out;
}

}  // namespace verbena::node
