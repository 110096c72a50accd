// SPDX-License-Identifier: Apache-2.0
// Between which accounts an event's postings and moves are.
#include "ledger/state/state.h"

namespace verbena::ledger {

namespace {

constexpr std::uint32_t items_remembered_max = 1'024;  // by a log: numbers above are looked up

}  // namespace

// Nearly all of a day's postings are between a purse or cash and the author's own stand: their
// names are put together and looked up once.
AccountId State::money_account(Log& log, schemas::AccountClass kind, const std::string& id,
                               const std::string& unit, Cell* purse) {
  const auto at = [&](const std::string& path) { return accounts_.account(unit, path); };
  const auto once = [&](std::optional<AccountId>& known, const std::string& path) {
    if (unit != currency_) return at(path);
    if (!known) known = at(path);
    return *known;
  };
  const auto number = [&] { return hex_u64(purse == nullptr ? 0 : purse->cell.purse); };
  switch (kind) {
    case schemas::OUTSIDE:
      return id.empty() ? once(cash_account_, "outside/cash") : at("outside/" + id);
    case schemas::PURSE:
      return purse == nullptr ? at("purse/" + number()) : once(purse->account, "purse/" + number());
    case schemas::STAND:
      return id.empty() ? once(log.stand, "stand/" + log.author->stand) : at("stand/" + id);
    case schemas::FEE: return at("fee/" + id);
    case schemas::TIP: return at("tip/" + id);
    case schemas::DEPOSIT: return at("deposit/" + id);
    case schemas::ADVANCE: return at("advance/" + number());
    case schemas::VOUCHER: return at("voucher/" + id);
    default: return at("suspense/unknown");
  }
}

std::vector<Transfer> State::resolve(Log& log, const schemas::Event& event, Cell* purse,
                                     Cell* giver) {
  std::vector<Transfer> out;
  int transfers = event.posting_size();
  for (const auto& move : event.move()) transfers += move.item_size();
  out.reserve(static_cast<std::size_t>(transfers));
  for (const auto& posting : event.posting()) {
    const std::string& unit = posting.currency().empty() ? currency() : posting.currency();
    if (unit.empty()) continue;
    const AccountId from = money_account(log, posting.from(), posting.from_id(), unit,
                                         giver != nullptr ? giver : purse);
    const AccountId to = money_account(log, posting.to(), posting.to_id(), unit, purse);
    out.push_back({from, to, static_cast<std::int64_t>(posting.amount_minor())});
  }
  for (const auto& move : event.move()) resolve_move(log, move, out);
  return out;
}

void State::resolve_move(Log& log, const schemas::StockMove& move, std::vector<Transfer>& out) {
  const auto path = [&](schemas::StockClass kind, const std::string& id) -> std::string {
    const Certificate& author = *log.author;
    const std::string& holder = !id.empty()             ? id
                                : !author.stand.empty() ? author.stand
                                                        : author.alias;
    switch (kind) {
      case schemas::SUPPLIER: return "supplier";
      case schemas::HOLDER: return "holder/" + holder;
      case schemas::TRANSIT: return "transit/" + holder;
      case schemas::SOLD: return "sold/" + holder;
      case schemas::WASTE: return "waste/" + holder;
      case schemas::GRATIS: return "gratis/" + holder;
      default: return "suspense/unknown";
    }
  };
  const auto look_up = [&](std::uint32_t item) -> SoldAccounts {
    const std::string unit = "#" + std::to_string(item);
    const AccountId from = accounts_.account(unit, path(move.from(), move.from_id()));
    return {from, accounts_.account(unit, path(move.to(), move.to_id()))};
  };
  const bool own_sale = move.from() == schemas::HOLDER && move.to() == schemas::SOLD &&
                        move.from_id().empty() && move.to_id().empty();
  for (int i = 0; i < move.item_size(); ++i) {
    const std::uint32_t item = move.item(i);
    SoldAccounts accounts;
    if (own_sale && item < items_remembered_max) {
      if (log.sold.size() <= item) log.sold.resize(item + 1);
      auto& known = log.sold[item];
      if (!known) known = look_up(item);
      accounts = *known;
    } else {
      accounts = look_up(item);
    }
    out.push_back({accounts.holder, accounts.sold, static_cast<std::int64_t>(move.quantity(i))});
  }
}

Transfer State::suspended(const Transfer& transfer, const Log& log, std::uint64_t index) {
  const Cause cause = index >= log.standing.cut ? log.standing.cause
                      : is_phantom(log, index)  ? Cause::phantom
                                                : Cause::rule;
  const std::string unit = accounts_.at(transfer.to).unit;
  return {transfer.from,
          accounts_.account(unit,
                            std::string("suspense/") + cause_name(cause) + "/" + log.author->alias),
          transfer.amount};
}

void State::post(const std::vector<Transfer>& transfers, int sign) {
  for (const auto& transfer : transfers) accounts_.apply(transfer, sign);
}

}  // namespace verbena::ledger
