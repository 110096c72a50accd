// SPDX-License-Identifier: Apache-2.0
#include "test/oracle/random_stock.h"

#include "ledger/core/merkle.h"
#include "ledger/state/approvals.h"

namespace verbena::test {

namespace {

using ledger::Bytes;
using ledger::Draft;
using ledger::LogClass;

const char* any_sku(SeededRandom& random) {
  return random.below(2) != 0 ? "beer" : "water";
}

void shift(World& world, Device& at) {
  const char* actions[] = {"open", "close", "drop"};
  schemas::OperateRequest request;
  request.mutable_shift()->set_action(actions[world.random.below(3)]);
  request.mutable_shift()->set_amount_minor(100 * (1 + world.random.below(12)));
  world.approved(at, request);
}

Draft draft_of(schemas::Kind kind, const Bytes& payload, LogClass log_class = LogClass::trade) {
  Draft draft;
  draft.log_class = log_class;
  draft.event.set_kind(kind);
  draft.event.set_payload(payload);
  return draft;
}

ledger::Hash log_of(Device& device, LogClass log_class, std::uint64_t& size) {
  ledger::Hash out{};
  device.ledger->ask([&](auto&, const ledger::DeviceView& view) {
    out = view.log(log_class).id;
    size = view.log(log_class).size;
  });
  return out;
}

// Approvals by some of those who may give them and some who may not, for a place near the next one.
void add_approvals(World& world, Device& liar, Draft& draft, const std::vector<Device*>& others) {
  auto& random = world.random;
  std::uint64_t size = 0;
  const auto log = log_of(liar, draft.log_class, size);
  const std::uint64_t sizes[] = {size, size, size, size + 1, size > 0 ? size - 1 : 0, 0};
  for (std::uint64_t i = 0, n = random.below(4); i < n; ++i) {
    const auto who = random.below(4);
    const auto& key =
        who < 2 ? *world.approvers.at(who) : others[random.below(others.size())]->identity.key;
    auto made = ledger::approve(draft.event, world.root.festival, log, sizes[random.below(6)], key);
    if (random.below(12) == 0) made.mutable_signature()->back() ^= 1;
    *draft.event.add_approval() = made;
  }
  if (random.below(30) == 0) {
    while (draft.event.approval_size() < 9) {
      *draft.event.add_approval() =
          ledger::approve(draft.event, world.root.festival, log, size, *world.approvers[0]);
    }
  }
}

void add_move(World& world, Draft& draft) {
  auto& random = world.random;
  auto* move = draft.event.add_move();
  move->set_from(static_cast<schemas::StockClass>(1 + random.below(6)));
  move->set_to(static_cast<schemas::StockClass>(1 + random.below(6)));
  for (std::uint32_t item = 1; item <= 2; ++item) {
    move->add_item(item);
    move->add_quantity(1 + random.below(9));
  }
  const char* names[] = {"", "", "", "bar-1", "bar-2", "store"};
  move->set_from_id(names[random.below(6)]);
  move->set_to_id(names[random.below(6)]);
}

Draft made_up_move(World& world) {
  schemas::StockNote note;
  note.set_action(static_cast<schemas::StockAction>(world.random.below(7)));
  Draft draft = draft_of(schemas::KIND_STOCK, note.SerializeAsString());
  add_move(world, draft);
  return draft;
}

Draft made_up_delivery(World& world) {
  schemas::StockNote note;
  note.set_action(schemas::DELIVER);
  Draft draft = draft_of(schemas::KIND_STOCK, note.SerializeAsString());
  auto* move = draft.event.add_move();
  move->set_from(world.random.below(4) != 0 ? schemas::SUPPLIER : schemas::HOLDER);
  move->set_to(move->from() == schemas::SUPPLIER ? schemas::HOLDER : schemas::SUPPLIER);
  move->add_item(1);
  move->add_quantity(1 + world.random.below(9));
  return draft;
}

// A dispatch, or a word about the last event that any log of this device's store dispatched.
Draft made_up_receipt(World& world, Device& liar) {
  std::vector<Bytes> sent;
  schemas::Event event;
  for (const auto& log : liar.ledger->logs()) {
    for (const auto& run : *liar.ledger->read(log.name, 0, SIZE_MAX)) {
      for (const auto& bytes : run.events) {
        schemas::StockNote note;
        if (event.ParseFromString(bytes) && event.kind() == schemas::KIND_STOCK &&
            note.ParseFromString(event.payload()) && note.action() == schemas::DISPATCH) {
          sent.push_back(ledger::to_bytes(ledger::leaf_hash(bytes)));
        }
      }
    }
  }
  schemas::StockNote note;
  note.set_action(schemas::RECEIVE);
  if (!sent.empty()) note.set_dispatch(sent[world.random.below(sent.size())]);
  Draft draft = draft_of(schemas::KIND_STOCK, note.SerializeAsString());
  auto* move = draft.event.add_move();
  move->set_from(schemas::TRANSIT);
  move->set_to(schemas::HOLDER);
  move->add_item(1 + static_cast<std::uint32_t>(world.random.below(2)));
  move->add_quantity(1 + world.random.below(6));
  return draft;
}

// To a holder that keeps sheets or to nobody, for a sheet that has come or not.
Draft made_up_dispatch(World& world) {
  auto& random = world.random;
  schemas::StockNote note;
  note.set_action(schemas::DISPATCH);
  note.set_to_sheet(static_cast<std::uint32_t>(random.below(5)));
  Draft draft = draft_of(schemas::KIND_STOCK, note.SerializeAsString());
  auto* move = draft.event.add_move();
  move->set_from(schemas::HOLDER);
  move->set_to(schemas::TRANSIT);
  const char* names[] = {"bar-1", "bar-2", "store", "nobody"};
  move->set_to_id(names[random.below(4)]);
  move->add_item(1 + static_cast<std::uint32_t>(random.below(2)));
  move->add_quantity(1 + random.below(6));
  return draft;
}

Draft made_up_closing(World& world, Device& other) {
  std::uint64_t size = 0;
  schemas::SheetClosed closed;
  closed.set_log(ledger::to_bytes(log_of(other, LogClass::trade, size)));
  closed.set_sheet(static_cast<std::uint32_t>(world.random.below(4)));
  closed.set_size(world.random.below(size + 2));
  if (world.random.below(3) == 0) closed.clear_log();
  return draft_of(schemas::KIND_SHEET_CLOSED, closed.SerializeAsString());
}

// Two counts, opened; by chance one of another holder, under another key or of another attempt.
void made_up_count(World& world, Device& liar) {
  auto& random = world.random;
  schemas::CountLines lines;
  lines.add_item(1 + static_cast<std::uint32_t>(random.below(2)));
  lines.add_counted(random.below(4));
  const Bytes key(32, static_cast<char>(random.below(256)));
  const char* holders[] = {"bar-1", "bar-2", "store"};
  schemas::SealedCount sealed;
  const auto& own = liar.identity.certificate;
  sealed.set_holder(random.below(3) == 0 ? holders[random.below(3)]
                    : own.stand.empty()  ? own.alias
                                         : own.stand);
  sealed.set_sheet(static_cast<std::uint32_t>(random.below(3)));
  sealed.set_of(static_cast<schemas::CountOf>(random.below(3)));
  sealed.set_attempt(static_cast<std::uint32_t>(random.below(3)));
  const std::string& person = own.person.empty() ? own.alias : own.person;
  sealed.set_key_hash(ledger::to_bytes(
      ledger::sha256({"verbena-count-key-v1", key, ledger::view(own.hash), person})));
  sealed.set_box(ledger::seal_box(lines.SerializeAsString(), key));
  auto written = liar.ledger->commit(0, [&](auto&, auto&) {
    return ledger::Result(
        std::vector{draft_of(schemas::KIND_COUNT_SEALED, sealed.SerializeAsString())});
  });
  if (!written) return;
  schemas::OpenedCount opened;
  opened.set_sealed(ledger::to_bytes(written->back().id));
  opened.set_key(random.below(5) == 0 ? Bytes(32, 'x') : key);
  (void)liar.ledger->commit(0, [&](auto&, auto&) {
    return ledger::Result(
        std::vector{draft_of(schemas::KIND_COUNT_OPENED, opened.SerializeAsString())});
  });
}

// A shift of another trade log of the same device, or of another's.
void close_earlier(World& world, Device& liar, schemas::ShiftClosed& closed) {
  schemas::Event event;
  for (const auto& log : liar.ledger->logs()) {
    if (log.name.log_class != LogClass::trade || world.random.below(3) == 0) continue;
    const bool own = log.name.certificate == liar.identity.certificate.hash;
    if (!own && world.random.below(4) != 0) continue;
    for (const auto& run : *liar.ledger->read(log.name, 0, SIZE_MAX)) {
      for (std::size_t i = 0; i < run.events.size(); ++i) {
        if (!event.ParseFromString(run.events[i])) continue;
        if (event.kind() != schemas::KIND_SHIFT_OPENED) continue;
        closed.set_log(ledger::to_bytes(log.id));
        closed.set_opened(run.first + i);
      }
    }
  }
}

Draft made_up_shift(World& world, Device& liar) {
  auto& random = world.random;
  std::uint64_t size = 0;
  (void)log_of(liar, LogClass::trade, size);
  switch (random.below(3)) {
    case 0: {
      schemas::ShiftOpened opened;
      opened.set_float_minor(random.below(500));
      opened.set_value_size(random.below(9));
      return draft_of(schemas::KIND_SHIFT_OPENED, opened.SerializeAsString());
    }
    case 1: {
      schemas::ShiftClosed closed;
      closed.set_opened(random.below(size + 1));
      closed.set_counted_minor(random.below(500));
      closed.set_value_size(random.below(9));
      if (random.below(2) == 0) close_earlier(world, liar, closed);
      return draft_of(schemas::KIND_SHIFT_CLOSED, closed.SerializeAsString());
    }
    default: {
      schemas::CashDrop drop;
      drop.set_amount_minor(1 + random.below(500));
      return draft_of(schemas::KIND_CASH_DROP, drop.SerializeAsString());
    }
  }
}

// Another life of the liar, as its own logs could name it.
Draft made_up_seen(World& world, Device& liar) {
  schemas::Seen seen;
  for (const auto& log : liar.ledger->logs()) {
    if (log.name.certificate != liar.identity.certificate.hash) continue;
    auto* known = seen.add_known();
    known->set_log(ledger::to_bytes(log.name.id()));
    known->set_size(1);
  }
  return draft_of(schemas::KIND_SEEN, seen.SerializeAsString(),
                  static_cast<LogClass>(1 + world.random.below(3)));
}

// A top-up whose totals, or what is owed for it, are not what the ledger says.
Draft made_up_top_up(World& world) {
  auto& random = world.random;
  schemas::TopUp top_up;
  top_up.set_issued_after(random.below(6) * 1000);
  Draft draft =
      draft_of(schemas::KIND_TOP_UP_PREPARED, top_up.SerializeAsString(), LogClass::value);
  if (random.below(6) == 0) draft.event.set_payload("\xff");
  auto* posting = draft.event.add_posting();
  posting->set_from(schemas::OUTSIDE);
  posting->set_to(schemas::PURSE);
  posting->set_amount_minor(500);
  auto* step = draft.event.mutable_step();
  step->set_purse(random.below(2));
  step->set_counter(1 + static_cast<std::uint32_t>(random.below(2)));
  step->set_credited(500 * (1 + random.below(3)));
  step->set_debited(500 * random.below(3));
  step->set_previous(Bytes(12, '\0'));
  return draft;
}

// An event that says the same in more bytes, or adds what no schema knows, at the end of its log.
void write_bytes(World& world, Device& liar) {
  Draft draft = made_up_receipt(world, liar);
  draft.event.set_version(1);
  Bytes bytes = draft.event.SerializeAsString();
  const Bytes ends[] = {Bytes("\x08\x01", 2),         Bytes("\x20\x00", 2),
                        Bytes("\x78\x81\x00", 3),     Bytes("\x78\x05", 2),
                        Bytes("\x7b\x08\x01\x7c", 4), Bytes("\x7a\x01\x41", 3)};
  bytes += ends[world.random.below(6)];
  std::uint64_t size = 0;
  const auto own = log_of(liar, LogClass::trade, size);
  for (const auto& log : liar.ledger->logs()) {
    if (log.id != own || size == 0) continue;
    auto runs = *liar.ledger->read(log.name, 0, SIZE_MAX);
    ledger::LogRun longer = runs.front();
    for (std::size_t i = 1; i < runs.size(); ++i) {
      longer.events.insert(longer.events.end(), runs[i].events.begin(), runs[i].events.end());
    }
    longer.events.push_back(bytes);
    std::vector<ledger::Hash> leaves;
    for (const auto& event : longer.events) leaves.push_back(ledger::leaf_hash(event));
    longer.head = ledger::sign_head(liar.identity.key, log.id, leaves.size(),
                                    ledger::tree_root(leaves), log.head.hlc + 1);
    (void)liar.ledger->ingest(longer);
    return;
  }
}

}  // namespace

void keep_stock(World& world, Device& at, Device& store) {
  auto& random = world.random;
  const auto units = static_cast<std::uint32_t>(1 + random.below(8));
  const char* people[] = {"ana", "luis", "eva"};
  switch (random.below(12)) {
    case 0: world.close_sheet(random.below(4) != 0 ? at : store); break;
    case 1:
    case 2: {  // one person, or two who differ at times
      const char* sku = any_sku(random);
      const auto who = random.below(3);
      const char* of = random.below(3) != 0 ? "closing" : "opening";
      world.count(at, sku, units, people[who], of);
      if (random.below(3) != 0) {
        const auto told = units + static_cast<std::uint32_t>(random.below(4) == 0);
        world.count(at, sku, told, people[(who + 1) % 3], of);
      }
      break;
    }
    case 3: world.count(at, any_sku(random), 7, people[random.below(3)], "opening"); break;
    case 4: world.count(store, any_sku(random), units, people[random.below(3)]); break;
    case 5: world.stock(at, random.below(2) == 0 ? "waste" : "give", any_sku(random), units); break;
    case 6: world.stock(at, "receive", any_sku(random), units); break;
    case 7: world.stock(store, "deliver", any_sku(random), 20); break;
    case 8:
      world.stock(store, "dispatch", any_sku(random), units,
                  random.below(2) != 0 ? "bar-1" : "bar-2");
      break;
    default: shift(world, at);
  }
}

void void_approved(World& world, Device& at, const std::string& sale) {
  schemas::OperateRequest request;
  request.mutable_void_sale()->set_sale(sale);
  request.mutable_void_sale()->set_reason("wrong item");
  world.approved(at, request, 1 + world.random.below(2));
}

void lie_about_stock(World& world, Device& somebody, const std::vector<Device*>& others) {
  auto& random = world.random;
  const auto what = random.below(11);
  const bool closes = what == 3 || what == 4;  // half of them for somebody else
  Device& liar = closes && random.below(2) != 0 ? world.device("sup-1")
                 : what == 1                    ? world.device("store")
                                                : somebody;
  Device& other = *others[random.below(others.size())];
  Draft draft;
  switch (what) {
    case 0: draft = made_up_move(world); break;
    case 1: draft = made_up_delivery(world); break;
    case 2:
      draft = random.below(2) == 0 ? made_up_dispatch(world) : made_up_receipt(world, liar);
      break;
    case 3:
    case 4: draft = made_up_closing(world, other); break;
    case 5: return made_up_count(world, liar);
    case 6:
    case 7: draft = made_up_shift(world, liar); break;
    case 8: {  // a copied disk: the life before goes on beside the new one
      const auto old = world.clone(liar);
      world.restart(liar);
      draft =
          made_up_shift(world, liar);  // its first event opens a log, which names the one before
      (void)liar.ledger->commit(0,
                                [&](auto&, auto&) { return ledger::Result(std::vector{draft}); });
      World::meet(*old, liar);
      draft = made_up_seen(world, *old);
      (void)old->ledger->commit(0,
                                [&](auto&, auto&) { return ledger::Result(std::vector{draft}); });
      return World::meet(*old, liar);
    }
    case 9: return write_bytes(world, liar);
    default: draft = made_up_top_up(world);
  }
  if (random.below(10) == 0) add_move(world, draft);
  if (random.below(5) != 0) add_approvals(world, liar, draft, others);
  // At times twice: an approval serves once.
  for (std::uint64_t i = 0, n = 1 + random.below(2); i < n; ++i) {
    (void)liar.ledger->commit(0, [&](auto&, auto&) { return ledger::Result(std::vector{draft}); });
  }
}

}  // namespace verbena::test
