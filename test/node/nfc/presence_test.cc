// SPDX-License-Identifier: Apache-2.0
#include "node/nfc/presence.h"

#include <catch2/catch.hpp>

#include "node/nfc/commit_presence.h"
#include "node/nfc/secure_maker.h"
#include "node/nfc/signed_maker.h"
#include "node/presence_desk.h"
#include "test/card_emulator/chip_bands.h"
#include "test/card_emulator/presence_findings.h"
#include "test/support/ask.h"

using namespace verbena;
using ledger::Bytes;
using test::balance;
using test::ChipField;
using test::count_of;
using test::Device;
using test::purse;
using test::SmartCard;
using test::World;

namespace {

constexpr std::uint64_t price_minor = 450;

using Delivered = SmartCard (*)(ledger::Random&);

// Any chip that proves what it carries.
Delivered any_chip() {
  return GENERATE(&SmartCard::ntag424, &SmartCard::desfire_light, &SmartCard::desfire_ev3);
}

// A hub with the key, a desk, an honest till and one at another stand that is not.
struct Fair : ChipField {
  explicit Fair(Delivered chip)
      : ChipField(chip),
        delivered(chip),
        hub(world.add(schemas::HUB, "hub-1")),
        desk(world.add(schemas::TOP_UP_DESK, "desk")),
        pos(world.add(schemas::VENDOR, "pos", "bar-1")),
        rogue(world.add(schemas::VENDOR, "rogue", "bar-2")),
        watch(*hub.ledger, *node::share_of(keys, schemas::HUB), world.clock) {
    for (int i = 0; i < 3; ++i) {
      card = delivered(world.random);
      const auto made = make();
      REQUIRE(made.ok());
      REQUIRE(tap(desk, top_up(next_intent++, 5000))->has_done());
      const auto sold = tap(pos, beer(next_intent++));
      REQUIRE(sold->has_done());
      purses.push_back(sold->done().purse());
    }
    meet();
  }
  void meet() {
    for (int round = 0; round < 2; ++round) {
      for (Device* device : {&desk, &pos, &rogue}) World::meet(hub, *device);
    }
  }
  // The hub's own watch until it has nothing left to say.
  std::size_t judge() {
    std::size_t published = 0;
    for (int round = 0; round < 10; ++round) {
      world.clock.now_ms += node::verdict_wait_ms;
      const auto looked = watch.look();
      REQUIRE(looked.ok());
      published += looked->published;
    }
    return published;
  }
  // What a till writes that never saw the band: the step that would come next.
  ledger::CommittedEvent prepare(Device& device, std::uint64_t of, std::uint32_t ahead = 1) {
    const auto known = purse(device, of);
    auto written =
        device.ledger->commit(0, [&](auto&, auto&) -> ledger::Result<std::vector<ledger::Draft>> {
          ledger::Draft draft;
          draft.log_class = ledger::LogClass::trade;
          draft.event.set_kind(schemas::KIND_SALE_PREPARED);
          auto* posting = draft.event.add_posting();
          posting->set_from(schemas::PURSE);
          posting->set_to(schemas::STAND);
          posting->set_amount_minor(price_minor);
          auto* step = draft.event.mutable_step();
          step->set_purse(of);
          step->set_counter(known.counter + ahead);
          step->set_credited(known.credited);
          step->set_debited(known.debited + ahead * price_minor);
          step->set_previous(Bytes(ledger::view(known.hash)));
          return std::vector{draft};
        });
    REQUIRE(written.ok());
    return written->back();
  }
  void confirm(Device& device, const ledger::CommittedEvent& prepared, std::string_view proof) {
    REQUIRE(device.ledger
                ->commit(0,
                         [&](auto&, auto&) -> ledger::Result<std::vector<ledger::Draft>> {
                           auto draft =
                               ledger::confirm_draft(prepared, schemas::KIND_SALE_PREPARED);
                           ledger::add_proof(draft.event, proof);
                           return std::vector{draft};
                         })
                .ok());
  }
  // The head that an event would leave, sealed into a slot by whoever wants it so.
  Bytes slot_of(const Device& device, const ledger::CommittedEvent& prepared) {
    const auto bytes = device.ledger->event_bytes(prepared.log, prepared.index);
    schemas::Event event;
    REQUIRE(ledger::parse_event(*bytes, event).ok());
    ledger::BandSlot slot;
    slot.head.festival = static_cast<std::uint32_t>(world.root.festival >> 32);
    slot.head.purse = event.step().purse();
    slot.head.counter = event.step().counter();
    slot.head.credited = static_cast<std::uint32_t>(event.step().credited());
    slot.head.debited = static_cast<std::uint32_t>(event.step().debited());
    slot.head.hash = ledger::purse_prefix(prepared.id);
    slot.head.writer = device.identity.certificate.number;
    return ledger::seal_slot(slot, world.root.festival, device.identity.key);
  }
  void tell(Device& device, const Bytes& slot, std::string_view proof) {
    REQUIRE(device.ledger
                ->commit(0,
                         [&](auto&, auto&) -> ledger::Result<std::vector<ledger::Draft>> {
                           schemas::Evidence evidence;
                           evidence.set_slot(slot);
                           ledger::Draft draft;
                           draft.log_class = ledger::LogClass::value;
                           draft.event.set_kind(schemas::KIND_EVIDENCE);
                           draft.event.set_payload(evidence.SerializeAsString());
                           ledger::add_proof(draft.event, proof);
                           return std::vector{draft};
                         })
                .ok());
  }
  // The newest proof that a device's trade log holds.
  Bytes last_proof(const Device& device) {
    Bytes out;
    for (const auto& log : device.ledger->logs()) {
      if (log.name.certificate != device.identity.certificate.hash) continue;
      for (std::uint64_t i = 0; i < log.head.size; ++i) {
        schemas::Event event;
        const auto bytes = device.ledger->event_bytes(log.name, i);
        if (bytes && ledger::parse_event(*bytes, event) &&
            event.kind() == schemas::KIND_SALE_CONFIRMED) {
          out = ledger::proof_of(event);
        }
      }
    }
    return out;
  }

