// SPDX-License-Identifier: Apache-2.0
// One event, as bytes. It is refused or it round-trips; and a state that folds it conserves, and
// comes to the same whoever of its authors is folded first.
#include <algorithm>

#include "ledger/core/merkle.h"
#include "test/fuzz/ground.h"

using namespace verbena;
using fuzz::ground;

namespace {

struct Place {
  ledger::LogName log;
  schemas::Event confirmation;
};

// A log of each class for each of four devices: what one may write another may not.
std::vector<Place> places() {
  std::vector<Place> out;
  auto& g = fuzz::ground();
  for (const auto* author : {&g.one, &g.two, &g.desk, &g.sup}) {
    for (const auto log_class : ledger::log_classes) {
      Place place{{author->identity.certificate.hash, 77, log_class}, {}};
      place.confirmation.set_version(ledger::event_version);
      place.confirmation.set_kind(log_class == ledger::LogClass::value
                                      ? schemas::KIND_TOP_UP_CONFIRMED
                                      : schemas::KIND_SALE_CONFIRMED);
      place.confirmation.set_payload(schemas::Confirmed().SerializeAsString());
      out.push_back(std::move(place));
    }
  }
  return out;
}

void check_bounds(const schemas::Event& event) {
  VERBENA_CHECK(event.version() == ledger::event_version);
  VERBENA_CHECK(event.posting_size() <= ledger::postings_max);
  VERBENA_CHECK(event.move_size() <= ledger::moves_max);
  for (const auto& posting : event.posting()) {
    VERBENA_CHECK(posting.amount_minor() > 0 && posting.from() != 0 && posting.to() != 0);
  }
  for (const auto& move : event.move()) {
    VERBENA_CHECK(move.item_size() == move.quantity_size());
    VERBENA_CHECK(move.item_size() <= ledger::lines_max);
  }
  if (event.has_step()) {
    VERBENA_CHECK(event.step().previous().size() == ledger::purse_prefix_bytes);
    VERBENA_CHECK(event.step().counter() > 0);
  }
}

void check_round_trip(const schemas::Event& event) {
  const std::string bytes = event.SerializeAsString();
  schemas::Event again;
  if (bytes.size() > ledger::event_bytes_max) return;  // packed lists of one are longer
  VERBENA_CHECK(ledger::parse_event(bytes, again).ok());
  VERBENA_CHECK(again.SerializeAsString() == bytes);
}

struct Folded {
  bool stale = false;
  ledger::Hash digest{};
};

Folded fold(const schemas::Event& event, const ledger::Hash& id, const std::vector<Place>& order) {
  const auto folded = fuzz::folded(*ground().hub.store);
  ledger::State& state = *folded;
  for (const auto& place : order) {
    state.apply(place.log, 0, id, event);
    state.apply(place.log, 1, place.log.id(), place.confirmation);
  }
  if (state.stale()) return {true, {}};  // its owner folds from zero
  fuzz::check_conserved(state);
  return {false, state.digest()};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static schemas::Event used;  // by the input before
  static std::vector<Place> order = places();
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  schemas::Event event;
  const auto status = ledger::parse_event(bytes, event);
  const auto reused = ledger::parse_event(bytes, used);
  VERBENA_CHECK(status.ok() == reused.ok());
  if (!status) {
    VERBENA_CHECK(status.error().text.starts_with("event: "));
    return 0;
  }
  VERBENA_CHECK(event.SerializeAsString() == used.SerializeAsString());
  check_bounds(event);
  check_round_trip(event);

  const ledger::Hash id = ledger::leaf_hash(bytes);
  const Folded there = fold(event, id, order);
  std::reverse(order.begin(), order.end());
  const Folded back = fold(event, id, order);
  if (!there.stale && !back.stale) VERBENA_CHECK(there.digest == back.digest);
  return 0;
}
