// SPDX-License-Identifier: Apache-2.0
// A festival file, as text; and the settings that a supervisor's client may send, as bytes. Each is
// refused at a line, or gives settings that can be sold from and changed.
#include "node/festival_file.h"

#include <algorithm>
#include <set>

#include "test/fuzz/ground.h"

using namespace verbena;
using fuzz::ground;

namespace {

constexpr std::string_view name = "festival.toml";
constexpr std::size_t answer_bytes_floor = 64 << 10;

// "<name>:<line>: <what is wrong>"
void check_refusal(const ledger::Error& error) {
  std::string_view text = error.text;
  VERBENA_CHECK(error.code == ledger::Errc::bad_input);
  VERBENA_CHECK(text.starts_with(name) && text.substr(name.size()).starts_with(":"));
  text.remove_prefix(name.size() + 1);
  const auto digits = text.find_first_not_of("0123456789");
  VERBENA_CHECK(digits != text.npos && digits > 0 && text.substr(digits).starts_with(": "));
  VERBENA_CHECK(text.size() > digits + 2);
}

void check_settings(const schemas::Festival& festival) {
  VERBENA_CHECK(festival.version() == 1 && ledger::is_alias(festival.id()));
  VERBENA_CHECK(node::currency_scale(festival.currency()) == static_cast<int>(festival.scale()));
  VERBENA_CHECK(festival.item_size() > 0);
  std::set<std::string> skus, stands;
  for (int i = 0; i < festival.item_size(); ++i) {
    const auto& item = festival.item(i);
    VERBENA_CHECK(item.number() == static_cast<std::uint32_t>(i + 1));
    VERBENA_CHECK(ledger::is_alias(item.sku()) && skus.insert(item.sku()).second);
    VERBENA_CHECK(item.tax_basis_points() <= 10'000);
  }
  for (const auto& stand : festival.stand()) {
    VERBENA_CHECK(ledger::is_alias(stand.name()) && stands.insert(stand.name()).second);
    for (const auto number : stand.item()) VERBENA_CHECK(ledger::find_item(festival, number));
  }
  for (const auto& staff : festival.staff()) {
    for (const auto& role : staff.role()) VERBENA_CHECK(ledger::role_from_name(role));
  }
  schemas::Festival again;
  VERBENA_CHECK(again.ParseFromString(festival.SerializeAsString()));  // all texts are UTF-8
  VERBENA_CHECK(node::differences(festival, again).empty());
}

// Replacing the settings in force: no item's number is used for another, none gets lost.
void check_change(const schemas::Festival& wanted) {
  static const schemas::Festival current = test::small_festival();
  const auto next = node::next_version(current, std::string(32, 'h'), wanted);
  VERBENA_CHECK(next.version() == current.version() + 1);
  std::set<std::uint32_t> numbers;
  for (const auto& item : next.item()) VERBENA_CHECK(numbers.insert(item.number()).second);
  for (const auto& old : current.item()) {
    const auto* item = ledger::find_item(next, old.number());
    VERBENA_CHECK(item != nullptr && item->sku() == old.sku());
    VERBENA_CHECK(item->retired() == (ledger::find_item(wanted, old.sku()) == nullptr));
  }
  for (const auto& stand : next.stand()) {
    for (const auto number : stand.item()) VERBENA_CHECK(numbers.contains(number));
  }
  VERBENA_CHECK(node::differences(next, next).empty());
  const auto lines = node::differences(current, next);
  for (const auto& item : next.item()) {
    if (ledger::find_item(current, item.sku()) != nullptr) continue;
    VERBENA_CHECK(std::any_of(lines.begin(), lines.end(), [&](const auto& line) {
      return line.starts_with("+ " + item.sku() + " ");
    }));
  }
}

// What a client may send: answered, not by an exception, and not at any length.
void check_proposal(const std::string& bytes) {
  static fuzz::Stage stage(*ground().sup.store, ground().sup.identity);
  ledger::Ledger& sup = stage.fresh();
  test::SeededRandom random(1);
  schemas::OperateRequest request;
  request.mutable_apply()->set_festival(bytes);
  node::TapSession session(sup, random, schemas::SUPERVISOR);
  const auto reply = session.begin(request);
  VERBENA_CHECK(reply.has_done() != reply.has_refused());
  VERBENA_CHECK(reply.ByteSizeLong() <= answer_bytes_floor + 16 * bytes.size());
  if (!reply.has_done()) return;
  schemas::Festival proposal;
  VERBENA_CHECK(proposal.ParseFromString(reply.done().proposal()));
  VERBENA_CHECK(proposal.version() == 2);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto festival = node::parse_festival(text, std::string(name));
  if (festival) {
    check_settings(*festival);
    check_change(*festival);
    check_proposal(festival->SerializeAsString());
  } else {
    check_refusal(festival.error());
  }
  check_proposal(text);
  return 0;
}