  // Any head that a till with its keys can have a band say that is in its hand.
  Bytes word_on(const Bytes& slot) {
    SmartCard own = delivered(world.random);
    test::CardChannel channel(own);
    own.power(true);
    REQUIRE(node::nfc::make_band(channel, keys, world.random, [&](bool is_short, bool proves) {
              return ledger::Result<std::string>(new_image(is_short, proves));
            }).ok());
    const auto till = *node::share_of(keys, schemas::VENDOR);
    node::nfc::Ev2Chip chip(channel);
    const auto frame = *ledger::frame_of(slot);
    if (delivered == &SmartCard::ntag424) {
      REQUIRE(chip.select(node::nfc::ntag424_name).ok());
      REQUIRE(node::nfc::enter_for_tap(chip, till, world.random).ok());
      REQUIRE(chip.write(node::nfc::frames_file, 0, node::nfc::laid(frame, 0)).ok());
      REQUIRE(chip.select(node::nfc::ntag424_name).ok());
      const auto word = node::nfc::read_presence(chip);
      REQUIRE(word.ok());
      return ledger::encode_presence(*word);
    }
    namespace secure = node::nfc::secure;
    REQUIRE(secure::select(chip).ok());
    REQUIRE(node::nfc::enter_for_tap(chip, till, world.random).ok());
    const Bytes head = frame.substr(0, ledger::purse_head_bytes);
    const Bytes record = secure::encode_choice({0, 0, 0, secure::digest_of_head(head)});
    REQUIRE(chip.write_record(secure::choice_file, record).ok());
    const auto answer = chip.commit_reader(record);
    REQUIRE(answer.ok());
    const auto word = chip.commit_with_proof();
    REQUIRE(word.ok());
    const Bytes serial = own.files[secure::certificates_file.number].data.substr(
        ledger::credit_certificate_bytes, node::nfc::uid_bytes);
    return ledger::encode_commit_presence(
        {word->counter, word->mac, serial, record, *answer, *answer, head});
  }

  const Delivered delivered;
  Device &hub, &desk, &pos, &rogue;
  node::PresenceDesk watch;
  std::vector<std::uint64_t> purses;
  std::uint64_t next_intent = 1;
};

}  // namespace

