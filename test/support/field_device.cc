// SPDX-License-Identifier: Apache-2.0
#include "test/support/field_device.h"

namespace verbena::test {

namespace {

std::string append(Device& device, ledger::LogClass log_class, schemas::Kind kind,
                   const std::string& payload) {
  auto written =
      device.ledger->commit(0, [&](auto&, auto&) -> ledger::Result<std::vector<ledger::Draft>> {
        ledger::Draft draft;
        draft.log_class = log_class;
        draft.event.set_kind(kind);
        draft.event.set_payload(payload);
        return std::vector{draft};
      });
  VERBENA_CHECK(written.ok());
  return ledger::hex(written->back().id);
}

}  // namespace

std::unique_ptr<FieldDevice> enrol_on_the_field(World& world, Device& hub, schemas::Role role,
                                                const std::string& alias,
                                                const std::vector<Device*>& signers) {
  const auto key = ledger::SigningKey::generate(world.random);
  schemas::Certificate body;
  body.set_festival(world.root.festival);
  body.set_key(ledger::to_bytes(key.public_key()));
  body.set_role(role);
  body.set_alias(alias);
  body.set_stand("bar-2");
  body.set_number(900 + static_cast<std::uint32_t>(alias.size()));
  std::vector<const ledger::SigningKey*> keys;
  for (const auto* signer : signers) keys.push_back(&signer->identity.key);
  const std::string bytes = ledger::sign_certificate(body, keys);
  append(*signers[0], ledger::LogClass::control, schemas::KIND_CERTIFICATE, bytes);
  World::meet(hub, *signers[0]);

  auto out = std::make_unique<FieldDevice>(FieldDevice{
      {{ledger::parse_signed_certificate(bytes)->certificate, key}, nullptr, nullptr}, {}});
  Device& device = out->device;
  device.store = std::make_unique<ledger::MemoryStore>();
  device.ledger =
      ledger::Ledger::open(*device.store, world.root, device.identity, world.clock, world.random)
          .take();
  World::meet(hub, device);
  out->event = append(device, ledger::LogClass::trade, schemas::KIND_STOCK, {});
  World::meet(hub, device);
  return out;
}

}  // namespace verbena::test
