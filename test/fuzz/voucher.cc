// SPDX-License-Identifier: Apache-2.0
// What a customer shows as a voucher: as bytes and as text, as a code and as a spending. Only what
// the desk signed is good, whatever else it looks like.
#include "ledger/core/voucher.h"

#include "ledger/vouchers.h"
#include "node/voucher_text.h"
#include "test/fuzz/ground.h"

using namespace verbena;
using fuzz::ground;
using ledger::Bytes;

namespace {

ledger::State& state_at_hub() {
  static const auto it = fuzz::folded(*ground().hub.store);
  return *it;
}

// The one voucher there is, as test/fuzz/corpus/voucher/good has it.
const Bytes& good() {
  static const Bytes it = [] {
    const auto& desk = ground().desk.identity;
    ledger::Voucher voucher;
    voucher.festival = ground().world.root.festival;
    voucher.issuer = desk.certificate.number;
    voucher.amount_minor = 500;
    return ledger::encode_code(
        ledger::make_voucher(voucher, ledger::voucher_seed(desk.key, 1, 0), desk.key));
  }();
  return it;
}

const ledger::Hash& till() {
  return ground().one.identity.certificate.hash;
}

void check_code(std::string_view bytes) {
  const auto verified = ledger::verify_voucher(state_at_hub(), bytes);
  VERBENA_CHECK(verified.ok() == (bytes == good()));
  const auto code = ledger::decode_code(bytes);
  if (!code) return;
  VERBENA_CHECK(ledger::encode_code(*code) == bytes);
  const auto voucher = ledger::decode_voucher(code->body());
  VERBENA_CHECK(voucher.ok() && *voucher == code->voucher);
  const Bytes spending = ledger::spend_voucher(*code, till());
  VERBENA_CHECK(ledger::spent_body(spending, till()) == code->body());
  VERBENA_CHECK(!ledger::spent_body(spending, ground().two.identity.certificate.hash));
}

// As it comes, nothing says that the till was shown it.
void check_spending(std::string_view bytes) {
  VERBENA_CHECK(!ledger::spent_body(bytes, ground().two.identity.certificate.hash));
}

void check_text(std::string_view text) {
  const auto code = node::voucher_from_text(text);
  if (!code) return;
  VERBENA_CHECK(text.find(node::voucher_text(*code)) != std::string_view::npos);
  check_code(*code);
  if (ledger::decode_code(*code)) {
    VERBENA_CHECK(node::voucher_card(*code, "5.00", false).ok());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  static const bool known = ledger::verify_voucher(state_at_hub(), good()).ok();
  VERBENA_CHECK(known);
  check_code(bytes);
  check_spending(bytes);
  check_text(bytes);
  check_text("VV1:" + std::string(bytes));
  return 0;
}
