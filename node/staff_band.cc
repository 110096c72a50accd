// SPDX-License-Identifier: Apache-2.0
#include "node/staff_band.h"

#include <algorithm>

#include "ledger/core/certificate.h"
#include "ledger/core/crypto.h"

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Result;

namespace {

constexpr std::string_view magic = "VSB1";
constexpr std::size_t head_bytes = 4 + 8 + 16 + 1;
constexpr std::size_t check_bytes = 8;
constexpr std::size_t pin_digits_min = 4, pin_digits_max = 8;

std::string checksum(std::string_view bytes) {
  return ledger::to_bytes(ledger::sha256({bytes})).substr(0, check_bytes);
}

}  // namespace

bool is_staff_band(std::string_view image) {
  return image.starts_with(magic);
}

std::string to_image(const StaffBand& band) {
  std::string out(magic);
  ledger::put_u64(out, band.festival);
  out.append(band.secret.begin(), band.secret.end());
  ledger::put_u8(out, static_cast<std::uint8_t>(band.alias.size()));
  out += band.alias;
  return out + checksum(out);
}

Result<StaffBand> parse_staff_band(std::string_view image) {
  if (!is_staff_band(image) || image.size() < head_bytes + check_bytes) {
    return Error{Errc::bad_input, "not a staff band"};
  }
  const auto body = image.substr(0, image.size() - check_bytes);
  const auto length = static_cast<std::uint8_t>(image[head_bytes - 1]);
  if (body.size() != head_bytes + length || image.substr(body.size()) != checksum(body)) {
    return Error{Errc::damaged, "the staff band is damaged"};
  }
  StaffBand out;
  out.festival = ledger::get_be(body.substr(4, 8));
  std::copy_n(body.begin() + 12, out.secret.size(), out.secret.begin());
  out.alias = body.substr(head_bytes);
  if (!ledger::is_alias(out.alias)) return Error{Errc::damaged, "the staff band is damaged"};
  return out;
}

bool is_pin(std::string_view text) {
  return text.size() >= pin_digits_min && text.size() <= pin_digits_max &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

ledger::Hash pin_verifier(const StaffBand& band, std::string_view pin) {
  return ledger::stretch(pin, ledger::view(band.secret));
}

Result<StaffBand> issue_staff_band(ledger::Ledger& supervisor, ledger::Random& random,
                                   const std::string& alias, const std::string& pin) {
  if (!is_pin(pin)) return Error{Errc::bad_input, "a PIN is 4 to 8 digits"};
  StaffBand band{supervisor.festival(), alias, {}};
  random.fill(band.secret);
  schemas::StaffCard card;
  card.set_alias(alias);
  card.set_verifier(ledger::to_bytes(pin_verifier(band, pin)));
  auto written =
      supervisor.commit(0, [&](ledger::State& state, auto&) -> Result<std::vector<ledger::Draft>> {
        const auto* festival = state.festival();
        if (festival == nullptr || ledger::find_staff(*festival, alias) == nullptr) {
          return Error{Errc::bad_input, "the festival has no staff called \"" + alias + "\""};
        }
        if (const auto* old = state.staff_card(alias)) card.set_replaces(ledger::to_bytes(old->id));
        ledger::Draft draft;
        draft.log_class = ledger::LogClass::control;
        draft.event.set_kind(schemas::KIND_STAFF_CARD);
        draft.event.set_payload(card.SerializeAsString());
        return std::vector{std::move(draft)};
      });
  if (!written) return written.error();
  return band;
}

}  // namespace verbena::node
