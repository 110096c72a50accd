// SPDX-License-Identifier: Apache-2.0
#include "node/http/gate.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "ledger/core/crypto.h"
#include "node/http/totp.h"
#include "node/http/wall_people.h"
#include "node/staff_band.h"
#include "node/stock_json.h"

namespace verbena::node::http {

using nlohmann::ordered_json;

namespace {

constexpr std::size_t secret_characters_max = 256;

std::string text_of(const nlohmann::json& body, const char* name) {
  const auto found = body.is_object() ? body.find(name) : body.end();
  if (!body.is_object() || found == body.end() || !found->is_string()) return {};
  return found->get<std::string>();
}

}  // namespace

Gate::Entry Gate::sign_in(const std::string& text, const std::string& address, Language language) {
  const auto body = nlohmann::json::parse(text, nullptr, false);
  const std::string pin = text_of(body, "pin"), alias = text_of(body, "alias"),
                    passphrase = text_of(body, "passphrase"), code = text_of(body, "code");
  if (is_wall_ ? alias.empty() || passphrase.empty() || code.empty() ||
                     passphrase.size() > secret_characters_max || !ledger::is_alias(alias)
               : !is_pin(pin)) {
    return {refusal(400, "bad-input", language), {}};
  }
  return is_wall_ ? sign_in_wall(alias, passphrase, code, address, language)
                  : sign_in_till(pin, language);
}

Gate::Entry Gate::sign_in_till(const std::string& pin, Language language) {
  const auto refuse = [&](const char* code) { return Entry{refusal(409, code, language), {}}; };
  if (reader_ == nullptr) return refuse("no-band");
  auto tag = reader_->hold();
  if (!tag || *tag == nullptr) {
    return refuse(reader_->presence().field == Field::several ? "several-bands" : "no-band");
  }
  auto image = (*tag)->read();
  if (!image) return refuse("no-band");
  auto band = parse_staff_band(*image);
  if (!band) return refuse("not-a-staff-band");
  if (band->festival != ledger_.festival()) {
    return {refusal(ledger::refuse(ledger::Refusal::other_festival, ""), language), {}};
  }
  Guess guess{band->alias, true, {}, {}, [] { return false; }};
  ledger_.ask([&](ledger::State& state, const ledger::DeviceView&) {
    const auto* card = state.staff_card(band->alias);
    if (card == nullptr) return;
    guess.card = card->id;
    guess.holds = [staff = *band, pin, wanted = card->verifier] {
      return ledger::same_secret(ledger::view(pin_verifier(staff, pin)), ledger::view(wanted));
    };
  });
  return check(guess, language);
}

Gate::Entry Gate::sign_in_wall(const std::string& alias, const std::string& passphrase,
                               const std::string& code, const std::string& address,
                               Language language) {
  auto person = find_wall_person(home_, alias);
  if (!person) return {refusal(person.error(), language), {}};
  return check({alias, person->has_value(), *person ? (*person)->verifier : ledger::Hash{}, address,
                [&] {
                  // An unknown alias takes as long as a wrong passphrase.
                  const std::string salt =
                      *person ? (*person)->salt : std::string(ledger::stretch_salt_bytes, '\0');
                  const ledger::Hash proof = ledger::stretch(passphrase, salt);
                  if (!*person || !ledger::same_secret(ledger::view(proof),
                                                       ledger::view((*person)->verifier))) {
                    return false;
                  }
                  std::lock_guard lock(mutex_);
                  std::uint64_t& used = used_steps_[alias];
                  const auto step = totp_step((*person)->code_secret, code, clock_.wall_ms(), used);
                  if (step != 0) used = step;
                  return step != 0;
                }},
               language);
}

Gate::Entry Gate::check(const Guess& guess, Language language) {
  const std::uint64_t wait_ms =
      sessions_.try_once(guess.known ? guess.staff : std::string(), guess.address);
  if (wait_ms > 0) {
    return {refusal(429, "locked-out", language, (wait_ms + 999) / 1000), {}};
  }
  if (!guess.holds() || roles_of(guess.staff).empty()) {
    return {refusal(403, "sign-in-refused", language), {}};
  }
  sessions_.succeeded(guess.staff, guess.address);
  auto opened = sessions_.open(guess.staff, guess.card);
  return {{200, session_json(opened.session, true)}, opened.cookie};
}

std::vector<schemas::Role> Gate::roles_of(const std::string& staff) {
  std::vector<schemas::Role> out;
  ledger_.ask([&](ledger::State& state, const ledger::DeviceView& device) {
    const auto* festival = state.festival();
    const auto* member = festival ? ledger::find_staff(*festival, staff) : nullptr;
    if (member == nullptr) return;
    const bool elsewhere = !member->stand().empty() && !device.certificate.stand.empty() &&
                           member->stand() != device.certificate.stand;
    if (elsewhere) return;
    for (const auto& name : member->role()) {
      const auto role = ledger::role_from_name(name);
      const bool sees_all = role && ledger::may(*role, ledger::Action::wall);
      if (role && (sees_all || !is_wall_)) out.push_back(*role);
    }
  });
  return out;
}

std::optional<Session> Gate::session(const std::string& cookie, bool touch) {
  if (cookie.empty()) return std::nullopt;
  auto session = sessions_.find(cookie, touch);
  if (!session) return std::nullopt;
  const bool belongs =
      !roles_of(session->staff).empty() && card_of(session->staff) == session->card;
  if (belongs) return session;
  sessions_.close(cookie);
  return std::nullopt;
}

ledger::Hash Gate::card_of(const std::string& staff) {
  if (is_wall_) {
    const auto person = find_wall_person(home_, staff);
    return person && *person ? (*person)->verifier : ledger::Hash{};
  }
  ledger::Hash out{};
  ledger_.ask([&](ledger::State& state, const ledger::DeviceView&) {
    if (const auto* card = state.staff_card(staff)) out = card->id;
  });
  return out;
}

ledger::Caller Gate::caller(const Session& session) {
  schemas::Role device = schemas::ROLE_UNSPECIFIED;
  if (ledger_.identity()) device = ledger_.identity()->certificate.role;
  return {device, session.staff, roles_of(session.staff)};
}

bool Gate::sees_expected(const Session& session) {
  return node::sees_expected(roles_of(session.staff));
}

bool Gate::approves(const Session& session) {
  const auto roles = roles_of(session.staff);
  if (std::find(roles.begin(), roles.end(), schemas::SUPERVISOR) == roles.end()) return false;
  bool out = false;
  ledger_.ask([&](ledger::State& state, const ledger::DeviceView& device) {
    out = !state.roster().approver(device.certificate.key).empty();
  });
  return out;
}

std::optional<Answer> Gate::confirm(const Session& session, const std::string& passphrase,
                                    const std::string& address, Language language) {
  if (passphrase.empty() || passphrase.size() > secret_characters_max) {
    return refusal(400, "bad-input", language);
  }
  auto person = find_wall_person(home_, session.staff);
  if (!person) return refusal(person.error(), language);
  const std::uint64_t wait_ms = sessions_.try_once(session.staff, address);
  if (wait_ms > 0) return refusal(429, "locked-out", language, (wait_ms + 999) / 1000);
  if (!*person || !ledger::same_secret(ledger::view(ledger::stretch(passphrase, (*person)->salt)),
                                       ledger::view((*person)->verifier))) {
    return refusal(403, "wrong-passphrase", language);
  }
  sessions_.succeeded(session.staff, address);
  return std::nullopt;
}

std::string Gate::session_json(const std::optional<Session>& session, bool with_token) {
  ordered_json out;
  out["signed_in"] = session.has_value();
  if (session) {
    out["staff"] = session->staff;
    out["roles"] = ordered_json::array();
    for (const auto role : roles_of(session->staff))
      out["roles"].push_back(ledger::role_name(role));
    if (with_token) out["token"] = session->token;
  }
  return out.dump();
}

}  // namespace verbena::node::http
