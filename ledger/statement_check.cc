// SPDX-License-Identifier: Apache-2.0
// Computes a stand's figures again from a statement's own events.
#include <algorithm>

#include "ledger/core/merkle.h"
#include "ledger/proof.h"
#include "ledger/proof_chain.h"
#include "ledger/statement.h"
#include "ledger/wire.h"

namespace verbena::ledger {

namespace {

using Place = std::pair<std::uint32_t, std::uint64_t>;  // log, index

Error refuted(const std::string& why) {
  return {Errc::bad_signature, "statement: " + why};
}

schemas::Festival terms_of(const schemas::Statement& statement) {
  schemas::Festival out;
  out.set_currency(statement.currency());
  out.set_scale(statement.scale());
  auto* stand = out.add_stand();
  stand->set_name(statement.stand());
  stand->set_commission_basis_points(statement.commission_basis_points());
  stand->set_hold_back_basis_points(statement.hold_back_basis_points());
  for (const auto& told : statement.item()) {
    auto* item = out.add_item();
    item->set_number(told.number());
    item->set_sku(told.sku());
    item->set_price_minor(told.price_minor());
  }
  return out;
}

template <typename Places>
std::set<Place> places(const Places& told) {
  std::set<Place> out;
  for (const auto& place : told) out.insert({place.log(), place.index()});
  return out;
}

// The facts of the stand's own logs, by their own word and what the statement adds to it.
class OwnFold {
 public:
  OwnFold(const schemas::Statement& statement, const std::vector<StatementCheck::Log>& logs,
          const std::vector<Certificate>& authors)
      : statement_(statement),
        left_out_(places(statement.not_counted())),
        counted_(places(statement.counted())) {
    for (std::size_t i = 0; i < logs.size(); ++i) {
      fold(static_cast<std::uint32_t>(i), logs[i].name, authors[i]);
    }
    for (const auto& boundary : statement.boundary()) {
      if (boundary.log() >= logs.size()) continue;
      facts_.custody.note_foreign_boundary(logs[boundary.log()].name.id(), boundary.sheet(),
                                           boundary.size());
    }
    for (const auto& [place, target] : facts_.custody.voids()) {
      if (target.cash) continue;
      if (const auto sale = ids_.find(target.sale); sale != ids_.end()) {
        facts_.grants[place] = sale->second;
      }
    }
    facts_.festival = std::make_shared<const schemas::Festival>(terms_of(statement));
  }
  StockFacts take() { return std::move(facts_); }

 private:
  void fold(std::uint32_t number, const LogName& name, const Certificate& author) {
    const schemas::StatementLog& log = statement_.log(static_cast<int>(number));
    CustodyLog own;
    own.id = name.id();
    own.name = name;
    own.alias = author.alias;
    own.holder = holder_of(author);
    own.role = author.role;
    if (statement_.device(static_cast<int>(log.device())).revoked()) {
      facts_.revoked.insert(author.alias);
    }
    std::map<std::uint64_t, std::string> staff;  // by the index of a Context
    std::set<std::uint64_t> steps, confirmed;
    schemas::Event event;
    for (int i = 0; i < log.event_size(); ++i) {
      const auto index = static_cast<std::uint64_t>(i);
      if (log.event(i).empty() || !parse_event(log.event(i), event)) continue;
      const Hash id = leaf_hash(log.event(i));
      if (event.has_step() && event.kind() != schemas::KIND_GRANT) {
        ids_[id] = {number, index};
        steps.insert(index);
      }
      schemas::Context context;
      if (event.kind() == schemas::KIND_CONTEXT && context.ParseFromString(event.payload())) {
        staff[index] = context.staff();
      }
      note_confirmed(event, index, confirmed);
      if (left_out_.contains({number, index})) continue;
      const auto named = event.context() == 0 ? staff.end() : staff.find(event.context() - 1);
      const bool by_staff = named != staff.end() && !named->second.empty();
      const std::string& person = by_staff                ? named->second
                                  : author.person.empty() ? author.alias
                                                          : author.person;
      schemas::Grant grant;
      std::uint64_t purse = event.has_step() ? event.step().purse() : 0;
      if (event.kind() == schemas::KIND_GRANT && grant.ParseFromString(event.payload())) {
        purse = grant.purse();
      }
      const bool elsewhere =
          event.kind() == schemas::KIND_OPENED && name.log_class != LogClass::trade;
      if (!elsewhere) {
        facts_.custody.note(number, own, {own.id, index}, id, event, purse, person);
      }
      facts_.custody.set_posted(number, index, !steps.contains(index));
    }
    for (const std::uint64_t index : steps) {
      const bool counts = confirmed.contains(index) || counted_.contains({number, index});
      facts_.custody.set_posted(number, index, counts);
    }
  }

