// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "node/http/ask_desk.h"
#include "node/http/front.h"
#include "node/http/gate.h"
#include "node/http/parts.h"
#include "node/http/wall.h"

namespace verbena::node::http {

constexpr std::uint64_t reader_look_ms = 25;   // a band in a simulated field is noticed so soon
constexpr std::uint64_t status_ms_min = 100;   // between two states of a till
constexpr std::uint64_t wall_ms_min = 500;     // between two of a wall
constexpr std::uint64_t state_ms_max = 2'000;  // ages grow without news
constexpr std::uint64_t session_look_ms = 1'000;
constexpr std::size_t strangers_max = 32;  // streams without a session
constexpr std::size_t joining_max = 64;    // between two looks

// Tells open pages what changes: who is signed in, what is in the field, the state of this till or
// the wall. One thread.
class Live {
 public:
  Live(const DoorParts& parts, Gate& gate, AskDesk& desk, bool is_wall);
  ~Live() { stop(); }

  void join(std::shared_ptr<Stream> stream, const std::string& cookie);
  void poke();  // something changed just now
  void stop();

  // What others wait for, to those who look at a wall.
  std::string asks_json(const Session& session) { return desk_.open_json(gate_.approves(session)); }

  std::string wall_json(const Session& session) {
    WallJson json = wall_.json(parts_.links().peers, parts_.taps.counts());
    return gate_.sees_expected(session) ? json.full : json.blind;
  }

 private:
  struct Listener {
    std::shared_ptr<Stream> stream;
    std::string cookie;
    bool signed_in = false;
    bool sees_expected = false;
    bool approves = false;
    bool is_new = true;
  };

  void run();
  void look();
  void drop_strangers();
  void look_at_sessions();
  void tell(const char* event, const std::string& json, bool strangers_too, bool new_ones_only);
  void tell_wall(bool new_ones_only);
  void tell_asks(bool new_ones_only);
  std::string status_json();
  std::string reader_json(const Presence& presence);

  const DoorParts parts_;
  Gate& gate_;
  AskDesk& desk_;
  const bool is_wall_;
  Wall wall_;

  std::mutex mutex_;
  std::condition_variable news_;
  std::vector<Listener> joining_;
  bool poked_ = false;
  bool stopping_ = false;

  // The thread's own.
  std::vector<Listener> listeners_;
  Presence presence_;
  std::uint64_t ledger_news_ = 0, ask_changes_ = 0;
  std::uint64_t state_at_ms_ = 0, sessions_at_ms_ = 0;
  std::thread thread_;
};

}  // namespace verbena::node::http
