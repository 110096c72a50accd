// SPDX-License-Identifier: Apache-2.0
#include "ledger/audit.h"

#include <algorithm>
#include <set>

#include "ledger/books.h"
#include "ledger/core/money.h"
#include "ledger/stock/dispatches.h"
#include "ledger/stock/drawers.h"
#include "ledger/stock/sheets.h"

namespace verbena::ledger {

namespace {

std::string short_id(const Hash& hash) {
  return hex(hash).substr(0, 16);
}

void add(AuditReport& out, Severity severity, const char* kind, std::string text,
         std::vector<Hash> events = {}) {
  out.findings.push_back({severity, kind, std::move(text), std::move(events)});
}

void report_logs(const Replay& replayed, AuditReport& out) {
  for (const auto& [name, text] : replayed.damaged) {
    add(out, Severity::fault, "forged", "log " + short_id(name.id()) + ": " + text);
  }
  for (const auto& log : replayed.unknown_authors) {
    add(out, Severity::fault, "unknown-author",
        "log " + short_id(log.name.id()) + " is by a certificate that no control log holds");
  }
}

void report_devices(State& state, AuditReport& out) {
  const Roster& roster = state.roster();
  out.forks = roster.fork_count();
  for (const auto& [hash, certificate] : roster.all()) {
    if (roster.forked(certificate->key)) {
      add(out, Severity::fault, "fork",
          certificate->alias + " signed two histories of one log; its later events do not count");
    } else if (roster.revoked(certificate->key)) {
      add(out, Severity::notice, "revoked", certificate->alias + " is revoked");
    }
  }
  for (const auto& alias : state.two_lives()) {
    add(out, Severity::fault, "two-lives",
        alias + " ran on two machines at once: its key was copied");
  }
  for (const auto& [id, text] : state.findings()) {
    add(out, Severity::fault, "rule-broken", text, {id});
  }
  for (const auto& id : state.unchecked_ages()) {
    add(out, Severity::notice, "age-unchecked",
        "sold to somebody whose age nobody says they checked", {id});
  }
  for (const auto& id : state.mispriced()) {
    add(out, Severity::notice, "price-differs",
        "what was paid for a sale is not the price of its goods", {id});
  }
  for (const auto& id : state.open_parts()) {
    add(out, Severity::notice, "part-open", "a part was paid of a sale that nobody made", {id});
  }
}

using Place = std::pair<Hash, std::uint64_t>;

// Of the places that verdicts name, those that a hub's verdict which counts names, and that are
// held.
void report_phantoms(const EventStore& store, const std::set<Place>& named, State& state,
                     AuditReport& out) {
  for (const auto& [id, index] : named) {
    const auto log = std::find_if(out.covered.begin(), out.covered.end(),
                                  [&](const LogSummary& one) { return one.id == id; });
    if (log == out.covered.end() || state.cause({id, index}) != Cause::phantom) continue;
    (void)store.read(log->name, index, 1, [&](auto, std::string_view bytes) {
      const auto author = state.roster().find(log->name.certificate);
      add(out, Severity::notice, "phantom",
          author->alias + ": a hub found the proof of presence of this false; no chip has said it",
          {leaf_hash(bytes)});
      return done();
    });
  }
}

void report_claims(State& state, AuditReport& out) {
  out.device_gaps = device_gaps(state, out.covered);
  for (const auto& gap : out.device_gaps) {
    add(out, Severity::notice, "device-gap",
        gap.device + ": bands show its log at " + std::to_string(gap.claimed_size) +
            " and sales of " + format_decimal(gap.claimed_minor, out.scale) + ", held are " +
            std::to_string(gap.held_size) + " and " + format_decimal(gap.held_minor, out.scale));
  }
}

void report_purses(State& state, AuditReport& out) {
  for (const auto purse : state.purses()) {
    const PurseView& now = state.purse(purse);
    for (const auto& gap : now.gaps) {
      ++out.gaps;
      add(out, Severity::notice, "gap",
          "purse " + hex_u64(purse) + ", steps " + std::to_string(gap.first) + " to " +
              std::to_string(gap.last) + " are missing: credited " +
              format_decimal(gap.credit_minor, out.scale) + ", debited " +
              format_decimal(gap.debit_minor, out.scale) +
              (gap.charged.empty() ? "" : ", written by " + gap.charged));
    }
    if (now.forked) {
      add(out, Severity::notice, "double-spend",
          "purse " + hex_u64(purse) + " was spent twice at one step" +
              (now.frozen ? "; it is frozen" : ""));
    }
    if (now.replaced_twice) {
      add(out, Severity::notice, "replaced-twice",
          "purse " + hex_u64(purse) + " was replaced more than once; its money is with purse " +
              hex_u64(now.replaced_by) + " alone");
    }
    // What is left of gifts is nobody's money: it does not make up for own money spent twice.
    const auto gift_left = static_cast<__int128>(now.gift_left);
    if (state.purse_balance_minor(purse) < gift_left || now.meals_used > now.meals_granted) {
      add(out, Severity::notice, "overdraft", "purse " + hex_u64(purse) + " is overdrawn");
    }
  }
}

// All of its uses are told: which of them was the right one, nobody can say.
void report_vouchers(State& state, AuditReport& out) {
  for (const auto& [id, known] : state.vouchers()) {
    if (known.used_minor() <= known.issued_minor) continue;
    const auto over = static_cast<__int128>(known.used_minor() - known.issued_minor);
    std::string stands;
    std::vector<Hash> sales;
    for (const auto& use : known.uses) {
      stands += (stands.empty() ? "" : ", ") + use.stand;
      sales.push_back(use.sale);
    }
    add(out, Severity::notice, "voucher-overdrawn",
        "voucher " + id + " was spent at " + stands + ": " + format_decimal(over, out.scale) +
            (known.issued_minor == 0 ? ", and nobody is known to have issued it"
                                     : " more than it was worth"),
        sales);
  }
}

void report_sheets(State& state, AuditReport& out) {
  const schemas::Festival* festival = state.festival();
  const auto name = [&](std::uint32_t number) {
    const schemas::Item* item = festival ? find_item(*festival, number) : nullptr;
    return item ? item->sku() : "item " + std::to_string(number);
  };
  const StockFacts facts = stock_facts(state);
  const auto all = sheets(facts);
  for (const auto& sheet : all) {
    for (const auto& [number, line] : sheet.lines) {
      const auto variance = line.variance();
      if (!variance || *variance == 0) continue;
      const schemas::Item* item = festival ? find_item(*festival, number) : nullptr;
      const __int128 money =
          -static_cast<__int128>(*variance) * static_cast<__int128>(item ? item->price_minor() : 0);
      add(out, Severity::notice, "variance",
          sheet.holder + ", sheet " + std::to_string(sheet.number) + ": " +
              format_decimal(-static_cast<__int128>(*variance), 0) + " of " + name(number) +
              " missing, worth " + format_decimal(money, out.scale) + " at sales price",
          sheet.count_events);
    }
  }
  for (const auto& goods : sent_goods(facts, all)) {
    for (const auto& [number, units] : goods.items) {
      if (!goods.is_settled() || units.first == units.second) continue;
      add(out, Severity::notice, "short-delivery",
          goods.from + " sent " + std::to_string(units.first) + " of " + name(number) + " to " +
              goods.to + ", which " +
              (goods.answered ? "received " + std::to_string(units.second) : "never answered"),
          {goods.id});
    }
  }
  for (const auto& drawer : drawers(facts)) {
    const auto over = drawer.over_minor();
    if (!over || *over == 0) continue;
    add(out, Severity::notice, "drawer",
        drawer.person + " at " + drawer.device + ": the drawer holds " +
            format_decimal(*over, out.scale) + " more than it should",
        {drawer.opened, drawer.closed});
  }
}

// What nobody can hold: more left a holder than ever came, more cups came back than went out.
void report_custody(State& state, AuditReport& out) {
  for (const auto& account : state.accounts().all()) {
    if (account.balance < 0 && account.unit[0] != '#' && account.path.starts_with("deposit/")) {
      add(out, Severity::notice, "deposit-overdrawn",
          account.path + " is at " + format_decimal(account.balance, out.scale) +
              ": more was given back than taken");
    }
    if (account.balance >= 0 || account.unit[0] != '#') continue;
    if (!account.path.starts_with("holder/") && !account.path.starts_with("transit/")) continue;
    add(out, Severity::notice, "custody-below-zero",
        account.path + " is at " + format_decimal(account.balance, 0) + " of item " +
            account.unit.substr(1));
  }
}

// Summed afresh over all accounts, not read from any total kept while folding.
bool is_conserved(const AccountBook& accounts) {
  std::map<std::string, __int128> sums;
  for (const auto& account : accounts.all()) sums[account.unit] += account.balance;
  return std::all_of(sums.begin(), sums.end(), [](const auto& sum) { return sum.second == 0; });
}

}  // namespace

std::uint64_t AuditReport::faults() const {
  return static_cast<std::uint64_t>(
      std::count_if(findings.begin(), findings.end(),
                    [](const auto& finding) { return finding.severity == Severity::fault; }));
}

std::vector<DeviceGap> device_gaps(State& state, const std::vector<LogSummary>& held) {
  std::map<std::pair<Hash, std::uint64_t>, const LogSummary*> trade;  // by life's prefix on bands
  for (const auto& log : held) {
    if (log.name.log_class != LogClass::trade) continue;
    trade[{log.name.certificate, log.name.incarnation >> 48}] = &log;
  }
  std::vector<DeviceGap> out;
  for (const auto& [key, claim] : state.claims()) {
    const auto& [certificate, incarnation] = key;
    const auto log = trade.find({certificate, incarnation});
    const bool known = log != trade.end();
    const std::uint64_t size = known ? log->second->head.size : 0;
    if (claim.size <= size) continue;
    const auto device = state.roster().find(certificate);
    const auto held_ms = known ? log->second->head.hlc >> 16 : 0;
    out.push_back({device->alias, size, claim.size,
                   known ? state.trade_total_minor(log->second->id) : 0, claim.total_minor,
                   holder_of(*device), static_cast<std::int64_t>(held_ms / 1'000)});
  }
  return out;
}

Result<AuditReport> audit(const EventStore& store, const Certificate& root) {
  AuditReport out;
  out.state = std::make_shared<State>(root);
  State& state = *out.state;
  std::set<Place> judged;
  auto replayed =
      replay(store, {.verify_heads = true}, state,
             [&](const LogName&, std::uint64_t, const Hash&, const schemas::Event& event) {
               schemas::PresenceVerdict verdict;
               if (event.kind() != schemas::KIND_PRESENCE_VERDICT ||
                   !verdict.ParseFromString(event.payload())) {
                 return;
               }
               const auto of = fixed<32>(verdict.log());
               for (const auto index : verdict.false_index()) {
                 if (of) judged.insert({*of, index});
               }
             });
  if (!replayed) return replayed.error();
  out.events = replayed->events;
  out.logs = replayed->logs.size();
  out.heads_verified = replayed->heads_verified;
  if (const auto* settings = state.festival()) {
    out.festival = settings->id();
    out.currency = settings->currency();
    out.scale = settings->scale();
  }
  for (const auto& log : replayed->logs) {
    const auto branches = replayed->branches.find(log.stored.name);
    const Covered held = branches == replayed->branches.end()
                             ? covered_by(log.stored.head, {})
                             : covered_by(log.stored.head, branches->second);
    out.covered.push_back({log.stored.name, log.stored.name.id(), log.stored.head,
                           log.stored.head.size, 0, held, branches != replayed->branches.end()});
  }
  report_logs(*replayed, out);
  report_devices(state, out);
  report_phantoms(store, judged, state, out);
  report_claims(state, out);
  report_purses(state, out);
  report_vouchers(state, out);
  report_sheets(state, out);
  report_custody(state, out);
  out.conserved = is_conserved(state.accounts());
  if (!out.conserved) {
    add(out, Severity::fault, "not-conserved", "the accounts of a unit do not sum to zero");
  }
  out.totals = state.totals();
  const schemas::Festival* festival = state.festival();
  for (const auto& account : state.accounts().all()) {
    if (account.balance == 0) continue;
    if (account.unit == out.currency) out.money[account.path] = account.balance;
    const auto number = item_of_unit(account.unit);
    if (!number || festival == nullptr) continue;
    const schemas::Item* item = find_item(*festival, *number);
    out.stock[account.path][item ? item->sku() : account.unit] = account.balance;
  }
  out.state_digest = state.digest();
  return out;
}

}  // namespace verbena::ledger
