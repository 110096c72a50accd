// SPDX-License-Identifier: Apache-2.0
#include "node/http/door.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "node/festival_day.h"
#include "node/http/assets.h"
#include "node/http/live.h"
#include "node/http/reports.h"
#include "node/http/till.h"
#include "node/http/work_queue.h"

namespace verbena::node::http {

using ledger::Result;
using nlohmann::ordered_json;

namespace {

constexpr std::size_t intents_waiting_max = 256;
constexpr std::size_t sign_ins_waiting_max = 8;
constexpr std::size_t reports_waiting_max = 32;
constexpr const char* json_type = "application/json";
constexpr std::string_view ask_path = "/api/ask/", asks_path = "/api/asks/";

const std::map<std::string, std::string> headers_always = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
     "manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; "
     "frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
};

// A wall is for those who look over all; a till is where things are sold or topped up.
bool shows_wall(schemas::Role role) {
  return ledger::may(role, ledger::Action::wall);
}

std::string cookie_of(const Request& request, const std::string& name) {
  const std::string header = "; " + request.header("cookie");
  const std::string start = "; " + name + "=";
  const auto at = header.find(start);
  if (at == std::string::npos) return {};
  const auto from = at + start.size();
  return header.substr(from, header.find(';', from) - from);
}

bool is_from_own_page(const Request& request) {
  const std::string origin = request.header("origin"), site = request.header("sec-fetch-site");
  return (origin.empty() || origin == "https://" + request.header("host")) &&
         (site.empty() || site == "same-origin" || site == "none");
}

}  // namespace

class HttpDoor final : public Door {
 public:
  explicit HttpDoor(DoorParts parts)
      : parts_(std::move(parts)),
        certificate_(parts_.keys.identity.certificate),
        is_wall_(shows_wall(certificate_.role)),
        simulated_(parts_.reader != nullptr ? parts_.reader->simulated() : nullptr),
        cookie_name_("__Host-verbena-" + certificate_.alias),
        gate_(parts_.ledger, parts_.clock, parts_.random, parts_.home, parts_.reader, is_wall_),
        desk_(parts_.asks, parts_.ledger, parts_.wake),
        till_(parts_.ledger, parts_.random, parts_.reader, &desk_, &parts_.taps),
        reports_(parts_.ledger, parts_.clock,
                 [this] { return replication::linked_devices(parts_.links().peers); }),
        live_(parts_, gate_, desk_, is_wall_) {}
  ~HttpDoor() override { stop(); }

  ledger::Status listen(const std::string& address) {
    FrontOptions options{address, parts_.keys.tls.key_pem, parts_.keys.tls.certificate_pem,
                         headers_always};
    auto front = Front::open(options, [this](const auto& exchange) { handle(exchange); });
    if (!front) return front.error();
    front_ = front.take();
    return ledger::done();
  }
  const std::string& address() const override { return front_->address(); }
  void stop() override {
    live_.stop();
    intents_.stop();
    sign_ins_.stop();
    slow_.stop();
    if (front_) front_->stop();
  }

 private:
  using Exchanged = std::shared_ptr<Exchange>;

  // On the front's thread: screens at once, everything that asks the ledger in its turn.
  void handle(const Exchanged& exchange) {
    const Request& request = exchange->request();
    const Language language = language_from(request.header("accept-language"));
    if (!request.path.starts_with("/api/")) return show(*exchange, language);
    auto& queue = request.path == "/api/sign-in"   ? sign_ins_
                  : Reports::answers(request.path) ? slow_
                                                   : intents_;
    if (!queue.give([this, exchange, language] { answer(exchange, language); })) {
      say(*exchange, refusal(429, "busy", language, 1));
    }
  }

  void say(Exchange& exchange, Answer answer, const std::string& cookie = {}) {
    Reply reply{answer.status,
                std::move(answer.json),
                {{"Content-Type", json_type}, {"Cache-Control", "no-store"}}};
    for (auto& [name, value] : answer.headers) reply.headers[name] = std::move(value);
    if (!cookie.empty()) reply.headers["Set-Cookie"] = cookie;
    exchange.reply(std::move(reply));
  }

