// SPDX-License-Identifier: Apache-2.0
#include "test/sim/hostile.h"

#include <algorithm>

#include "ledger/core/merkle.h"
#include "replication/pack.h"

namespace verbena::sim {

using ledger::Bytes;
using ledger::LogClass;
using schemas::Frame;

namespace {

constexpr std::uint64_t act_ms = 700;
constexpr std::uint64_t redial_ms = 3'000;
constexpr std::uint64_t patience_ms = 15'000;  // a link that lost something is dead by then
constexpr std::size_t heard_kept = 64;
constexpr int flood_frames = 24;
constexpr int lives_per_act = 160;
constexpr std::uint64_t lives_max =
    480;  // more than a peer takes in a day; it takes the rest later
constexpr std::uint64_t own_life = 7;
constexpr std::uint64_t forked_life = 6;

ledger::DeviceIdentity stranger(const test::World& world, const std::string& alias,
                                test::SeededRandom& random) {
  auto key = ledger::SigningKey::generate(random);
  schemas::Certificate body;
  body.set_festival(world.root.festival);
  body.set_key(ledger::to_bytes(key.public_key()));
  body.set_role(schemas::HUB);
  body.set_alias(alias);
  body.set_number(50'000);
  const ledger::SigningKey* signer = &key;
  const auto bytes = ledger::sign_certificate(body, {&signer, 1});
  return {ledger::parse_signed_certificate(bytes)->certificate, key};
}

ledger::DeviceIdentity identity_of(test::World& world, const std::string& alias, bool member,
                                   test::SeededRandom& random) {
  return member ? world.device(alias).identity : stranger(world, alias, random);
}

}  // namespace

HostileNode::HostileNode(Scheduler& scheduler, Network& network, test::World& world,
                         const std::string& alias, bool member, std::uint64_t seed)
    : scheduler_(scheduler),
      network_(network),
      world_(world),
      alias_(alias),
      member_(member),
      random_(seed),
      clock_(scheduler),
      identity_(identity_of(world, alias, member, random_)),
      breeds_(alias == "liar-1" && random_.below(3) == 0),
      forks_(!breeds_ && random_.below(2) == 0) {
  network.add(*this);
}

HostileNode::~HostileNode() = default;

void HostileNode::start() {
  ledger_ = ledger::Ledger::open(store_, world_.root, identity_, clock_, random_).take();
  up_ = true;
  for (const auto& address : addresses_) network_.dial(*this, address);
  scheduler_.in(act_ms, [this] { act(); });
}

void HostileNode::opened(std::shared_ptr<replication::Link> link) {
  Talk& talk = talks_[link->id()];
  talk.link = std::move(link);
  talk.session = std::make_unique<replication::Session>(*ledger_);
  for (auto& frame : talk.session->hello()) talk.link->send(std::move(frame));
  talk.link->read_next();
}

void HostileNode::received(replication::LinkId id, Frame frame) {
  const auto found = talks_.find(id);
  if (found == talks_.end()) return;
  Talk& talk = found->second;
  for (auto& answer : talk.session->receive(frame)) {
    if (withholds_ && answer.has_run()) {
      ++deeds_["events withheld"];
      continue;
    }
    talk.link->send(std::move(answer));
  }
  heard_.push_back(std::move(frame));
  if (heard_.size() > heard_kept) heard_.erase(heard_.begin());
  talk.link->read_next();
}

void HostileNode::closed(replication::LinkId id, const std::string& address, const std::string&) {
  talks_.erase(id);
  if (address.empty()) return;
  scheduler_.in(redial_ms, [this, address] { network_.dial(*this, address); });
}

std::size_t HostileNode::patient_peers() const {
  return static_cast<std::size_t>(
      std::count_if(talks_.begin(), talks_.end(), [&](const auto& entry) {
        const Talk& talk = entry.second;
        return talk.nonsense_at_ms != 0 && network_.unread(entry.first) == 0 &&
               scheduler_.now_ms() > talk.nonsense_at_ms + patience_ms;
      }));
}

void HostileNode::act() {
  if (random_.below(20) == 0) withholds_ = !withholds_;
  if (!talks_.empty()) {
    auto talk = talks_.begin();
    std::advance(talk, static_cast<std::ptrdiff_t>(random_.below(talks_.size())));
    attack(talk->second);
  }
  scheduler_.in(1 + random_.below(2 * act_ms), [this] { act(); });
}

void HostileNode::attack(Talk& talk) {
  // It waits to be cut for its nonsense: something worse might end the link in place of that.
  if (talk.nonsense_at_ms != 0) return;
  if (member_ && writes_ && random_.below(3) == 0) return write_log(talk);
  switch (random_.below(9)) {
    case 0: return garbage(talk);
    case 1: return oversize(talk);
    case 2: return forged_head(talk);
    case 3: return forged_run(talk);
    case 4: return lying_frontier(talk);
    case 5: return flood(talk);
    default: return replayed(talk);
  }
}

void HostileNode::write_log(Talk& talk) {
  switch (random_.below(10)) {
    case 0: return breeds_ ? many_lives(talk) : illegal_events(talk);
    case 1: return forks_ ? fork(talk) : illegal_events(talk);
    case 7: return breeds_ ? many_lives(talk) : illegal_events(talk);
    case 2: return false_root(talk);
    case 3: return own_certificate(talk);
    case 4: return own_revocation(talk);
    case 5:
    case 6: return copied_events(talk);
    default: return illegal_events(talk);
  }
}

void HostileNode::say(Talk& talk, const char* deed, Frame frame) {
  ++deeds_[deed];
  talk.link->send(std::move(frame));
}

void HostileNode::nonsense(Talk& talk, const char* deed, Frame frame) {
  if (++talk.nonsense == replication::strikes_max) talk.nonsense_at_ms = scheduler_.now_ms();
  say(talk, deed, std::move(frame));
}

Bytes HostileNode::noise(std::size_t bytes) {
  Bytes out(bytes, '\0');
  for (auto& byte : out) byte = static_cast<char>(random_.next());
  return out;
}

// ---- what needs no key -------------------------------------------------------------------------

void HostileNode::garbage(Talk& talk) {
  if (random_.below(2) == 0) {  // a pack that cannot be read ends the link at once
    Frame frame;
    frame.set_packed(noise(200));
    return say(talk, "garbage", std::move(frame));
  }
  for (int i = 0; i < replication::strikes_max; ++i) nonsense(talk, "garbage", Frame());
}

void HostileNode::oversize(Talk& talk) {
  Frame frame;
  if (random_.below(4) == 0) {
    frame.set_packed(noise(replication::frame_bytes_max + 1));  // the link itself refuses it
    return say(talk, "oversize", std::move(frame));
  }
  OwnLog big{{identity_.certificate.hash, own_life + 1, LogClass::trade}, {}, {}};
  big.events.push_back(noise(ledger::event_bytes_max + 1));
  big.leaves.push_back(ledger::leaf_hash(big.events.back()));
  say(talk, "oversize", run_of(big));
}

void HostileNode::forged_head(Talk& talk) {
  const auto logs = ledger_->logs();
  if (logs.empty()) return;
  const auto& log = logs[random_.below(logs.size())];
  Frame frame;
  auto* head = frame.mutable_heads()->add_head();
  *head->mutable_log() = ledger::to_wire(log.name);
  *head->mutable_head() = ledger::to_wire(log.head);
  head->mutable_head()->set_size(log.head.size + 1 + random_.below(1'000));
  say(talk, "forged head", std::move(frame));
}

// Somebody else's log, continued.
void HostileNode::forged_run(Talk& talk) {
  const auto logs = ledger_->logs();
  if (logs.empty()) return;
  const auto& log = logs[random_.below(logs.size())];
  const auto whole = ledger_->read(log.name, 0, SIZE_MAX);
  OwnLog copy{log.name, {}, {}};
  for (const auto& run : *whole) {
    for (const auto& event : run.events) copy.events.push_back(event);
  }
  copy.events.push_back(illegal_event().SerializeAsString());
  for (const auto& event : copy.events) copy.leaves.push_back(ledger::leaf_hash(event));
  say(talk, "forged run", run_of(copy, log.head.size));  // signed with the wrong key
}

void HostileNode::lying_frontier(Talk& talk) {
  Frame hello;
  auto* body = hello.mutable_hello();
  body->set_version(1);
  body->set_festival(world_.root.festival);
  body->set_root(noise(16));
  body->set_directory(noise(8));
  say(talk, "lying frontier", hello);
  Frame frame;
  for (const auto& log : ledger_->logs()) {
    *frame.mutable_frontier()->add_name() = ledger::to_wire(log.name);
    frame.mutable_frontier()->add_named_size(random_.below(2) == 0 ? 0 : random_.next() >> 32);
    frame.mutable_frontier()->mutable_named_root()->append(noise(8));
  }
  say(talk, "lying frontier", std::move(frame));
}

void HostileNode::replayed(Talk& talk) {
  for (int i = 0; i < 4 && !heard_.empty(); ++i) {
    say(talk, "replayed frame", heard_[random_.below(heard_.size())]);
  }
}

void HostileNode::flood(Talk& talk) {
  const auto logs = ledger_->logs();
  for (int i = 0; i < flood_frames; ++i) {
    Frame frame;
    if (logs.empty() || random_.below(2) == 0) {
      frame.mutable_ack()->set_bytes(random_.next());
    } else {
      *frame.mutable_want()->mutable_log() = ledger::to_wire(logs[random_.below(logs.size())].name);
    }
    say(talk, "flood", std::move(frame));
  }
}

// ---- what a certified key can sign -------------------------------------------------------------

HostileNode::OwnLog& HostileNode::log(LogClass log_class, std::uint64_t incarnation) {
  const ledger::LogName name{identity_.certificate.hash, incarnation, log_class};
  OwnLog& out = logs_[name];
  out.name = name;
  return out;
}

void HostileNode::add(OwnLog& log, schemas::Event event) {
  event.set_version(ledger::event_version);
  event.set_hlc(clock_.wall_ms() << 16);
  log.events.push_back(event.SerializeAsString());
  log.leaves.push_back(ledger::leaf_hash(log.events.back()));
}

Frame HostileNode::run_of(const OwnLog& log, std::uint64_t first) {
  ledger::LogRun run{log.name, first, {}, {}};
  run.events.assign(log.events.begin() + static_cast<std::ptrdiff_t>(first), log.events.end());
  run.head = ledger::sign_head(identity_.key, log.name.id(), log.events.size(),
                               ledger::tree_root(log.leaves), clock_.wall_ms() << 16);
  Frame frame;
  *frame.mutable_run() = ledger::to_wire(std::move(run));
  return frame;
}

void HostileNode::many_lives(Talk& talk) {
  if (lives_ >= lives_max) return illegal_events(talk);
  std::vector<Frame> frames;
  for (int i = 0; i < lives_per_act; ++i) {
    OwnLog life{{identity_.certificate.hash, 1'000 + ++lives_, LogClass::trade}, {}, {}};
    schemas::Event event;
    event.set_kind(schemas::KIND_OPENED);
    add(life, event);
    frames.push_back(run_of(life));
  }
  for (auto& frame : replication::Packer().pack(std::move(frames))) {
    say(talk, "flood of lives", std::move(frame));
  }
}

ledger::Hash HostileNode::forked_log() const {
  return ledger::LogName{identity_.certificate.hash, forked_life, LogClass::trade}.id();
}

// Two histories of one length.
void HostileNode::fork(Talk& talk) {
  OwnLog first{{identity_.certificate.hash, forked_life, LogClass::trade}, {}, {}};
  schemas::Event opened, a, b;
  opened.set_kind(schemas::KIND_OPENED);
  a.set_kind(schemas::KIND_SALE);
  b.set_kind(schemas::KIND_SALE);
  a.set_payload("one");
  b.set_payload("two");
  opened.set_version(ledger::event_version);
  first.events.push_back(opened.SerializeAsString());  // the same in both: no time in it
  first.leaves.push_back(ledger::leaf_hash(first.events.back()));
  OwnLog second = first;
  add(first, a);
  add(second, b);
  say(talk, "forked log", run_of(first));
  say(talk, "forked log", run_of(second));
}

void HostileNode::false_root(Talk& talk) {
  OwnLog log{
      {identity_.certificate.hash, own_life + 3 + random_.below(3), LogClass::trade}, {}, {}};
  schemas::Event event;
  event.set_kind(schemas::KIND_OPENED);
  add(log, event);
  log.leaves.back()[0] ^= 1;  // signs what its events do not hash to
  say(talk, "false root", run_of(log));
}

// A device that only it says belongs, and that device's sale.
void HostileNode::own_certificate(Talk& talk) {
  const auto friend_of_it = stranger(world_, "friend-of-" + alias_, random_);
  schemas::Certificate body;
  body.ParseFromString(friend_of_it.certificate.bytes);
  body.set_role(schemas::VENDOR);
  body.set_stand("bar-2");
  const ledger::SigningKey* signer = &identity_.key;
  const auto bytes = ledger::sign_certificate(body, {&signer, 1});
  schemas::Event event;
  event.set_kind(schemas::KIND_CERTIFICATE);
  event.set_payload(bytes);
  OwnLog& control = log(LogClass::control, own_life);
  add(control, event);
  say(talk, "certificate of its own making", run_of(control));
  const auto certificate = ledger::parse_signed_certificate(bytes)->certificate;
  OwnLog theirs{{certificate.hash, 1, LogClass::trade}, {}, {}};
  schemas::Event sale;
  sale.set_kind(schemas::KIND_SALE);
  auto* posting = sale.add_posting();
  posting->set_from(schemas::OUTSIDE);
  posting->set_to(schemas::STAND);
  posting->set_amount_minor(100);
  add(theirs, sale);
  ledger::LogRun run{theirs.name, 0, theirs.events, {}};
  run.head = ledger::sign_head(friend_of_it.key, theirs.name.id(), 1,
                               ledger::tree_root(theirs.leaves), clock_.wall_ms() << 16);
  Frame frame;
  *frame.mutable_run() = ledger::to_wire(std::move(run));
  say(talk, "sale by a friend", std::move(frame));
}

void HostileNode::own_revocation(Talk& talk) {
  const auto& victim = addresses_[random_.below(addresses_.size())];
  schemas::Revocation revocation;
  revocation.set_key(ledger::to_bytes(world_.device(victim).identity.certificate.key));
  revocation.set_reason("because");
  schemas::Event event;
  event.set_kind(schemas::KIND_REVOCATION);
  event.set_payload(revocation.SerializeAsString());
  OwnLog& control = log(LogClass::control, own_life);
  add(control, event);
  say(talk, "revocation without the right", run_of(control));
}

// Others' events, byte for byte, in its own log.
void HostileNode::copied_events(Talk& talk) {
  for (const auto& held : ledger_->logs()) {
    if (held.name.log_class == LogClass::control || random_.below(2) == 0) continue;
    const auto runs = ledger_->read(held.name, 0, SIZE_MAX);
    OwnLog& copy = log(held.name.log_class, own_life);
    for (const auto& run : *runs) {
      for (const auto& event : run.events) {
        if (random_.below(4) != 0) continue;
        copy.events.push_back(event);
        copy.leaves.push_back(ledger::leaf_hash(event));
      }
    }
    if (copy.events.empty() || copy.events.size() > 200) continue;
    return say(talk, "copied events", run_of(copy));
  }
}

schemas::Event HostileNode::illegal_event() {
  schemas::Event event;
  schemas::StockNote note;
  switch (random_.below(5)) {
    case 0: {  // goods from nowhere
      event.set_kind(schemas::KIND_STOCK);
      note.set_action(schemas::DELIVER);
      auto* move = event.add_move();
      move->set_from(schemas::SUPPLIER);
      move->set_to(schemas::HOLDER);
      move->add_item(1);
      move->add_quantity(500);
      break;
    }
    case 1: {  // what is on its way to another
      event.set_kind(schemas::KIND_STOCK);
      note.set_action(schemas::RECEIVE);
      auto* move = event.add_move();
      move->set_from(schemas::TRANSIT);
      move->set_from_id("bar-2");
      move->set_to(schemas::HOLDER);
      move->add_item(1);
      move->add_quantity(5);
      break;
    }
    case 2: {  // money out of another's till
      event.set_kind(schemas::KIND_SALE);
      auto* posting = event.add_posting();
      posting->set_from(schemas::STAND);
      posting->set_from_id("bar-2");
      posting->set_to(schemas::OUTSIDE);
      posting->set_amount_minor(1'000);
      break;
    }
    default: {  // money onto a band of its own
      event.set_kind(schemas::KIND_TOP_UP_PREPARED);
      const std::uint64_t amount = random_.below(2) == 0 ? 5'000 : 150'000'000;
      issued_minor_ += amount;
      schemas::TopUp top_up;
      top_up.set_issued_after(issued_minor_);
      event.set_payload(top_up.SerializeAsString());
      auto* posting = event.add_posting();
      posting->set_from(schemas::OUTSIDE);
      posting->set_to(schemas::PURSE);
      posting->set_amount_minor(amount);
      auto* step = event.mutable_step();
      step->set_purse(0x1234 + random_.below(1'000));
      step->set_counter(1);
      step->set_credited(amount);
      step->set_previous(Bytes(ledger::purse_prefix_bytes, '\0'));
      return event;
    }
  }
  if (event.kind() == schemas::KIND_STOCK) event.set_payload(note.SerializeAsString());
  return event;
}

void HostileNode::illegal_events(Talk& talk) {
  const schemas::Event event = illegal_event();
  const bool value = event.kind() == schemas::KIND_TOP_UP_PREPARED;
  OwnLog& own = log(value ? LogClass::value : LogClass::trade, own_life);
  add(own, event);
  if (value) {
    schemas::Confirmed confirmed;
    confirmed.set_prepared(own.events.size() - 1);
    schemas::Event done;
    done.set_kind(schemas::KIND_TOP_UP_CONFIRMED);
    done.set_payload(confirmed.SerializeAsString());
    add(own, done);
  }
  say(talk, "illegal events", run_of(own));
}

}  // namespace verbena::sim
