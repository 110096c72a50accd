// SPDX-License-Identifier: Apache-2.0
#include "node/books/journal.h"

#include <algorithm>
#include <set>

#include "ledger/core/money.h"

namespace verbena::node {

using ledger::Books;
using ledger::Result;
using ledger::Status;

namespace {

constexpr const char* rest_file = "rest.journal";
constexpr const char* balances_file = "balances.journal";

void put_escaped(std::string& out, std::string_view text) {
  constexpr char digits[] = "0123456789ABCDEF";
  for (const char c : text) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
        c == '_' || c == '-') {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += digits[byte >> 4];
      out += digits[byte & 15];
    }
  }
}

// What amounts of one unit look like.
struct Commodity {
  std::string symbol;
  unsigned scale = 0;
};

class Journal {
 public:
  Journal(const Books& books, const Path& directory) : books_(books), directory_(directory) {
    const auto& accounts = books.state->accounts().all();
    used_.resize(accounts.size());
    for (const auto& posting : books.postings) {
      used_[posting.transfer.from] = used_[posting.transfer.to] = true;
    }
    for (const auto& account : accounts) {
      names_.push_back(journal_account(account.path));
      commodities_.try_emplace(account.unit, commodity(account.unit));
    }
  }

  Result<JournalReport> write(const ledger::AuditReport& audited) {
    for (const auto& [file, postings] : by_file()) {
      if (auto status = write_entries(file, postings); !status) return status.error();
      files_.push_back(file);
    }
    if (auto status = write_balances(); !status) return status.error();
    if (auto status = write_main(audited); !status) return status.error();
    report_.files = files_.size() + 2;
    return report_;
  }

 private:
  using Postings = std::vector<std::size_t>;  // numbers of the first posting of each entry

  Commodity commodity(const std::string& unit) const {
    std::string symbol = "\"";
    if (const auto item = ledger::item_of_unit(unit)) {
      const schemas::Festival* festival = books_.state->festival();
      const schemas::Item* found = festival ? ledger::find_item(*festival, *item) : nullptr;
      // One letter could be an hour: ledger knows s, m and h, and reckons with them.
      const bool own = found && ledger::is_alias(found->sku()) && found->sku().size() > 1 &&
                       ledger::find_item(*festival, found->sku()) == found;
      return {symbol + (own ? found->sku() : unit) + '"', 0};
    }
    const bool plain = unit.size() == 3 && std::all_of(unit.begin(), unit.end(),
                                                       [](char c) { return c >= 'A' && c <= 'Z'; });
    if (plain && unit == books_.currency) return {unit, books_.scale};
    symbol += "minor:";  // nobody says how many decimals it has
    put_escaped(symbol, unit);
    return {symbol + '"', 0};
  }

  bool same_entry(std::size_t a, std::size_t b) const {
    const auto &first = books_.postings[a], &second = books_.postings[b];
    return first.event == second.event &&
           (first.event != ledger::no_event || first.purse == second.purse);
  }

  std::uint64_t hlc_of(std::size_t posting) const {
    const auto event = books_.postings[posting].event;
    return event == ledger::no_event ? last_hlc_ : books_.events[event].hlc;
  }

  std::map<std::string, Postings> by_file() {
    std::map<std::string, Postings> out{{rest_file, {}}};
    for (const auto& event : books_.events) {
      if (event.postings > 0) last_hlc_ = std::max(last_hlc_, event.hlc);
    }
    for (std::size_t i = 0; i < books_.postings.size(); ++i) {
      if (i > 0 && same_entry(i - 1, i)) continue;
      const auto event = books_.postings[i].event;
      std::string file = rest_file;
      if (event != ledger::no_event) {
        const std::string& stand = books_.logs[books_.events[event].log].author->stand;
        if (!stand.empty()) {
          file = "stand-";
          put_escaped(file, stand);
          file += ".journal";
        }
      }
      out[file].push_back(i);
    }
    for (auto& [file, postings] : out) {
      std::stable_sort(postings.begin(), postings.end(),
                       [this](std::size_t a, std::size_t b) { return hlc_of(a) < hlc_of(b); });
    }
    return out;
  }

  void put_leg(std::string& out, ledger::AccountId account, __int128 amount) const {
    const auto& unit = books_.state->accounts().at(account).unit;
    out += "    " + names_[account] + "  " + amount_text(unit, amount) + "\n";
  }