  void show(Exchange& exchange, Language language) {
    const Request& request = exchange.request();
    std::string path = request.path;
    if (path == "/") path = is_wall_ ? "/wall.html" : "/till.html";
    const bool reads = request.method == "GET" || request.method == "HEAD";
    for (const auto& asset : assets()) {
      if (asset.path != path || !reads) continue;
      Reply reply;
      reply.headers = {
          {"Content-Type", std::string(asset.type)},
          {"ETag", std::string(asset.tag)},
          {"Content-Encoding", "gzip"},
          {"Cache-Control",
           path.starts_with("/assets/") ? "public, max-age=31536000, immutable" : "no-cache"}};
      if (request.header("if-none-match") == asset.tag) {
        reply.status = 304;
        reply.headers.erase("Content-Encoding");
      } else if (request.method == "GET") {
        reply.body = std::string(asset.gzip);
      }
      return exchange.reply(std::move(reply));
    }
    say(exchange, refusal(404, "not-found", language));
  }

  void answer(const Exchanged& exchange, Language language) {
    const Request& request = exchange->request();
    const std::string cookie = cookie_of(request, cookie_name_);
    const bool is_live = request.path == "/api/events";
    const auto session = gate_.session(cookie, !is_live);
    const bool reads = request.method == "GET";
    const bool takes_back = request.method == "DELETE" && request.path.starts_with(ask_path);
    if (!reads && !takes_back && request.method != "POST") {
      return say(*exchange, refusal(405, "bad-input", language));
    }
    const std::string token = request.header("x-verbena-token");
    const bool open_to_all =
        request.path == "/api/sign-in" || request.path.starts_with("/api/reader/");
    if (!reads && (!is_from_own_page(request) || token.empty() ||
                   (!open_to_all && session && token != session->token))) {
      return say(*exchange, refusal(403, "request-forged", language));
    }
    if (is_live && reads) return follow(exchange, cookie);
    if (request.path == "/api/sign-in" && !reads) {
      auto entry = gate_.sign_in(request.body, request.peer, language);
      if (!entry.cookie.empty()) gate_.sign_out(cookie);  // one person at a time
      say(*exchange, std::move(entry.answer),
          entry.cookie.empty() ? std::string() : cookie_line(entry.cookie));
      return;
    }
    if (request.path == "/api/hello" && reads) return say(*exchange, hello(language));
    if (request.path == "/api/session" && reads) {
      return say(*exchange, {200, gate_.session_json(session, true)});
    }
    if (simulated_ != nullptr && request.path == "/api/reader/tray" && reads) {
      return say(*exchange, tray());
    }
    if (simulated_ != nullptr && request.path == "/api/reader/tap" && !reads) {
      return say(*exchange, tap(request.body, language));
    }
    if (!session) return say(*exchange, refusal(401, "sign-in-needed", language));
    if (request.path == "/api/sign-out" && !reads) {
      gate_.sign_out(cookie);
      live_.poke();
      return say(*exchange, {200, "{\"signed_in\":false}"}, cookie_line("") + "; Max-Age=0");
    }
    say(*exchange, is_wall_ ? answer_wall(request, reads, *session, language)
                            : answer_till(request, reads, *session, language));
  }

  Answer answer_wall(const Request& request, bool reads, const Session& session,
                     Language language) {
    if (reads && request.path == "/api/wall") return {200, live_.wall_json(session)};
    if (reads && request.path == "/api/asks") return {200, live_.asks_json(session)};
    if (!reads && request.path.starts_with(asks_path)) {
      return answer_ask(request, session, language);
    }
    if (reads && Reports::answers(request.path)) {
      const auto roles = gate_.caller(session).staff_roles;
      return reports_.answer(request.path, request.query, roles, language);
    }
    return refusal(404, "not-found", language);
  }

  Answer answer_till(const Request& request, bool reads, const Session& session,
                     Language language) {
    if (reads && request.path == "/api/catalogue") return till_.catalogue(language);
    if (reads && request.path == "/api/sales") return till_.sales();
    if (reads && request.path == "/api/stock") return till_.stock();
    if (request.path.starts_with(ask_path) && request.method != "POST") {
      const std::string hash = request.path.substr(ask_path.size());
      return reads ? desk_.look(hash, linked(), language) : desk_.withdraw(hash, language);
    }
    const std::string intent = request.path.substr(5);
    const bool known = intent == "sell" || intent == "balance" || intent == "void" ||
                       intent == "topup" || intent == "refund" || intent == "shift" ||
                       intent == "count" || intent == "close-sheet" || intent == "return" ||
                       intent == "gift";
    if (reads || !known) return refusal(404, "not-found", language);
    Answer out = till_.run(intent, request.body, gate_.caller(session), language);
    parts_.wake();
    live_.poke();
    return out;
  }

