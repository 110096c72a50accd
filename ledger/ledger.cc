// SPDX-License-Identifier: Apache-2.0
#include "ledger/ledger.h"

#include <algorithm>

#include "ledger/core/money.h"
#include "ledger/core/mutant.h"

namespace verbena::ledger {

namespace {

// Heads are kept at least every 32 kB (store/kept_heads.h); more under one head comes from an
// author who signs too rarely to be passed on.
constexpr std::size_t ingest_bytes_max = 256 << 10;

bool is_own_money(schemas::Kind kind) {
  return kind == schemas::KIND_SALE || kind == schemas::KIND_SALE_PREPARED ||
         kind == schemas::KIND_TOP_UP_PREPARED || kind == schemas::KIND_REFUND_PREPARED ||
         kind == schemas::KIND_CASH_VOID || kind == schemas::KIND_GRANT ||
         kind == schemas::KIND_DEPOSIT_RETURN || kind == schemas::KIND_VOUCHER_ISSUED;
}

std::uint64_t moved_minor(const schemas::Event& event) {
  std::uint64_t sum = 0;
  for (const auto& posting : event.posting()) sum += posting.amount_minor();
  return sum;
}

}  // namespace

Ledger::Ledger(EventStore& store, const Certificate& root, std::optional<DeviceIdentity> identity,
               const Clock& clock, Random& random)
    : store_(store),
      root_(root),
      identity_(std::move(identity)),
      clock_(clock),
      random_(random),
      hybrid_(clock) {}

Result<std::unique_ptr<Ledger>> Ledger::open(EventStore& store, const Certificate& root,
                                             std::optional<DeviceIdentity> identity,
                                             const Clock& clock, Random& random) {
  std::unique_ptr<Ledger> ledger(new Ledger(store, root, std::move(identity), clock, random));
  ledger->incarnation_ = random.u64();
  if (mutant(Mutant::incarnation_reused)) ledger->incarnation_ = 1;
  if (auto status = ledger->load(); !status) return status.error();
  return ledger;
}

Status Ledger::load() {
  if (auto status = refold(); !status) return status;
  if (auto status = load_receipts(); !status) return status;
  return load_claimed();
}

// Folds the store again from its first event. Everything derived is thrown away and rebuilt.
Status Ledger::refold() {
  state_ = std::make_unique<State>(
      root_, [this](const LogName& log, std::uint64_t index, schemas::Event& event) {
        return read_folded(log, index, event);
      });
  intents_.clear();
  own_money_.clear();
  own_money_minor_ = 0;
  contexts_.clear();
  alerts_.clear();
  own_lives_.clear();
  auto replayed = replay(
      store_, {}, *state_,
      [this](const LogName& log, std::uint64_t index, const Hash& id, const schemas::Event& event) {
        note_own(log, index, id, event);
        note_alert(log, index, event);
      });
  if (!replayed) return replayed.error();
  if (!replayed->damaged.empty()) {
    const auto& [name, text] = replayed->damaged.front();
    return Error{Errc::damaged, "log " + hex(name.id()).substr(0, 16) + ": " + text};
  }
  events_ = replayed->events;
  branches_ = std::move(replayed->branches);
  for (const auto& entry : replayed->logs) {
    const auto known = logs_.find(entry.stored.name);
    if (known != logs_.end()) continue;
    const auto log_class = entry.stored.name.log_class;
    if (mutant(Mutant::log_forgotten) && log_class == LogClass::value) continue;
    Log log{entry.stored.name, entry.stored.name.id(), entry.peaks, entry.stored.head};
    names_[log.id] = log.name;
    note_change(logs_[entry.stored.name] = std::move(log));
  }
  drop_witnessed();
  return done();
}

// Of an event that was folded.
Hash Ledger::read_folded(const LogName& log, std::uint64_t index, schemas::Event& event) {
  std::optional<Hash> id;
  const auto status = store_.read(log, index, 1, [&](std::uint64_t, std::string_view bytes) {
    id = leaf_hash(bytes);
    return parse_event(bytes, event);
  });
  if (status && id) return *id;
  const std::string text = "event " + std::to_string(index) + " of log " +
                           hex(log.id()).substr(0, 16) + " cannot be read any more" +
                           (status ? "" : ": " + status.error().text);
  note_unreadable(text);
  throw Unreadable(text);
}

void Ledger::note_own(const LogName& log, std::uint64_t index, const Hash& id,
                      const schemas::Event& event) {
  if (!identity_ || log.certificate != identity_->certificate.hash) return;
  hybrid_.at_least(event.hlc());
  if (mutant(Mutant::intent_forgotten) && log.incarnation != incarnation_) return;
  if (event.intent() != 0) intents_.try_emplace(event.intent(), CommittedEvent{log, index, id});
  if (is_own_money(event.kind())) {
    own_money_.push_back({log, index, moved_minor(event), clock_.monotonic_ms()});
    own_money_minor_ += own_money_.back().amount_minor;
  }
  if (event.kind() == schemas::KIND_TOP_UP_PREPARED) {
    schemas::TopUp top_up;
    if (top_up.ParseFromString(event.payload())) {
      issued_minor_ = std::max(issued_minor_, top_up.issued_after());
    }
  }
  if (schemas::VoucherIssued vouchers;
      event.kind() == schemas::KIND_VOUCHER_ISSUED && vouchers.ParseFromString(event.payload())) {
    issued_minor_ = std::max(issued_minor_, vouchers.issued_after());
  }
}

// News that every device must show it knew before it goes on trading.
void Ledger::note_alert(const LogName& log, std::uint64_t index, const schemas::Event& event) {
  if (identity_ && log.certificate == identity_->certificate.hash &&
      log.log_class == LogClass::trade && log.incarnation != incarnation_) {
    own_lives_[log.id()] = index + 1;
  }
  if (log.log_class != LogClass::control) return;
  if (event.kind() == schemas::KIND_REVOCATION || event.kind() == schemas::KIND_PURSE_BLOCK ||
      event.kind() == schemas::KIND_FORK_PROOF) {
    alerts_[log.id()] = index + 1;
  }
}

LogName Ledger::own_log(LogClass log_class) const {
  return {identity_->certificate.hash, incarnation_, log_class};
}

Ledger::Log& Ledger::log_of(const LogName& name) {
  const auto [it, fresh] = logs_.try_emplace(name);
  if (fresh) {
    it->second.name = name;
    it->second.id = name.id();
    names_[it->second.id] = name;
  }
  return it->second;
}

void Ledger::apply_all(const LogName& log, std::uint64_t first, const std::vector<Bytes>& events,
                       const std::vector<Hash>& ids) {
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (auto parsed = parse_event(events[i], scratch_); !parsed) scratch_.Clear();
    state_->apply(log, first + i, ids[i], scratch_);
    note_own(log, first + i, ids[i], scratch_);
    note_alert(log, first + i, scratch_);
  }
  events_ += events.size();
}

