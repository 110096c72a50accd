// SPDX-License-Identifier: Apache-2.0
#include "node/http/till.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "ledger/core/event.h"
#include "ledger/state/voucher_book.h"
#include "ledger/stock/counts.h"
#include "ledger/vouchers.h"
#include "node/http/count_json.h"
#include "node/staff_band.h"
#include "node/terminal.h"
#include "node/voucher_text.h"

namespace verbena::node::http {

using ledger::Errc;
using ledger::Error;
using ledger::Result;
using nlohmann::json;  // for what comes in: many keys cost it little
using nlohmann::ordered_json;
using schemas::OperateReply;
using schemas::OperateRequest;

namespace {

constexpr std::uint32_t quantity_max = 10'000;
constexpr std::size_t parts_max = 16;
constexpr std::uint32_t counted_max = 10'000'000;
constexpr std::uint64_t amount_minor_max = std::uint64_t{1} << 53;

// What a request says, field by field; the first wrong one is named.
class Body {
 public:
  explicit Body(const std::string& text) : json_(json::parse(text, nullptr, false)) {
    if (!json_.is_object()) problem_ = "the body is no JSON object";
  }
  bool good() const { return problem_.empty(); }
  Error error() const { return {Errc::bad_input, problem_}; }

  std::string text(const char* name) {
    const auto found = find(name);
    if (found == nullptr || !found->is_string()) return wrong(name, "a text"), std::string();
    return found->get<std::string>();
  }
  std::uint64_t intent() {
    const std::string digits = text("intent");
    std::uint64_t out = 0;
    const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    if (failed != std::errc() || end != digits.data() + digits.size() || out == 0) {
      wrong("intent", "a decimal number as a text, from 1 to 2^64 - 1");
    }
    return out;
  }
  std::uint64_t whole(const json* value, const char* name, std::uint64_t max) {
    if (value == nullptr || !value->is_number_unsigned() || value->get<std::uint64_t>() > max) {
      return wrong(name, "a whole number from 0 to " + std::to_string(max)), 0;
    }
    return value->get<std::uint64_t>();
  }
  std::uint64_t amount(const char* name) {  // absent: 0
    const auto* found = find(name);
    return found == nullptr ? 0 : whole(found, name, amount_minor_max);
  }
  bool yes(const char* name) {
    const auto* found = find(name);
    if (found != nullptr && !found->is_boolean()) wrong(name, "true or false");
    return found != nullptr && found->is_boolean() && found->get<bool>();
  }
  const json* find(const char* name) const {
    if (!json_.is_object()) return nullptr;
    const auto found = json_.find(name);
    return found == json_.end() ? nullptr : &*found;
  }
  void wrong(const std::string& name, const std::string& wanted) {
    if (problem_.empty()) problem_ = "\"" + name + "\" must be " + wanted;
  }

