// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "ledger/core/bytes.h"
#include "ledger/core/seams.h"

// Who is signed in here, and who has guessed too often. In memory only: a restart signs out.
namespace verbena::node::http {

constexpr int tries_max = 5;
constexpr std::uint64_t lock_ms = 15 * 60'000;
constexpr std::size_t sessions_max = 256;     // the one unused for longest ends
constexpr std::size_t guessers_max = 32'768;  // aliases known here; addresses
constexpr int address_tries_max = 20;         // without a success, from one address
constexpr std::uint64_t address_window_ms = 60'000;

struct Session {
  std::string staff;    // alias
  ledger::Hash card{};  // the staff card it rests on; zero on a wall
  std::string token;    // repeated by the page in a header: proof against forged requests
  std::uint64_t used_ms = 0;
};

// Any thread.
class Sessions {
 public:
  Sessions(const ledger::Clock& clock, ledger::Random& random, std::uint64_t idle_ms_max)
      : clock_(clock), random_(random), idle_ms_max_(idle_ms_max) {}

  struct Opened {
    std::string cookie;
    Session session;
  };
  Opened open(const std::string& staff, const ledger::Hash& card);
  // `touch`: a person did something; else it is only looked at.
  std::optional<Session> find(const std::string& cookie, bool touch);
  void close(const std::string& cookie);

  // A guess is counted before it is checked, so that many at once are not more tries.
  // Returns 0 where it may be checked, else the milliseconds to wait.
  // `who` is empty for somebody unknown here, `address` for somebody who stands at the device.
  std::uint64_t try_once(const std::string& who, const std::string& address);
  void succeeded(const std::string& who, const std::string& address);

 private:
  struct Guesser {
    int tries = 0;
    std::uint64_t last_ms = 0;
  };
  std::string draw();
  void drop_old();

  const ledger::Clock& clock_;
  ledger::Random& random_;
  const std::uint64_t idle_ms_max_;
  std::mutex mutex_;
  std::map<ledger::Hash, Session> sessions_;  // by the hash of the cookie
  std::map<std::string, Guesser> guessers_;   // by alias
  std::map<std::string, Guesser> addresses_;  // by network address
};

}  // namespace verbena::node::http