  // POST /api/asks/<hash>/yes with the passphrase once more, or /no.
  Answer answer_ask(const Request& request, const Session& session, Language language) {
    const std::string rest = request.path.substr(asks_path.size());
    const auto slash = rest.find('/');
    const std::string word = slash == std::string::npos ? std::string() : rest.substr(slash + 1);
    if (word != "yes" && word != "no") return refusal(404, "not-found", language);
    if (!gate_.approves(session)) return refusal(403, "not-an-approver", language);
    if (word == "yes") {
      const auto body = nlohmann::json::parse(request.body, nullptr, false);
      const auto given = body.is_object() ? body.find("passphrase") : body.end();
      if (!body.is_object() || given == body.end() || !given->is_string()) {
        return refusal(400, "bad-input", language);
      }
      if (auto no = gate_.confirm(session, given->get<std::string>(), request.peer, language)) {
        return *no;
      }
    }
    Answer out = desk_.answer(rest.substr(0, slash), word == "yes", language);
    live_.poke();
    return out;
  }

  std::size_t linked() const {
    const auto peers = parts_.links().peers;
    return static_cast<std::size_t>(
        std::count_if(peers.begin(), peers.end(), [](const auto& peer) { return peer.connected; }));
  }

  void follow(const Exchanged& exchange, const std::string& cookie) {
    live_.join(exchange->stream({200, {}, {{"Cache-Control", "no-store"}}}), cookie);
  }

  std::string cookie_line(const std::string& value) const {
    return cookie_name_ + "=" + value + "; Path=/; Secure; HttpOnly; SameSite=Strict";
  }

  Answer hello(Language language) {
    ordered_json out;
    out["device"] = certificate_.alias;
    out["role"] = ledger::role_name(certificate_.role);
    out["stand"] = certificate_.stand;
    out["page"] = is_wall_ ? "wall" : "till";
    out["reader"] = parts_.reader == nullptr ? ordered_json()
                    : simulated_ != nullptr  ? ordered_json("simulated")
                                             : ordered_json("nfc");
    bool ready = false;
    parts_.ledger.ask([&](ledger::State& state, const ledger::DeviceView&) {
      const auto* festival = state.festival();
      if (festival == nullptr) return;
      ready = true;
      out["festival"] = {{"id", festival->id()},
                         {"name", festival->name()},
                         {"currency", festival->currency()},
                         {"scale", festival->scale()},
                         {"language", festival->language()},
                         {"time_zone", festival->time_zone()}};
    });
    if (!ready) {
      return refusal(ledger::refuse(ledger::Refusal::not_ready, "no settings are in force"),
                     language);
    }
    return {200, out.dump()};
  }

  Answer tray() {
    ordered_json out;
    out["bands"] = ordered_json::array();
    for (const auto& sample : simulated_->tray()) {
      out["bands"].push_back({{"name", sample.name}, {"kind", sample.staff ? "staff" : "band"}});
    }
    return {200, out.dump()};
  }

  Answer tap(const std::string& text, Language language) {
    const auto body = nlohmann::json::parse(text, nullptr, false);
    const auto band = body.is_object() ? body.find("band") : body.end();
    const auto leaves = body.is_object() ? body.find("leaves") : body.end();
    if (!body.is_object() || band == body.end() || !(band->is_null() || band->is_string()) ||
        (leaves != body.end() && !leaves->is_boolean())) {
      return refusal(400, "bad-input", language);
    }
    std::optional<std::string> name;
    if (band->is_string()) name = band->get<std::string>();
    auto presence = simulated_->tap(name, leaves != body.end() && leaves->get<bool>());
    if (!presence) return refusal(presence.error(), language);
    live_.poke();
    ordered_json out;
    out["arrival"] = presence->arrival;
    out["field"] = field_name(presence->field);
    return {200, out.dump()};
  }

  const DoorParts parts_;
  const ledger::Certificate certificate_;
  const bool is_wall_;
  FileReader* const simulated_;  // null: the reader is a real one, or there is none
  const std::string cookie_name_;
  Gate gate_;
  AskDesk desk_;
  Till till_;
  Reports reports_;
  Live live_;
  WorkQueue intents_{intents_waiting_max};
  WorkQueue sign_ins_{sign_ins_waiting_max};
  WorkQueue slow_{reports_waiting_max};
  std::unique_ptr<Front> front_;
};

Result<std::unique_ptr<Door>> Door::open(const std::string& address, DoorParts parts) {
  auto door = std::make_unique<HttpDoor>(std::move(parts));
  if (auto status = door->listen(address); !status) return status.error();
  return std::unique_ptr<Door>(std::move(door));
}

}  // namespace verbena::node::http
