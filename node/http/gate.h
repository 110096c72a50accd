// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/ledger.h"
#include "ledger/roles.h"
#include "node/http/answer.h"
#include "node/http/sessions.h"
#include "node/tag_reader.h"

namespace verbena::node::http {

constexpr std::uint64_t till_idle_ms_max = 15 * 60'000;
constexpr std::uint64_t wall_idle_ms_max = 12 * 3'600'000;

// Signs people in: staff band and PIN on a till, alias, passphrase and code on a wall. Any thread;
// signing in takes a tenth of a second.
class Gate {
 public:
  Gate(ledger::Ledger& ledger, const ledger::Clock& clock, ledger::Random& random, Path home,
       TagReader* reader, bool is_wall)
      : ledger_(ledger),
        clock_(clock),
        home_(std::move(home)),
        reader_(reader),
        is_wall_(is_wall),
        sessions_(clock, random, is_wall ? wall_idle_ms_max : till_idle_ms_max) {}

  struct Entry {
    Answer answer;
    std::string cookie;  // empty: not signed in
  };
  // `address`: where the request comes from.
  Entry sign_in(const std::string& body, const std::string& address, Language language);
  void sign_out(const std::string& cookie) { sessions_.close(cookie); }

  // Empty where the cookie is of no session, or its holder does not belong here any more.
  std::optional<Session> session(const std::string& cookie, bool touch);
  ledger::Caller caller(const Session& session);
  // Whether this person may be shown what should lie in a stock that is still to be counted.
  bool sees_expected(const Session& session);
  // Whether this person, on this device, may say yes to what others ask.
  bool approves(const Session& session);
  // The person at a wall once more, before something that binds; empty where the passphrase fits.
  std::optional<Answer> confirm(const Session& session, const std::string& passphrase,
                                const std::string& address, Language language);
  std::string session_json(const std::optional<Session>& session, bool with_token);

 private:
  struct Guess {  // what somebody claims and what it takes
    std::string staff;
    bool known = false;  // only who is known here can be locked out
    ledger::Hash card{};
    std::string address;
    std::function<bool()> holds;
  };
  Entry check(const Guess& guess, Language language);
  Entry sign_in_till(const std::string& pin, Language language);
  Entry sign_in_wall(const std::string& alias, const std::string& passphrase,
                     const std::string& code, const std::string& address, Language language);
  ledger::Hash card_of(const std::string& staff);  // in force now; zero: none
  // The roles of the alias here; empty where it may not sign in.
  std::vector<schemas::Role> roles_of(const std::string& staff);

  ledger::Ledger& ledger_;
  const ledger::Clock& clock_;
  const Path home_;
  TagReader* const reader_;
  const bool is_wall_;
  Sessions sessions_;
  std::mutex mutex_;
  std::map<std::string, std::uint64_t> used_steps_;  // of codes, by alias
};

}  // namespace verbena::node::http