// ---- commit ------------------------------------------------------------------------------------

Result<std::vector<CommittedEvent>> Ledger::commit(std::uint64_t intent, const Decide& decide,
                                                   const std::string& staff) {
  const auto lock = enter();
  VERBENA_CHECK(identity_.has_value());
  if (in_doubt_) {
    if (auto settled = settle(); !settled) return settled.error();
    if (intent != 0 && intents_.contains(intent)) {
      return Error{Errc::in_doubt, "this intent was in doubt and is settled now: ask again"};
    }
  }
  auto drafts = decided(decide);
  if (!drafts) return drafts.error();
  if (drafts->empty()) return std::vector<CommittedEvent>{};
  return append_own(intent, drafts.take(), staff);
}

Result<std::vector<Draft>> Ledger::decided(const Decide& decide) {
  try {
    return decide(*state_, device_view());
  } catch (const Unreadable& error) {
    return Error{Errc::storage, error.what()};
  }
}

// Gives drafts their version, time and intent, adds Opened, Seen and Context events where they are
// due, hashes them and signs a head for each log.
Result<Ledger::Staged> Ledger::stage(std::uint64_t intent, std::vector<Draft> drafts,
                                     const std::string& staff) {
  if (state_->roster().find(identity_->certificate.hash) == nullptr) {
    return Error{Errc::unknown_author, "this device does not hold its own certificate yet"};
  }
  Staged out;
  auto& staged = out.logs;
  const auto add = [&](const LogName& name, schemas::Event& event) {
    auto [it, fresh] = staged.try_emplace(name);
    if (fresh) {
      const auto known = logs_.find(name);
      if (known != logs_.end()) it->second.peaks = known->second.peaks;
      it->second.append.log = name;
      it->second.append.first = it->second.peaks.size();
    }
    event.set_version(event_version);
    event.set_hlc(hybrid_.next());
    Bytes bytes = event.SerializeAsString();
    const Hash id = leaf_hash(bytes);
    it->second.peaks.append(id);
    it->second.append.events.push_back(std::move(bytes));
    it->second.ids.push_back(id);
    return CommittedEvent{name, it->second.peaks.size() - 1, id};
  };
  const auto size_of = [&](const LogName& name) {
    if (const auto it = staged.find(name); it != staged.end()) return it->second.peaks.size();
    const auto known = logs_.find(name);
    return known == logs_.end() ? std::uint64_t{0} : known->second.peaks.size();
  };

  out.contexts = contexts_;
  out.seen = seen_;
  for (Draft& draft : drafts) {
    const LogName name = own_log(draft.log_class);
    if (size_of(name) == 0) {  // the first event of a log names this device's earlier lives
      schemas::Opened opened;
      for (const auto& [other, log] : logs_) {
        if (other.certificate != name.certificate || other.log_class != name.log_class ||
            other == name) {
          continue;
        }
        auto* previous = opened.add_previous();
        previous->set_log(to_bytes(log.id));
        previous->set_size(log.head.size);
        previous->set_root(to_bytes(log.head.root));
        if (name.log_class == LogClass::trade) out.seen[name][log.id] = log.head.size;
      }
      if (name.log_class == LogClass::trade) {
        opened.set_sheet(
            state_->custody().sheet_of(name.certificate, holder_of(identity_->certificate)));
        if (const auto shift = state_->custody().open_shift(name.certificate, name.id())) {
          opened.set_shift_log(to_bytes(state_->custody().logs().at(shift->log).id));
          opened.set_shift_index(shift->opened);
        }
      }
      schemas::Event event;
      event.set_kind(schemas::KIND_OPENED);
      event.set_payload(opened.SerializeAsString());
      add(name, event);
    }
    if (draft.log_class != LogClass::control) {
      schemas::Seen seen;
      const auto notice = [&](const std::map<Hash, std::uint64_t>& sizes) {
        for (const auto& [log, size] : sizes) {
          auto& named = out.seen[name][log];
          if (named >= size) continue;
          named = size;
          auto* known = seen.add_known();
          known->set_log(to_bytes(log));
          known->set_size(size);
        }
      };
      notice(alerts_);
      if (draft.log_class == LogClass::trade) notice(own_lives_);
      if (seen.known_size() > 0) {
        schemas::Event event;
        event.set_kind(schemas::KIND_SEEN);
        event.set_payload(seen.SerializeAsString());
        add(name, event);
      }
    }
    const bool by_staff = !staff.empty() && draft.log_class != LogClass::control;
    if (draft.binds_rules || by_staff) {
      const Hash& rules = state_->festival_hash();
      NamedContext& context = out.contexts[name];
      const bool moved = context.rules != rules && !mutant(Mutant::context_kept);
      if (context.index == 0 || moved || context.staff != staff) {
        schemas::Context body;
        body.set_festival_hash(to_bytes(rules));
        if (const auto* festival = state_->festival()) {
          body.set_festival_version(festival->version());
        }
        body.set_staff(staff);
        schemas::Event event;
        event.set_kind(schemas::KIND_CONTEXT);
        event.set_payload(body.SerializeAsString());
        context = {rules, staff, add(name, event).index};
      }
      draft.event.set_context(context.index + 1);
    }
    if (intent != 0 && &draft == &drafts.back()) draft.event.set_intent(intent);  // not evidence
    out.out.push_back(add(name, draft.event));
    if (out.out.back().index != size_of(name) - 1 ||
        staged.at(name).append.events.back().size() > event_bytes_max) {
      return Error{Errc::bad_input, "the event would be larger than 16 KiB"};
    }
  }

  for (auto& [name, log] : staged) {
    log.append.head =
        sign_head(identity_->key, name.id(), log.peaks.size(), log.peaks.root(), hybrid_.next());
  }
  return out;
}