  std::string amount_text(const std::string& unit, __int128 amount) const {
    const Commodity& shown = commodities_.at(unit);
    return ledger::format_decimal(amount, shown.scale) + " " + shown.symbol;
  }

  Status write_entries(const std::string& name, const Postings& entries) {
    auto file = FileWriter::create(directory_ / name);
    if (!file) return file.error();
    std::string text;
    for (const std::size_t first : entries) {
      const auto& posting = books_.postings[first];
      const std::string time = ledger::utc_text(hlc_of(first));
      text = time.substr(0, 10);
      if (posting.event == ledger::no_event) {
        text += " * steps known from a band only\n    ; purse: " + ledger::hex_u64(posting.purse) +
                "\n";
      } else {
        const auto& event = books_.events[posting.event];
        text += " * " + ledger::kind_name(event.kind) + "\n    ; event: " + ledger::hex(event.id) +
                "\n    ; device: " + books_.logs[event.log].author->alias + "\n    ; at: " + time +
                "\n";
      }
      for (std::size_t i = first; i < books_.postings.size() && same_entry(first, i); ++i) {
        const auto& transfer = books_.postings[i].transfer;
        put_leg(text, transfer.from, -static_cast<__int128>(transfer.amount));
        put_leg(text, transfer.to, transfer.amount);
      }
      if (auto status = file->put(text + "\n"); !status) return status;
      ++report_.transactions;
    }
    return file->close();
  }

  Status write_balances() {
    auto file = FileWriter::create(directory_ / balances_file);
    if (!file) return file.error();
    auto status = file->put("; Moves nothing; asserts what every account must hold.\n\n");
    const auto& accounts = books_.state->accounts().all();
    std::map<std::string, std::string> lines;
    for (std::size_t i = 0; i < accounts.size(); ++i) {
      if (!used_[i]) continue;
      const auto& account = accounts[i];
      lines[names_[i]] += "    " + names_[i] + "  " + amount_text(account.unit, 0) + " = " +
                          amount_text(account.unit, account.balance) + "\n";
    }
    const std::string day = ledger::utc_text(last_hlc_).substr(0, 10);
    for (const auto& [name, asserted] : lines) {
      if (status) status = file->put(day + " * balance\n" + asserted + "\n");
    }
    report_.accounts = lines.size();
    return status ? file->close() : status;
  }

  Status write_main(const ledger::AuditReport& audited) {
    std::string text =
        "; Books of a festival, replayed from its logs: " + std::to_string(audited.events) +
        " events, state digest\n; " + ledger::hex(audited.state_digest) + "\n; The audit found " +
        std::to_string(audited.faults()) + " faults and " +
        std::to_string(audited.findings.size() - audited.faults()) +
        " notices. What an account received is positive.\n\n";
    std::set<std::string> symbols, names;
    const auto& accounts = books_.state->accounts().all();
    for (std::size_t i = 0; i < accounts.size(); ++i) {
      if (!used_[i]) continue;
      names.insert(names_[i]);
      const Commodity& shown = commodities_.at(accounts[i].unit);
      if (!symbols.insert(shown.symbol).second) continue;
      text += "commodity " + shown.symbol + "\n";
      if (shown.scale > 0) {
        text += "    format 1000." + std::string(shown.scale, '0') + " " + shown.symbol + "\n";
      }
    }
    for (const char* tag : {"event", "device", "at", "purse"})
      text += std::string("tag ") + tag + "\n";
    for (const auto& name : names) text += "account " + name + "\n";
    text += "\n";
    for (const auto& file : files_) text += "include " + file + "\n";
    text += std::string("include ") + balances_file + "\n";
    return write_file(directory_ / "main.journal", text);
  }

  const Books& books_;
  Path directory_;
  std::vector<bool> used_;                        // by account
  std::vector<std::string> names_;                // by account
  std::map<std::string, Commodity> commodities_;  // by unit
  std::vector<std::string> files_;
  std::uint64_t last_hlc_ = 0;
  JournalReport report_;
};

}  // namespace

std::string journal_account(std::string_view path) {
  std::string out;
  for (;;) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    if (slash == 0) out += '%';
    put_escaped(out, path.substr(0, slash));
    if (slash == path.size()) return out;
    path.remove_prefix(slash + 1);
    out += ':';
  }
}

Result<JournalReport> write_journal(const Books& books, const ledger::AuditReport& report,
                                    const Path& directory) {
  return Journal(books, directory).write(report);
}

}  // namespace verbena::node
