// SPDX-License-Identifier: Apache-2.0
// Writes a stand's statement from logs that verify.
#include "ledger/statement.h"

#include <algorithm>

#include "ledger/proof_chain.h"
#include "ledger/replay.h"
#include "ledger/wire.h"

namespace verbena::ledger {

namespace {

using Standing = std::set<std::uint64_t>;  // indices of a log's facts that count

Error impossible(const std::string& why) {
  return {Errc::bad_input, "statement: " + why};
}

// Standing facts of each log, by log id.
std::map<Hash, Standing> standing_facts(const CustodyBook& custody) {
  std::map<Hash, Standing> out;
  for (const auto& [number, log] : custody.logs()) {
    Standing& own = out[log.id];
    log.trail.each([&, number = number](const CustodyFact& fact) {
      if (custody.stands(number, fact)) own.insert(fact.index);
    });
  }
  return out;
}

class Writer {
 public:
  Writer(const EventStore& store, const SignedCertificate& root, const std::string& stand)
      : store_(store), root_(root), stand_(stand), state_(root.certificate) {}

  Result<Bytes> write() {
    auto replayed =
        replay(store_, {.verify_heads = true}, state_,
               [&](const LogName&, std::uint64_t, const Hash&, const schemas::Event& event) {
                 if (event.kind() != schemas::KIND_CERTIFICATE) return;
                 if (auto known = parse_signed_certificate(event.payload())) {
                   add_signatures(known_, known.take());
                 }
               });
    if (!replayed) return replayed.error();
    if (auto status = add_terms(); !status) return status.error();
    for (const auto& log : replayed->logs) {
      const LogName& name = log.stored.name;
      const auto author = state_.roster().find(name.certificate);
      if (author == nullptr || author->stand != stand_ || name.log_class == LogClass::control) {
        continue;
      }
      const bool damaged = std::any_of(replayed->damaged.begin(), replayed->damaged.end(),
                                       [&](const auto& entry) { return entry.first == name; });
      if (damaged) return impossible("a log of " + author->alias + " does not verify");
      if (auto status = add_log(log, *author); !status) return status.error();
    }
    add_what_others_say();
    if (auto status = add_exceptions(); !status) return status.error();
    for (const auto& row : rows_) *statement_.add_row() = to_wire(row);
    return Bytes(statement_magic) + statement_.SerializeAsString();
  }

 private:
  Status add_terms() {
    report_ = stock_report(std::make_shared<const StockFacts>(stock_facts(state_)));
    const auto* festival = report_.facts->festival.get();
    const auto* stand = festival ? find_stand(*festival, stand_) : nullptr;
    if (stand == nullptr) return impossible("no stand is called \"" + stand_ + "\"");
    statement_.set_stand(stand_);
    statement_.set_currency(festival->currency());
    statement_.set_scale(festival->scale());
    statement_.set_commission_basis_points(stand->commission_basis_points());
    statement_.set_hold_back_basis_points(stand->hold_back_basis_points());
    std::set<std::uint32_t> items;
    for (const auto& sheet : report_.sheets) {
      if (sheet.holder != stand_) continue;
      for (const auto& [number, line] : sheet.lines) items.insert(number);
    }
    for (const auto number : items) {
      const schemas::Item* item = find_item(*festival, number);
      if (item == nullptr) continue;
      auto* told = statement_.add_item();
      told->set_number(number);
      told->set_sku(item->sku());
      told->set_price_minor(item->price_minor());
    }
    return done();
  }

