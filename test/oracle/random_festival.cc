// SPDX-License-Identifier: Apache-2.0
// Random festivals as bundles, and what this build folds them to, for test/oracle/fold to compare.
//
//   random_festival DIR FIRST COUNT   writes DIR/<seed>-<what>.bundle and one line of JSON for each
//   random_festival FILE...           tells the same of bundles that are there
//
// A line says: path; digest as the importing device keeps it, and `rebuilt` from its store; the one
// of a device that got all `reordered`, the other histories of forked logs first; and for a
// festival's own bundles `held`, the digest of the device that wrote it.
#include <array>
#include <fstream>
#include <iostream>
#include <sstream>

#include "ledger/audit.h"
#include "ledger/core/merkle.h"
#include "replication/bundle.h"
#include "test/oracle/random_beside.h"
#include "test/oracle/random_lost.h"
#include "test/oracle/random_stock.h"

using namespace verbena;
using ledger::Bytes;
using ledger::Hash;
using ledger::LogClass;
using ledger::LogRun;
using test::Band;
using test::Device;
using test::World;

namespace {

constexpr int steps = 130;

// A limit of voids that a sale of three beers exceeds.
schemas::Festival settings() {
  auto out = test::zoned_festival();
  out.mutable_limits()->set_void_without_approval_minor(700);
  out.mutable_limits()->set_offline_max_minor(900);  // of a replaced band so much stays for a while
  return out;
}

ledger::Draft draft_of(LogClass log_class, schemas::Kind kind, const Bytes& payload = {}) {
  ledger::Draft draft;
  draft.log_class = log_class;
  draft.event.set_kind(kind);
  draft.event.set_payload(payload);
  return draft;
}

void write(Device& device, ledger::Draft draft) {
  (void)device.ledger->commit(0, [&](auto&, auto&) { return ledger::Result(std::vector{draft}); });
}

void post(ledger::Draft& draft, schemas::AccountClass from, schemas::AccountClass to,
          std::uint64_t amount) {
  auto* posting = draft.event.add_posting();
  posting->set_from(from);
  posting->set_to(to);
  posting->set_amount_minor(amount);
}

class Festival {
 public:
  explicit Festival(std::uint64_t seed);
  void step();
  void all_meet();

  World world;
  Device *hub, *desk, *sups[2], *store;
  std::vector<Device*> devices, tills;

 private:
  void happen_on_the_field(std::uint64_t what);
  void happen_in_the_office(std::uint64_t what);
  void lie(Device& liar, std::uint64_t what);
  void lose_bands();
  void half_a_tap(Device& at, Band& band);
  void clone_in_a_tap(Device& at, Band& band);
  void enrol_on_the_field();
  void change_prices();
  void judge_presence();
  void copy_an_event(Device& liar);
  void seal_made_up(Device& liar);
  void make_up_step(Device& liar);
  void revoke(Device& by, Device& target);
  std::vector<std::pair<LogRun, std::size_t>> events_of(Device& of, schemas::Kind kind);

  test::SeededRandom& random_ = world.random;
  std::uint64_t one_of(std::uint64_t n) { return random_.below(n); }
  Device& any() { return *devices[one_of(devices.size())]; }
  Device& any_till() { return *tills[one_of(tills.size())]; }
  Band& any_band() { return bands_[one_of(bands_.size())]; }
  const char* any_sku() { return one_of(2) != 0 ? "beer" : "water"; }
  void remember(const schemas::OperateReply& reply) {
    if (reply.has_done()) sales_.push_back(ledger::hex(reply.done().id()));
  }

