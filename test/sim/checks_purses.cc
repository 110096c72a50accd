// SPDX-License-Identifier: Apache-2.0
// Money and goods, added up once more by other means than the fold's.
#include <algorithm>

#include "ledger/purse/band.h"
#include "test/sim/checks.h"
#include "test/sim/lost_bands.h"

namespace verbena::sim {

using ledger::Bytes;
using ledger::EventPlace;
using ledger::Hash;

namespace {

using Named = std::set<std::pair<std::uint32_t, ledger::PursePrefix>>;  // counter, start of id

// What purses are known by, read off events one by one.
struct PurseFacts {
  std::set<EventPlace> confirmed;
  std::map<std::uint64_t, Named> seen;                           // on bands, by purse
  std::map<std::uint64_t, std::vector<const HeldEvent*>> steps;  // by purse
  std::set<std::uint64_t> doubtful;  // an event of it does not count, or is a copy
};

ledger::PursePrefix previous_of(const HeldEvent& held) {
  ledger::PursePrefix out{};
  const auto& bytes = held.event.step().previous();
  std::copy_n(bytes.begin(), std::min(bytes.size(), out.size()), out.begin());
  return out;
}

bool confirms(schemas::Kind kind) {
  return kind == schemas::KIND_SALE_CONFIRMED || kind == schemas::KIND_TOP_UP_CONFIRMED ||
         kind == schemas::KIND_REFUND_CONFIRMED;
}

PurseFacts facts_of(const Held& held) {
  PurseFacts out;
  std::map<Hash, std::size_t> copies;
  for (const auto& one : held.events) {
    schemas::Confirmed confirmed;
    schemas::Evidence evidence;
    schemas::Grant grant;
    if (confirms(one.event.kind()) && confirmed.ParseFromString(one.event.payload())) {
      out.confirmed.insert({one.place.log, confirmed.prepared()});
    }
    if (one.event.kind() == schemas::KIND_EVIDENCE && one.counts &&
        evidence.ParseFromString(one.event.payload())) {
      const auto slot = ledger::decode_slot(evidence.slot());
      if (slot && slot->head.counter > 0) {
        out.seen[slot->head.purse].insert({slot->head.counter, slot->head.hash});
      }
    }
    if (one.event.kind() == schemas::KIND_GRANT && grant.ParseFromString(one.event.payload())) {
      if (!one.counts) out.doubtful.insert(grant.purse());
    }
    if (!one.event.has_step()) continue;
    const std::uint64_t purse = one.event.step().purse();
    out.steps[purse].push_back(&one);
    if (!one.counts || ++copies[one.id] > 1) out.doubtful.insert(purse);
  }
  return out;
}

// A step counts once its device confirmed it, a band shows it, or one that counts follows it.
std::set<EventPlace> posted_steps(const PurseFacts& facts, std::uint64_t purse) {
  std::set<EventPlace> out;
  Named named;
  if (const auto seen = facts.seen.find(purse); seen != facts.seen.end()) named = seen->second;
  for (bool moved = true; moved;) {
    moved = false;
    for (const auto* step : facts.steps.at(purse)) {
      const auto counter = step->event.step().counter();
      const bool counts = facts.confirmed.contains(step->place) ||
                          named.contains({counter, ledger::purse_prefix(step->id)});
      if (!counts || !out.insert(step->place).second) continue;
      named.insert({counter - 1, previous_of(*step)});
      moved = true;
    }
  }
  return out;
}

}  // namespace

// I20, I21: what of a purse counts, and its gaps: each stands for a step that nobody holds, and
// each such step for a gap.
void Checks::check_purses(const Held& held, ledger::State& state) {
  const PurseFacts facts = facts_of(held);
  std::map<Bytes, std::uint64_t> taken_back;  // by sale
  for (const auto& place : held.posted) {
    const auto* one = held.find(place);
    schemas::Grant grant;
    if (one == nullptr || one->event.kind() != schemas::KIND_GRANT ||
        !grant.ParseFromString(one->event.payload()) || grant.source() != schemas::GRANT_VOID) {
      continue;
    }
    if (++taken_back[grant.source_id()] > 1) {
      field_.violate("I8: one sale is given back twice");
    }
  }
  for (const auto& [purse, steps] : facts.steps) {
    if (facts.doubtful.contains(purse) || held.forked || held.ambiguous) continue;
    ++field_.result.checked;
    const auto posted = posted_steps(facts, purse);
    Named known;
    for (const auto* step : steps) {
      if (posted.contains(step->place) != held.posted.contains(step->place)) {
        field_.violate("I20: of a purse other steps count than were confirmed or shown");
      }
      if (posted.contains(step->place)) {
        known.insert({step->event.step().counter(), ledger::purse_prefix(step->id)});
      }
    }
    bool missing = false;
    for (const auto* step : steps) {
      const auto counter = step->event.step().counter();
      missing |= posted.contains(step->place) && counter > 1 &&
                 !known.contains({counter - 1, previous_of(*step)});
    }
    if (const auto seen = facts.seen.find(purse); seen != facts.seen.end()) {
      missing |= std::any_of(seen->second.begin(), seen->second.end(),
                             [&](const auto& entry) { return !known.contains(entry); });
    }
    if (missing == state.purse(purse).gaps.empty()) {
      field_.violate(missing ? "I21: a purse step that nobody holds is told by no gap"
                             : "I21: a purse has a gap and nothing of it is missing");
    }
  }
}

// I8: what was on a lost band is given once, to one purse.
void Checks::check_replaced(const Held& held) {
  std::map<std::uint64_t, std::uint64_t> heirs;  // old purse -> the one that takes its place
  std::set<std::pair<std::uint64_t, std::uint32_t>> lines;  // old purse, line
  for (const auto& place : held.posted) {
    const auto* one = held.find(place);
    const std::uint64_t old = one == nullptr ? 0 : replaced_by(one->event);
    if (old == 0) continue;
    schemas::Grant grant;
    grant.ParseFromString(one->event.payload());
    ++field_.result.checked;
    if (heirs.try_emplace(old, grant.purse()).first->second != grant.purse()) {
      field_.violate("I8: two bands took one lost band's place");
    }
    if (!lines.insert({old, grant.line()}).second) {
      field_.violate("I8: one part of a lost band's money is given twice");
    }
    for (const auto& posting : one->event.posting()) {
      if (posting.from() != schemas::PURSE || posting.to() != schemas::PURSE) {
        field_.violate("I13: a lost band's replacement brought other money than its own");
      }
    }
  }
}

namespace {

using Balances = std::map<std::pair<std::string, std::string>, __int128>;  // unit, path

std::string money_path(const HeldEvent& held, schemas::AccountClass kind, const std::string& id,
                       std::uint64_t purse) {
  switch (kind) {
    case schemas::OUTSIDE: return "outside/" + (id.empty() ? "cash" : id);
    case schemas::PURSE: return "purse/" + ledger::hex_u64(purse);
    case schemas::VOUCHER: return "voucher/" + id;
    case schemas::STAND: return "stand/" + (id.empty() ? held.author.stand : id);
    default: return "other";
  }
}

std::string stock_path(const HeldEvent& held, schemas::StockClass kind, const std::string& id) {
  const std::string own = held.author.stand.empty() ? held.author.alias : held.author.stand;
  const std::string& holder = id.empty() ? own : id;
  switch (kind) {
    case schemas::SUPPLIER: return "supplier";
    case schemas::HOLDER: return "holder/" + holder;
    case schemas::TRANSIT: return "transit/" + holder;
    case schemas::SOLD: return "sold/" + holder;
    case schemas::WASTE: return "waste/" + holder;
    case schemas::GRATIS: return "gratis/" + holder;
    default: return "other";
  }
}

std::uint64_t purse_of(const schemas::Event& event) {
  schemas::Grant grant;
  if (event.kind() == schemas::KIND_GRANT && grant.ParseFromString(event.payload())) {
    return grant.purse();
  }
  return event.step().purse();
}

// Whether the fold decides about it by a purse's or a sale's other events.
bool waits(const schemas::Event& event) {
  return event.has_step() || event.kind() == schemas::KIND_GRANT ||
         event.kind() == schemas::KIND_CASH_VOID;
}

}  // namespace

// I9: stock leaves a holder, and what is sent arrives, by the word of the holder's own devices.
void Checks::check_custody(const Held& held) {
  for (const auto& one : held.events) {
    if (!one.counts || (waits(one.event) && !held.posted.contains(one.place))) continue;
    const std::string own = one.author.stand.empty() ? one.author.alias : one.author.stand;
    for (const auto& move : one.event.move()) {
      const bool from_other = !move.from_id().empty() && move.from_id() != own;
      const bool to_other = !move.to_id().empty() && move.to_id() != own;
      if ((from_other && move.from() != schemas::SUPPLIER) ||
          (to_other && move.to() == schemas::HOLDER)) {
        field_.violate("I9: " + one.author.alias + " moved another holder's stock");
      }
    }
  }
}

// I20: each account, posting by posting.
void Checks::check_accounts(const Held& held, ledger::State& state) {
  if (held.forked || held.ambiguous) return;  // an event of several histories counts once
  Balances sums;
  const std::string unit_of_money = state.currency();
  for (const auto& one : held.events) {
    if (waits(one.event) ? !held.posted.contains(one.place) : false) continue;
    const std::uint64_t purse = purse_of(one.event), old = replaced_by(one.event);
    for (const auto& posting : one.event.posting()) {
      const auto amount = static_cast<__int128>(posting.amount_minor());
      sums[{unit_of_money,
            money_path(one, posting.from(), posting.from_id(), old == 0 ? purse : old)}] -= amount;
      if (one.counts) {
        sums[{unit_of_money, money_path(one, posting.to(), posting.to_id(), purse)}] += amount;
      }
    }
    for (const auto& move : one.event.move()) {
      for (int i = 0; i < move.item_size(); ++i) {
        const std::string unit = "#" + std::to_string(move.item(i));
        const auto units = static_cast<__int128>(move.quantity(i));
        sums[{unit, stock_path(one, move.from(), move.from_id())}] -= units;
        if (one.counts) sums[{unit, stock_path(one, move.to(), move.to_id())}] += units;
      }
    }
  }
  const auto& accounts = state.accounts();
  for (const auto& [purse, transfer] : held.gaps) {
    for (const auto& [id, sign] : {std::pair{transfer.from, -1}, std::pair{transfer.to, 1}}) {
      const auto& account = accounts.at(id);
      if (account.path.starts_with("purse/")) {
        sums[{account.unit, account.path}] += sign * static_cast<__int128>(transfer.amount);
      }
    }
  }
  for (const auto& account : accounts.all()) {
    if (account.path.starts_with("suspense/")) continue;
    ++field_.result.checked;
    if (account.balance != sums[{account.unit, account.path}]) {
      field_.violate("I20: " + account.path.substr(0, account.path.find('/')) +
                     " accounts differ from what their events add up to");
    }
  }
}

// I10: nobody overdraws a band but by copies of it, by voids that do not count in the end (each of
// two tills may have given the same sale back), and by top-ups that nobody confirmed. By no more
// than those came to.
void Checks::check_overdrafts(const Held& held, ledger::State& state) {
  std::map<std::uint64_t, __int128> given;
  for (const auto& one : held.events) {
    // On a band, but nobody whose word counts says so: spent at a till that is revoked.
    if (one.event.kind() == schemas::KIND_TOP_UP_PREPARED && !held.posted.contains(one.place)) {
      given[purse_of(one.event)] += ledger::entering_minor(one.event, schemas::PURSE);
    }
    if (one.event.kind() == schemas::KIND_GRANT) {
      given[purse_of(one.event)] += out_of_stand_minor(one.event);
      // Of two bands that were to take a lost one's place, one did not in the end: it bought before
      // that was known. And a lost band buys on where nobody has heard that its money went
      // elsewhere.
      const std::uint64_t old = replaced_by(one.event);
      const std::uint64_t moved = ledger::entering_minor(one.event, schemas::PURSE);
      if (old != 0) given[held.posted.contains(one.place) ? old : purse_of(one.event)] += moved;
    }
  }
  // What was given back at a till that is gone, or that nobody listens to any more.
  std::uint64_t lost = 0;
  for (const auto& done : field_.acknowledged) {
    const bool known = held.ids.contains(*ledger::fixed<32>(done.id));
    if (done.request.has_void_sale() && !known) lost += sale_minor_max;
  }
  const auto overdrawn = [&](std::uint64_t purse, std::uint64_t copies_minor) {
    const auto balance =
        state.accounts().balance(state.currency(), "purse/" + ledger::hex_u64(purse));
    if (-balance > static_cast<__int128>(copies_minor + lost) + given[purse]) {
      field_.violate("I10: a band is overdrawn by more than its copies bought");
    }
    return balance;
  };
  for (const auto& customer : field_.customers) {
    for (const auto& band : customer.lost) overdrawn(purse_on(band), customer.copies_minor);
    const auto image = ledger::decode_band(customer.band);
    if (!image) continue;
    const auto newest = ledger::newest_slot(*image, [](const auto&, auto) { return true; });
    if (!newest) continue;
    const std::uint64_t purse = newest->slot.head.purse;
    const auto balance = overdrawn(purse, customer.copies_minor);
    // What the band itself says, as long as nothing of it is elsewhere.
    const auto& head = newest->slot.head;
    const auto on_band = static_cast<__int128>(head.credited) - head.debited;
    const bool copied = !customer.copy.empty() || customer.copies_minor > 0;
    const bool whole = !copied && given[purse] == 0 && lost == 0;
    if (whole && balance < on_band) {
      field_.violate("I10: a purse is charged more than its band was");
    }
  }
}

}  // namespace verbena::sim
