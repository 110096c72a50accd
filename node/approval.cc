// SPDX-License-Identifier: Apache-2.0
#include "node/approval.h"

#include "ledger/core/event.h"
#include "ledger/core/money.h"
#include "ledger/state/approvals.h"
#include "ledger/state/state.h"
#include "schemas/stock.pb.h"

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Result;

namespace {

Result<schemas::Event> event_of(const schemas::ApprovalRequest& request) {
  schemas::Event event;
  const bool readable = event.ParseFromString(request.event());
  const auto log = ledger::fixed<32>(request.log());
  if (!readable || !log || request.event().size() > ledger::event_bytes_max) {
    return Error{Errc::bad_input, "this is no request for an approval"};
  }
  return event;
}

// What somebody else wrote, on one line and without control characters.
std::string plain(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = '?';
  }
  return text;
}

// What is said to an approver, in one language.
struct Words {
  bool spanish;
  const schemas::Festival* festival;  // null: no settings are known
  std::string operator()(const char* en, const char* es) const { return spanish ? es : en; }

  std::string money(std::uint64_t minor) const {
    if (festival == nullptr) {
      return std::to_string(minor) + (*this)(" minor units", " unidades mínimas");
    }
    return festival->currency() + " " + ledger::format_decimal(minor, festival->scale());
  }
  std::string meals(std::uint32_t count) const {
    if (count == 0) return {};
    return (*this)("\n  crew meals: ", "\n  comidas de equipo: ") + std::to_string(count);
  }
  std::string goods(std::uint32_t number, std::uint64_t quantity) const {
    const auto* item = festival ? ledger::find_item(*festival, number) : nullptr;
    return std::to_string(quantity) + " x " +
           (item ? item->sku() : (*this)("item no. ", "artículo n.º ") + std::to_string(number));
  }
};

std::string what(const schemas::Event& event, const Words& word) {
  schemas::StockNote note;
  schemas::CashVoid cash_void;
  schemas::Grant grant;
  schemas::CashDrop drop;
  schemas::VoucherIssued vouchers;
  schemas::SheetClosed closed;
  switch (event.kind()) {
    case schemas::KIND_CASH_VOID:
      if (!cash_void.ParseFromString(event.payload())) break;
      return word("void of a cash sale, reason: ", "anulación de una venta en efectivo, motivo: ") +
             plain(cash_void.reason());
    case schemas::KIND_GRANT:
      if (!grant.ParseFromString(event.payload())) break;
      if (grant.source() == schemas::GRANT_GIFT) {
        return word("a gift for a band, reason: ", "un regalo a una pulsera, motivo: ") +
               plain(grant.reason()) + word.meals(grant.meals());
      }
      if (const auto old = ledger::replaced_purse(grant, event); old != 0) {
        return word("what is on the lost band ", "lo que hay en la pulsera perdida ") +
               ledger::hex_u64(old) + word(" goes to the band ", " pasa a la pulsera ") +
               ledger::hex_u64(grant.purse()) + word(", reason: ", ", motivo: ") +
               plain(grant.reason()) + word.meals(grant.meals());
      }
      return word("value back to a band, reason: ", "devolución a una pulsera, motivo: ") +
             plain(grant.reason());
    case schemas::KIND_VOUCHER_ISSUED:
      if (!vouchers.ParseFromString(event.payload())) break;
      return word("vouchers given away, reason: ", "vales regalados, motivo: ") +
             plain(vouchers.reason()) + word("\n  where: ", "\n  dónde: ") +
             (vouchers.zone().empty() && vouchers.stand().empty()
                  ? word("the whole festival", "todo el festival")
                  : plain(vouchers.zone() + vouchers.stand()));
    case schemas::KIND_STOCK:
      if (!note.ParseFromString(event.payload())) break;
      return word("goods from a supplier, delivery note: ", "género de un proveedor, albarán: ") +
             plain(note.reference());
    case schemas::KIND_CASH_DROP:
      if (!drop.ParseFromString(event.payload())) break;
      return word("cash for the bank: ", "efectivo al banco: ") + word.money(drop.amount_minor()) +
             word(", bag ", ", saca ") + plain(drop.bag());
    case schemas::KIND_SHEET_CLOSED:
      if (!closed.ParseFromString(event.payload())) break;
      return word("the end of a lost till's sheet ", "el cierre de la hoja de una caja perdida ") +
             std::to_string(closed.sheet()) + word(", at event ", ", en el evento ") +
             std::to_string(closed.size());
    default: break;
  }
  return word("an event of kind ", "un evento de tipo ") + std::to_string(event.kind());
}

}  // namespace

Result<schemas::ApprovalRequest> parse_approval_request(const std::string& bytes) {
  schemas::ApprovalRequest out;
  if (!out.ParseFromString(bytes)) {
    return Error{Errc::bad_input, "this is no request for an approval"};
  }
  if (auto event = event_of(out); !event) return event.error();
  return out;
}

std::string approval_sentence(const schemas::ApprovalRequest& request, bool spanish,
                              const schemas::Festival* festival) {
  const auto event = event_of(request);
  if (!event) return {};
  const Words word{spanish, festival};
  std::string out = plain(request.device()) + ": " + what(*event, word);
  for (const auto& posting : event->posting()) {
    out += word("\n  amount: ", "\n  importe: ") + word.money(posting.amount_minor());
  }
  for (const auto& move : event->move()) {
    for (int i = 0; i < move.item_size() && i < move.quantity_size(); ++i) {
      out += "\n  " + word.goods(move.item(i), move.quantity(i));
    }
  }
  return out;
}

Result<schemas::Approval> sign_approval(const schemas::ApprovalRequest& request,
                                        const ledger::SigningKey& key) {
  auto event = event_of(request);
  if (!event) return event.error();
  return ledger::approve(*event, request.festival(), *ledger::fixed<32>(request.log()),
                         request.size(), key);
}

ledger::Status approve_intent(schemas::OperateRequest& intent, const schemas::Refused& refused,
                              std::span<const ledger::SigningKey* const> keys) {
  auto request = parse_approval_request(refused.request());
  if (!request) return request.error();
  intent.clear_approval();
  for (const auto* key : keys) {
    auto approval = sign_approval(*request, *key);
    if (!approval) return approval.error();
    *intent.add_approval() = approval.take();
  }
  return ledger::done();
}

}  // namespace verbena::node
