// SPDX-License-Identifier: Apache-2.0
#include "node/terminal_request.h"

#include <algorithm>

#include "ledger/core/voucher.h"
#include "ledger/purse/presence.h"

namespace verbena::node {

using ledger::Action;
using ledger::Errc;
using ledger::Error;
using ledger::Result;
using schemas::OperateRequest;

namespace {

struct StockRow {
  const char* name;
  Action action;
  schemas::StockAction what;
};
constexpr StockRow stock_actions[] = {
    {"deliver", Action::stock_deliver, schemas::DELIVER},
    {"dispatch", Action::stock_dispatch, schemas::DISPATCH},
    {"receive", Action::stock_receive, schemas::RECEIVE},
    {"waste", Action::stock_waste, schemas::WASTED},
    {"give", Action::stock_give, schemas::GIVEN},
};

std::vector<ledger::BasketLine> basket_of(
    const google::protobuf::RepeatedPtrField<schemas::BasketLine>& lines) {
  std::vector<ledger::BasketLine> out;
  for (const auto& line : lines) out.push_back({line.sku(), line.quantity(), line.pack()});
  return out;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

bool names_sale(const schemas::VoidRequest& request, std::string_view sale) {
  return ledger::hex(sale).starts_with(lower(request.sale()));
}

bool same_stock(const OperateRequest& request, const schemas::Event& first,
                const schemas::Festival& festival) {
  schemas::StockNote note;
  if (!request.has_stock() || !note.ParseFromString(first.payload()) || first.move_size() != 1) {
    return false;
  }
  const auto& wanted = request.stock();
  const auto& move = first.move(0);
  if (move.item_size() != wanted.line_size() || move.to_id() != wanted.to() ||
      note.reference() != wanted.reference() || note.reason() != wanted.reason() ||
      !ledger::hex(note.dispatch()).starts_with(lower(wanted.dispatch()))) {
    return false;
  }
  for (int i = 0; i < move.item_size(); ++i) {
    const auto& line = wanted.line(i);
    const auto* item = ledger::find_item(festival, line.sku());
    if (item == nullptr || item->number() != move.item(i)) return false;
    const auto units = ledger::units_of(*item, {line.sku(), line.quantity(), line.pack()});
    if (!units || *units != move.quantity(i)) return false;
  }
  return std::any_of(std::begin(stock_actions), std::end(stock_actions), [&](const auto& row) {
    return wanted.action() == row.name && note.action() == row.what;
  });
}

// Whether the goods that an event moves are the lines asked for, in their order.
bool same_lines(const google::protobuf::RepeatedPtrField<schemas::BasketLine>& lines,
                const schemas::StockMove& move, const schemas::Festival& festival) {
  if (move.item_size() != lines.size() || move.quantity_size() != lines.size()) return false;
  for (int i = 0; i < lines.size(); ++i) {
    const auto* item = ledger::find_item(festival, lines[i].sku());
    if (item == nullptr || item->number() != move.item(i) ||
        lines[i].quantity() != move.quantity(i)) {
      return false;
    }
  }
  return true;
}

// Whose band this is, by its word alone; 0: nobody's.
std::uint64_t purse_on(const std::string& image) {
  const auto band = ledger::decode_band(ledger::image_in(image));
  if (!band) return 0;
  for (const auto& bytes : band->slots) {
    if (const auto slot = ledger::decode_slot(bytes)) return slot->head.purse;
  }
  return 0;
}

bool same_return(const OperateRequest& request, const schemas::Event& first,
                 const schemas::Festival& festival) {
  schemas::Grant grant;  // absent, so of purse 0, where cash was given
  if (!request.has_give_back() || !grant.ParseFromString(first.payload())) return false;
  const bool cash = request.give_back().tender() == "cash";
  return grant.purse() == (cash ? 0 : purse_on(request.band())) && first.move_size() == 1 &&
         same_lines(request.give_back().line(), first.move(0), festival);
}

bool same_sale(const schemas::SellRequest& wanted, const schemas::Event& first,
               const schemas::Festival& festival) {
  schemas::Sale sale;
  if ((wanted.tender() == "cash") != (first.kind() == schemas::KIND_SALE) ||
      !sale.ParseFromString(first.payload())) {
    return false;
  }
  if (wanted.part_minor() > 0) {  // its lines are those of the sale that names it
    return sale.item_size() == 0 &&
           ledger::entering_minor(first, schemas::STAND) == wanted.part_minor();
  }
  if (first.has_step() && sale.item_size() == 0) return false;  // a part
  const bool by_purse = first.has_step();
  const std::uint64_t cash = ledger::beside_in(first, schemas::PURSE).cash;
  if (sale.item_size() != wanted.line_size() || sale.part_size() != wanted.part_size() ||
      ledger::entering_minor(first, schemas::TIP) != wanted.tip_minor() ||
      (sale.meals() > 0) != (wanted.tender() == "meal") ||
      (by_purse && cash != wanted.cash_minor())) {
    return false;
  }
  for (int i = 0; i < sale.item_size(); ++i) {
    const auto* item = ledger::find_item(festival, wanted.line(i).sku());
    if (item == nullptr || item->number() != sale.item(i) ||
        wanted.line(i).quantity() != sale.quantity(i)) {
      return false;
    }
  }
  if (sale.voucher_size() != wanted.voucher_size()) return false;
  for (int i = 0; i < sale.voucher_size(); ++i) {
    const auto code = ledger::decode_code(wanted.voucher(i));
    if (!code || !sale.voucher(i).starts_with(code->body())) return false;
  }
  for (int i = 0; i < sale.part_size(); ++i) {
    const std::string prefix = ledger::hex(sale.part(i));
    if (!prefix.starts_with(lower(wanted.part(i)).substr(0, prefix.size()))) return false;
  }
  return true;
}

bool same_issue(const OperateRequest& request, const schemas::Event& first) {
  schemas::VoucherIssued issued;
  if (!request.has_issue_vouchers() || !issued.ParseFromString(first.payload())) return false;
  const auto& wanted = request.issue_vouchers();
  const std::string tender = !wanted.gift().empty()      ? std::string(ledger::gift_mark)
                             : wanted.tender() == "cash" ? std::string()
                                                         : wanted.tender();
  return first.posting_size() == static_cast<int>(wanted.count()) &&
         first.posting(0).amount_minor() == wanted.amount_minor() &&
         first.posting(0).from_id() == tender && issued.zone() == wanted.zone() &&
         issued.stand() == wanted.stand() && issued.reason() == wanted.gift();
}

bool same_shift(const OperateRequest& request, const schemas::Event& first) {
  const auto& wanted = request.shift();
  schemas::ShiftOpened opened;
  schemas::ShiftClosed closed;
  schemas::CashDrop drop;
  if (wanted.action() == "open") {
    return first.kind() == schemas::KIND_SHIFT_OPENED && opened.ParseFromString(first.payload()) &&
           opened.float_minor() == wanted.amount_minor();
  }
  if (wanted.action() == "close") {
    return first.kind() == schemas::KIND_SHIFT_CLOSED && closed.ParseFromString(first.payload()) &&
           closed.counted_minor() == wanted.amount_minor();
  }
  return wanted.action() == "drop" && first.kind() == schemas::KIND_CASH_DROP &&
         drop.ParseFromString(first.payload()) && drop.amount_minor() == wanted.amount_minor() &&
         drop.bag() == wanted.bag();
}

// The device that sealed a count reads it with its own key; who counted is not looked at, nor which
// sheet: a repeated request belongs to the one it was first made for.
bool same_count(const OperateRequest& request, const schemas::Event& first,
                const schemas::Festival& festival, const ledger::DeviceIdentity& identity) {
  schemas::SealedCount sealed;
  if (!request.has_count() || !sealed.ParseFromString(first.payload())) return false;
  const auto& wanted = request.count();
  const std::string& own = ledger::holder_of(identity.certificate);
  const auto counted = ledger::read_own_count(identity, sealed);
  if (!counted || counted->item_size() != wanted.line_size() ||
      sealed.holder() != (wanted.holder().empty() ? own : wanted.holder()) ||
      (sealed.of() == schemas::OPENING) != (wanted.of() == "opening")) {
    return false;
  }
  for (int i = 0; i < wanted.line_size(); ++i) {
    const auto& line = wanted.line(i);
    const auto* item = ledger::find_item(festival, line.sku());
    if (item == nullptr || item->number() != counted->item(i)) return false;
    const auto units = ledger::units_of(*item, {line.sku(), line.quantity(), line.pack()});
    if (!units || *units != counted->counted(i)) return false;
  }
  return true;
}

// The sheet of the same device: this one's own, or a lost till's.
bool same_closing(const OperateRequest& request, const schemas::Event& first,
                  ledger::State& state) {
  schemas::SheetClosed closed;
  if (!request.has_close_sheet() || !closed.ParseFromString(first.payload())) return false;
  const std::string& device = request.close_sheet().device();
  if (closed.log().empty() || device.empty()) return closed.log().empty() && device.empty();
  for (const auto& [number, log] : state.custody().logs()) {
    if (ledger::view(log.id) == closed.log()) return log.alias == device;
  }
  return false;
}

Result<ledger::Plan> plan_count(const RequestParts& parts, ledger::State& state,
                                const ledger::DeviceIdentity& identity) {
  const auto& count = parts.request.count();
  ledger::CountIntent intent;
  if (count.of() != "opening" && count.of() != "closing") {
    return Error{Errc::bad_input, "a count is \"opening\" or \"closing\""};
  }
  intent.holder = count.holder();
  intent.of = count.of() == "opening" ? schemas::OPENING : schemas::CLOSING;
  intent.lines = basket_of(count.line());
  intent.person = parts.staff;
  intent.salt = parts.salt;
  return ledger::plan_count(state, identity, intent);
}

Result<ledger::Plan> plan_sell(const RequestParts& parts,
                               const std::optional<ledger::BandReading>& band, ledger::State& state,
                               const ledger::DeviceView& device) {
  const auto& sell = parts.request.sell();
  if (sell.tender() != "cash" && sell.tender() != "purse" && sell.tender() != "meal") {
    return Error{Errc::bad_input, "a tender is \"cash\", \"purse\" or \"meal\""};
  }
  ledger::SaleTerms terms;
  terms.tip_minor = sell.tip_minor();
  terms.tip_confirmed = sell.tip_confirmed();
  terms.age_checked = sell.age_checked();
  terms.meal = sell.tender() == "meal";
  terms.cash_minor = sell.cash_minor();
  terms.part_minor = sell.part_minor();
  terms.parts = parts.paid;
  for (const auto& code : sell.voucher()) terms.vouchers.push_back(code);
  terms.rest_forfeited = sell.rest_forfeited();
  return ledger::plan_sale(state, device, basket_of(sell.line()), band, terms);
}

Result<ledger::Plan> plan_shift(const schemas::ShiftRequest& shift, ledger::State& state,
                                const ledger::DeviceView& device) {
  if (shift.action() == "open") return ledger::plan_open_shift(state, device, shift.amount_minor());
  if (shift.action() == "close") {
    return ledger::plan_close_shift(state, device, shift.amount_minor());
  }
  if (shift.action() == "drop") {
    return ledger::plan_cash_drop(state, device, shift.amount_minor(), shift.bag());
  }
  return Error{Errc::bad_input, "a shift is opened, closed or dropped from"};
}

Result<ledger::Plan> plan_stock(const schemas::StockRequest& stock, ledger::State& state,
                                const ledger::DeviceView& device) {
  ledger::StockIntent intent;
  for (const auto& row : stock_actions) {
    if (stock.action() == row.name) intent.action = row.what;
  }
  intent.lines = basket_of(stock.line());
  intent.to = stock.to();
  intent.dispatch = lower(stock.dispatch());
  intent.reference = stock.reference();
  intent.reason = stock.reason();
  return ledger::plan_stock(state, device, intent);
}

}  // namespace

std::optional<Action> action_of(const OperateRequest& request) {
  switch (request.body_case()) {
    case OperateRequest::kSell: return Action::sell;
    case OperateRequest::kTopUp: return Action::top_up;
    case OperateRequest::kRefund: return Action::refund;
    case OperateRequest::kBalance: return Action::balance;
    case OperateRequest::kVoidSale: return Action::void_sale;
    case OperateRequest::kGift: return Action::gift;
    case OperateRequest::kBlock: return Action::block_band;
    case OperateRequest::kReplace: return Action::replace_band;
    case OperateRequest::kGiveBack: return Action::give_back;
    case OperateRequest::kIssueVouchers: return Action::issue_vouchers;
    case OperateRequest::kRevoke: return Action::revoke;
    case OperateRequest::kApply: return Action::apply_festival;
    case OperateRequest::kCount: return Action::stock_count;
    case OperateRequest::kCloseSheet: return Action::stock_close;
    case OperateRequest::kShift: return Action::shift;
    case OperateRequest::kStock:
      for (const auto& row : stock_actions) {
        if (request.stock().action() == row.name) return row.action;
      }
      return std::nullopt;
    default: return std::nullopt;
  }
}

bool needs_band(const OperateRequest& request) {
  return request.has_top_up() || request.has_refund() || request.has_gift() ||
         request.has_replace() || (request.has_sell() && request.sell().tender() != "cash") ||
         (request.has_give_back() && request.give_back().tender() != "cash");
}

Result<ledger::Plan> plan_request(const RequestParts& parts,
                                  const std::optional<ledger::BandReading>& band,
                                  ledger::State& state, const ledger::DeviceIdentity& identity,
                                  const ledger::DeviceView& device) {
  const OperateRequest& request = parts.request;
  switch (request.body_case()) {
    case OperateRequest::kSell: return plan_sell(parts, band, state, device);
    case OperateRequest::kTopUp:
      return ledger::plan_top_up(state, device, request.top_up().amount_minor(),
                                 request.top_up().tender(), *band);
    case OperateRequest::kRefund: return ledger::plan_refund(state, device, *band);
    case OperateRequest::kGift:
      return ledger::plan_gift(
          state, device,
          {request.gift().amount_minor(), request.gift().meals(), request.gift().reason()}, *band);
    case OperateRequest::kBlock:
      return ledger::plan_block(state, device, request.block().purse(), request.block().reason());
    case OperateRequest::kReplace:
      return ledger::plan_replacement(state, device, request.replace().purse(),
                                      request.replace().reason(), *band);
    case OperateRequest::kGiveBack:
      return ledger::plan_return(state, device, basket_of(request.give_back().line()), band,
                                 parts.salt);
    case OperateRequest::kIssueVouchers: {
      const auto& issue = request.issue_vouchers();
      return ledger::plan_issue_vouchers(
          state, identity, device,
          {issue.amount_minor(), issue.count(), issue.zone(), issue.stand(), issue.tender(),
           issue.gift(), parts.intent});
    }
    case OperateRequest::kVoidSale:
      return ledger::plan_void(state, device, *parts.sale, request.void_sale().reason());
    case OperateRequest::kStock: return plan_stock(request.stock(), state, device);
    case OperateRequest::kCount: return plan_count(parts, state, identity);
    case OperateRequest::kCloseSheet:
      return request.close_sheet().device().empty()
                 ? ledger::plan_close_sheet(state, device)
                 : ledger::plan_close_sheet_of(state, device, request.close_sheet().device(),
                                               parts.logs);
    case OperateRequest::kShift: return plan_shift(request.shift(), state, device);
    case OperateRequest::kRevoke:
      return ledger::plan_revocation(state, device, request.revoke().alias(),
                                     request.revoke().reason(), parts.logs);
    case OperateRequest::kApply: {
      schemas::SignedFestival approved;
      if (!approved.ParseFromString(request.apply().approved())) {
        return Error{Errc::bad_input, "the approved settings cannot be read"};
      }
      return ledger::plan_festival(state, device, approved);
    }
    default: return Error{Errc::bad_input, "this request is not known"};
  }
}

// Whether a repeated intent asks for what its first event did.
bool same_content(const OperateRequest& request, const schemas::Event& first, ledger::State& state,
                  const ledger::DeviceIdentity& identity) {
  const schemas::Festival& festival = *state.festival();
  switch (first.kind()) {
    case schemas::KIND_SALE:
    case schemas::KIND_SALE_PREPARED:
      return request.has_sell() && same_sale(request.sell(), first, festival);
    case schemas::KIND_TOP_UP_PREPARED:
      return request.has_top_up() && first.posting_size() == 1 &&
             first.posting(0).amount_minor() == request.top_up().amount_minor();
    case schemas::KIND_REFUND_PREPARED: return request.has_refund();
    case schemas::KIND_CASH_VOID: {
      schemas::CashVoid target;
      return request.has_void_sale() && target.ParseFromString(first.payload()) &&
             names_sale(request.void_sale(), target.sale());
    }
    case schemas::KIND_GRANT: {
      schemas::Grant grant;
      if (!grant.ParseFromString(first.payload())) return false;
      if (grant.source() == schemas::GRANT_VOID) {
        return request.has_void_sale() && names_sale(request.void_sale(), grant.source_id());
      }
      if (grant.source() == schemas::GRANT_REPLACEMENT) {
        return request.has_replace() && grant.purse() == purse_on(request.band()) &&
               ledger::replaced_purse(grant, first) == request.replace().purse();
      }
      return request.has_gift() && grant.purse() == purse_on(request.band()) &&
             grant.meals() == request.gift().meals() &&
             ledger::entering_minor(first, schemas::PURSE) == request.gift().amount_minor();
    }
    case schemas::KIND_PURSE_BLOCK: {
      schemas::PurseBlock block;
      return block.ParseFromString(first.payload()) &&
             (request.has_replace() ? request.replace().purse() : request.block().purse()) ==
                 block.purse();
    }
    case schemas::KIND_VOUCHER_ISSUED: return same_issue(request, first);
    case schemas::KIND_DEPOSIT_RETURN: return same_return(request, first, festival);
    case schemas::KIND_STOCK: return same_stock(request, first, festival);
    case schemas::KIND_COUNT_SEALED: return same_count(request, first, festival, identity);
    case schemas::KIND_SHEET_CLOSED: return same_closing(request, first, state);
    case schemas::KIND_SHIFT_OPENED:
    case schemas::KIND_SHIFT_CLOSED:
    case schemas::KIND_CASH_DROP: return same_shift(request, first);
    case schemas::KIND_REVOCATION: return request.has_revoke();
    case schemas::KIND_FESTIVAL: return request.has_apply();
    default: return false;
  }
}

}  // namespace verbena::node
