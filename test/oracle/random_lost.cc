// SPDX-License-Identifier: Apache-2.0
#include "test/oracle/random_lost.h"

#include "test/support/replacement.h"

namespace verbena::test {

namespace {

// Of this form or nearly, with the yes of some.
ledger::Draft lying_replacement(World& world, std::span<const Band> bands) {
  auto& random = world.random;
  const auto any = [&] { return purse_of(bands[random.below(bands.size())]); };
  schemas::Grant grant;
  grant.set_purse(random.below(12) == 0 ? 0 : any());
  grant.set_source(schemas::GRANT_REPLACEMENT);
  ledger::Bytes source;
  ledger::put_u64(source, random.below(12) == 0 ? 0 : any());
  if (random.below(12) == 0) source += '\0';
  grant.set_source_id(source);
  grant.set_line(static_cast<std::uint32_t>(random.below(3) * random.below(2)));
  if (random.below(4) == 0) grant.set_meals(random.below(6) == 0 ? 256 : 1);
  ledger::Draft out;
  const bool elsewhere = random.below(12) == 0;
  out.log_class = elsewhere ? ledger::LogClass::trade : ledger::LogClass::value;
  out.event.set_kind(elsewhere ? schemas::KIND_DEPOSIT_RETURN : schemas::KIND_GRANT);
  out.event.set_payload(grant.SerializeAsString());
  for (std::uint64_t i = 0, n = random.below(6) == 0 ? 0 : 1 + random.below(2); i < n; ++i) {
    auto* posting = out.event.add_posting();
    posting->set_from(random.below(12) == 0 ? schemas::OUTSIDE : schemas::PURSE);
    posting->set_to(random.below(12) == 0 ? schemas::STAND : schemas::PURSE);
    if (random.below(3) == 0) posting->set_to_id("gift");
    if (random.below(12) == 0) posting->set_from_id("gift");
    if (random.below(12) == 0) posting->set_currency("XTS");
    posting->set_amount_minor(50 * (1 + random.below(4)));
  }
  if (random.below(12) == 0) {
    auto* move = out.event.add_move();
    move->set_from(schemas::SOLD);
    move->set_to(schemas::HOLDER);
    move->add_item(1);
    move->add_quantity(1);
  }
  return out;
}

}  // namespace

void lose_a_band(World& world, Device& office, const Band& lost, Band& by) {
  if (world.random.below(3) == 0) {
    world.tap(office, block_request(purse_of(lost)), nullptr);
    return;
  }
  world.approved(office, replace_request(purse_of(lost)), 1 + world.random.below(2), &by);
}

void lie_about_lost(World& world, Device& liar, std::span<const Band> bands) {
  auto draft = lying_replacement(world, bands);
  liar.ledger->ask([&](ledger::State&, const ledger::DeviceView& device) {
    const auto& log = device.log(draft.log_class);
    for (std::uint64_t i = 0, n = world.random.below(3); i < n; ++i) {
      *draft.event.add_approval() = ledger::approve(draft.event, world.root.festival, log.id,
                                                    log.size, *world.approvers.at(i));
    }
  });
  (void)liar.ledger->commit(0, [&](auto&, auto&) { return ledger::Result(std::vector{draft}); });
}

}  // namespace verbena::test
