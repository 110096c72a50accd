// SPDX-License-Identifier: Apache-2.0
#include "ledger/core/merkle.h"
#include "test/oracle/random_beside.h"

namespace verbena::test {

namespace {

using ledger::Draft;
using ledger::LogClass;

void post(Draft& draft, schemas::AccountClass from, const std::string& from_id,
          schemas::AccountClass to, const std::string& to_id, std::uint64_t amount) {
  auto* posting = draft.event.add_posting();
  posting->set_from(from);
  posting->set_from_id(from_id);
  posting->set_to(to);
  posting->set_to_id(to_id);
  posting->set_amount_minor(amount);
}

Draft lying_issue(World& world, Device& liar) {
  auto& random = world.random;
  schemas::VoucherIssued told;
  liar.ledger->ask([&](auto&, const ledger::DeviceView& device) {
    told.set_issued_after(device.issued_minor + 100 * random.below(6));
  });
  Draft out;
  out.log_class = random.below(8) == 0 ? LogClass::trade : LogClass::value;
  out.event.set_kind(schemas::KIND_VOUCHER_ISSUED);
  out.event.set_payload(random.below(9) == 0 ? ledger::Bytes("?") : told.SerializeAsString());
  const char* sources[] = {"", "", "", "card", "card", "gift", "crew"};
  for (std::uint64_t i = 0, n = random.below(3); i < n; ++i) {
    const std::string id(random.below(6) == 0 ? 5 : 32,
                         static_cast<char>(random.below(9) == 0 ? 'g' : 'a' + random.below(6)));
    post(out, random.below(6) == 0 ? schemas::STAND : schemas::OUTSIDE, sources[random.below(7)],
         random.below(6) == 0 ? schemas::PURSE : schemas::VOUCHER, id, 100 * (1 + random.below(4)));
    if (random.below(8) == 0) out.event.mutable_posting(0)->set_currency("USD");
  }
  if (random.below(9) == 0) {
    out.event.mutable_step()->set_purse(7);
    out.event.mutable_step()->set_counter(1);
    out.event.mutable_step()->set_previous(std::string(12, '\0'));
  }
  return out;
}

// A code spent in another way than it may be, or in the right way without a look at what is known.
Draft lying_spending(World& world, Device& liar, const std::string& code) {
  auto& random = world.random;
  const auto read = ledger::decode_code(code);
  const std::string id = ledger::voucher_id(read->body());
  schemas::Sale sale;
  ledger::Hash till = liar.identity.certificate.hash;
  if (random.below(6) == 0) till[0] ^= 1;
  if (random.below(6) != 0) sale.add_voucher(ledger::spend_voucher(*read, till));
  if (random.below(9) == 0) sale.add_voucher("no voucher");
  if (sale.voucher_size() > 0 && random.below(19) == 0) {
    for (int i = 0; i < 16; ++i) sale.add_voucher(sale.voucher(0));
  }
  Draft out;
  out.log_class = LogClass::trade;
  out.binds_rules = random.below(4) != 0;
  out.event.set_kind(random.below(8) == 0 ? schemas::KIND_DEPOSIT_RETURN : schemas::KIND_SALE);
  out.event.set_payload(sale.SerializeAsString());
  const std::uint64_t amount = read->voucher.amount_minor - (random.below(5) == 0 ? 50 : 0);
  const std::uint64_t rest = random.below(2) == 0 ? 50 : 0;
  post(out, schemas::VOUCHER, id, random.below(9) == 0 ? schemas::TIP : schemas::STAND, "",
       amount - rest);
  if (rest > 0) {
    post(out, schemas::VOUCHER, id, schemas::OUTSIDE, random.below(5) == 0 ? "" : "forfeit", rest);
  }
  if (random.below(9) == 0) {
    post(out, schemas::VOUCHER, std::string(32, 'a'), schemas::STAND, "", 100);
  }
  return out;
}

// The void of one of this device's own sales, with a voucher or cash for what it gave.
std::optional<Draft> lying_void(World& world, Device& liar, const std::string& code) {
  auto& random = world.random;
  schemas::CashVoid target;
  for (const auto& log : liar.ledger->logs()) {
    const bool own = log.name.certificate == liar.identity.certificate.hash;
    if (!own || log.name.log_class != LogClass::trade || log.head.size == 0) continue;
    target.set_log(ledger::to_bytes(log.id));
    target.set_index(log.head.size - 1 - random.below(std::min<std::uint64_t>(log.head.size, 6)));
  }
  if (target.log().empty()) return std::nullopt;
  Draft out;
  out.log_class = LogClass::trade;
  out.binds_rules = true;
  out.event.set_kind(schemas::KIND_CASH_VOID);
  out.event.set_payload(target.SerializeAsString());
  const auto read = ledger::decode_code(code);
  const bool stands = random.below(4) != 0;
  const bool back = random.below(3) != 0;
  post(out, stands ? schemas::STAND : schemas::OUTSIDE,
       stands || random.below(4) == 0 ? "" : "forfeit", back ? schemas::VOUCHER : schemas::OUTSIDE,
       back ? ledger::voucher_id(read->body()) : "", 50 * (1 + random.below(8)));
  return out;
}

}  // namespace

const std::string& VoucherDrawer::any(SeededRandom& random) const {
  return codes[codes.size() - 1 - random.below(std::min<std::size_t>(codes.size(), 4))];
}

std::optional<schemas::OperateReply> VoucherDrawer::use(World& world, Device& till, Device& desk) {
  auto& random = world.random;
  if (codes.empty() || random.below(4) == 0) {
    const char* zones[] = {"", "north", "south"};
    auto request =
        issue_request(100 + 50 * random.below(8), 1 + static_cast<std::uint32_t>(random.below(3)),
                      random.next(), zones[random.below(3)]);
    if (random.below(4) == 0) request.mutable_issue_vouchers()->set_gift("a prize");
    const auto reply = world.approved(desk, request, random.below(3));
    for (const auto& code : reply.done().voucher()) codes.push_back(code);
    return std::nullopt;
  }
  std::vector<std::string> shown;
  for (std::uint64_t i = 0, n = 1 + random.below(5) / 4; i < n; ++i) shown.push_back(any(random));
  auto request = pay_request(random.below(4) == 0 ? "draught" : "beer", shown);
  request.mutable_sell()->set_rest_forfeited(random.below(2) == 0);
  return world.tap(till, request, nullptr);
}

void VoucherDrawer::lie(World& world, Device& liar) {
  auto& random = world.random;
  std::optional<Draft> draft;
  if (codes.empty() || ledger::role_credits(liar.identity.certificate.role)) {
    draft = lying_issue(world, liar);
  } else {
    const std::string& code = any(random);
    draft =
        random.below(3) == 0 ? lying_void(world, liar, code) : lying_spending(world, liar, code);
  }
  if (!draft) return;
  (void)liar.ledger->commit(0, [&](auto&, auto&) { return ledger::Result(std::vector{*draft}); });
}

}  // namespace verbena::test