TEST_CASE("A chip's word holds for the heads it carried, and for no other byte") {
  Fair fair(any_chip());
  const Bytes proof = fair.last_proof(fair.pos);
  const auto hub = *node::share_of(fair.keys, schemas::HUB);
  const auto heads = ledger::heads_told(proof);
  CHECK(heads.size() == (fair.delivered == &SmartCard::ntag424 ? 2 : 1));
  for (const auto& head : heads) {
    CHECK(head.purse == fair.purses.back());
    CHECK(node::nfc::proves(proof, head, hub));
    auto other = head;
    ++other.debited;
    CHECK_FALSE(node::nfc::proves(proof, other, hub));
  }
  const auto proves_all = [&](const Bytes& bytes) {
    return std::all_of(heads.begin(), heads.end(),
                       [&](const auto& head) { return node::nfc::proves(bytes, head, hub); });
  };
  REQUIRE(proves_all(proof));
  // Of a commit it says twice who committed before, and one of both is enough.
  const bool says_twice = heads.size() == 1;
  const std::size_t said_bytes = ledger::presence_record_bytes,
                    said_again_at = proof.size() - ledger::purse_head_bytes - said_bytes;
  for (std::size_t i = 0; i < proof.size(); ++i) {
    CAPTURE(i);
    Bytes altered = proof;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    const bool again = says_twice && i >= said_again_at && i < said_again_at + said_bytes;
    const bool first = says_twice && i + said_bytes >= said_again_at && i < said_again_at;
    if (first || again) {
      CHECK(proves_all(altered));
      const std::size_t other = first ? i + said_bytes : i - said_bytes;
      altered[other] = static_cast<char>(altered[other] ^ 1);
    }
    CHECK_FALSE(proves_all(altered));
    CHECK_FALSE(node::nfc::proves(proof.substr(0, i), heads[0], hub));
  }
  auto others = hub;
  ++others.festival;
  CHECK_FALSE(node::nfc::proves(proof, heads[0], others));
}

TEST_CASE("A till has no key that makes a chip's word, and each of them is another one") {
  Fair fair(any_chip());
  for (const auto role : {schemas::VENDOR, schemas::TOP_UP_DESK}) {
    const auto share = *node::share_of(fair.keys, role);
    CHECK_FALSE(node::nfc::presence_key(share, fair.purses[0]));
    CHECK_FALSE(node::nfc::commit_key(share, fair.purses[0]));
    CHECK_FALSE(node::nfc::serial_key(share, fair.purses[0]));
  }
  const auto count_in = [](const Bytes& proof) {
    const auto presence = ledger::decode_presence(proof);
    return presence ? presence->reads : ledger::decode_commit_presence(proof)->commits;
  };
  const Bytes first = fair.last_proof(fair.pos);
  REQUIRE(fair.tap(fair.pos, ChipField::beer(fair.next_intent++))->has_done());
  const Bytes second = fair.last_proof(fair.pos);
  CHECK(count_in(first) < count_in(second));
  CHECK(first != second);
}

TEST_CASE("Honest taps are proven, and a hub has nothing to say of them") {
  Fair fair(any_chip());
  REQUIRE(fair.tap(fair.pos, ChipField::beer(fair.next_intent++))->has_done());
  fair.meet();
  CHECK(fair.judge() == 0);
  CHECK(test::presence_findings(fair.hub, fair.world, fair.keys).empty());
  CHECK(balance(fair.hub, "stand/bar-1") == 4 * static_cast<std::int64_t>(price_minor));
}