  static void note_confirmed(const schemas::Event& event, std::uint64_t index,
                             std::set<std::uint64_t>& confirmed) {
    schemas::Confirmed told;
    const bool confirms = event.kind() == schemas::KIND_SALE_CONFIRMED ||
                          event.kind() == schemas::KIND_REFUND_CONFIRMED ||
                          event.kind() == schemas::KIND_TOP_UP_CONFIRMED;
    if (confirms && told.ParseFromString(event.payload()) && told.prepared() < index) {
      confirmed.insert(told.prepared());
    }
  }

  const schemas::Statement& statement_;
  const std::set<Place> left_out_, counted_;
  std::map<Hash, Place> ids_;  // of purse events
  StockFacts facts_;
};

// What receivers said, and that nobody did, is stated: their events are not the stand's.
void add_arrivals(const schemas::Statement& statement, std::vector<SentGoods>& sent) {
  for (auto& goods : sent) {
    goods.answered = goods.overdue = false;
    for (auto& [item, units] : goods.items) units.second = 0;
    for (const auto& told : statement.arrival()) {
      if (told.dispatch() != view(goods.id)) continue;
      goods.answered = told.answered();
      goods.overdue = told.overdue();
      for (int i = 0; i < told.item_size() && i < told.received_size(); ++i) {
        goods.items[told.item(i)].second = told.received(i);
      }
    }
  }
}

// One log whole, under a head its author signed.
Result<StatementCheck::Log> check_log(const schemas::StatementLog& log, const Certificate& author) {
  StatementCheck::Log out;
  out.device = author.alias;
  if (log.log_class() != 2 && log.log_class() != 3) return refuted("there is no such log");
  out.name = {author.hash, log.incarnation(), static_cast<LogClass>(log.log_class())};
  std::vector<Hash> leaves;
  for (const auto& event : log.event()) {
    if (!event.empty()) {
      leaves.push_back(leaf_hash(event));
      continue;
    }
    const bool named = out.withheld < static_cast<std::uint64_t>(log.withheld_size());
    const auto hash =
        named ? fixed<32>(log.withheld(static_cast<int>(out.withheld))) : std::nullopt;
    if (!hash || out.name.log_class != LogClass::value) {
      return refuted("an event of " + author.alias + " is missing");
    }
    leaves.push_back(*hash);
    ++out.withheld;
  }
  if (out.withheld != static_cast<std::uint64_t>(log.withheld_size())) {
    return refuted("a log of " + author.alias + " withholds what it also shows");
  }
  out.size = leaves.size();
  const auto head = from_wire(log.head());
  if (!head || head->size != out.size || leaves.empty() || head->root != tree_root(leaves)) {
    return refuted("the events of " + author.alias + " are not the log under their head");
  }
  if (!verify_head(author.key, out.name.id(), *head)) {
    return refuted(author.alias + " did not sign the head of its log");
  }
  return out;
}

// A life names the lives before it: none of them may be left out, or be shown shorter.
Status check_lives(const schemas::Statement& statement,
                   const std::vector<StatementCheck::Log>& logs) {
  std::map<Bytes, std::uint64_t> sizes;
  for (const auto& log : logs) sizes[to_bytes(log.name.id())] = log.size;
  if (sizes.size() != logs.size()) return refuted("a log is there twice");
  for (int i = 0; i < statement.log_size(); ++i) {
    schemas::Event event;
    schemas::Opened opened;
    const auto& log = statement.log(i);
    if (log.event(0).empty() || !parse_event(log.event(0), event) ||
        event.kind() != schemas::KIND_OPENED || !opened.ParseFromString(event.payload())) {
      continue;
    }
    for (const auto& previous : opened.previous()) {
      const auto found = sizes.find(previous.log());
      if (previous.size() == 0 || (found != sizes.end() && found->second >= previous.size())) {
        continue;
      }
      return refuted("an earlier log of " + logs[static_cast<std::size_t>(i)].device +
                     " is missing or cut");
    }
  }
  return done();
}

std::vector<Certificate> authors_of(const schemas::Statement& statement,
                                    const std::vector<Certificate>& devices) {
  std::vector<Certificate> out;
  for (const auto& log : statement.log()) out.push_back(devices.at(log.device()));
  return out;
}

}  // namespace

schemas::StatementRow to_wire(const Settlement& row) {
  schemas::StatementRow out;
  out.set_sheet(row.sheet);
  out.set_final(row.final);
  for (const auto& [name, sums] : row.tenders) {
    auto* tender = out.add_tender();
    tender->set_name(name);
    tender->set_sales_minor(sums.sales_minor);
    tender->set_voided_minor(sums.voided_minor);
    tender->set_fees_minor(sums.fees_minor);
    tender->set_tips_minor(sums.tips_minor);
    tender->set_deposits_minor(sums.deposits_minor);
  }
  out.set_charged_minor(row.charged_minor);
  out.set_commission_minor(row.commission_minor);
  out.set_hold_back_minor(row.hold_back_minor);
  out.set_missing_goods_minor(row.missing_goods_minor);
  out.set_drawer_short_minor(row.drawer_short_minor);
  out.set_short_delivery_minor(row.short_delivery_minor);
  out.set_cash_kept_minor(row.cash_kept_minor);
  out.set_payable_minor(row.payable_minor());
  return out;
}

std::vector<Settlement> settle_statement(const schemas::Statement& statement,
                                         const std::vector<StatementCheck::Log>& logs,
                                         const std::vector<Certificate>& authors,
                                         StockFacts* kept) {
  StockFacts facts = OwnFold(statement, logs, authors).take();
  const auto all = sheets(facts);
  auto sent = sent_goods(facts, all);
  add_arrivals(statement, sent);
  auto rows = settlements(facts, all, drawers(facts), sent);
  if (kept != nullptr) *kept = std::move(facts);
  return rows;
}

Result<StatementCheck> verify_statement(std::string_view file, std::string_view fingerprint) {
  const auto key = unhex(fingerprint);
  if (fingerprint.size() != fingerprint_digits || !key) {
    return Error{Errc::bad_input, "a fingerprint has 32 hex digits"};
  }
  if (file.size() > statement_bytes_max || !file.starts_with(statement_magic)) {
    return refuted("this is no statement, or one of a later format");
  }
  const auto body = file.substr(statement_magic.size());
  StatementCheck out;
  schemas::Statement& statement = out.statement;
  const bool parsed = statement.ParseFromArray(body.data(), static_cast<int>(body.size()));
  statement.DiscardUnknownFields();
  if (!parsed || statement.SerializeAsString() != body ||
      statement.log_size() > statement_logs_max) {
    return refuted("the file is cut or altered");
  }
  std::vector<Certificate> devices;
  for (const auto& told : statement.device()) {
    auto chain = verify_chain({told.certificate().begin(), told.certificate().end()}, hex(*key));
    if (!chain) return chain.error();
    devices.push_back(chain->front().certificate);
    if (devices.back().stand != statement.stand() || statement.stand().empty()) {
      return refuted(devices.back().alias + " is no device of " + statement.stand());
    }
  }
  for (const auto& log : statement.log()) {
    if (log.device() >= devices.size()) return refuted("a log is of no device");
    auto checked = check_log(log, devices[log.device()]);
    if (!checked) return checked.error();
    out.logs.push_back(checked.take());
  }
  if (auto status = check_lives(statement, out.logs); !status) return status.error();
  for (auto& row : settle_statement(statement, out.logs, authors_of(statement, devices), nullptr)) {
    if (row.holder == statement.stand()) out.rows.push_back(std::move(row));
  }
  bool same = out.rows.size() == static_cast<std::size_t>(statement.row_size());
  for (std::size_t i = 0; same && i < out.rows.size(); ++i) {
    same = to_wire(out.rows[i]).SerializeAsString() ==
           statement.row(static_cast<int>(i)).SerializeAsString();
  }
  if (!same) return refuted("its figures do not follow from its events");
  return out;
}

}  // namespace verbena::ledger
