// SPDX-License-Identifier: Apache-2.0
#include "bench/long_log.h"

namespace verbena::bench {

namespace {

schemas::Event cash_sale(ledger::Random& random, std::uint64_t wall_ms) {
  schemas::Event event;
  event.set_version(1);
  event.set_kind(schemas::KIND_SALE);
  event.set_hlc(wall_ms << 16);
  event.set_intent(random.u64());
  schemas::Sale sale;
  auto* move = event.add_move();
  move->set_from(schemas::HOLDER);
  move->set_to(schemas::SOLD);
  std::uint64_t sum = 0;
  for (std::uint32_t item = 1; item <= 2; ++item) {
    const auto quantity = static_cast<std::uint32_t>(1 + random.u64() % 3);
    const std::uint64_t amount = quantity * (150 + random.u64() % 800);
    sale.add_item(item);
    sale.add_quantity(quantity);
    sale.add_amount_minor(amount);
    sale.add_tax_minor(amount / 11);
    move->add_item(item);
    move->add_quantity(quantity);
    sum += amount;
  }
  event.set_payload(sale.SerializeAsString());
  auto* posting = event.add_posting();
  posting->set_from(schemas::OUTSIDE);
  posting->set_to(schemas::STAND);
  posting->set_amount_minor(sum);
  return event;
}

}  // namespace

std::vector<ledger::LogRun> long_log(const ledger::DeviceIdentity& author, ledger::Random& random,
                                     std::uint64_t sales, std::uint64_t stride) {
  const ledger::LogName name{author.certificate.hash, random.u64(), ledger::LogClass::trade};
  ledger::MerklePeaks peaks;
  std::vector<ledger::LogRun> out;
  ledger::LogRun run{name, 0, {}, {}};
  for (std::uint64_t i = 0; i < sales; ++i) {
    const auto event = cash_sale(random, 1'800'000'000'000 + i * 997);
    run.events.push_back(event.SerializeAsString());
    peaks.append(ledger::leaf_hash(run.events.back()));
    if ((i + 1) % stride != 0 && i + 1 != sales) continue;
    run.head = ledger::sign_head(author.key, name.id(), i + 1, peaks.root(), event.hlc());
    out.push_back(std::move(run));
    run = {name, i + 1, {}, {}};
  }
  return out;
}

}  // namespace verbena::bench