  std::vector<Band> bands_;
  std::vector<std::string> sales_;
  test::VoucherDrawer vouchers_;
  std::vector<std::unique_ptr<Device>> clones_, enrolled_;
};

Festival::Festival(std::uint64_t seed) : world(seed, settings()) {
  hub = &world.add(schemas::HUB, "hub");
  desk = &world.add(schemas::TOP_UP_DESK, "desk");
  sups[0] = &world.add(schemas::SUPERVISOR, "sup-1");
  sups[1] = &world.add(schemas::SUPERVISOR, "sup-2");
  store = &world.add(schemas::STORE, "store");
  devices = {hub, desk, sups[0], sups[1], store};
  for (std::uint64_t i = 0, n = 2 + one_of(4); i < n; ++i) {
    const auto stand = "bar-" + std::to_string(1 + i % 3);
    tills.push_back(&world.add(schemas::VENDOR, "till-" + std::to_string(i), stand));
    devices.push_back(tills.back());
  }
  all_meet();
  for (int i = 0; i < 4; ++i) bands_.push_back(world.band());
  for (auto& band : bands_) world.top_up(*desk, band, 2000);
}

void Festival::all_meet() {
  for (int round = 0; round < 2; ++round) {
    for (auto* device : devices) {
      if (device != hub) World::meet(*hub, *device);
    }
  }
}

void Festival::step() {
  const auto what = one_of(100);
  if (one_of(6) == 0) {
    if (one_of(3) == 0) return vouchers_.lie(world, one_of(4) != 0 ? any_till() : *desk);
    if (const auto sale = vouchers_.use(world, any_till(), *desk)) remember(*sale);
    return;
  }
  if (one_of(4) == 0) return test::keep_stock(world, one_of(5) != 0 ? any_till() : *desk, *store);
  if (one_of(8) == 0) {
    Device& liar = one_of(3) != 0 ? any_till() : any();
    Device* old = clones_.empty() ? nullptr : clones_[one_of(clones_.size())].get();
    return test::lie_about_stock(world, old != nullptr && one_of(5) == 0 ? *old : liar, devices);
  }
  if (one_of(6) == 0) {
    if (one_of(4) == 0)
      return test::lie_beside(world, one_of(4) != 0 ? any_till() : *desk, any_band());
    if (const auto sale = test::do_beside(world, any_till(), *desk, any_band())) remember(*sale);
    return;
  }
  if (one_of(9) == 0) return lose_bands();
  if (what < 70) return happen_on_the_field(what);
  if (what < 85) return happen_in_the_office(what);
  lie(one_of(4) != 0 ? any_till() : any(), what);
}

void Festival::happen_on_the_field(std::uint64_t what) {
  Band& band = any_band();
  if (what < 8)
    world.top_up(*desk, band, 500 + one_of(20) * 100);
  else if (what < 24)
    remember(world.sell(any_till(), band, any_sku()));
  else if (what < 32)
    remember(world.sell_cash(any_till(), any_sku(), what < 28 ? 1 : 3));
  else if (what < 36) {
    Band copy = band;
    remember(world.sell(any_till(), copy, any_sku()));
  } else if (what < 42)
    half_a_tap(any_till(), band);
  else if (what < 49) {
    if (!sales_.empty()) test::void_approved(world, any_till(), sales_[one_of(sales_.size())]);
  } else if (what < 52)
    world.refund(*desk, band);
  else if (what < 55)
    world.restart(any_till());
  else if (what < 57)
    world.stock(*store, "deliver", any_sku(), 20);
  else if (what < 59)
    world.stock(*store, "dispatch", any_sku(), 5, "bar-1");
  else if (what < 62)
    world.stock(any_till(), "receive", any_sku(), 4);
  else
    World::meet(any(), any());
}

void Festival::happen_in_the_office(std::uint64_t what) {
  Device& sup = *sups[one_of(2)];
  switch (what - 70) {
    case 0: revoke(sup, any_till()); break;
    case 1: revoke(sup, *sups[one_of(2)]); break;
    case 2:
    case 3: enrol_on_the_field(); break;
    case 4:
    case 5: change_prices(); break;
    case 6:
    case 7: judge_presence(); break;
    case 8:
    case 9: {
      schemas::StaffCard card;
      card.set_alias("v00" + std::to_string(one_of(3)));
      if (one_of(4) != 0) card.set_verifier(Bytes(32, static_cast<char>(one_of(256))));
      write(any(), draft_of(LogClass::control, schemas::KIND_STAFF_CARD, card.SerializeAsString()));
      break;
    }
    case 10: {
      schemas::PurseBlock block;
      block.set_purse(
          one_of(2) != 0
              ? one_of(3)
              : ledger::decode_slot(ledger::decode_band(any_band().image)->slots[0])->head.purse);
      write(any(),
            draft_of(LogClass::control, schemas::KIND_PURSE_BLOCK, block.SerializeAsString()));
      break;
    }
    case 11:
    case 12: clone_in_a_tap(any_till(), any_band()); break;
    default: all_meet();
  }
}

// What no honest build writes: nothing of it may make two folds differ.
void Festival::lie(Device& liar, std::uint64_t what) {
  switch (what - 85) {
    case 0:
    case 1: copy_an_event(liar); break;
    case 2:
    case 3: seal_made_up(liar); break;
    case 4:
    case 5: make_up_step(liar); break;
    case 6: {  // a sale for somebody else, or with money from where it may not come
      auto draft = draft_of(LogClass::trade, schemas::KIND_SALE);
      post(draft, static_cast<schemas::AccountClass>(1 + one_of(7)),
           static_cast<schemas::AccountClass>(1 + one_of(7)), 1 + one_of(900));
      if (one_of(2) != 0) draft.event.mutable_posting(0)->set_to_id("bar-2");
      if (one_of(4) == 0) draft.event.mutable_posting(0)->set_currency("XTS");
      write(liar, draft);
      break;
    }
    case 7: {  // a kind of a later build, in the wrong log or not
      auto draft =
          draft_of(static_cast<LogClass>(1 + one_of(3)), static_cast<schemas::Kind>(one_of(64)));
      if (one_of(4) == 0) {
        post(draft, schemas::OUTSIDE, schemas::TIP, 7);
      } else {
        post(draft, static_cast<schemas::AccountClass>(1 + one_of(7)),
             static_cast<schemas::AccountClass>(1 + one_of(7)), 7);
      }
      write(liar, draft);
      break;
    }
    case 8:
    case 9: {
      schemas::Grant grant;
      grant.set_purse(one_of(2));
      grant.set_source(static_cast<schemas::GrantSource>(1 + one_of(6)));
      grant.set_source_id(std::to_string(one_of(3)));
      auto draft = draft_of(LogClass::value, schemas::KIND_GRANT, grant.SerializeAsString());
      post(draft, one_of(2) != 0 ? schemas::OUTSIDE : schemas::STAND, schemas::PURSE,
           100 + one_of(5));
      write(one_of(2) != 0 ? *desk : liar, draft);
      break;
    }
    case 10: {  // a void of any sale, for any amount
      const auto sales = events_of(liar, schemas::KIND_SALE);
      if (sales.empty()) break;
      const auto& [run, at] = sales[one_of(sales.size())];
      schemas::CashVoid target;
      target.set_log(ledger::to_bytes(run.log.id()));
      target.set_index(at);
      auto draft = draft_of(LogClass::trade, schemas::KIND_CASH_VOID, target.SerializeAsString());
      post(draft, schemas::STAND, schemas::OUTSIDE, 1 + one_of(500));
      write(liar, draft);
      break;
    }
    case 11: {  // a revocation, by anybody
      schemas::Revocation revocation;
      revocation.set_key(ledger::to_bytes(any_till().identity.certificate.key));
      write(liar,
            draft_of(LogClass::control, schemas::KIND_REVOCATION, revocation.SerializeAsString()));
      break;
    }
    default: {  // a life that two devices live
      clones_.push_back(world.clone(liar));
      Device& clone = *clones_.back();
      for (Device* life : {&clone, &liar, &clone}) {
        world.sell_cash(*life, any_sku());
        if (one_of(2) != 0) world.sell(*life, any_band(), any_sku());
      }
      World::meet(clone, any());
    }
  }
}

// The same few again and again, at places that may not have heard of each other; now and then the
// new band is in use already, or replaced itself.
void Festival::lose_bands() {
  Device& office = *std::array{hub, sups[0], sups[1]}[one_of(3)];
  if (one_of(2) == 0) {
    return test::lie_about_lost(world, one_of(3) != 0 ? office : any(), std::span(bands_).first(4));
  }
  if (one_of(2) != 0) bands_.push_back(world.band());
  const Band lost = bands_[one_of(4)];
  test::lose_a_band(world, office, lost, one_of(3) != 0 ? bands_.back() : any_band());
}

void Festival::half_a_tap(Device& at, Band& band) {
  schemas::OperateRequest request;
  request.set_band(band.image);
  request.mutable_sell()->set_tender("purse");
  request.mutable_sell()->add_line()->set_sku(any_sku());
  request.mutable_sell()->mutable_line(0)->set_quantity(1);
  node::TapSession session(*at.ledger, random_, schemas::VENDOR);
  const auto reply = session.begin(request);
  if (reply.has_write() && one_of(2) != 0) band.image = reply.write();
}

// Two devices live one life from the middle of a tap on; one of them confirms it.
void Festival::clone_in_a_tap(Device& at, Band& band) {
  schemas::OperateRequest request;
  request.set_band(band.image);
  request.mutable_sell()->set_tender("purse");
  request.mutable_sell()->add_line()->set_sku("water");
  request.mutable_sell()->mutable_line(0)->set_quantity(1);
  node::TapSession session(*at.ledger, random_, schemas::VENDOR);
  const auto reply = session.begin(request);
  if (!reply.has_write()) return;
  clones_.push_back(world.clone(at));
  world.sell_cash(*clones_.back(), "beer");
  session.wrote(reply.write());
  World::meet(one_of(2) != 0 ? at : *clones_.back(), *hub);
  World::meet(*clones_.back(), any());
}

void Festival::enrol_on_the_field() {
  auto key = ledger::SigningKey::generate(random_);
  const auto number = static_cast<std::uint32_t>(100 + enrolled_.size());
  schemas::Certificate body;
  body.set_festival(world.root.festival);
  body.set_key(ledger::to_bytes(key.public_key()));
  body.set_role(one_of(4) != 0 ? schemas::VENDOR : schemas::TOP_UP_DESK);
  body.set_alias("field-" + std::to_string(number));
  body.set_stand("bar-4");
  body.set_number(number);
  body.set_credit_limit_minor(100'000);
  std::vector<const ledger::SigningKey*> signers{&sups[one_of(2)]->identity.key};
  if (one_of(2) != 0) signers.push_back(&any().identity.key);
  const Bytes bytes = ledger::sign_certificate(body, signers);
  Device& publisher = one_of(3) != 0 ? *sups[0] : any();
  write(publisher, draft_of(LogClass::control, schemas::KIND_CERTIFICATE, bytes));
  enrolled_.push_back(
      std::make_unique<Device>(Device{{ledger::parse_signed_certificate(bytes)->certificate, key},
                                      std::make_unique<ledger::MemoryStore>(),
                                      nullptr}));
  Device& device = *enrolled_.back();
  device.ledger = ledger::Ledger::open(*device.store, world.root, {}, world.clock, random_).take();
  World::meet(publisher, device);
  device.following = {};
  device.ledger =
      ledger::Ledger::open(*device.store, world.root, device.identity, world.clock, random_).take();
  devices.push_back(&device);
  tills.push_back(&device);
}

void Festival::change_prices() {
  schemas::SignedFestival change;
  schemas::Festival wanted;
  Device& author = one_of(3) != 0 ? *sups[0] : any();
  author.ledger->ask([&](ledger::State& state, const auto&) {
    if (const auto* now = state.festival()) wanted = *now;
    wanted.set_replaces(ledger::to_bytes(state.festival_hash()));
  });
  wanted.set_version(wanted.version() + 1);
  wanted.mutable_item(0)->set_price_minor(100 + one_of(500));
  change.set_festival(wanted.SerializeAsString());
  for (auto* sup : sups) {
    if (one_of(4) == 0) continue;
    auto* approval = change.add_approval();
    approval->set_key(ledger::to_bytes(sup->identity.certificate.key));
    approval->set_signature(ledger::to_bytes(
        sup->identity.key.sign(ledger::approval_context,
                               ledger::approval_message(world.root.festival, change.festival()))));
  }
  write(author, draft_of(LogClass::control, schemas::KIND_FESTIVAL, change.SerializeAsString()));
}

void Festival::judge_presence() {
  const auto sales = events_of(*hub, schemas::KIND_SALE_PREPARED);
  if (sales.empty()) return;
  const auto& [run, at] = sales[one_of(sales.size())];
  schemas::PresenceVerdict verdict;
  verdict.set_log(ledger::to_bytes(run.log.id()));
  verdict.set_size(at + one_of(3));
  verdict.add_false_index(at);
  write(one_of(4) != 0 ? *hub : any(),
        draft_of(LogClass::control, schemas::KIND_PRESENCE_VERDICT, verdict.SerializeAsString()));
}

std::vector<std::pair<LogRun, std::size_t>> Festival::events_of(Device& of, schemas::Kind kind) {
  std::vector<std::pair<LogRun, std::size_t>> out;
  schemas::Event event;
  for (const auto& log : of.ledger->logs()) {
    for (const auto& run : *of.ledger->read(log.name, 0, SIZE_MAX)) {
      for (std::size_t i = 0; i < run.events.size(); ++i) {
        if (ledger::parse_event(run.events[i], event) && event.kind() == kind) {
          out.emplace_back(run, run.first + i);
        }
      }
    }
  }
  return out;
}

// Somebody else's step in its own words: the ledger gives it another time, so other bytes.
void Festival::copy_an_event(Device& liar) {
  const auto steps_held = events_of(liar, schemas::KIND_SALE_PREPARED);
  if (steps_held.empty()) return;
  const auto& [run, at] = steps_held[one_of(steps_held.size())];
  const Bytes& bytes = run.events[at - run.first];
  if (one_of(2) != 0) {
    auto draft = draft_of(LogClass::trade, schemas::KIND_SALE_PREPARED);
    draft.event.ParseFromString(bytes);
    write(liar, draft);
    return;
  }
  // The very bytes, at the end of its log: they hash to the same id.
  write(liar, draft_of(LogClass::trade, schemas::KIND_CONTEXT));
  for (const auto& log : liar.ledger->logs()) {
    if (log.name.certificate != liar.identity.certificate.hash ||
        log.name.log_class != LogClass::trade || log.changed_at + 1 < liar.ledger->news()) {
      continue;
    }
    LogRun copy = liar.ledger->read(log.name, 0, SIZE_MAX)->front();
    if (copy.head.size != log.head.size) continue;
    copy.events.push_back(bytes);
    std::vector<Hash> leaves;
    for (const auto& event : copy.events) leaves.push_back(ledger::leaf_hash(event));
    copy.head = ledger::sign_head(liar.identity.key, log.id, leaves.size(),
                                  ledger::tree_root(leaves), log.head.hlc + 1);
    (void)liar.ledger->ingest(copy);
    return;
  }
}

void Festival::seal_made_up(Device& liar) {
  auto image = *ledger::decode_band(any_band().image);
  auto slot = ledger::decode_slot(image.slots[one_of(2)]);
  if (!slot) return;
  slot->head.counter += static_cast<std::uint32_t>(one_of(3));
  slot->head.debited += static_cast<std::uint32_t>(one_of(3) * 100);
  slot->head.writer = liar.identity.certificate.number;
  if (one_of(2) != 0) slot->head.hash[0] ^= 1;
  slot->ring[0] = {slot->head.writer, 1, static_cast<std::uint32_t>(one_of(50)), 900, {}};
  schemas::Evidence evidence;
  evidence.set_slot(ledger::seal_slot(*slot, world.root.festival, liar.identity.key));
  write(any(), draft_of(LogClass::value, schemas::KIND_EVIDENCE, evidence.SerializeAsString()));
}

void Festival::make_up_step(Device& liar) {
  const auto image = *ledger::decode_band(any_band().image);
  const auto slot = ledger::decode_slot(image.slots[one_of(2)]);
  if (!slot) return;
  const bool top_up = one_of(3) == 0;
  auto draft = draft_of(top_up ? LogClass::value : LogClass::trade,
                        top_up ? schemas::KIND_TOP_UP_PREPARED : schemas::KIND_SALE_PREPARED);
  if (one_of(5) == 0) draft = draft_of(LogClass::trade, static_cast<schemas::Kind>(50));
  post(draft, top_up ? schemas::OUTSIDE : schemas::PURSE,
       top_up           ? schemas::PURSE
       : one_of(4) != 0 ? schemas::STAND
                        : schemas::OUTSIDE,
       1 + one_of(300));
  auto* step = draft.event.mutable_step();
  step->set_purse(slot->head.purse);
  step->set_counter(slot->head.counter + 1 + static_cast<std::uint32_t>(one_of(3)));
  step->set_credited(slot->head.credited + (top_up ? draft.event.posting(0).amount_minor() : 0));
  step->set_debited(slot->head.debited + one_of(400));
  step->set_previous(one_of(4) != 0 ? ledger::to_bytes(slot->head.hash) : Bytes(12, '\0'));
  auto written =
      liar.ledger->commit(0, [&](auto&, auto&) { return ledger::Result(std::vector{draft}); });
  if (written && one_of(3) != 0) {
    write(liar, ledger::confirm_draft(written->back(), top_up ? schemas::KIND_TOP_UP_PREPARED
                                                              : schemas::KIND_SALE_PREPARED));
  }
}

void Festival::revoke(Device& by, Device& target) {
  schemas::OperateRequest request;
  request.mutable_revoke()->set_alias(target.identity.certificate.alias);
  request.mutable_revoke()->set_reason("lost");
  node::TapSession(*by.ledger, random_, schemas::SUPERVISOR).begin(request);
}

// --- bundles

void save(const std::string& path, const Bytes& bytes) {
  std::ofstream out(path, std::ios::binary);
  out << bytes;
  out.close();
  VERBENA_CHECK(out.good());
}

Bytes exported(const ledger::Ledger& ledger, const std::string& signed_root) {
  Bytes out;
  const auto status = replication::export_bundle(ledger, signed_root, [&](std::string_view bytes) {
    out = Bytes(bytes);
    return ledger::done();
  });
  VERBENA_CHECK(status.ok());
  return out;
}

// Each history of each log as one run, those that the log's own contradicts first.
std::vector<LogRun> whole_histories(const ledger::Ledger& book) {
  std::vector<LogRun> out;
  for (const auto& log : book.logs()) {
    LogRun own{log.name, 0, {}, log.head};
    for (const auto& run : *book.read(log.name, 0, SIZE_MAX)) {
      own.events.insert(own.events.end(), run.events.begin(), run.events.end());
    }
    std::vector<LogRun> histories{own};
    for (const auto& run : *book.branch_runs(log.name)) {
      for (std::size_t i = 0, held = histories.size(); i < held; ++i) {
        LogRun joined = histories[i];
        if (run.first > joined.events.size()) continue;
        joined.events.resize(run.first);
        joined.events.insert(joined.events.end(), run.events.begin(), run.events.end());
        joined.head = run.head;
        std::vector<Hash> leaves;
        for (const auto& event : joined.events) leaves.push_back(ledger::leaf_hash(event));
        if (ledger::tree_root(leaves) != run.head.root) continue;
        histories.push_back(std::move(joined));
        break;
      }
    }
    out.insert(out.end(), histories.rbegin(), histories.rend());
  }
  return out;
}

Hash digest_of(const ledger::Ledger& book) {
  Hash out{};
  book.ask([&](ledger::State& state, const auto&) { out = state.digest(); });
  return out;
}

Hash reordered_digest(const ledger::Ledger& book) {
  ledger::MemoryStore store;
  test::ManualClock clock;
  test::SeededRandom random(1);
  auto reader = ledger::Ledger::open(store, book.root(), {}, clock, random).take();
  std::vector<LogRun> waiting = whole_histories(book);
  for (bool progress = true; progress && !waiting.empty();) {
    progress = false;
    std::vector<LogRun> later;
    for (auto& run : waiting) {
      if (reader->ingest(run)) {
        progress = true;
      } else {
        later.push_back(std::move(run));
      }
    }
    waiting = std::move(later);
  }
  VERBENA_CHECK(waiting.empty());
  return digest_of(*reader);
}

// One line. Empty `held`: nobody holds this but who imports it.
void tell(const std::string& path, const Bytes& bundle, const std::string& held) {
  const auto root = replication::bundle_root(bundle);
  VERBENA_CHECK(root.ok());
  ledger::MemoryStore store;
  test::ManualClock clock;
  test::SeededRandom random(1);
  auto book = ledger::Ledger::open(store, root->certificate, {}, clock, random).take();
  const auto report = replication::import_bundle(*book, bundle);
  VERBENA_CHECK(report.ok());
  const auto audit = ledger::audit(store, root->certificate);
  if (!audit) {
    std::cerr << path << ": " << audit.error().text << '\n';
    std::exit(1);
  }
  std::map<std::string, int> findings;
  for (const auto& finding : audit->findings) ++findings[finding.kind];
  if (report->runs_refused > 0) ++findings["forged"];
  const auto minor = [](__int128 value) { return static_cast<std::int64_t>(value); };
  const auto& totals = audit->totals;
  std::cout << "{\"path\": \"" << path << "\", \"events\": " << audit->events
            << ", \"conserved\": " << (audit->conserved ? "true" : "false") << ", \"digest\": \""
            << ledger::hex(digest_of(*book)) << "\", \"rebuilt\": \""
            << ledger::hex(audit->state_digest) << "\", \"reordered\": \""
            << ledger::hex(reordered_digest(*book)) << "\", \"held\": \"" << held
            << "\", \"totals\": {\"topups_minor\": " << minor(totals.topups_minor)
            << ", \"sales_minor\": " << minor(totals.sales_minor)
            << ", \"refunds_minor\": " << minor(totals.refunds_minor)
            << ", \"balances_minor\": " << minor(totals.balances_minor)
            << ", \"suspense_minor\": " << minor(totals.suspense_minor)
            << ", \"vouchers_minor\": " << minor(totals.vouchers_minor) << "}, \"findings\": {";
  const char* comma = "";
  for (const auto& [kind, count] : findings) {
    std::cout << comma << '"' << kind << "\": " << count;
    comma = ", ";
  }
  std::cout << "}}" << std::endl;
}

void tell_device(const std::string& path, const Festival& festival, Device& device) {
  const Bytes bundle = exported(*device.ledger, festival.world.signed_root);
  save(path, bundle);
  tell(path, bundle, ledger::hex(World::digest(device)));
}

void one_festival(const std::string& dir, std::uint64_t seed) {
  Festival festival(seed);
  const std::string path = dir + "/" + std::to_string(seed);
  for (int i = 0; i < steps; ++i) {
    festival.step();
    if (i == steps / 2) tell_device(path + "-half.bundle", festival, *festival.tills[0]);
  }
  tell_device(path + "-hub.bundle", festival, *festival.hub);
  festival.all_meet();
  tell_device(path + "-end.bundle", festival, *festival.hub);
}

Bytes slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() == 3 && !words[1].empty() && std::isdigit(words[1][0]) != 0) {
    const auto first = std::stoull(words[1]), count = std::stoull(words[2]);
    for (auto seed = first; seed < first + count; ++seed) one_festival(words[0], seed);
    return 0;
  }
  for (const auto& path : words) tell(path, slurp(path), {});
  return words.empty() ? 2 : 0;
}
