// SPDX-License-Identifier: Apache-2.0
#include "node/terminal.h"

#include <algorithm>

#include "ledger/core/merkle.h"
#include "ledger/purse/presence.h"
#include "node/festival_file.h"
#include "node/terminal_request.h"

namespace verbena::node {

using ledger::Action;
using ledger::Errc;
using ledger::Error;
using ledger::Refusal;
using ledger::Result;
using schemas::OperateReply;
using schemas::OperateRequest;

namespace {

constexpr std::size_t sale_prefix_digits_min = 8;
constexpr std::uint64_t events_before = 8;  // that a commit may put before the one approved

OperateReply done_reply(schemas::Receipted receipt) {
  OperateReply reply;
  *reply.mutable_done() = std::move(receipt);
  return reply;
}

void add_codes(const ledger::DeviceIdentity& identity, const schemas::Event& issued,
               schemas::Receipted& receipt) {
  for (auto& code : ledger::issued_codes(identity, issued)) receipt.add_voucher(std::move(code));
}

// Of a sale that vouchers paid, or of its void: what is in the stand's books of them, and the rest.
void add_vouchers(const schemas::Event& event, schemas::Receipted& receipt) {
  auto moves = ledger::out_of_vouchers(event);
  moves.merge(ledger::into_vouchers(event));
  std::uint64_t goods = 0, forfeited = 0;
  for (const auto& [id, legs] : moves) {
    goods += legs.stands;
    forfeited += legs.outside;
  }
  if (goods == 0) return;
  receipt.set_amount_minor(receipt.amount_minor() - forfeited);
  receipt.set_voucher_minor(goods);
  receipt.set_cash_minor(receipt.amount_minor() - goods);
}

// What the answer to a grant or a block says beside its amount, as far as is known now: of the band
// that is there, and of a band that was replaced.
void add_band_news(const OperateRequest& request, ledger::State& state,
                   schemas::Receipted& receipt) {
  if (request.has_block()) receipt.set_purse(request.block().purse());
  if (!request.has_replace() && !request.has_gift()) return;
  if (const auto band = ledger::read_band(state, request.band())) {
    receipt.set_purse(band->slot.head.purse);
    receipt.set_counter(band->slot.head.counter);
    receipt.set_balance_minor(ledger::spendable_minor(state, *band));
    receipt.set_meals_left(ledger::meals_left(state, *band));
  }
  if (!request.has_replace()) return;
  const std::uint64_t old = request.replace().purse();
  for (const auto& device : state.unaware_of_block(old)) receipt.add_waits_for(device);
  const __int128 left =
      state.purse_balance_minor(old) - static_cast<__int128>(state.purse(old).pending_debit_minor);
  if (receipt.waits_for_size() > 0 && left > 0) {
    receipt.set_kept_minor(static_cast<std::uint64_t>(left));
  }
}

// What a band tells, with its chip's proof of it where there is one.
ledger::Draft evidence_of(const ledger::BandReading& band, std::string_view shown) {
  ledger::Draft out = ledger::evidence_draft(band);
  ledger::add_proof(out.event, ledger::proof_in(shown));
  return out;
}

// Whether what took this counter is held here, not only known to be missing.
bool knows_step(const ledger::PurseView& purse, std::uint32_t counter) {
  return purse.counter >= counter &&
         std::none_of(purse.gaps.begin(), purse.gaps.end(),
                      [&](const auto& gap) { return gap.first <= counter && counter <= gap.last; });
}

}  // namespace

OperateReply to_reply(const Error& error) {
  OperateReply reply;
  if (error.code == Errc::refused) {
    reply.mutable_refused()->set_code(ledger::refusal_code(error.refusal));
  } else {
    reply.mutable_refused()->set_code(error.code == Errc::bad_input ? "bad-input" : "internal");
  }
  reply.mutable_refused()->set_text(error.text);
  reply.mutable_refused()->set_short_minor(error.short_minor);
  return reply;
}

namespace {

// A band is not judged by less than is known of it.
Result<OperateReply> unless_unreadable(const std::function<Result<OperateReply>()>& work) {
  try {
    return work();
  } catch (const ledger::Unreadable& error) {
    return Error{Errc::storage, error.what()};
  }
}

}  // namespace

OperateReply TapSession::begin(const OperateRequest& request) {
  OperateReply reply = answer(unless_unreadable([&] { return run(request); }));
  if (tally_ != nullptr && needs_band(request)) tally_->began(reply);
  return reply;
}

TapSession::~TapSession() {
  if (tally_ != nullptr && open_) tally_->tore();
}

// With the decimals that its amounts are read by.
OperateReply TapSession::answer(Result<OperateReply> reply) const {
  if (!reply) return to_reply(reply.error());
  OperateReply out = reply.take();
  if (!out.has_done()) return out;
  ledger_.ask([&](ledger::State& state, const ledger::DeviceView&) {
    if (const auto* festival = state.festival()) out.mutable_done()->set_scale(festival->scale());
  });
  return out;
}

Result<OperateReply> TapSession::run(const OperateRequest& request) {
  const auto action = action_of(request);
  if (!action) return Error{Errc::bad_input, "this request is not known"};
  if (!ledger::may(caller_, *action)) {
    return ledger::refuse(Refusal::role_denied, ledger::caller_name(caller_) + " may not " +
                                                    ledger::action_name(*action));
  }
  if (*action == Action::balance) return balance(request.band());
  if (request.has_apply() && request.apply().approved().empty()) {
    return propose(request.apply().festival());
  }
  const std::uint64_t intent = request.intent() != 0 ? request.intent() : random_.u64();
  if (const auto first = ledger_.find_intent(intent)) return repeat(request, *first);

  std::optional<ledger::FoundSale> sale;
  if (request.has_void_sale()) {
    auto found = find_sale(request.void_sale().sale());
    if (!found) return found.error();
    sale = found.take();
  }
  RequestParts parts{request, caller_.staff, {}, {}, std::move(sale), {}, intent};
  for (const auto& paid : request.sell().part()) {
    auto found = find_sale(paid);
    if (!found) return found.error();
    parts.paid.push_back(found.take());
  }
  random_.fill(parts.salt);
  if (request.has_revoke() || request.has_close_sheet()) parts.logs = ledger_.logs();

  std::optional<ledger::BandReading> band;
  ledger::Plan planned;
  std::string to_approve;
  auto committed = ledger_.commit(
      intent,
      [&](ledger::State& state,
          const ledger::DeviceView& device) -> Result<std::vector<ledger::Draft>> {
        if (state.roster().revoked(device.certificate.key)) {
          return ledger::refuse(Refusal::device_revoked, "this device was revoked");
        }
        if (auto room = ledger::check_room(device, *action); !room) return room.error();
        if (needs_band(request)) {
          auto reading = ledger::read_band(state, request.band());
          if (!reading) return reading.error();
          band = reading.take();
        }
        auto made = plan_request(parts, band, state, *ledger_.identity(), device);
        if (!made) return made.error();
        planned = made.take();
        if (band && ledger::is_news(state, *band)) {
          planned.drafts.insert(planned.drafts.begin(), evidence_of(*band, request.band()));
        }
        const std::uint64_t expected = request.sell().expected_minor();
        if (expected != 0 && expected != planned.amount_minor) {
          return ledger::refuse(Refusal::price_changed, "the customer was shown another amount");
        }
        auto approved = add_approvals(request, planned, state, device);
        if (!approved) to_approve = approval_request(planned, device);
        if (!approved) return approved.error();
        return planned.drafts;
      },
      caller_.staff);
  if (!committed && !to_approve.empty()) {
    OperateReply reply = to_reply(committed.error());
    reply.mutable_refused()->set_request(to_approve);
    reply.mutable_refused()->set_needed(static_cast<std::uint32_t>(planned.approvers_needed));
    return reply;
  }
  if (!committed) return committed.error();

  const ledger::CommittedEvent& event = committed->back();
  schemas::Receipted receipt;
  receipt.set_id(ledger::to_bytes(event.id));
  receipt.set_amount_minor(planned.amount_minor);
  receipt.set_balance_minor(planned.balance_minor);
  receipt.set_cash_minor(planned.cash_minor);
  receipt.set_crew_minor(planned.crew_minor);
  receipt.set_meals_left(planned.meals_left);
  receipt.set_kept_minor(planned.kept_minor);
  for (const auto& device : planned.waits_for) receipt.add_waits_for(device);
  receipt.set_voucher_minor(planned.voucher_minor);
  if (request.has_issue_vouchers()) {  // in the log by now, so they may be shown
    schemas::Event issued = planned.drafts.back().event;
    issued.set_intent(intent);
    add_codes(*ledger_.identity(), issued, receipt);
  }
  if (!planned.step) {
    if (request.has_block()) receipt.set_purse(request.block().purse());
    if (band) receipt.set_purse(band->slot.head.purse);
    if (band) receipt.set_counter(band->slot.head.counter);
    return done_reply(std::move(receipt));
  }
  receipt.set_purse(planned.step->purse());
  receipt.set_counter(planned.step->counter());
  if (planned.ring) planned.ring->trade_size = event.index + 1;
  return write_band(*band, planned, event, planned.drafts.back().event.kind(), std::move(receipt));
}

// The last draft bears the approvals given; refused where they are too few.
ledger::Status TapSession::add_approvals(const OperateRequest& request, ledger::Plan& planned,
                                         ledger::State& state, const ledger::DeviceView& device) {
  if (planned.approvers_needed == 0) return ledger::done();
  ledger::Draft& draft = planned.drafts.back();
  const ledger::OwnLog& log = device.log(draft.log_class);
  for (const auto& approval : request.approval()) {
    if (approval.size() <= log.size) *draft.event.add_approval() = approval;
  }
  // Counted at the last place where it may come to stand: others may be written before it.
  const auto persons =
      state.approvers(draft.event, {log.id, log.size + events_before}, device.certificate);
  if (persons.size() >= planned.approvers_needed) return ledger::done();
  return ledger::refuse(Refusal::approval_needed,
                        "approvals of others: " + std::to_string(persons.size()) + " of " +
                            std::to_string(planned.approvers_needed));
}

std::string TapSession::approval_request(const ledger::Plan& planned,
                                         const ledger::DeviceView& device) const {
  schemas::Event event = planned.drafts.back().event;
  event.clear_approval();
  const ledger::OwnLog& log = device.log(planned.drafts.back().log_class);
  schemas::ApprovalRequest out;
  out.set_festival(ledger_.festival());
  out.set_device(device.certificate.alias);
  out.set_log(ledger::to_bytes(log.id));
  out.set_size(log.size);
  out.set_event(event.SerializeAsString());
  out.set_staff(caller_.staff);
  return out.SerializeAsString();
}

OperateReply TapSession::write_band(const ledger::BandReading& band, const ledger::Plan& planned,
                                    const ledger::CommittedEvent& prepared, schemas::Kind kind,
                                    schemas::Receipted done) {
  const std::string image = ledger::band_after(band, *planned.step, prepared.id,
                                               *ledger_.identity(), planned.ring, planned.credit);
  open_ = Open{prepared, kind, image, {}, std::move(done)};
  OperateReply reply;
  reply.set_write(image);
  return reply;
}

OperateReply TapSession::wrote(const std::string& shown) {
  if (!open_) return to_reply({Errc::bad_input, "no write was asked for"});
  Open open = *open_;
  open_.reset();
  open.proof = ledger::proof_in(shown);
  if (ledger::image_in(shown) != open.image) {
    if (tally_ != nullptr) tally_->tore();
    return to_reply(ledger::refuse(Refusal::tap_again, "the band does not show what was written"));
  }
  return answer(unless_unreadable([&] { return finish(open); }));
}

// A confirmation names its prepared event by index in the same log. One of an earlier life is shown
// by what it left on the band instead.
Result<OperateReply> TapSession::finish(const Open& open) {
  const bool same_life = open.prepared.log.incarnation == ledger_.incarnation();
  auto finished = ledger_.commit(
      0,
      [&](ledger::State& state, auto&) -> Result<std::vector<ledger::Draft>> {
        ledger::Draft draft;
        if (same_life) {
          draft = ledger::confirm_draft(open.prepared, open.kind);
        } else {
          auto band = ledger::read_band(state, open.image);
          if (!band) return band.error();
          const auto shown = ledger::slot_showing(*band, open.prepared.id, *ledger_.identity());
          draft = ledger::evidence_draft(shown ? *shown : *band);
        }
        ledger::add_proof(draft.event, open.proof);
        return std::vector{std::move(draft)};
      },
      caller_.staff);
  if (!finished) return finished.error();
  return done_reply(open.done);
}

// The same intent again: the first result, or the rest of a tap that was cut short.
Result<OperateReply> TapSession::repeat(const OperateRequest& request,
                                        const ledger::CommittedEvent& first) {
  auto bytes = ledger_.event_bytes(first.log, first.index);
  if (!bytes) return bytes.error();
  schemas::Event event;
  if (auto status = ledger::parse_event(*bytes, event); !status) return status.error();
  bool same = false, counts = false, taken_by_another = false;
  std::uint64_t granted = 0, meals_granted = 0;
  std::optional<ledger::BandReading> band;
  std::optional<Error> band_error;
  ledger_.ask([&](ledger::State& state, const ledger::DeviceView&) {
    same = state.festival() != nullptr && same_content(request, event, state, *ledger_.identity());
    if (!event.has_step()) return;
    const auto& purse = state.purse(event.step().purse());
    granted = purse.granted;
    meals_granted = purse.meals_granted;
    counts = purse.posted_ids.contains(first.id);
    if (counts) return;
    taken_by_another = knows_step(purse, event.step().counter());
    auto reading = ledger::read_band(state, request.band());
    if (reading) {
      band = reading.take();
    } else {
      band_error = reading.error();
    }
  });
  if (!same) {
    return ledger::refuse(Refusal::intent_reused, "this intent was used for something else");
  }
  schemas::Receipted receipt;
  receipt.set_id(ledger::to_bytes(first.id));
  receipt.set_repeated_intent(true);
  std::uint64_t amount = 0;
  for (const auto& posting : event.posting()) amount += posting.amount_minor();
  receipt.set_amount_minor(amount);
  if (event.kind() == schemas::KIND_GRANT) {
    const auto taken = ledger::beside_out(event);
    receipt.set_cash_minor(taken.cash);
    receipt.set_crew_minor(taken.crew);
  }
  add_vouchers(event, receipt);
  if (event.kind() == schemas::KIND_VOUCHER_ISSUED) {
    add_codes(*ledger_.identity(), event, receipt);
  }
  if (!event.has_step()) {
    ledger_.ask([&](ledger::State& state, const ledger::DeviceView&) {
      add_band_news(request, state, receipt);
    });
    return done_reply(std::move(receipt));
  }
  const auto& step = event.step();
  const auto beside = ledger::beside_in(event, schemas::PURSE);
  receipt.set_cash_minor(beside.cash);
  receipt.set_crew_minor(beside.crew);
  receipt.set_meals_left(static_cast<std::uint32_t>(
      meals_granted - std::min<std::uint64_t>(meals_granted, step.meals_used())));
  receipt.set_purse(step.purse());
  receipt.set_counter(step.counter());
  receipt.set_balance_minor(static_cast<std::int64_t>(step.credited() + granted) -
                            static_cast<std::int64_t>(step.debited()));
  if (counts) return done_reply(std::move(receipt));
  // Whatever lies there, it decides nothing about a sale that may be on its own band already.
  if (band_error) return ledger::refuse(Refusal::tap_again, band_error->text);

  const ledger::PurseHead& head = band->slot.head;
  if (head.purse != step.purse()) {
    return ledger::refuse(Refusal::intent_reused, "this intent was used for another band");
  }
  if (ledger::slot_showing(*band, first.id, *ledger_.identity())) {  // the answer was lost
    return finish({first, event.kind(), ledger::Bytes(ledger::image_in(request.band())),
                   ledger::Bytes(ledger::proof_in(request.band())), std::move(receipt)});
  }
  if (head.counter > step.counter() && !taken_by_another) {
    return ledger::refuse(Refusal::not_ready,
                          "the band went on, and whether with this is not known here yet");
  }
  if (head.counter + 1 != step.counter() || ledger::view(head.hash) != step.previous()) {
    return ledger::refuse(Refusal::sale_aborted, "the band went on without it: start again");
  }
  ledger::Plan rest;
  rest.step = step;
  if (event.kind() == schemas::KIND_SALE_PREPARED) {
    std::uint64_t total = 0;
    for (std::uint64_t i = 0; i <= first.index; ++i) {
      auto earlier = ledger_.event_bytes(first.log, i);
      schemas::Event body;
      if (!earlier || !ledger::parse_event(*earlier, body)) continue;
      total += ledger::entering_minor(body, schemas::STAND);
    }
    rest.ring = ledger::RingNews{first.log.incarnation, first.index + 1, total};
  }
  if (schemas::TopUp top_up;
      event.kind() == schemas::KIND_TOP_UP_PREPARED && top_up.ParseFromString(event.payload())) {
    rest.credit =
        ledger::credit_of(step, ledger_.identity()->certificate.number, top_up.issued_after());
  }
  return write_band(*band, rest, first, event.kind(), std::move(receipt));
}

// Tells what is on the band, and writes down what nobody has told this device yet.
Result<OperateReply> TapSession::balance(const std::string& shown) {
  schemas::Receipted receipt;
  std::optional<Error> problem;
  ledger_.ask([&](ledger::State& state, const ledger::DeviceView&) {
    auto band = ledger::read_band(state, shown);
    if (!band) {
      problem = band.error();
      return;
    }
    if (auto chain = ledger::check_chain(state, *band); !chain) {
      problem = chain.error();
      return;
    }
    receipt.set_purse(band->slot.head.purse);
    receipt.set_counter(band->slot.head.counter);
    receipt.set_balance_minor(ledger::spendable_minor(state, *band));
    receipt.set_meals_left(ledger::meals_left(state, *band));
  });
  if (problem) return *problem;
  note_evidence(shown);
  return done_reply(std::move(receipt));
}

// A device that cannot write says so by its alarms; the balance is none the less what it is.
void TapSession::note_evidence(const std::string& shown) {
  (void)ledger_.commit(
      0,
      [&](ledger::State& state,
          const ledger::DeviceView& device) -> Result<std::vector<ledger::Draft>> {
        std::vector<ledger::Draft> out;
        const auto band = ledger::read_band(state, shown);
        if (band && ledger::is_news(state, *band) && !device.storage_low &&
            !state.roster().revoked(device.certificate.key)) {
          out.push_back(evidence_of(*band, shown));
        }
        return out;
      },
      caller_.staff);
}

// What the wanted settings would change, and the exact bytes for two supervisors to sign.
Result<OperateReply> TapSession::propose(const std::string& wanted_bytes) {
  schemas::Festival wanted;
  if (!wanted.ParseFromString(wanted_bytes)) {
    return Error{Errc::bad_input, "the settings cannot be read"};
  }
  for (const auto& stand : wanted.stand()) {
    for (const auto number : stand.item()) {
      if (ledger::find_item(wanted, number) == nullptr) {
        return Error{Errc::bad_input,
                     "stand " + stand.name() + " sells an item that is not listed"};
      }
    }
  }
  for (const auto& item : wanted.item()) {
    for (const auto& part : item.part()) {
      if (ledger::find_item(wanted, part.item()) == nullptr) {
        return Error{Errc::bad_input, item.sku() + " has a part that is not listed"};
      }
    }
  }
  bool other_scale = false;
  schemas::Receipted receipt;
  ledger_.ask([&](ledger::State& state, const ledger::DeviceView&) {
    const auto* current = state.festival();
    if (current == nullptr) return;
    other_scale = wanted.scale() != current->scale();
    if (other_scale) return;
    const auto next = next_version(*current, ledger::to_bytes(state.festival_hash()), wanted);
    receipt.set_proposal(next.SerializeAsString());
    for (auto& line : differences(*current, next)) receipt.add_difference(std::move(line));
  });
  if (other_scale) return Error{Errc::bad_input, "a festival's scale cannot be changed"};
  if (receipt.proposal().empty()) {
    return ledger::refuse(Refusal::not_ready, "the festival's settings are missing");
  }
  return done_reply(std::move(receipt));
}

// Looks through the trade logs of this device's own stand.
Result<ledger::FoundSale> TapSession::find_sale(const std::string& id_prefix) {
  if (id_prefix.size() < sale_prefix_digits_min) {
    return Error{Errc::bad_input, "a sale id needs at least 8 digits"};
  }
  std::string wanted = id_prefix;
  std::transform(wanted.begin(), wanted.end(), wanted.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  std::optional<ledger::FoundSale> found;
  bool ambiguous = false;
  const std::string& stand = ledger_.identity()->certificate.stand;
  for (const auto& log : ledger_.logs()) {
    const auto author = ledger_.author(log.name.certificate);
    if (log.name.log_class != ledger::LogClass::trade || author == nullptr ||
        author->stand != stand) {
      continue;
    }
    auto runs = ledger_.read(log.name, 0, SIZE_MAX);
    if (!runs) return runs.error();
    for (const auto& run : *runs) {
      for (std::size_t i = 0; i < run.events.size(); ++i) {
        const ledger::Hash id = ledger::leaf_hash(run.events[i]);
        if (!ledger::hex(id).starts_with(wanted)) continue;
        ambiguous |= found.has_value();
        ledger::FoundSale sale{log.name, run.first + i, id, {}};
        if (ledger::parse_event(run.events[i], sale.event)) found = std::move(sale);
      }
    }
  }
  if (ambiguous) return Error{Errc::bad_input, "more than one sale starts with " + id_prefix};
  if (!found || (found->event.kind() != schemas::KIND_SALE &&
                 found->event.kind() != schemas::KIND_SALE_PREPARED)) {
    return ledger::refuse(Refusal::unknown_sale, "no sale here starts with " + id_prefix);
  }
  return *found;
}

}  // namespace verbena::node