  Status add_log(const ReplayedLog& log, const Certificate& author) {
    const auto [device, fresh] =
        devices_.try_emplace(author.hash, static_cast<std::uint32_t>(statement_.device_size()));
    if (fresh) {
      const auto chain = certificate_chain(author.hash, known_, root_);
      if (chain.empty()) return impossible(author.alias + " is not certified up to the root");
      auto* told = statement_.add_device();
      for (const auto& certificate : chain) *told->add_certificate() = certificate;
      told->set_revoked(report_.facts->revoked.contains(author.alias));
    }
    auto* told = statement_.add_log();
    told->set_device(device->second);
    told->set_incarnation(log.stored.name.incarnation);
    told->set_log_class(static_cast<std::uint32_t>(log.stored.name.log_class));
    *told->mutable_head() = to_wire(log.stored.head);
    std::set<Hash> broken;
    for (const auto& [id, text] : state_.findings()) broken.insert(id);
    const Hash log_id = log.stored.name.id();
    const auto number = static_cast<std::uint32_t>(statement_.log_size() - 1);
    schemas::Event event;
    auto read = store_.read(
        log.stored.name, 0, log.stored.head.size, [&](std::uint64_t index, std::string_view bytes) {
          const bool evidence =
              parse_event(bytes, event).ok() && event.kind() == schemas::KIND_EVIDENCE;
          const Hash id = leaf_hash(bytes);
          told->add_event(evidence ? Bytes() : Bytes(bytes));
          if (evidence) told->add_withheld(to_bytes(id));
          if (state_.cause({log_id, index}) != Cause::none || broken.contains(id)) {
            leave_out(number, index);
          }
          return done();
        });
    if (!read) return read.error();
    StatementCheck::Log known{author.alias, log.stored.name, log.stored.head.size, 0};
    logs_.push_back(known);
    authors_.push_back(author);
    return done();
  }

  void leave_out(std::uint32_t log, std::uint64_t index) {
    if (!left_out_.insert({log, index}).second) return;
    auto* place = statement_.add_not_counted();
    place->set_log(log);
    place->set_index(index);
  }

  void add_what_others_say() {
    const auto& foreign = report_.facts->custody.foreign_boundaries();
    for (std::size_t i = 0; i < logs_.size(); ++i) {
      const auto set = foreign.find(logs_[i].name.id());
      if (set == foreign.end()) continue;
      for (const auto& [sheet, size] : set->second) {
        auto* told = statement_.add_boundary();
        told->set_log(static_cast<std::uint32_t>(i));
        told->set_sheet(sheet);
        told->set_size(size);
      }
    }
    for (const auto& goods : report_.sent) {
      if (goods.from != stand_ || !goods.is_settled()) continue;
      auto* told = statement_.add_arrival();
      told->set_dispatch(to_bytes(goods.id));
      told->set_answered(goods.answered);
      told->set_overdue(goods.overdue);
      for (const auto& [item, units] : goods.items) {
        told->add_item(item);
        told->add_received(units.second);
      }
    }
  }

  // Where the stand's own word is not what counts; then the figures must be those of all logs.
  Status add_exceptions() {
    const auto real = standing_facts(report_.facts->custody);
    StockFacts own;
    (void)settle_statement(statement_, logs_, authors_, &own);
    const auto told = standing_facts(own.custody);
    for (std::uint32_t i = 0; i < logs_.size(); ++i) {
      const Hash id = logs_[i].name.id();
      const auto by_all = real.find(id), by_own = told.find(id);
      const Standing none;
      const Standing& counts = by_all == real.end() ? none : by_all->second;
      const Standing& says = by_own == told.end() ? none : by_own->second;
      for (const auto index : says) {
        if (!counts.contains(index)) leave_out(i, index);
      }
      for (const auto index : counts) {
        if (says.contains(index)) continue;
        auto* place = statement_.add_counted();
        place->set_log(i);
        place->set_index(index);
      }
    }
    for (auto& row : settle_statement(statement_, logs_, authors_, nullptr)) {
      if (row.holder == stand_) rows_.push_back(std::move(row));
    }
    std::vector<const Settlement*> wanted;
    for (const auto& row : report_.settlements) {
      if (row.holder == stand_) wanted.push_back(&row);
    }
    bool same = wanted.size() == rows_.size();
    for (std::size_t i = 0; same && i < wanted.size(); ++i) {
      same = to_wire(*wanted[i]).SerializeAsString() == to_wire(rows_[i]).SerializeAsString();
    }
    if (!same) return impossible("the figures do not follow from the stand's own logs");
    return done();
  }

  const EventStore& store_;
  const SignedCertificate& root_;
  const std::string& stand_;
  State state_;
  Certificates known_;
  StockReport report_;
  schemas::Statement statement_;
  std::map<Hash, std::uint32_t> devices_;
  std::vector<StatementCheck::Log> logs_;
  std::vector<Certificate> authors_;
  std::set<std::pair<std::uint32_t, std::uint64_t>> left_out_;
  std::vector<Settlement> rows_;
};

}  // namespace

Result<Bytes> make_statement(const EventStore& store, const SignedCertificate& root,
                             const std::string& stand) {
  return Writer(store, root, stand).write();
}

}  // namespace verbena::ledger