TEST_CASE("Sales that no chip has said earn their stand nothing and freeze nobody's purse") {
  Fair fair(any_chip());
  const std::string how = GENERATE("no proof", "another sale's proof", "a chip of its own",
                                   "another head", "a proof of noise", "evidence of its own");
  CAPTURE(how);
  const std::size_t many = how == "no proof" ? 500 : 1;
  const Bytes honest = fair.last_proof(fair.pos);
  std::size_t invented = 0;
  for (const auto purse : fair.purses) {
    for (std::size_t i = 0; i < many; ++i) {
      const auto prepared = fair.prepare(fair.rogue, purse, static_cast<std::uint32_t>(i + 1));
      ++invented;
      if (how == "no proof") fair.confirm(fair.rogue, prepared, {});
      if (how == "another sale's proof") fair.confirm(fair.rogue, prepared, honest);
      if (how == "another head") {  // in a right proof, the last one of the last purse
        const auto frame = *ledger::frame_of(fair.slot_of(fair.rogue, prepared));
        const Bytes head = frame.substr(0, ledger::purse_head_bytes);
        const Bytes altered = honest.substr(0, honest.size() - head.size()) + head;
        REQUIRE(ledger::heads_told(altered).back().hash == ledger::purse_prefix(prepared.id));
        fair.confirm(fair.rogue, prepared, altered);
      }
      if (how == "a proof of noise") {
        fair.confirm(fair.rogue, prepared, Bytes(ledger::presence_bytes, '\x01'));
        fair.confirm(fair.rogue, prepared, Bytes(ledger::commit_presence_bytes, '\x02'));
      }
      if (how == "evidence of its own") {
        fair.tell(fair.rogue, fair.slot_of(fair.rogue, prepared), honest);
      }
      if (how == "a chip of its own") {
        // A band of this festival that the rogue may write: it says what is on it, and of which
        // band it is.
        fair.confirm(fair.rogue, prepared, fair.word_on(fair.slot_of(fair.rogue, prepared)));
      }
    }
  }
  fair.meet();
  const auto before = test::presence_findings(fair.hub, fair.world, fair.keys);
  CHECK(count_of(before, "presence-unproven") == invented);
  CHECK(balance(fair.hub, "stand/bar-2") > 0);  // until the hub speaks
  CHECK(fair.judge() > 0);
  fair.meet();
  for (Device* device : {&fair.hub, &fair.pos, &fair.rogue}) {
    CHECK(balance(*device, "stand/bar-2") == 0);
    for (const auto id : fair.purses) CHECK_FALSE(purse(*device, id).frozen);
    CHECK(World::digest(*device) == World::digest(fair.hub));
  }
  const auto after = test::presence_findings(fair.desk, fair.world, fair.keys);
  CHECK(count_of(after, "phantom") == invented);
  CHECK(after.size() == invented);
  // The customer buys on as if nothing had been.
  const auto sold = fair.tap(fair.pos, ChipField::beer(fair.next_intent++));
  REQUIRE(sold);
  CHECK(sold->has_done());
  // And it is said once, by a hub that starts anew, too.
  fair.meet();
  node::PresenceDesk again(*fair.hub.ledger, *node::share_of(fair.keys, schemas::HUB),
                           fair.world.clock);
  const auto looked = again.look();
  REQUIRE(looked.ok());
  CHECK_FALSE(looked->published);
}

TEST_CASE("A chip's word on one sale is none on another of the same till and step") {
  Fair fair(any_chip());
  const auto invented = fair.prepare(fair.pos, fair.purses.back());
  REQUIRE(fair.tap(fair.pos, ChipField::beer(fair.next_intent++))->has_done());
  fair.confirm(fair.pos, invented, fair.last_proof(fair.pos));
  fair.meet();
  CHECK(fair.judge() > 0);
  fair.meet();
  CHECK(balance(fair.pos, "stand/bar-1") == 4 * static_cast<std::int64_t>(price_minor));
  const auto findings = test::presence_findings(fair.hub, fair.world, fair.keys);
  CHECK(count_of(findings, "phantom") == 1);
  CHECK(findings.size() == 1);
}

TEST_CASE("A hub that calls an honest sale false is told by an auditor who has the key") {
  Fair fair(any_chip());
  for (const auto& log : fair.pos.ledger->logs()) {
    if (log.name.certificate != fair.pos.identity.certificate.hash ||
        log.name.log_class != ledger::LogClass::trade) {
      continue;
    }
    schemas::PresenceVerdict verdict;
    verdict.set_log(ledger::to_bytes(log.id));
    verdict.set_size(log.head.size);
    for (std::uint64_t i = 0; i < log.head.size; ++i) {
      schemas::Event event;
      REQUIRE(ledger::parse_event(*fair.pos.ledger->event_bytes(log.name, i), event).ok());
      if (event.kind() == schemas::KIND_SALE_PREPARED) verdict.add_false_index(i);
    }
    ledger::Draft draft;
    draft.log_class = ledger::LogClass::control;
    draft.event.set_kind(schemas::KIND_PRESENCE_VERDICT);
    draft.event.set_payload(verdict.SerializeAsString());
    REQUIRE(fair.hub.ledger
                ->commit(0,
                         [&](auto&, auto&) -> ledger::Result<std::vector<ledger::Draft>> {
                           return std::vector{draft};
                         })
                .ok());
  }
  const auto findings = test::presence_findings(fair.hub, fair.world, fair.keys);
  CHECK(count_of(findings, "presence-misjudged") == fair.purses.size());
  CHECK(count_of(findings, "phantom") == fair.purses.size());
  for (const auto& finding : findings) {
    const bool misjudged = finding.kind == "presence-misjudged";
    CHECK((finding.severity == ledger::Severity::fault) == misjudged);
  }
}
