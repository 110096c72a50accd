// SPDX-License-Identifier: Apache-2.0
#include "test/support/world.h"

#include <deque>

#include "ledger/purse/presence.h"

namespace verbena::test {

using ledger::Ledger;
using ledger::SigningKey;

namespace {

ledger::Draft control(schemas::Kind kind, const std::string& payload) {
  ledger::Draft draft;
  draft.log_class = ledger::LogClass::control;
  draft.event.set_kind(kind);
  draft.event.set_payload(payload);
  return draft;
}

}  // namespace

void SeededRandom::fill(std::span<std::uint8_t> out) {
  for (auto& byte : out) byte = static_cast<std::uint8_t>(next());
}

std::uint64_t SeededRandom::next() {
  std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

schemas::Festival small_festival() {
  schemas::Festival out;
  out.set_id("feria");
  out.set_name("Feria");
  out.set_currency("EUR");
  out.set_scale(2);
  out.set_version(1);
  auto* limits = out.mutable_limits();
  limits->set_purse_max_minor(15000);
  limits->set_offline_max_minor(5000);
  limits->set_unwitnessed_count(1000);
  limits->set_unwitnessed_value_minor(1000000);
  limits->set_void_without_approval_minor(2000);
  const std::pair<const char*, std::uint64_t> items[] = {{"beer", 450}, {"water", 200}};
  for (const auto& [sku, price] : items) {
    auto* item = out.add_item();
    item->set_number(static_cast<std::uint32_t>(out.item_size()));
    item->set_sku(sku);
    item->set_price_minor(price);
    item->set_tax_basis_points(2100);
  }
  for (const char* name : {"bar-1", "bar-2", "bar-3", "bar-4"}) {
    auto* stand = out.add_stand();
    stand->set_name(name);
    stand->add_item(1);
    stand->add_item(2);
  }
  return out;
}

void place_in_zones(schemas::Festival& festival) {
  for (int i = 0; i < festival.stand_size(); ++i) {
    festival.mutable_stand(i)->set_zone(i < 2 ? "north" : "south");
  }
}

World::World(std::uint64_t seed, const schemas::Festival& festival)
    : random(seed), settings_(festival) {
  root_key_ = std::make_unique<SigningKey>(SigningKey::generate(random));
  schemas::Certificate body;
  body.set_festival(random.u64());
  body.set_key(ledger::to_bytes(root_key_->public_key()));
  body.set_role(schemas::ROOT);
  body.set_alias("root");
  const SigningKey* signer = root_key_.get();
  signed_root = ledger::sign_certificate(body, {&signer, 1});
  root = ledger::parse_signed_certificate(signed_root)->certificate;

  auto office = std::make_unique<Device>(Device{{root, *root_key_}, nullptr, nullptr});
  office->store = std::make_unique<ledger::MemoryStore>();
  office->store->share(events_);
  office->ledger = Ledger::open(*office->store, root, office->identity, clock, random).take();
  schemas::SignedFestival settings;
  settings.set_festival(festival.SerializeAsString());
  std::vector<ledger::Draft> genesis{control(schemas::KIND_FESTIVAL, settings.SerializeAsString())};
  for (std::size_t i = 0; i < approvers.size(); ++i) {
    approvers[i] = std::make_unique<SigningKey>(SigningKey::generate(random));
    schemas::Certificate person;
    person.set_festival(root.festival);
    person.set_key(ledger::to_bytes(approvers[i]->public_key()));
    person.set_role(schemas::SUPERVISOR);
    person.set_alias("approver-" + std::to_string(i + 1));
    person.set_person(person.alias());
    person.set_number(static_cast<std::uint32_t>(60'000 + i));
    genesis.push_back(
        control(schemas::KIND_CERTIFICATE, ledger::sign_certificate(person, {&signer, 1})));
  }
  auto written = office->ledger->commit(
      0, [&](auto&, auto&) -> ledger::Result<std::vector<ledger::Draft>> { return genesis; });
  VERBENA_CHECK(written.ok());
  devices_["root"] = std::move(office);
}

Device& World::add(schemas::Role role, const std::string& alias, const std::string& stand,
                   const std::string& named) {
  SigningKey key = SigningKey::generate(random);
  schemas::Certificate body;
  body.set_festival(root.festival);
  body.set_key(ledger::to_bytes(key.public_key()));
  body.set_role(role);
  body.set_alias(named.empty() ? alias : named);
  if (role == schemas::SUPERVISOR) body.set_person(alias);
  body.set_stand(stand);
  for (const auto& sold_at : settings_.stand()) {
    if (sold_at.name() == stand) body.set_zone(sold_at.zone());
  }
  body.set_number(next_number_++);
  if (ledger::role_credits(role)) body.set_credit_limit_minor(100'000'000);
  const SigningKey* signer = root_key_.get();
  const std::string bytes = ledger::sign_certificate(body, {&signer, 1});
  Device& office = device("root");
  auto written =
      office.ledger->commit(0, [&](auto&, auto&) -> ledger::Result<std::vector<ledger::Draft>> {
        return std::vector{control(schemas::KIND_CERTIFICATE, bytes)};
      });
  VERBENA_CHECK(written.ok());
  auto device = std::make_unique<Device>(
      Device{{ledger::parse_signed_certificate(bytes)->certificate, key}, nullptr, nullptr});
  device->store = std::make_unique<ledger::MemoryStore>();
  device->store->share(events_);
  device->ledger = Ledger::open(*device->store, root, device->identity, clock, random).take();
  for (const auto& log : office.ledger->logs()) {
    for (const auto& run : *office.ledger->read(log.name, 0, SIZE_MAX)) {
      auto outcome = device->ledger->ingest(run);
      if (!outcome) std::fprintf(stderr, "%s\n", outcome.error().text.c_str());
      VERBENA_CHECK(outcome.ok());
    }
  }
  return *(devices_[alias] = std::move(device));
}

void World::restart(Device& device) {
  device.ledger.reset();
  device.following = {};
  device.ledger = Ledger::open(*device.store, root, device.identity, clock, random).take();
}

namespace {

// Gives a ledger the incarnation it is to have, then ordinary randomness.
class OneNumberFirst final : public ledger::Random {
 public:
  OneNumberFirst(std::uint64_t number, ledger::Random& rest) : number_(number), rest_(rest) {}
  void fill(std::span<std::uint8_t> out) override {
    if (std::exchange(first_, false)) {
      for (std::size_t i = 0; i < out.size(); ++i) {
        out[i] = static_cast<std::uint8_t>(number_ >> (8 * (out.size() - 1 - i)));
      }
      return;
    }
    rest_.fill(out);
  }

 private:
  std::uint64_t number_;
  ledger::Random& rest_;
  bool first_ = true;
};

}  // namespace

std::unique_ptr<Device> World::clone(Device& device) {
  auto out = std::make_unique<Device>(Device{device.identity, nullptr, nullptr});
  out->store = std::make_unique<ledger::MemoryStore>(*device.store);
  auto& first =
      lives_.emplace_back(std::make_unique<OneNumberFirst>(device.ledger->incarnation(), random));
  out->ledger = Ledger::open(*out->store, root, device.identity, clock, *first).take();
  VERBENA_CHECK(out->ledger->incarnation() == device.ledger->incarnation());
  return out;
}

Band World::band(bool is_short, bool proves_presence) {
  const auto purse = ledger::purse_number(random.u64(), proves_presence);
  return {ledger::new_band(purse, device("root").identity, is_short)};
}

schemas::OperateReply World::tap(Device& device, schemas::OperateRequest request, Band* band) {
  clock.now_ms += 1000;
  node::TapSession session(*device.ledger, random, device.identity.certificate.role);
  if (band != nullptr) request.set_band(band->image);
  auto reply = session.begin(request);
  while (reply.has_write()) {
    band->image = reply.write();
    reply = session.wrote(band->image);
  }
  return reply;
}

schemas::OperateReply World::approved(Device& device, schemas::OperateRequest request,
                                      std::size_t persons, Band* band) {
  auto reply = tap(device, request, band);
  if (reply.refused().request().empty()) return reply;
  std::vector<const SigningKey*> keys;
  for (std::size_t i = 0; i < persons; ++i) keys.push_back(approvers.at(i).get());
  VERBENA_CHECK(node::approve_intent(request, reply.refused(), keys).ok());
  return tap(device, request, band);
}

schemas::OperateReply World::count(Device& device, const std::string& sku, std::uint32_t units,
                                   const std::string& person, const std::string& of) {
  schemas::OperateRequest request;
  request.mutable_count()->set_of(of);
  auto* line = request.mutable_count()->add_line();
  line->set_sku(sku);
  line->set_quantity(units);
  clock.now_ms += 1000;
  const auto role = device.identity.certificate.role;
  auto reply = node::TapSession(*device.ledger, random, {role, person, {role}}).begin(request);
  open_counts(device);
  return reply;
}

void World::open_counts(Device& device) {
  auto opened = device.ledger->commit(
      0, [&](ledger::State& state, auto&) -> ledger::Result<std::vector<ledger::Draft>> {
        return ledger::plan_openings(state, device.identity);
      });
  VERBENA_CHECK(opened.ok());
}

schemas::OperateReply World::close_sheet(Device& device) {
  schemas::OperateRequest request;
  request.mutable_close_sheet();
  return tap(device, request, nullptr);
}

schemas::OperateReply World::top_up(Device& desk, Band& band, std::uint64_t amount_minor,
                                    std::uint64_t intent) {
  schemas::OperateRequest request;
  request.set_intent(intent);
  request.mutable_top_up()->set_amount_minor(amount_minor);
  request.mutable_top_up()->set_tender("cash");
  return tap(desk, request, &band);
}

schemas::OperateReply World::sell(Device& pos, Band& band, const std::string& sku,
                                  std::uint32_t quantity, std::uint64_t intent) {
  schemas::OperateRequest request;
  request.set_intent(intent);
  request.mutable_sell()->set_tender("purse");
  auto* line = request.mutable_sell()->add_line();
  line->set_sku(sku);
  line->set_quantity(quantity);
  return tap(pos, request, &band);
}

schemas::OperateReply World::sell_cash(Device& pos, const std::string& sku, std::uint32_t quantity,
                                       std::uint64_t intent) {
  schemas::OperateRequest request;
  request.set_intent(intent);
  request.mutable_sell()->set_tender("cash");
  auto* line = request.mutable_sell()->add_line();
  line->set_sku(sku);
  line->set_quantity(quantity);
  return tap(pos, request, nullptr);
}

schemas::OperateReply World::refund(Device& desk, Band& band) {
  schemas::OperateRequest request;
  request.mutable_refund();
  return tap(desk, request, &band);
}

schemas::OperateReply World::void_sale(Device& pos, const std::string& sale_hex) {
  schemas::OperateRequest request;
  request.mutable_void_sale()->set_sale(sale_hex);
  request.mutable_void_sale()->set_reason("wrong item");
  return tap(pos, request, nullptr);
}

schemas::OperateReply World::stock(Device& device, const std::string& action,
                                   const std::string& sku, std::uint32_t quantity,
                                   const std::string& to) {
  schemas::OperateRequest request;
  request.mutable_stock()->set_action(action);
  request.mutable_stock()->set_to(to);
  auto* line = request.mutable_stock()->add_line();
  line->set_sku(sku);
  line->set_quantity(quantity);
  if (action == "waste" || action == "give") request.mutable_stock()->set_reason("said why");
  return approved(device, request);
}

void World::meet(Device& a, Device& b) {
  constexpr int rounds_max = 1'000;  // two that never fall silent
  using replication::Session;
  Session left(*a.ledger), right(*b.ledger);
  std::deque<schemas::Frame> to_left, to_right;
  const auto send = [](std::deque<schemas::Frame>& queue, std::vector<schemas::Frame> frames) {
    for (auto& frame : frames) queue.push_back(std::move(frame));
  };
  // A second comparison brings what waited for an author, or for what the peer follows.
  std::uint64_t news = 0;
  for (int round = 0; round < 2 || news != a.ledger->news() + b.ledger->news(); ++round) {
    VERBENA_CHECK(round < rounds_max);
    news = a.ledger->news() + b.ledger->news();
    left.follow(a.following.now(*a.ledger, {b.identity.certificate.hash}));
    right.follow(b.following.now(*b.ledger, {a.identity.certificate.hash}));
    send(to_right, left.hello());
    send(to_left, right.hello());
    while (!to_left.empty() || !to_right.empty()) {
      if (!to_right.empty()) {
        auto frame = std::move(to_right.front());
        to_right.pop_front();
        send(to_left, right.receive(std::move(frame)));
      }
      if (!to_left.empty()) {
        auto frame = std::move(to_left.front());
        to_left.pop_front();
        send(to_right, left.receive(std::move(frame)));
      }
      if (to_left.empty() && to_right.empty()) {
        send(to_right, left.pump());
        send(to_left, right.pump());
      }
    }
  }
}

ledger::Hash World::digest(Device& device) {
  ledger::Hash out{};
  device.ledger->ask(
      [&](ledger::State& state, const ledger::DeviceView&) { out = state.digest(); });
  return out;
}

ledger::Bytes World::frontier_root(Device& device) {
  replication::Frontier frontier;
  frontier.pull(*device.ledger);
  return frontier.root();
}

}  // namespace verbena::test
