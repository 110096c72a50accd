// SPDX-License-Identifier: Apache-2.0
// What every device must satisfy, and who may do what. Purses and accounts: checks_purses.cc.
#include "test/sim/checks.h"

#include <algorithm>

#include "ledger/audit.h"
#include "ledger/proof.h"
#include "ledger/state/approvals.h"

namespace verbena::sim {

using ledger::Bytes;
using ledger::Hash;
using ledger::LogClass;
using ledger::view;

namespace {

// A window of bodies, the last read beyond it, and frames that are no bodies.
constexpr std::uint64_t queued_bytes_max =
    replication::window_bytes_max + 2 * replication::run_bytes_max + (48 << 10);
constexpr std::size_t links_per_peer_max = 8;
constexpr std::uint64_t own_logs_max = 16;  // of a hostile device, known from the outset

bool is_money(schemas::Kind kind) {
  return kind == schemas::KIND_SALE || kind == schemas::KIND_SALE_PREPARED ||
         kind == schemas::KIND_TOP_UP_PREPARED || kind == schemas::KIND_REFUND_PREPARED ||
         kind == schemas::KIND_CASH_VOID || kind == schemas::KIND_GRANT;
}

bool takes_back(const schemas::Event& event) {
  if (event.kind() == schemas::KIND_CASH_VOID) return true;
  schemas::Grant grant;
  return event.kind() == schemas::KIND_GRANT && grant.ParseFromString(event.payload()) &&
         grant.source() == schemas::GRANT_VOID;
}

}  // namespace

std::uint64_t out_of_stand_minor(const schemas::Event& event) {
  std::uint64_t sum = 0;
  for (const auto& posting : event.posting()) {
    if (posting.from() == schemas::STAND) sum += posting.amount_minor();
  }
  return sum;
}

std::uint64_t replaced_by(const schemas::Event& event) {
  schemas::Grant grant;
  if (event.kind() != schemas::KIND_GRANT || !grant.ParseFromString(event.payload()) ||
      grant.source() != schemas::GRANT_REPLACEMENT) {
    return 0;
  }
  return ledger::unhex_u64(ledger::hex(grant.source_id())).value_or(0);
}

Hash digest_of(ledger::Ledger& ledger) {
  Hash out{};
  ledger.ask([&](ledger::State& state, const auto&) { out = state.digest(); });
  return out;
}

Bytes root_of(const ledger::Ledger& ledger) {
  replication::Frontier frontier;
  frontier.pull(ledger);
  return frontier.root();
}

bool agrees(const ledger::Ledger& ledger, const ledger::Ledger& whole) {
  const auto& device = ledger.identity()->certificate;
  if (device.role != schemas::VENDOR || device.zone.empty()) {
    return root_of(ledger) == root_of(whole);
  }
  const auto here = replication::scope_roots(ledger);
  for (const auto& [scope, root] : replication::scope_roots(whole)) {
    const bool elsewhere =
        scope.starts_with("trade/") && scope != "trade/" && scope != "trade/" + device.zone;
    const auto found = here.find(scope);
    if (!elsewhere && (found == here.end() || found->second != root)) return false;
  }
  return true;
}

// ---- while things happen -----------------------------------------------------------------------

void Checks::while_running(std::size_t index) {
  auto& node = field_.node(index);
  if (!node.up()) return;
  node.ledger().ask([&](ledger::State& state, const auto&) {
    (void)state.digest();  // asked for in between, it must still be right at the end
    check_conserved(state, node.alias());
    check_innocent(state, node.alias());
  });
  check_witness(node);
  check_lives(node);
  check_windows();
  if (node.replicator().links() >
      links_per_peer_max * (field_.nodes.size() + field_.hostile.size())) {
    field_.violate("I17: " + node.alias() + " keeps too many links");
  }
  for (const auto& liar : field_.hostile) {
    if (liar->patient_peers() > 0) {
      field_.violate("I17: nonsense is listened to for ever");
    }
  }
}

void Checks::check_conserved(ledger::State& state, const std::string& where) {
  std::map<std::string, __int128> sums;
  for (const auto& account : state.accounts().all()) sums[account.unit] += account.balance;
  for (const auto& [unit, sum] : sums) {
    if (sum != 0) field_.violate("I1: " + unit + " does not sum to zero at " + where);
  }
}

void Checks::check_windows() {
  if (field_.network.queued_bytes_max(field_.aliases) > queued_bytes_max) {
    field_.violate("I17: more waits on one link than its window allows");
  }
}

// I11, I12: whoever is honest is not called a forger, and is revoked by those who may alone.
void Checks::check_innocent(ledger::State& state, const std::string& where) {
  for (std::size_t i = 0; i < field_.nodes.size(); ++i) {
    const auto& key = field_.node(i).device().identity.certificate.key;
    if (state.roster().forked(key)) {
      field_.violate("I11: " + where + " holds a fork proof against an honest device");
    } else if (!field_.revoked[i] && state.roster().revoked(key)) {
      field_.violate("I12: " + field_.aliases[i] + " is revoked by nobody who may");
    }
  }
}

// Own money events above every receipt of another stand, a hub or a supervisor are unwitnessed.
// The ledger keeps the greatest receipts only; it may know of more witnesses, never of fewer.
void Checks::check_witness(SimNode& node) {
  const auto& own = node.device().identity.certificate;
  std::map<Bytes, std::uint64_t> witnessed;
  for (const auto& receipt : node.ledger().receipts()) {
    const auto witness = node.ledger().author(*ledger::fixed<32>(receipt.witness()));
    if (!witness || witness->hash == own.hash) continue;
    const bool office = witness->role == schemas::HUB || witness->role == schemas::SUPERVISOR;
    if (!office && witness->stand == own.stand) continue;
    for (const auto& position : receipt.position()) {
      auto& size = witnessed[position.log()];
      size = std::max(size, position.size());
    }
  }
  std::uint64_t open = 0;
  schemas::Event event;
  for (const auto& log : node.store().logs()) {
    if (log.name.certificate != own.hash) continue;
    const std::uint64_t from = witnessed[ledger::to_bytes(log.name.id())];
    (void)node.store().read(log.name, from, SIZE_MAX, [&](std::uint64_t, std::string_view bytes) {
      open += ledger::parse_event(bytes, event) && is_money(event.kind());
      return ledger::done();
    });
  }
  std::uint64_t told = 0;
  node.ledger().ask(
      [&](auto&, const ledger::DeviceView& device) { told = device.unwitnessed.count; });
  if (told < open) {
    field_.violate("I7: " + node.alias() + " takes its own stand for a witness");
  }
}

// A key that opens lives without end costs a peer so many logs and no more.
void Checks::check_lives(SimNode& node) {
  if (field_.hostile.empty()) return;
  const std::uint64_t allowed = ledger::new_logs_burst * node.life() +  // it forgets when it starts
                                field_.scheduler.now_ms() / ledger::new_log_ms + own_logs_max;
  std::map<Hash, std::uint64_t> logs;
  for (const auto& log : node.ledger().logs()) ++logs[log.name.certificate];
  for (const auto& liar : field_.hostile) {
    if (logs[liar->certificate()] > allowed) {
      field_.violate("I17: " + node.alias() + " holds " + std::to_string(allowed) +
                     " logs of one device");
    }
  }
}

// ---- at rest -----------------------------------------------------------------------------------

Held Checks::read(SimNode& node) {
  Held out;
  auto& ledger = node.ledger();
  for (const auto& log : ledger.logs()) {
    out.forked |= log.forked;
    const auto author = ledger.author(log.name.certificate);
    const auto runs = ledger.read(log.name, 0, SIZE_MAX);
    std::uint64_t index = 0;
    for (const auto& run : *runs) {
      for (const auto& bytes : run.events) {
        HeldEvent held{log.name, {log.id, index++}, ledger::leaf_hash(bytes), *author, {}, false};
        if (!ledger::parse_event(bytes, held.event)) held.event.Clear();
        out.ids.insert(held.id);
        out.at[held.place] = out.events.size();
        out.events.push_back(std::move(held));
      }
    }
  }
  ledger.ask([&](ledger::State& state, const auto&) {
    std::set<Hash> broken;
    for (const auto& [id, text] : state.findings()) broken.insert(id);
    std::map<Hash, std::size_t> places;
    for (auto& held : out.events) {
      out.ambiguous |= ++places[held.id] > 1 && broken.contains(held.id);
      held.counts = state.cause(held.place) == ledger::Cause::none && !broken.contains(held.id);
    }
    state.visit_cells([&](const ledger::PostingSource& source, const ledger::Transfer& transfer) {
      if (source.gap) {
        out.gaps.emplace_back(source.purse, transfer);
      } else {
        out.posted.insert(source.place);
      }
    });
  });
  return out;
}

void Checks::at_rest() {
  auto& reference = field_.reference();
  auto& ledger = reference.ledger();
  const auto digest = digest_of(ledger);
  field_.result.digest = ledger::hex(digest);
  field_.result.events = ledger.events();
  for (std::size_t i = 0; i < field_.nodes.size(); ++i) {
    if (field_.takes_part(i) && field_.node(i).up()) check_node(i, digest);
  }
  check_windows();
  const Held held = read(reference);
  check_acknowledged(held);
  check_order(reference, digest);
  check_members(held);
  check_once(held);
  check_custody(held);
  check_signers(held);
  check_issuers(held);
  check_prices(held);
  check_replaced(held);
  ledger.ask([&](ledger::State& state, const auto&) {
    check_revoked(held, state);
    check_purses(held, state);
    check_accounts(held, state);
    check_overdrafts(held, state);
    check_clones(held, state);
    check_vouchers(held, state);
  });
  check_proofs();
}

// I1, I2, I4: what a device kept is what its store folds to again, every head and leaf verified.
void Checks::check_node(std::size_t index, const Hash& digest) {
  auto& node = field_.node(index);
  const bool whole = replication::own_follows(node.ledger()).all;
  if (field_.result.converged && whole && digest_of(node.ledger()) != digest) {
    field_.violate("I4: " + node.alias() + " holds the same logs and has another digest");
  }
  const auto report = ledger::audit(node.store(), field_.world.root);
  if (!report) return field_.violate("I2: " + node.alias() + ": " + report.error().text);
  for (const auto& finding : report->findings) {
    if (finding.kind == "forged" || finding.kind == "unknown-author") {
      field_.violate("I2: " + node.alias() + " holds what does not verify: " + finding.text);
    }
  }
  if (!report->conserved) field_.violate("I1: " + node.alias() + " replays to unequal accounts");
  if (report->state_digest != digest_of(node.ledger())) {
    field_.violate("I4: " + node.alias() + " replays to another digest than it kept");
  }
  field_.result.checked += report->heads_verified;
  check_forks(node);
  check_lives(node);
}

void Checks::check_forks(SimNode& node) {
  node.ledger().ask([&](ledger::State& state, const auto&) {
    check_innocent(state, node.alias());
    for (const auto& liar : field_.hostile) {
      const auto& key = liar->identity().certificate.key;
      const bool told =
          liar->member() &&
          std::any_of(field_.nodes.begin(), field_.nodes.end(),
                      [&](const auto& other) { return other->heard_fork(liar->forked_log()); });
      if (told && !state.roster().forked(key)) {
        field_.violate("I11: " + node.alias() + " knows of no proof of a fork that was seen");
      }
    }
  });
}

// I6, I7: what was acknowledged is held, unless it was destroyed with its device before anybody
// gave a receipt for it.
void Checks::check_acknowledged(const Held& held) {
  for (const auto& done : field_.acknowledged) {
    if (held.ids.contains(*ledger::fixed<32>(done.id)) || field_.revoked[done.node]) continue;
    if (!field_.unsafe[done.node]) {
      field_.violate("I6: what " + field_.aliases[done.node] + " acknowledged is nowhere");
    }
    for (std::size_t i = 0; i < field_.nodes.size(); ++i) {
      if (field_.takes_part(i) && !field_.unsafe[i] &&
          field_.node(i).vouched(done.place.log) > done.place.index) {
        field_.violate("I7: " + field_.aliases[i] + " witnessed what nobody holds any more");
      }
    }
  }
}

// I5: the same runs in another order, some twice, some before what they rest on.
void Checks::check_order(SimNode& node, const Hash& digest) {
  std::vector<ledger::LogRun> runs;
  for (const auto& log : node.ledger().logs()) {
    for (auto& run : *node.ledger().read(log.name, 0, SIZE_MAX)) runs.push_back(std::move(run));
    for (auto& run : *node.ledger().branch_runs(log.name)) runs.push_back(std::move(run));
  }
  for (std::size_t i = runs.size(); i > 1; --i) {
    std::swap(runs[i - 1], runs[field_.random.below(i)]);
  }
  const std::size_t twice = runs.size() / 8;
  for (std::size_t i = 0; i < twice; ++i) runs.push_back(runs[field_.random.below(runs.size())]);
  ledger::MemoryStore store;
  HostClock clock(field_.scheduler);
  clock.wrong_by_ms = -86'400'000;
  test::SeededRandom random(field_.options.seed);
  auto other = ledger::Ledger::open(store, field_.world.root, {}, clock, random).take();
  for (bool progress = true; progress && !runs.empty();) {
    progress = false;
    std::vector<ledger::LogRun> left;
    for (auto& run : runs) {
      if (other->ingest(run)) {
        progress = true;
      } else {
        left.push_back(std::move(run));
      }
    }
    runs = std::move(left);
  }
  if (!runs.empty()) return field_.violate("I5: some runs fit in no order");
  if (root_of(*other) != root_of(node.ledger())) {
    return field_.violate("I5: another order covers something else");
  }
  if (digest_of(*other) != digest) {
    field_.violate("I5: another order of the same runs gives another digest");
  }
}

// I2: what counts was written by a device that the festival certified.
void Checks::check_members(const Held& held) {
  for (const auto& one : held.events) {
    const bool moves = one.event.posting_size() > 0 || one.event.move_size() > 0;
    if (moves && one.counts && !field_.certified(one.author.hash)) {
      return field_.violate("I2: an event of " + one.author.alias + " counts, whom nobody let in");
    }
  }
}

// I8: one effect an event, one event an intent.
void Checks::check_once(const Held& held) {
  std::map<Hash, std::size_t> effects;
  for (const auto& place : held.posted) {
    if (const auto* one = held.find(place); one != nullptr && one->event.has_step()) {
      if (++effects[one->id] > 1) field_.violate("I8: one purse step has two effects");
    }
  }
  std::map<std::pair<Hash, std::uint64_t>, Hash> intents;
  for (const auto& one : held.events) {
    if (one.event.intent() == 0) continue;
    const auto honest =
        std::find_if(field_.nodes.begin(), field_.nodes.end(),
                     [&](const auto& node) { return node->certificate() == one.log.certificate; });
    if (honest == field_.nodes.end()) continue;
    if (field_.unsafe[static_cast<std::size_t>(honest - field_.nodes.begin())]) continue;
    const auto [it, fresh] = intents.try_emplace({one.log.certificate, one.event.intent()}, one.id);
    if (!fresh && it->second != one.id) {
      field_.violate("I8: " + one.author.alias + " wrote one intent twice");
    }
  }
}

// Whose keys truly signed this event for this place. Ed25519 signs the same message the same way.
std::set<std::string> Checks::approvers_of(const HeldEvent& held) const {
  std::set<std::string> out;
  schemas::Event bare = held.event;
  for (const auto& approval : held.event.approval()) {
    const bool in_time =
        held.place.index >= approval.size() && held.place.index < approval.size() + 64;
    for (std::size_t i = 0; i < field_.world.approvers.size(); ++i) {
      const auto wanted = ledger::approve(bare, field_.world.root.festival, held.place.log,
                                          approval.size(), *field_.world.approvers[i]);
      if (in_time && wanted.key() == approval.key() && wanted.signature() == approval.signature()) {
        out.insert("approver-" + std::to_string(i + 1));
      }
    }
  }
  return out;
}

// I12: deliveries and large voids bear others' signatures, each used once.
void Checks::check_signers(const Held& held) {
  std::set<std::pair<Hash, Bytes>> used;
  for (const auto& one : held.events) {
    if (!one.counts) continue;
    std::size_t needed = 0;
    for (const auto& move : one.event.move()) {
      if (move.from() == schemas::SUPPLIER || move.to() == schemas::SUPPLIER) needed = 1;
    }
    const bool posts = held.posted.contains(one.place);
    if (posts && takes_back(one.event) && out_of_stand_minor(one.event) > void_alone_minor) {
      needed = 2;
    }
    if (posts && replaced_by(one.event) != 0) {  // two persons in all
      needed = one.author.role == schemas::SUPERVISOR ? 1 : 2;
    }
    if (needed == 0) continue;
    if (approvers_of(one).size() < needed) {
      field_.violate("I12: an event of " + one.author.alias +
                     " counts without the signers it needs");
    }
    for (const auto& approval : one.event.approval()) {
      if (!used.insert({one.place.log, approval.signature()}).second) {
        field_.violate("I12: one approval counts twice in a log of " + one.author.alias);
      }
    }
  }
}

// I13: money comes in through those who may take it, and through each up to its limit.
void Checks::check_issuers(const Held& held) {
  std::map<Hash, std::uint64_t> issued;
  for (const auto& one : held.events) {
    const bool vouchers = one.event.kind() == schemas::KIND_VOUCHER_ISSUED;
    if (!one.counts || !(vouchers || held.posted.contains(one.place))) continue;
    const auto kept_on = vouchers ? schemas::VOUCHER : schemas::PURSE;
    for (const auto& posting : one.event.posting()) {
      if (posting.from() != schemas::OUTSIDE || posting.to() != kept_on) continue;
      issued[one.author.hash] += posting.amount_minor();
      if (!ledger::role_credits(one.author.role)) {
        field_.violate("I13: " + one.author.alias + " put money on a purse or voucher and may not");
      }
    }
    if (issued[one.author.hash] > one.author.credit_limit_minor) {
      field_.violate("I13: " + one.author.alias + " issued more than its certificate says");
    }
  }
}

// I14: above the cut, or above the place where it says that it has heard, nothing counts.
void Checks::check_revoked(const Held& held, ledger::State& state) {
  struct Known {
    Bytes key;
    std::map<Hash, std::uint64_t> cuts;
    ledger::EventPlace place;
  };
  std::vector<Known> known;
  for (const auto& one : held.events) {
    schemas::Revocation revocation;
    const bool may = one.author.role == schemas::SUPERVISOR || one.author.role == schemas::ROOT;
    if (one.event.kind() != schemas::KIND_REVOCATION || !may ||
        !revocation.ParseFromString(one.event.payload())) {
      continue;
    }
    Known entry{revocation.key(), {}, one.place};
    for (const auto& cut : revocation.cut()) {
      entry.cuts[*ledger::fixed<32>(cut.log())] = cut.size();
    }
    known.push_back(std::move(entry));
  }
  for (const auto& entry : known) {
    std::map<Hash, std::uint64_t> heard;  // log -> index of the Seen
    for (const auto& one : held.events) {
      schemas::Seen seen;
      if (ledger::to_bytes(one.author.key) != entry.key || one.event.kind() != schemas::KIND_SEEN ||
          !seen.ParseFromString(one.event.payload())) {
        continue;
      }
      for (const auto& position : seen.known()) {
        if (position.log() == view(entry.place.log) && position.size() > entry.place.index) {
          heard.emplace(one.place.log, one.place.index);
        }
      }
    }
    for (const auto& one : held.events) {
      if (ledger::to_bytes(one.author.key) != entry.key || one.event.posting_size() == 0) continue;
      const auto cut = entry.cuts.find(one.place.log);
      const std::uint64_t end = cut == entry.cuts.end() ? 0 : cut->second;
      const auto told = heard.find(one.place.log);
      const bool late =
          one.place.index >= end || (told != heard.end() && one.place.index > told->second);
      if (late && state.cause(one.place) == ledger::Cause::none) {
        field_.violate("I14: what revoked " + one.author.alias + " wrote afterwards counts");
      }
    }
  }
}

// I15: a sale's amounts are the prices of the settings that it names.
void Checks::check_prices(const Held& held) {
  std::map<Hash, schemas::Festival> versions;
  for (const auto& one : held.events) {
    schemas::SignedFestival change;
    if (one.event.kind() != schemas::KIND_FESTIVAL ||
        !change.ParseFromString(one.event.payload())) {
      continue;
    }
    (void)versions[ledger::sha256({change.festival()})].ParseFromString(change.festival());
  }
  for (const auto& one : held.events) {
    const bool sells =
        one.event.kind() == schemas::KIND_SALE || one.event.kind() == schemas::KIND_SALE_PREPARED;
    const bool honest =
        std::any_of(field_.nodes.begin(), field_.nodes.end(),
                    [&](const auto& node) { return node->certificate() == one.log.certificate; });
    if (!sells || !honest) continue;
    const auto* named = held.find({one.place.log, one.event.context() - 1});
    schemas::Context context;
    schemas::Sale sale;
    if (named == nullptr || !context.ParseFromString(named->event.payload()) ||
        !sale.ParseFromString(one.event.payload())) {
      field_.violate("I15: a sale of " + one.author.alias + " names no settings");
      continue;
    }
    const auto& festival = versions[*ledger::fixed<32>(context.festival_hash())];
    for (int i = 0; i < sale.item_size(); ++i) {
      const auto* item = ledger::find_item(festival, sale.item(i));
      if (item == nullptr || sale.amount_minor(i) != item->price_minor() * sale.quantity(i)) {
        field_.violate("I15: a sale of " + one.author.alias + " has other prices than it names");
      }
    }
  }
}

// I19: what was proven once is proven still, and its log has only grown.
void Checks::check_proofs() {
  const auto fingerprint = ledger::hex(ledger::key_id(field_.world.root.key));
  for (const auto& [file, id] : field_.proofs) {
    const auto proven = ledger::verify_proof(file, fingerprint);
    if (!proven || view(proven->id) != id) {
      field_.violate("I19: a proof given out does not verify any more");
      continue;
    }
    ++field_.result.checked;
  }
}

}  // namespace verbena::sim
