// SPDX-License-Identifier: Apache-2.0
// The input is a festival's day: each four bytes are something that happens. Afterwards each device
// has the state that its store folds to from zero; whoever receives the same in another order, or
// as a bundle, comes to the same; and money is conserved all along.
#include <algorithm>

#include "ledger/core/merkle.h"
#include "replication/bundle.h"
#include "test/fuzz/ground.h"
#include "test/fuzz/input.h"

using namespace verbena;
using ledger::Bytes;
using ledger::Hash;
using ledger::LogClass;
using ledger::LogName;
using ledger::LogRun;
using test::Band;
using test::Device;
using test::World;

namespace {

constexpr int happenings_max = 48;
constexpr std::uint32_t liar_number = 200;
constexpr std::uint64_t liar_incarnation = 77;
constexpr std::size_t copied_events_max = 32;
constexpr int long_events = 160;

struct Happening {
  explicit Happening(fuzz::Input& in)
      : what(in.byte()), which(in.byte()), a(in.byte()), b(in.byte()) {}
  std::uint32_t what, which, a, b;
};

// A till that a supervisor certified in the field, and that lies: it signs what it likes.
struct Liar {
  struct Log {
    std::vector<Bytes> events;
    std::vector<Bytes> branch;  // another history of it
  };
  Log& log(LogClass log_class) { return logs[static_cast<std::size_t>(log_class) - 1]; }

  ledger::DeviceIdentity identity;
  Log logs[3];
};

class Day {
 public:
  Day();
  void happen(const Happening& now);
  void keep_stock(Device& at, const char* sku, const Happening& now);
  void all_meet();
  void settle_all();

  World world;
  Device *hub, *desk, *sup, *pos[2];
  std::vector<Device*> devices;

 private:
  Device& any(std::uint32_t n) { return *devices[n % devices.size()]; }
  void remember(const schemas::OperateReply& reply) {
    if (reply.has_done()) sales_.push_back(ledger::hex(reply.done().id()));
  }
  void enrol_liar();
  void tap_half(Device& at, Band& band, bool written);
  void fail_write(Device& at, std::uint32_t how);
  void revoke(const std::string& alias);
  void lie(const Happening& now);
  void fork(const Happening& now);
  void copy_log(std::uint32_t which);
  void make_up_event(const Happening& now);
  void write_at_length();
  void seal_band(Band& band, const Happening& now);
  void send_lies(Device& to);
  void send_branch(Device& to, std::size_t first);

