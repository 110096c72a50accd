// SPDX-License-Identifier: Apache-2.0
#include "replication/scope.h"

#include <algorithm>

#include "ledger/core/mutant.h"

namespace verbena::replication {

using ledger::Bytes;
using ledger::Certificate;
using ledger::Errc;
using ledger::Error;
using ledger::Hash;
using ledger::LogClass;
using ledger::mutant;
using ledger::Mutant;

namespace {

Bytes carried_name(const Hash& certificate) {
  return Bytes(ledger::view(certificate).substr(0, carried_name_bytes));
}

}  // namespace

bool Follows::trade_of(const Certificate& author) const {
  const bool zoneless = author.zone.empty() && !mutant(Mutant::zoneless_unfollowed);
  return all || zoneless || author.zone == zone ||
         std::binary_search(carried.begin(), carried.end(), carried_name(author.hash));
}

Bytes Follows::name() const {
  if (all) return {};
  Bytes rows = zone + '\0';
  for (const Bytes& device : carried) rows += device;
  return ledger::to_bytes(ledger::sha256({"verbena-follows-v1", rows})).substr(0, 8);
}

schemas::Follows to_wire(const Follows& follows) {
  schemas::Follows out;
  out.set_zone(follows.zone);
  for (const Bytes& device : follows.carried) out.mutable_carried()->append(device);
  return out;
}

ledger::Result<Follows> from_wire(const schemas::Follows& wire) {
  Follows out{false, wire.zone(), {}};
  if (wire.zone().empty() || wire.zone().size() > ledger::alias_bytes_max ||
      wire.carried().size() % carried_name_bytes != 0 ||
      wire.carried().size() > carried_max * carried_name_bytes) {
    return Error{Errc::bad_input, "a peer says wrongly what it follows"};
  }
  for (std::size_t at = 0; at < wire.carried().size(); at += carried_name_bytes) {
    out.carried.push_back(wire.carried().substr(at, carried_name_bytes));
  }
  if (!std::is_sorted(out.carried.begin(), out.carried.end())) {
    return Error{Errc::bad_input, "a peer names what it follows in no order"};
  }
  return out;
}

bool follows_zone(const schemas::Festival* festival, const Certificate& device) {
  return (festival == nullptr || festival->follow_zone()) && !device.zone.empty() &&
         (device.role == schemas::VENDOR || device.role == schemas::STAND_LEAD);
}

bool Scope::covers(const ledger::Ledger& ledger, const ledger::LogName& log) {
  if (log.log_class != LogClass::trade || (mine_.all && theirs_.all)) return true;
  const auto known = known_.find(log.certificate);
  if (known != known_.end()) return known->second;
  const auto author = ledger.author(log.certificate);
  if (author == nullptr) return false;  // asked again once it is known
  return known_[log.certificate] = mine_.trade_of(*author) && theirs_.trade_of(*author);
}

Follows own_follows(const ledger::Ledger& ledger) {
  Follows out;
  ledger.ask([&](ledger::State& state, const ledger::DeviceView& device) {
    if (!follows_zone(state.festival(), device.certificate)) return;
    out.all = false;
    out.zone = device.certificate.zone;
  });
  return out;
}

Follows Following::now(const ledger::Ledger& ledger, const std::vector<Hash>& linked) {
  Follows out = own_follows(ledger);
  if (out.all) return out;
  for (const auto& log : ledger.logs(seen_)) {
    seen_ = std::max(seen_, log.changed_at);
    if (log.name.log_class == LogClass::trade) authors_.insert(log.name.certificate);
  }
  std::vector<Hash> carried = linked;
  carried.insert(carried.end(), authors_.begin(), authors_.end());
  for (const Hash& certificate : carried) {
    if (out.carried.size() >= carried_max) break;
    const auto author = ledger.author(certificate);
    if (author != nullptr && !out.trade_of(*author)) {
      const Bytes name = carried_name(certificate);
      out.carried.insert(std::lower_bound(out.carried.begin(), out.carried.end(), name), name);
    }
  }
  return out;
}

}  // namespace verbena::replication