 private:
  json json_;
  std::string problem_;
};

template <typename Request>
void read_lines(Body& body, std::size_t lines_max, std::uint64_t most, Request& request) {
  const auto* lines = body.find("lines");
  if (lines == nullptr || !lines->is_array() || lines->size() > lines_max) {
    return body.wrong("lines", "a list of up to " + std::to_string(lines_max));
  }
  for (const auto& line : *lines) {
    const auto sku = line.is_object() ? line.find("sku") : line.end();
    if (!line.is_object() || sku == line.end() || !sku->is_string()) {
      return body.wrong("sku", "a text");
    }
    auto* out = request.add_line();
    out->set_sku(sku->get<std::string>());
    const auto quantity = line.find("quantity");
    out->set_quantity(static_cast<std::uint32_t>(
        body.whole(quantity == line.end() ? nullptr : &*quantity, "quantity", most)));
  }
}

void read_parts(Body& body, schemas::SellRequest& request) {
  const auto* parts = body.find("parts");
  if (parts == nullptr) return;
  if (!parts->is_array() || parts->size() > parts_max) {
    return body.wrong("parts", "a list of up to " + std::to_string(parts_max));
  }
  for (const auto& part : *parts) {
    if (!part.is_string()) return body.wrong("parts", "a list of event ids");
    request.add_part(part.get<std::string>());
  }
}

void read_vouchers(Body& body, schemas::SellRequest& request) {
  const auto* vouchers = body.find("vouchers");
  if (vouchers == nullptr) return;
  const auto wrong = [&] { body.wrong("vouchers", "a list of up to 16 codes as scanned"); };
  if (!vouchers->is_array() || vouchers->size() > ledger::vouchers_per_sale_max) return wrong();
  for (const auto& text : *vouchers) {
    if (!text.is_string()) return wrong();
    // What is no code is the customer's voucher that is not good, not a request that is not.
    auto code = voucher_from_text(text.get<std::string>());
    request.add_voucher(code ? code.take() : ledger::Bytes());
  }
}

Result<OperateRequest> read_request(const std::string& intent, const std::string& text) {
  OperateRequest out;
  Body body(text);
  if (intent != "balance") out.set_intent(body.intent());
  if (intent == "sell") {
    const std::string tender = body.text("tender");
    if (tender != "cash" && tender != "purse" && tender != "meal") {
      body.wrong("tender", "\"cash\", \"purse\" or \"meal\"");
    }
    out.mutable_sell()->set_tender(tender);
    read_lines(body, basket_lines_max, quantity_max, *out.mutable_sell());
    out.mutable_sell()->set_expected_minor(body.amount("expected_minor"));
    out.mutable_sell()->set_tip_minor(body.amount("tip_minor"));
    out.mutable_sell()->set_cash_minor(body.amount("cash_minor"));
    out.mutable_sell()->set_part_minor(body.amount("part_minor"));
    read_parts(body, *out.mutable_sell());
    read_vouchers(body, *out.mutable_sell());
    out.mutable_sell()->set_rest_forfeited(body.yes("rest_forfeited"));
    out.mutable_sell()->set_tip_confirmed(body.yes("tip_confirmed"));
    out.mutable_sell()->set_age_checked(body.yes("age_checked"));
  } else if (intent == "return") {
    const std::string tender = body.text("tender");
    if (tender != "cash" && tender != "purse") body.wrong("tender", "\"cash\" or \"purse\"");
    out.mutable_give_back()->set_tender(tender);
    read_lines(body, basket_lines_max, quantity_max, *out.mutable_give_back());
  } else if (intent == "gift") {
    out.mutable_gift()->set_amount_minor(body.amount("amount_minor"));
    if (const auto* meals = body.find("meals")) {
      out.mutable_gift()->set_meals(
          static_cast<std::uint32_t>(body.whole(meals, "meals", ledger::meals_max)));
    }
    out.mutable_gift()->set_reason(body.text("reason"));
  } else if (intent == "topup") {
    out.mutable_top_up()->set_amount_minor(
        body.whole(body.find("amount_minor"), "amount_minor", amount_minor_max));
    out.mutable_top_up()->set_tender(body.text("tender"));
  } else if (intent == "refund") {
    out.mutable_refund();
  } else if (intent == "balance") {
    out.mutable_balance();
  } else if (intent == "void") {
    out.mutable_void_sale()->set_sale(body.text("sale"));
    out.mutable_void_sale()->set_reason(body.text("reason"));
  } else if (intent == "shift") {
    out.mutable_shift()->set_action(body.text("action"));
    out.mutable_shift()->set_amount_minor(
        body.whole(body.find("amount_minor"), "amount_minor", amount_minor_max));
    if (body.find("bag") != nullptr) out.mutable_shift()->set_bag(body.text("bag"));
  } else if (intent == "count") {
    out.mutable_count()->set_of(body.text("of"));
    read_lines(body, count_lines_max, counted_max, *out.mutable_count());
  } else if (intent == "close-sheet") {
    out.mutable_close_sheet();
  } else {
    return Error{Errc::bad_input, "no intent is called \"" + intent + "\""};
  }
  if (!body.good()) return body.error();
  return out;
}

bool needs_band(const OperateRequest& request) {
  return request.has_balance() || request.has_top_up() || request.has_refund() ||
         request.has_gift() || (request.has_sell() && request.sell().tender() != "cash") ||
         (request.has_give_back() && request.give_back().tender() == "purse");
}

ordered_json done_json(const OperateRequest& request, const schemas::Receipted& done) {
  ordered_json out;
  if (!request.has_balance()) out["id"] = ledger::hex(std::string_view(done.id()));
  if (needs_band(request)) {
    out["purse"] = ledger::hex_u64(done.purse());
    out["counter"] = done.counter();
  }
  if (!request.has_balance()) out["amount_minor"] = done.amount_minor();
  if (needs_band(request)) {
    out["balance_minor"] = done.balance_minor();
    const auto amount =
        static_cast<std::int64_t>(done.amount_minor() - done.cash_minor() - done.crew_minor());
    const bool adds = request.has_top_up() || request.has_gift() || request.has_give_back();
    if (!request.has_balance()) {
      out["balance_before_minor"] = done.balance_minor() + (adds ? -amount : amount);
    }
  }
  if (done.cash_minor() > 0) out["cash_minor"] = done.cash_minor();
  if (done.crew_minor() > 0) out["crew_minor"] = done.crew_minor();
  if (done.voucher_minor() > 0) out["voucher_minor"] = done.voucher_minor();
  if (done.meals_left() > 0 || done.crew_minor() > 0) out["meals_left"] = done.meals_left();
  if (!request.has_balance()) out["state"] = "confirmed";
  return out;
}

}  // namespace

Answer Till::run(const std::string& intent, const std::string& body, const ledger::Caller& caller,
                 Language language) {
  auto request = read_request(intent, body);
  if (!request) return refusal(request.error(), language);
  return operate(request.take(), caller, language);
}

namespace {

// Of several vouchers the seller has to know which one to hand back: "(2/3)", and its number.
Answer with_place(Answer answer, const schemas::SellRequest& sell, const ledger::Ledger& ledger) {
  const std::vector<ledger::Bytes> codes(sell.voucher().begin(), sell.voucher().end());
  if (codes.size() < 2) return answer;
  std::size_t at = codes.size();
  ledger.ask([&](ledger::State& state, const ledger::DeviceView& device) {
    at = ledger::first_refused(state, device.certificate, codes);
  });
  if (at == codes.size()) return answer;  // each is good: it was refused for something else
  ordered_json body = ordered_json::parse(answer.json);
  auto& refused = body["refused"];
  refused["text"] = refused["text"].get<std::string>() + " (" + std::to_string(at + 1) + "/" +
                    std::to_string(codes.size()) + ")";
  refused["voucher"] = at + 1;
  answer.json = body.dump();
  return answer;
}

}  // namespace

// The customer's band in the field. Without a refusal the error's text is the code to answer with.
Result<Till::HeldBand> Till::hold_band() {
  const auto none = [](const char* code) { return Error{Errc::refused, code}; };
  if (reader_ == nullptr) return none("no-band");
  auto held = reader_->hold();
  if (!held || *held == nullptr) {
    return none(reader_->presence().field == Field::several ? "several-bands" : "no-band");
  }
  HeldBand out{held.take(), {}};
  auto image = out.tag->read();
  if (!image && image.error().refusal != ledger::Refusal::none) return image.error();
  if (!image) return none("no-band");
  if (is_staff_band(*image)) return none("not-a-customer-band");
  out.image = image.take();
  return out;
}

Answer Till::operate(OperateRequest request, const ledger::Caller& caller, Language language) {
  std::optional<HeldBand> tag;
  // An intent that was answered before needs no band to be answered again.
  const bool is_known = ledger_.find_intent(request.intent()).has_value();
  if (needs_band(request)) {
    if (auto held = hold_band(); held) {
      tag = held.take();
      request.set_band(tag->image);
    } else if (!is_known) {
      const auto& why = held.error();
      return why.refusal != ledger::Refusal::none ? refusal(why, language)
                                                  : refusal(409, why.text, language);
    }
  }
  if (desk_ != nullptr) desk_->add_approvals(request);
  TapSession session(ledger_, random_, caller, tally_);
  OperateReply reply = session.begin(request);
  while (reply.has_write()) {
    VERBENA_CHECK(tag.has_value());
    auto image = tag->tag->write(reply.write());
    // A band that left: the session says so, and the same intent completes the sale later.
    reply = session.wrote(image ? *image : std::string());
  }
  if (reply.has_refused()) {
    const bool ask = desk_ != nullptr && !reply.refused().request().empty();
    return ask ? desk_->ask(request.intent(), reply.refused(), language)
               : with_place(refusal(reply.refused(), language), request.sell(), ledger_);
  }
  if (desk_ != nullptr) desk_->settled(request.intent());
  ordered_json out = done_json(request, reply.done());
  if (request.has_shift() && request.shift().action() == "close") {
    const auto closed = ledger::fixed<32>(reply.done().id()).value_or(ledger::Hash{});
    ledger_.ask([&](ledger::State& state, const ledger::DeviceView&) {
      out["over_minor"] = over_json(state, closed);
    });
  }
  return {200, out.dump()};
}

namespace {

// What is lent with one of them.
std::uint64_t deposit_minor(const schemas::Festival& festival, const schemas::Item& item) {
  std::uint64_t out = item.part_size() > 0 ? 0 : item.deposit_minor();
  for (const auto& part : item.part()) {
    const auto* lent = ledger::find_item(festival, part.item());
    if (lent != nullptr) out += lent->deposit_minor() * part.quantity();
  }
  return out;
}

}  // namespace

Answer Till::catalogue(Language language) {
  ordered_json out;
  bool sells = false;
  ledger_.ask([&](ledger::State& state, const ledger::DeviceView& device) {
    sells = !device.certificate.stand.empty();
    const auto* festival = state.festival();
    const auto* stand =
        festival ? ledger::find_stand(*festival, device.certificate.stand) : nullptr;
    if (stand == nullptr) return;
    out["version"] = festival->version();
    out["items"] = ordered_json::array();
    for (const auto number : stand->item()) {
      const auto* item = ledger::find_item(*festival, number);
      if (item == nullptr || item->retired()) continue;
      ordered_json names = ordered_json::object();
      for (const auto& name : item->name()) names[name.language()] = name.text();
      out["items"].push_back({{"sku", item->sku()},
                              {"name", std::move(names)},
                              {"price_minor", item->price_minor()},
                              {"unit", item->unit()},
                              {"age_min", item->age_min()},
                              {"deposit_minor", deposit_minor(*festival, *item)},
                              {"meal", item->meal()}});
    }
  });
  if (out.is_null()) {
    return refusal(ledger::refuse(sells ? ledger::Refusal::not_ready : ledger::Refusal::not_here,
                                  "this device has no stand to sell at"),
                   language);
  }
  return {200, out.dump()};
}

// What there is to count at this stand and how far its sheet, count and shift have come. No figure
// from which what should lie there follows: counts are blind.
Answer Till::stock() {
  ordered_json out{{"items", ordered_json::array()},
                   {"sheet", nullptr},
                   {"counters", ordered_json::array()},
                   {"recount", ordered_json::array()},
                   {"waits_for", ordered_json::array()},
                   {"opening", nullptr},
                   {"closing", nullptr},
                   {"shift", nullptr}};
  ledger_.ask([&](ledger::State& state, const ledger::DeviceView& device) {
    const auto* festival = state.festival();
    if (festival == nullptr) return;
    const std::string& holder = ledger::holder_of(device.certificate);
    const auto& custody = state.custody();
    const std::uint32_t current = custody.current_sheet(holder);
    out["sheet"] = custody.sheet_of(device.certificate.hash, holder);
    out["to_count"] = current > 1 ? ordered_json(current - 1) : ordered_json(nullptr);
    out["opening"] = count_json(state, holder, current, schemas::OPENING);
    if (current > 1) {
      out["closing"] = count_json(state, holder, current - 1, schemas::CLOSING);
      out["waits_for"] = waits_for_json(state, holder, current - 1);
    }
    const auto sold = sold_items(*festival, device.certificate.stand);
    for (const auto& item : festival->item()) {
      if (item.part_size() > 0 || item.retired()) continue;
      ordered_json names = ordered_json::object(), packs = ordered_json::object();
      for (const auto& name : item.name()) names[name.language()] = name.text();
      for (const auto& pack : item.pack()) packs[pack.name()] = pack.units();
      out["items"].push_back({{"sku", item.sku()},
                              {"name", std::move(names)},
                              {"unit", item.unit()},
                              {"packs", std::move(packs)},
                              {"here", sold.contains(item.number())}});
    }
    const auto result = ledger::counted(custody, holder, current - 1, schemas::CLOSING);
    out["counters"] = result.sealed_by;
    for (const auto& [number, figure] : result.items) {
      const auto* item = ledger::find_item(*festival, number);
      if (item != nullptr && !figure.units) out["recount"].push_back(item->sku());
    }
    const auto& own = device.log(ledger::LogClass::trade).id;
    if (const auto shift = custody.open_shift(device.certificate.hash, own)) {
      out["shift"] = {{"person", shift->person}, {"float_minor", shift->float_minor}};
    }
  });
  return {200, out.dump()};
}

// One row of the list; empty where the event is no sale that counts.
ordered_json Till::sale_row(const ledger::LogSummary& log, std::uint64_t index) {
  auto bytes = ledger_.event_bytes(log.name, index);
  schemas::Event event;
  schemas::Sale sale;
  if (!bytes || !ledger::parse_event(*bytes, event)) return {};
  const bool by_band = event.kind() == schemas::KIND_SALE_PREPARED;
  if ((!by_band && event.kind() != schemas::KIND_SALE) || !sale.ParseFromString(event.payload())) {
    return {};
  }
  const ledger::Hash id = ledger::leaf_hash(*bytes);
  std::uint64_t amount = 0;
  for (const auto& posting : event.posting()) {
    const bool forfeited =
        posting.to() == schemas::OUTSIDE && posting.to_id() == ledger::forfeit_mark;
    if (!forfeited) amount += posting.amount_minor();
  }
  bool counts = true, voided = false, open_part = false;
  ordered_json lines = ordered_json::array();
  ledger_.ask([&](ledger::State& state, const ledger::DeviceView&) {
    const auto* festival = state.festival();
    for (int i = 0; i < sale.item_size() && i < sale.quantity_size(); ++i) {
      const auto* item = festival ? ledger::find_item(*festival, sale.item(i)) : nullptr;
      lines.push_back({{"sku", item ? item->sku() : ""}, {"quantity", sale.quantity(i)}});
    }
    const std::uint64_t purse = event.step().purse();
    counts = !by_band || state.purse(purse).posted_ids.contains(id);
    voided = by_band ? state.granted(purse, schemas::GRANT_VOID, ledger::view(id))
                     : state.cash_voided(log.id, index);
    open_part = sale.item_size() == 0 && counts && !voided && !state.part_taken(id);
  });
  if (!counts) return {};
  const char* tender = sale.voucher_size() > 0 ? "voucher"
                       : !by_band              ? "cash"
                       : sale.meals() > 0      ? "meal"
                                               : "purse";
  return {{"id", ledger::hex(id)},  {"at_ms", event.hlc() >> 16}, {"tender", tender},
          {"amount_minor", amount}, {"lines", std::move(lines)},  {"open_part", open_part},
          {"voided", voided}};
}

Answer Till::sales() {
  std::vector<ledger::LogSummary> lives;
  for (const auto& log : ledger_.logs()) {
    if (log.name.certificate == ledger_.identity()->certificate.hash &&
        log.name.log_class == ledger::LogClass::trade) {
      lives.push_back(log);
    }
  }
  std::sort(lives.begin(), lives.end(),
            [](const auto& a, const auto& b) { return a.head.hlc > b.head.hlc; });
  ordered_json out;
  auto& sales = out["sales"] = ordered_json::array();
  std::size_t looked = 0;
  for (const auto& log : lives) {
    for (std::uint64_t left = log.head.size; left > 0; --left) {
      if (sales.size() >= sales_listed_max || ++looked > events_looked_at_max) break;
      if (auto row = sale_row(log, left - 1); !row.is_null()) sales.push_back(std::move(row));
    }
  }
  return {200, out.dump()};
}

}  // namespace verbena::node::http
