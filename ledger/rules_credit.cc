// SPDX-License-Identifier: Apache-2.0
#include "ledger/core/money.h"
#include "ledger/core/mutant.h"
#include "ledger/rules.h"
#include "ledger/tenders.h"

namespace verbena::ledger {

Result<Plan> plan_top_up(State& state, const DeviceView& device, std::uint64_t amount_minor,
                         const std::string& tender, const BandReading& band) {
  if (!may(device.certificate.role, Action::top_up)) {
    return refuse(Refusal::role_denied, "this device may not top up");
  }
  const schemas::Festival* festival = state.festival();
  if (festival == nullptr) return refuse(Refusal::not_ready, "the festival's settings are missing");
  if (amount_minor == 0 || amount_minor > amount_minor_max) {
    return refuse(Refusal::amount_out_of_range, "the amount is out of range");
  }
  if (!tender.empty() && !is_tender(tender)) {  // absent: cash
    return Error{Errc::bad_input, "bands are topped up by a tender such as cash or card"};
  }
  if (auto status = check_chain(state, band); !status) return status.error();
  const std::int64_t balance =
      spendable_minor(state, band) + static_cast<std::int64_t>(amount_minor);
  const auto limit = static_cast<std::int64_t>(festival->limits().purse_max_minor());
  if (limit != 0 && balance > limit && !mutant(Mutant::purse_unlimited)) {
    return refuse(Refusal::limit_purse,
                  "a purse holds at most " + format_decimal(limit, festival->scale()));
  }
  auto step = next_step(band, amount_minor, 0);
  if (!step) return step.error();

  const std::uint64_t own_debited = step->debited() - step->gift_debited();
  if (step->credited() < own_debited) {
    return refuse(Refusal::not_ready, "grants must reach this desk before it can top up this band");
  }
  const CreditCertificate credit = credit_of(
      *step, device.certificate.number, device.issued_minor + (step->credited() - own_debited));
  if (credit.issued_after > device.certificate.credit_limit_minor) {
    return refuse(Refusal::limit_issuer, "this desk has issued all it may");
  }

  schemas::TopUp top_up;
  if (tender != "cash") top_up.set_tender(tender);
  top_up.set_issued_after(credit.issued_after);
  if (band.slot.credit.issuer != 0) {
    top_up.set_certificate_read(band.slot_bytes.substr(purse_head_bytes, credit_certificate_bytes));
  }
  Plan plan;
  Draft draft;
  draft.log_class = LogClass::value;
  draft.event.set_kind(schemas::KIND_TOP_UP_PREPARED);
  draft.event.set_payload(top_up.SerializeAsString());
  auto* posting = draft.event.add_posting();
  posting->set_from(schemas::OUTSIDE);
  if (tender != "cash") posting->set_from_id(tender);
  posting->set_to(schemas::PURSE);
  posting->set_amount_minor(amount_minor);
  *draft.event.mutable_step() = *step;
  plan.drafts.push_back(std::move(draft));
  plan.amount_minor = amount_minor;
  plan.balance_minor = balance;
  plan.step = *step;
  plan.credit = credit;
  return plan;
}

// Pays the whole balance out in cash, but for gifts.
Result<Plan> plan_refund(State& state, const DeviceView& device, const BandReading& band) {
  if (!may(device.certificate.role, Action::refund)) {
    return refuse(Refusal::role_denied, "this device may not pay out");
  }
  if (state.festival() == nullptr) {
    return refuse(Refusal::not_ready, "the festival's settings are missing");
  }
  if (auto status = check_chain(state, band); !status) return status.error();
  const std::int64_t gift = unspent_gift_minor(state, band);
  const std::int64_t balance = spendable_minor(state, band) - gift;
  if (balance <= 0)
    return refuse(Refusal::insufficient_funds, "this band holds nothing to pay out");
  const auto amount = static_cast<std::uint64_t>(balance);
  auto step = next_step(band, 0, amount);
  if (!step) return step.error();
  Plan plan;
  Draft draft;
  draft.log_class = LogClass::trade;
  draft.event.set_kind(schemas::KIND_REFUND_PREPARED);
  auto* posting = draft.event.add_posting();
  posting->set_from(schemas::PURSE);
  posting->set_to(schemas::OUTSIDE);
  posting->set_amount_minor(amount);
  *draft.event.mutable_step() = *step;
  plan.drafts.push_back(std::move(draft));
  plan.amount_minor = amount;
  plan.balance_minor = gift;
  plan.step = *step;
  return plan;
}

Result<Plan> plan_void(State& state, const DeviceView& device, const FoundSale& sale,
                       const std::string& reason) {
  if (!may(device.certificate.role, Action::void_sale)) {
    return refuse(Refusal::role_denied, "this device may not void");
  }
  const schemas::Festival* festival = state.festival();
  if (festival == nullptr) return refuse(Refusal::not_ready, "the festival's settings are missing");
  const auto author = state.roster().find(sale.log.certificate);
  if (author == nullptr || author->stand != device.certificate.stand) {
    return refuse(Refusal::not_here, "this sale was made at another stand");
  }
  const std::uint64_t amount = entering_minor(sale.event, schemas::STAND);
  if (amount == 0) return refuse(Refusal::unknown_sale, "this event is not a sale");
  const std::uint64_t from_purse = leaving_minor(sale.event, schemas::PURSE);
  const BesideMinor beside = beside_in(sale.event, schemas::OUTSIDE);
  Plan plan;
  for (const auto& [voucher, legs] : out_of_vouchers(sale.event)) {
    plan.voucher_minor += legs.stands;
  }
  plan.amount_minor = from_purse + leaving_minor(sale.event, schemas::OUTSIDE) + plan.voucher_minor;
  plan.crew_minor = beside.crew;
  const bool large = amount > festival->limits().void_without_approval_minor();
  if (large && !mutant(Mutant::void_unapproved)) plan.approvers_needed = 2;
  Draft draft;
  draft.binds_rules = true;                         // the limit is theirs
  for (const auto& taken : sale.event.posting()) {  // tip and deposit too, and gifts as gifts
    auto* posting = draft.event.add_posting();
    *posting = taken;
    posting->set_from(taken.to());
    posting->set_to(taken.from());
    posting->set_from_id(taken.to_id());
    posting->set_to_id(taken.from_id());
  }
  for (const auto& sold : sale.event.move()) {  // the goods were not handed over
    auto* move = draft.event.add_move();
    *move = sold;
    move->set_from(sold.to());
    move->set_to(sold.from());
  }
  if (sale.event.kind() == schemas::KIND_SALE) {
    if (state.cash_voided(sale.log.id(), sale.index)) {
      return refuse(Refusal::already_voided, "this sale is voided already");
    }
    schemas::CashVoid target;
    target.set_log(to_bytes(sale.log.id()));
    target.set_index(sale.index);
    target.set_sale(to_bytes(sale.id));
    target.set_reason(reason);
    if (plan.voucher_minor > 0) plan.cash_minor = plan.amount_minor - plan.voucher_minor;
    draft.log_class = LogClass::trade;
    draft.event.set_kind(schemas::KIND_CASH_VOID);
    draft.event.set_payload(target.SerializeAsString());
  } else {
    const std::uint64_t purse = sale.event.step().purse();
    const PurseView& known = state.purse(purse);
    if (!known.posted_ids.contains(sale.id)) {
      return refuse(Refusal::unknown_sale, "this sale never went through: nothing to void");
    }
    if (state.granted(purse, schemas::GRANT_VOID, view(sale.id))) {
      return refuse(Refusal::already_voided, "this sale is voided already");
    }
    if (state.part_taken(sale.id)) {
      return refuse(Refusal::part_used, "this paid a part of a sale: void that one first");
    }
    schemas::Sale sold;
    sold.ParseFromString(sale.event.payload());
    schemas::Grant grant;
    grant.set_purse(purse);
    grant.set_meals(sold.meals());
    grant.set_source(schemas::GRANT_VOID);
    grant.set_source_id(to_bytes(sale.id));
    grant.set_reason(reason);
    draft.log_class = LogClass::value;
    draft.event.set_kind(schemas::KIND_GRANT);
    draft.event.set_payload(grant.SerializeAsString());
    plan.cash_minor = beside.cash;
    plan.balance_minor = static_cast<std::int64_t>(known.credited + known.granted + from_purse) -
                         static_cast<std::int64_t>(known.debited);
  }
  plan.drafts.push_back(std::move(draft));
  return plan;
}

}  // namespace verbena::ledger
