// SPDX-License-Identifier: Apache-2.0
#include "ledger/fiscal_own.h"

#include "ledger/core/merkle.h"
#include "ledger/fiscal_read.h"

namespace verbena::ledger {

namespace {

constexpr std::size_t prefix_digits_min = 8;

struct Found {
  LogName log;
  std::uint64_t number = 0, index = 0;
  Hash id{}, rules{};
  schemas::Event event;
  bool confirmed = false;
};

bool is_prepared(schemas::Kind kind) {
  return kind == schemas::KIND_SALE_PREPARED || kind == schemas::KIND_TOP_UP_PREPARED ||
         kind == schemas::KIND_REFUND_PREPARED;
}

bool is_confirmation(schemas::Kind kind) {
  return kind == schemas::KIND_SALE_CONFIRMED || kind == schemas::KIND_TOP_UP_CONFIRMED ||
         kind == schemas::KIND_REFUND_CONFIRMED;
}

Status find_in(const Ledger& ledger, const LogName& log, const std::string& prefix,
               std::vector<Found>& out) {
  auto runs = ledger.read(log, 0, SIZE_MAX);
  if (!runs) return runs.error();
  std::map<std::uint64_t, Hash> contexts;  // 1 + index -> settings
  std::uint64_t number = 0, index = 0;
  schemas::Event event;
  for (const auto& run : *runs) {
    for (const auto& bytes : run.events) {
      const std::uint64_t at = index++;
      if (!parse_event(bytes, event)) continue;
      if (schemas::Context context;
          event.kind() == schemas::KIND_CONTEXT && context.ParseFromString(event.payload())) {
        contexts[at + 1] = fixed<32>(context.festival_hash()).value_or(Hash{});
      }
      if (schemas::Confirmed told;
          is_confirmation(event.kind()) && told.ParseFromString(event.payload())) {
        for (auto& one : out) one.confirmed |= one.log == log && one.index == told.prepared();
      }
      if (!takes_number(event.kind(), log.log_class)) continue;
      ++number;
      const Hash id = leaf_hash(bytes);
      if (!hex(id).starts_with(prefix)) continue;
      const auto rules = contexts.find(event.context());
      out.push_back(
          {log, number, at, id, rules == contexts.end() ? Hash{} : rules->second, event, false});
    }
  }
  return done();
}

}  // namespace

Result<OwnReceipt> own_receipt(const Ledger& ledger, const std::string& id_prefix) {
  const auto& identity = ledger.identity();
  if (!identity || id_prefix.size() < prefix_digits_min) {
    return Error{Errc::bad_input, "a receipt is named by 8 or more digits of its event"};
  }
  std::vector<Found> found;
  for (const auto& log : ledger.logs()) {
    if (log.name.certificate != identity->certificate.hash) continue;
    if (auto status = find_in(ledger, log.name, id_prefix, found); !status) return status.error();
  }
  if (found.size() != 1) {
    return Error{Errc::bad_input, found.empty() ? "this device wrote no such receipt"
                                                : "several receipts begin so: give more digits"};
  }
  const Found& one = found.front();
  OwnReceipt out;
  out.series = series_name(identity->certificate.alias, one.log.log_class, one.log.id());
  ledger.ask([&](State& state, const DeviceView&) {
    const schemas::Festival* settings = state.festival();
    if (settings == nullptr) return;
    out.currency = settings->currency();
    out.scale = settings->scale();
    for (const auto& item : settings->item()) out.skus.try_emplace(item.number(), item.sku());
    out.document = read_document(one.event, out.currency).document;
    if (one.rules == state.festival_hash()) set_rates(*settings, out.document);
  });
  if (out.document.kind == DocumentKind::credit_note) {
    return Error{Errc::bad_input,
                 "a credit note: its lines are those of its sale, see the day's report"};
  }
  out.pending = is_prepared(one.event.kind()) && !one.confirmed;
  out.document.number = one.number;
  out.document.id = one.id;
  out.document.index = one.index;
  return out;
}

}  // namespace verbena::ledger