  Band bands_[2];
  std::vector<std::string> sales_;
  Liar liar_{{{}, ledger::SigningKey::generate(world.random)}, {}};
};

Day::Day() {
  hub = &world.add(schemas::HUB, "hub");
  desk = &world.add(schemas::TOP_UP_DESK, "desk");
  sup = &world.add(schemas::SUPERVISOR, "sup");
  pos[0] = &world.add(schemas::VENDOR, "one", "bar-1");
  pos[1] = &world.add(schemas::VENDOR, "two", "bar-2");
  devices = {hub, desk, sup, pos[0], pos[1]};
  for (auto& band : bands_) band = world.band();
  enrol_liar();
  all_meet();
}

void Day::all_meet() {
  for (int round = 0; round < 2; ++round) {
    for (auto* device : devices) {
      if (device != hub) World::meet(*hub, *device);
    }
  }
}

// Who is in doubt after a failed write asks the disk again.
void Day::settle_all() {
  world.clock.now_ms += 2'000;
  for (auto* device : devices) (void)device->ledger->find_intent(1);
}

void Day::enrol_liar() {
  schemas::Certificate body;
  body.set_festival(world.root.festival);
  body.set_key(ledger::to_bytes(liar_.identity.key.public_key()));
  body.set_role(schemas::VENDOR);
  body.set_alias("liar");
  body.set_stand("bar-2");
  body.set_number(liar_number);
  const ledger::SigningKey* signer = &sup->identity.key;
  const Bytes bytes = ledger::sign_certificate(body, {&signer, 1});
  liar_.identity.certificate = ledger::parse_signed_certificate(bytes)->certificate;
  ledger::Draft draft;
  draft.log_class = LogClass::control;
  draft.event.set_kind(schemas::KIND_CERTIFICATE);
  draft.event.set_payload(bytes);
  const auto written =
      sup->ledger->commit(0, [&](auto&, auto&) { return ledger::Result(std::vector{draft}); });
  VERBENA_CHECK(written.ok());
}

void Day::happen(const Happening& now) {
  const std::uint32_t which = now.which;
  Band& band = bands_[which & 1];
  Device& at = *pos[which >> 1 & 1];
  const char* sku = (which & 4) != 0 ? "beer" : "water";
  switch (now.what % 16) {
    case 0: world.top_up(*desk, band, 500 + now.a * 20); break;
    case 1:
    case 2: remember(world.sell(at, band, sku)); break;
    case 3: remember(world.sell_cash(at, sku, 1 + now.a % 8)); break;
    case 4:
      if (!sales_.empty()) world.void_sale(at, sales_[now.a % sales_.size()]);
      break;
    case 5: world.refund(*desk, band); break;
    case 6: World::meet(any(now.a), any(now.b)); break;
    case 7: world.restart(any(now.a)); break;
    case 8: {
      Band copy = band;
      remember(world.sell(at, copy, sku));
      break;
    }
    case 9: tap_half(at, band, now.a % 2 != 0); break;
    case 10: fail_write(at, now.a); break;
    case 11: keep_stock(at, sku, now); break;
    case 12:
      if (now.a >= 224) revoke(now.b % 2 != 0 ? "liar" : "two");
      break;
    case 13: lie(now); break;
    case 14: now.b % 2 != 0 ? send_branch(any(now.a), now.b >> 1) : send_lies(any(now.a)); break;
    case 15: seal_band(band, now); break;
  }
}

void Day::keep_stock(Device& at, const char* sku, const Happening& now) {
  switch (now.b % 4) {
    case 0: world.count(at, sku, now.a, (now.a & 1) != 0 ? "ana" : "luis"); break;
    case 1: world.close_sheet(at); break;
    case 2: world.stock(at, "receive", sku, now.a); break;
    case 3: world.stock(at, "dispatch", sku, now.a, (now.a & 1) != 0 ? "bar-1" : "bar-2"); break;
  }
}

// The band leaves before the till has read back what it wrote.
void Day::tap_half(Device& at, Band& band, bool written) {
  schemas::OperateRequest request;
  request.set_band(band.image);
  request.mutable_sell()->set_tender("purse");
  request.mutable_sell()->add_line()->set_sku("beer");
  request.mutable_sell()->mutable_line(0)->set_quantity(1);
  node::TapSession session(*at.ledger, world.random, schemas::VENDOR);
  const auto reply = session.begin(request);
  if (reply.has_write() && written) band.image = reply.write();
}

// The disk fails at a sale: before or after the write, for a while. Perhaps it is restarted then.
void Day::fail_write(Device& at, std::uint32_t how) {
  using Fault = ledger::MemoryStore::Fault;
  at.store->fail_append(at.store->appends(),
                        (how & 1) != 0 ? Fault::fails_before_write : Fault::fails_after_write,
                        1 + (how >> 1 & 3));
  remember(world.sell_cash(at, "beer"));
  if ((how & 8) != 0) remember(world.sell_cash(at, "water"));
  at.store->fail_append(0, Fault::none);
  if ((how & 16) != 0) world.restart(at);
}

void Day::revoke(const std::string& alias) {
  schemas::OperateRequest request;
  request.mutable_revoke()->set_alias(alias);
  request.mutable_revoke()->set_reason("lost");
  node::TapSession(*sup->ledger, world.random, schemas::SUPERVISOR).begin(request);
}

void Day::lie(const Happening& now) {
  switch (now.which % 8) {
    case 0:
    case 1: copy_log(now.a); break;
    case 2: fork(now); break;
    case 3:
      if (now.a >= 224) write_at_length();
      break;
    default: make_up_event(now); break;
  }
}

// Another history of one of its logs, leaving the first one or the one made up last.
void Day::fork(const Happening& now) {
  auto& log = liar_.log(ledger::log_classes[now.a % 3]);
  if (now.b < 128) log.branch = log.events;
  if (log.branch.empty()) return;
  const Bytes other = log.branch[now.b % log.branch.size()] + "\x78\x01";
  log.branch[now.b % log.branch.size()] = other;
  if (now.a >= 128) log.branch.push_back(other);
}

// The bytes of somebody else's events, as its own.
void Day::copy_log(std::uint32_t which) {
  const auto runs = fuzz::runs_of(*hub->ledger);
  const auto& run = runs[which % runs.size()];
  auto& events = liar_.log(run.log.log_class).events;
  for (std::size_t i = 0; i < run.events.size() && i < copied_events_max; ++i) {
    events.push_back(run.events[i]);
  }
}

constexpr schemas::Kind made_up_kinds[] = {
    schemas::KIND_SALE_PREPARED, schemas::KIND_SALE_CONFIRMED,
    schemas::KIND_GRANT,         schemas::KIND_CASH_VOID,
    schemas::KIND_SALE,          schemas::KIND_TOP_UP_PREPARED,
    schemas::KIND_PURSE_BLOCK,   schemas::KIND_TOP_UP_CONFIRMED,
};

schemas::AccountClass origin(schemas::Kind kind) {
  if (kind == schemas::KIND_SALE_PREPARED) return schemas::PURSE;
  if (kind == schemas::KIND_GRANT || kind == schemas::KIND_CASH_VOID) return schemas::STAND;
  return schemas::OUTSIDE;
}

schemas::AccountClass target(schemas::Kind kind) {
  if (kind == schemas::KIND_GRANT || kind == schemas::KIND_TOP_UP_PREPARED) return schemas::PURSE;
  return kind == schemas::KIND_CASH_VOID ? schemas::OUTSIDE : schemas::STAND;
}

LogClass home(schemas::Kind kind) {
  if (kind < 10) return LogClass::control;
  return kind < 30 ? LogClass::value : LogClass::trade;
}

// What the liar says of the purse in a slot: its next step, or what follows from a sale.
Bytes made_up_payload(schemas::Kind kind, const ledger::PurseHead& head, const Bytes& sale,
                      std::uint64_t index) {
  schemas::Grant grant;
  schemas::PurseBlock block;
  schemas::Confirmed confirmed;
  switch (kind) {
    case schemas::KIND_GRANT:
      grant.set_purse(head.purse);
      grant.set_source(schemas::GRANT_VOID);
      grant.set_source_id(sale);
      return grant.SerializeAsString();
    case schemas::KIND_PURSE_BLOCK: block.set_purse(head.purse); return block.SerializeAsString();
    default: confirmed.set_prepared(index); return confirmed.SerializeAsString();
  }
}

void Day::make_up_event(const Happening& now) {
  const auto kind = made_up_kinds[now.a % std::size(made_up_kinds)];
  const auto image = *ledger::decode_band(bands_[now.b & 1].image);
  const auto slot = ledger::decode_slot(image.slots[now.b >> 1 & 1]);
  const ledger::PurseHead head = slot ? slot->head : ledger::PurseHead();
  auto& events = liar_.log(home(kind)).events;
  schemas::Event event;
  event.set_version(ledger::event_version);
  event.set_kind(kind);
  event.set_hlc(now.b);
  auto* posting = event.add_posting();
  posting->set_from(origin(kind));
  posting->set_to(target(kind));
  posting->set_amount_minor(1 + now.b);
  if (kind == schemas::KIND_SALE_PREPARED || kind == schemas::KIND_TOP_UP_PREPARED) {
    auto* step = event.mutable_step();
    step->set_purse(head.purse);
    step->set_counter(head.counter + 1);
    step->set_credited(head.credited);
    step->set_debited(head.debited + now.b);
    step->set_previous(ledger::to_bytes(head.hash));
  }
  const Bytes sale = sales_.empty() ? Bytes(32, 's') : *ledger::unhex(sales_.back());
  event.set_payload(made_up_payload(kind, head, sale, events.empty() ? 0 : events.size() - 1));
  events.push_back(event.SerializeAsString());
}

// Events as long as they may be, and many.
void Day::write_at_length() {
  schemas::Event event;
  event.set_version(ledger::event_version);
  event.set_payload(Bytes(ledger::event_bytes_max, 'x'));
  event.mutable_payload()->resize(2 * ledger::event_bytes_max - event.ByteSizeLong());
  auto& events = liar_.log(LogClass::trade).events;
  if (events.size() < long_events)
    events.insert(events.end(), long_events, event.SerializeAsString());
}

// Counters and totals as the liar would have them, under its own seal.
void Day::seal_band(Band& band, const Happening& now) {
  auto image = *ledger::decode_band(band.image);
  auto slot = ledger::decode_slot(image.slots[now.a & 1]);
  if (!slot) return;
  slot->head.counter += now.a >> 1 & 3;
  slot->head.debited += now.b;
  slot->head.writer = static_cast<std::uint16_t>(liar_number);
  image.slots[now.a >> 3 & 1] = ledger::seal_slot(*slot, world.root.festival, liar_.identity.key);
  band.image = ledger::encode_band(image);
}

// One by one, as an honest device's sales would come.
void Day::send_lies(Device& to) {
  for (const auto log_class : ledger::log_classes) {
    const LogName name{liar_.identity.certificate.hash, liar_incarnation, log_class};
    const auto held = to.ledger->log(name.id());
    const std::uint64_t size = held ? held->head.size : 0;
    std::vector<Hash> below;
    for (const auto& event : liar_.log(log_class).events) {
      if (below.size() >= size) {
        (void)to.ledger->ingest(fuzz::sign_run(liar_.identity, name, below, {event}));
      }
      below.push_back(ledger::leaf_hash(event));
    }
  }
}

// The end of it, as if the rest were held.
void Day::send_branch(Device& to, std::size_t first) {
  for (const auto log_class : ledger::log_classes) {
    const LogName name{liar_.identity.certificate.hash, liar_incarnation, log_class};
    const auto& branch = liar_.log(log_class).branch;
    if (branch.empty()) continue;
    std::vector<Hash> below;
    while (below.size() < first % branch.size()) {
      below.push_back(ledger::leaf_hash(branch[below.size()]));
    }
    const auto rest = branch.begin() + static_cast<std::ptrdiff_t>(below.size());
    (void)to.ledger->ingest(fuzz::sign_run(liar_.identity, name, below, {rest, branch.end()}));
  }
}

// Gives runs in this order, again and again until no more of them fits.
void give(ledger::Ledger& reader, std::vector<LogRun> waiting) {
  for (bool progress = true; progress && !waiting.empty();) {
    progress = false;
    std::vector<LogRun> later;
    for (auto& run : waiting) {
      if (reader.ingest(run)) {
        progress = true;
      } else {
        later.push_back(std::move(run));
      }
    }
    waiting = std::move(later);
    fuzz::check_conserved(reader);
  }
  VERBENA_CHECK(waiting.empty());
}

std::vector<LogRun> shuffled(std::vector<LogRun> runs, test::SeededRandom& random) {
  for (std::size_t i = runs.size(); i > 1; --i) std::swap(runs[i - 1], runs[random.below(i)]);
  return runs;
}

// Event by event, the logs interleaved at random, as far as authors are known.
void check_interleaved(const std::vector<LogRun>& runs, const Day& day, const Hash& expected,
                       test::SeededRandom& random) {
  std::map<LogName, std::vector<Bytes>> logs;
  for (const auto& run : runs) {
    auto& events = logs[run.log];
    events.insert(events.end(), run.events.begin(), run.events.end());
  }
  std::map<LogName, std::size_t> folded;
  ledger::State state(day.world.root);
  schemas::Event event;
  for (;;) {
    std::vector<LogName> ready;
    for (const auto& [log, events] : logs) {
      if (folded[log] < events.size() && state.roster().find(log.certificate)) ready.push_back(log);
    }
    if (ready.empty()) break;
    const auto& log = ready[random.below(ready.size())];
    const auto index = folded[log]++;
    const Bytes& bytes = logs[log][index];
    if (!ledger::parse_event(bytes, event)) event.Clear();
    state.apply(log, index, ledger::leaf_hash(bytes), event);
  }
  if (state.stale()) return;  // its owner folds from zero
  fuzz::check_conserved(state);
  VERBENA_CHECK(state.digest() == expected);
}

void check_bundle(const Day& day, Device& device, ledger::Random& random) {
  Bytes bundle;
  const auto exported =
      replication::export_bundle(*device.ledger, day.world.signed_root, [&](auto bytes) {
        bundle = Bytes(bytes);
        return ledger::done();
      });
  VERBENA_CHECK(exported.ok());
  ledger::MemoryStore store;
  auto reader = ledger::Ledger::open(store, day.world.root, {}, day.world.clock, random).take();
  const auto report = replication::import_bundle(*reader, bundle);
  VERBENA_CHECK(report.ok() && report->runs_refused == 0);
  VERBENA_CHECK(fuzz::digest_of(*reader) == World::digest(device));
}

// What a device comes to that is given these runs, and comes to again after a restart.
Hash digest_after(const Day& day, const std::vector<LogRun>& runs, ledger::Random& random) {
  ledger::MemoryStore store;
  auto reader = ledger::Ledger::open(store, day.world.root, {}, day.world.clock, random).take();
  give(*reader, runs);
  const auto digest = fuzz::digest_of(*reader);
  VERBENA_CHECK(fuzz::rebuilt_digest(store, day.world.root) == digest);
  return digest;
}

// One history of each log, the proofs of the others among them.
std::vector<LogRun> without_branches(const ledger::Ledger& ledger) {
  std::vector<LogRun> out;
  for (const auto& log : ledger.logs()) {
    for (auto& run : *ledger.read(log.name, 0, SIZE_MAX)) out.push_back(std::move(run));
  }
  return out;
}

void check_other_orders(const Day& day, Device& device) {
  const auto all = fuzz::runs_of(*device.ledger), part = without_branches(*device.ledger);
  const auto expected = World::digest(device);
  test::SeededRandom random(all.size());
  const auto of_part = digest_after(day, part, random);
  for (int i = 0; i < 2; ++i) {
    VERBENA_CHECK(digest_after(day, shuffled(all, random), random) == expected);
    VERBENA_CHECK(digest_after(day, shuffled(part, random), random) == of_part);
    if (all.size() == part.size()) check_interleaved(all, day, expected, random);
  }
  check_bundle(day, device, random);
}

// All hold the same, and have the same state.
void check_agreement(const Day& day) {
  for (auto* device : day.devices) {
    VERBENA_CHECK(World::frontier_root(*device) == World::frontier_root(*day.hub));
    VERBENA_CHECK(World::digest(*device) == World::digest(*day.hub));
    VERBENA_CHECK(device->ledger->events() == day.hub->ledger->events());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input in(data, size);
  Day day;
  for (int i = 0; i < happenings_max && !in.empty(); ++i) day.happen(Happening(in));
  day.settle_all();
  for (auto* device : day.devices) {
    fuzz::check_conserved(*device->ledger);
    VERBENA_CHECK(World::digest(*device) == fuzz::rebuilt_digest(*device->store, day.world.root));
  }
  for (int round = 0; round < 2; ++round) day.all_meet();  // proofs of forks come from each
  check_agreement(day);
  check_other_orders(day, *day.hub);
  return 0;
}
