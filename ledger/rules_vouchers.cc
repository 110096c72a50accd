// SPDX-License-Identifier: Apache-2.0
#include "ledger/core/money.h"
#include "ledger/core/voucher.h"
#include "ledger/rules.h"
#include "ledger/tenders.h"

namespace verbena::ledger {

namespace {

Status check_place(const schemas::Festival& festival, const VoucherIntent& intent) {
  if (!intent.zone.empty() && !intent.stand.empty()) {
    return Error{Errc::bad_input, "a voucher is for a zone or for a stand"};
  }
  if (!intent.stand.empty() && find_stand(festival, intent.stand) == nullptr) {
    return Error{Errc::bad_input, "there is no stand \"" + intent.stand + "\""};
  }
  if (intent.zone.empty()) return done();
  for (const auto& stand : festival.stand()) {
    if (stand.zone() == intent.zone) return done();
  }
  return Error{Errc::bad_input, "there is no zone \"" + intent.zone + "\""};
}

// What a voucher may be worth: no more than a till lends to a band that it knows nothing of.
Status check_amount(const schemas::Festival& festival, const VoucherIntent& intent) {
  if (intent.count == 0 || intent.count > vouchers_per_issue_max) {
    return refuse(Refusal::amount_out_of_range, "from 1 to 64 vouchers at once");
  }
  if (intent.amount_minor == 0 || intent.amount_minor > amount_minor_max) {
    return refuse(Refusal::amount_out_of_range, "the amount is out of range");
  }
  const std::uint64_t most = festival.limits().offline_max_minor();
  if (most != 0 && intent.amount_minor > most) {
    return refuse(Refusal::amount_out_of_range,
                  "a voucher is worth at most " + format_decimal(most, festival.scale()));
  }
  return done();
}

Voucher voucher_of(const DeviceIdentity& identity, std::uint64_t amount_minor,
                   const schemas::VoucherIssued& issued) {
  Voucher out;
  out.festival = identity.certificate.festival;
  out.issuer = identity.certificate.number;
  out.amount_minor = amount_minor;
  if (!issued.zone().empty()) {
    out.place = VoucherPlace::zone;
    out.where = issued.zone();
  } else if (!issued.stand().empty()) {
    out.place = VoucherPlace::stand;
    out.where = issued.stand();
  }
  return out;
}

}  // namespace

Result<Plan> plan_issue_vouchers(State& state, const DeviceIdentity& identity,
                                 const DeviceView& device, const VoucherIntent& intent) {
  if (!may(device.certificate.role, Action::issue_vouchers)) {
    return refuse(Refusal::role_denied, "this device may not issue vouchers");
  }
  const schemas::Festival* festival = state.festival();
  if (festival == nullptr) return refuse(Refusal::not_ready, "the festival's settings are missing");
  const bool given = !intent.gift.empty();
  if (!given && !is_tender(intent.tender)) {
    return Error{Errc::bad_input, "vouchers are paid with a tender, such as cash, or given away"};
  }
  if (auto status = check_place(*festival, intent); !status) return status.error();
  if (auto status = check_amount(*festival, intent); !status) return status.error();
  Plan plan;
  plan.amount_minor = intent.amount_minor * intent.count;
  if (plan.amount_minor > device.certificate.credit_limit_minor ||
      device.issued_minor > device.certificate.credit_limit_minor - plan.amount_minor) {
    return refuse(Refusal::limit_issuer, "this desk has issued all it may");
  }
  if (given) plan.approvers_needed = 1;
  schemas::VoucherIssued issued;
  issued.set_issued_after(device.issued_minor + plan.amount_minor);
  issued.set_zone(intent.zone);
  issued.set_stand(intent.stand);
  issued.set_reason(intent.gift);
  Draft draft;
  draft.log_class = LogClass::value;
  draft.event.set_kind(schemas::KIND_VOUCHER_ISSUED);
  draft.event.set_payload(issued.SerializeAsString());
  Voucher voucher = voucher_of(identity, intent.amount_minor, issued);
  for (std::uint32_t i = 0; i < intent.count; ++i) {
    voucher.key = voucher_key(voucher_seed(identity.key, intent.intent, i));
    auto* posting = draft.event.add_posting();
    posting->set_from(schemas::OUTSIDE);
    if (given) posting->set_from_id(gift_mark.data());
    if (!given && intent.tender != "cash") posting->set_from_id(intent.tender);
    posting->set_to(schemas::VOUCHER);
    posting->set_to_id(voucher_id(encode_voucher(voucher)));
    posting->set_amount_minor(intent.amount_minor);
  }
  plan.drafts.push_back(std::move(draft));
  return plan;
}

std::vector<Bytes> issued_codes(const DeviceIdentity& identity, const schemas::Event& event) {
  std::vector<Bytes> out;
  schemas::VoucherIssued issued;
  if (!issued.ParseFromString(event.payload())) return out;
  for (int i = 0; i < event.posting_size(); ++i) {
    const auto& posting = event.posting(i);
    const VoucherSeed seed =
        voucher_seed(identity.key, event.intent(), static_cast<std::uint32_t>(i));
    const auto code =
        make_voucher(voucher_of(identity, posting.amount_minor(), issued), seed, identity.key);
    if (voucher_id(code.body()) == posting.to_id()) out.push_back(encode_code(code));
  }
  return out;
}

}  // namespace verbena::ledger