Result<std::vector<CommittedEvent>> Ledger::append_own(std::uint64_t intent,
                                                       std::vector<Draft> drafts,
                                                       const std::string& staff) {
  auto staged = stage(intent, std::move(drafts), staff);
  if (!staged) return staged.error();
  std::vector<CommittedEvent> out = staged->out;
  const bool sync = !mutant(Mutant::commit_unsynced);
  if (auto status = store_.append(staged->batch(), sync); !status) {
    in_doubt_ = true;  // not declined: the identical bytes once more, on a store opened anew
    doubtful_ = staged.take();
    if (auto settled = settle(); !settled) return settled.error();
    return out;
  }
  if (auto status = land(staged.take()); !status) return status.error();
  return out;
}

std::optional<CommittedEvent> Ledger::find_intent(std::uint64_t intent) {
  std::lock_guard lock(mutex_);
  if (in_doubt_) (void)settle();
  const auto found = intents_.find(intent);
  if (intent == 0 || found == intents_.end()) return std::nullopt;
  return found->second;
}

// ---- ingest ------------------------------------------------------------------------------------

Result<Ingested> Ledger::ingest(LogRun run) {
  const auto lock = enter();
  if (in_doubt_) {
    if (auto settled = settle(); !settled) return settled.error();
  }
  if (run.log.log_class == LogClass::trade && store_.free_bytes() < free_bytes_floor) {
    return Error{Errc::storage, "the disk is nearly full: others' sales are not taken in"};
  }
  const auto author = state_->roster().find(run.log.certificate);
  if (author == nullptr) {
    return Error{Errc::unknown_author, "a run by certificate " +
                                           hex(run.log.certificate).substr(0, 16) +
                                           ", which is not known here"};
  }
  if (run.events.empty() || run.first + run.events.size() != run.head.size) {
    return Error{Errc::bad_input, "a run does not end at its head"};
  }
  std::size_t bytes = 0;
  for (const auto& event : run.events) {
    if (event.size() > event_bytes_max) {
      return Error{Errc::bad_input, "a run holds an event larger than 16 KiB"};
    }
    bytes += event.size();
  }
  if (bytes > ingest_bytes_max) {
    return Error{Errc::bad_input, "a run is larger than a peer could be sent"};
  }
  const auto known = logs_.find(run.log);
  const std::uint64_t covered = known == logs_.end() ? 0 : known->second.head.size;
  if (known != logs_.end() && run.head == known->second.head) return Ingested::already_held;
  const Hash id = run.log.id();
  if (!verify_head(author->key, id, run.head) && !mutant(Mutant::head_unverified)) {
    return Error{Errc::bad_signature, "a head of " + author->alias + " bears a false signature"};
  }
  if (run.head.size <= covered) {
    auto held = leaves(run.log, run.head.size);
    if (!held) return held.error();
    if (tree_root(*held) == run.head.root) return Ingested::already_held;
    return ingest_branch(run, *author);
  }
  if (run.first > covered && !reaches_branch(run)) {
    return Error{Errc::not_contiguous, "a run of " + author->alias + " starts at " +
                                           std::to_string(run.first) + ", held are " +
                                           std::to_string(covered)};
  }
  if (run.first > covered) return ingest_branch(run, *author);
  MerklePeaks peaks = known == logs_.end() ? MerklePeaks{} : known->second.peaks;
  const auto held = static_cast<std::ptrdiff_t>(covered - run.first);
  std::vector<Hash> ids;
  ids.reserve(run.events.size() - (covered - run.first));
  for (auto event = run.events.begin() + held; event != run.events.end(); ++event) {
    ids.push_back(leaf_hash(*event));
    peaks.append(ids.back());
  }
  if (peaks.root() != run.head.root && !mutant(Mutant::root_unchecked)) {
    if (covered > 0) return ingest_branch(run, *author);
    return Error{Errc::bad_signature,
                 "a run of " + author->alias + " does not hash to its signed root"};
  }
  run.events.erase(run.events.begin(), run.events.begin() + held);
  StoreBatch batch;
  batch.appends.push_back({run.log, covered, std::move(run.events), run.head});
  if (auto status = append_unsynced(batch); !status) return status.error();
  Log& log = log_of(run.log);
  log.peaks = std::move(peaks);
  log.head = run.head;
  drop_claimed(log);
  note_change(log);
  apply_all(run.log, covered, batch.appends.front().events, ids);
  if (state_->stale()) {
    if (auto status = refold(); !status) return status.error();
  }
  drop_witnessed();
  return Ingested::added;
}

Status Ledger::sync() {
  std::lock_guard lock(mutex_);
  if (in_doubt_) return settle();
  if (mutant(Mutant::sync_skipped)) return done();
  auto status = store_.sync();
  in_doubt_ = !status.ok();
  return status;
}

Result<std::vector<Hash>> Ledger::leaves(const LogName& log, std::uint64_t count) const {
  std::vector<Hash> out;
  auto status = store_.read(log, 0, count, [&](std::uint64_t, std::string_view event) {
    out.push_back(leaf_hash(event));
    return done();
  });
  if (!status) return status.error();
  return out;
}

}  // namespace verbena::ledger
