// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "ledger/ledger.h"
#include "ledger/roles.h"
#include "node/http/answer.h"
#include "node/http/ask_desk.h"
#include "node/tag_reader.h"
#include "node/tap_tally.h"

namespace verbena::node::http {

constexpr std::size_t basket_lines_max = 64;
constexpr std::size_t count_lines_max = 500;  // as the rules take
constexpr std::size_t sales_listed_max = 20;
constexpr std::size_t events_looked_at_max = 1'000;  // to list them

// The intents of a till as JSON, against the band in the field. Any thread; the ledger below has
// its own lock.
class Till {
 public:
  // `reader` may be null: then there is no band ever. `desk` may be null: then nobody is asked.
  // `tally` may be null: then nobody counts.
  Till(ledger::Ledger& ledger, ledger::Random& random, TagReader* reader, AskDesk* desk = nullptr,
       TapTally* tally = nullptr)
      : ledger_(ledger), random_(random), reader_(reader), desk_(desk), tally_(tally) {}

  // `intent`: sell, balance, void, topup or refund.
  Answer run(const std::string& intent, const std::string& body, const ledger::Caller& caller,
             Language language);
  Answer stock();
  Answer catalogue(Language language);
  Answer sales();

 private:
  struct HeldBand {
    std::unique_ptr<Tag> tag;
    std::string image;
  };
  ledger::Result<HeldBand> hold_band();
  nlohmann::ordered_json sale_row(const ledger::LogSummary& log, std::uint64_t index);
  Answer operate(schemas::OperateRequest request, const ledger::Caller& caller, Language language);

  ledger::Ledger& ledger_;
  ledger::Random& random_;
  TagReader* const reader_;
  AskDesk* const desk_;
  TapTally* const tally_;
};

}  // namespace verbena::node::http
