// SPDX-License-Identifier: Apache-2.0
// The bodies that a till's HTTP door reads, as text, each as every intent and as a sign-in. What is
// refused writes nothing; what is done is written, once; and the band in the field agrees.
#include "node/http/gate.h"
#include "node/http/till.h"
#include "test/fuzz/ground.h"

using namespace verbena;
using fuzz::ground;
using node::http::Answer;

namespace {

constexpr std::uint64_t events_max = 400;  // then the till starts anew
constexpr const char* intents[] = {"sell", "balance", "void", "topup", "refund"};

// A band that stays in the field.
class HeldTag final : public node::Tag {
 public:
  explicit HeldTag(std::string& image) : image_(image) {}
  ledger::Result<std::string> read() override { return image_; }
  ledger::Result<std::string> write(std::string_view image) override {
    return image_ = std::string(image);
  }

 private:
  std::string& image_;
};

class HeldReader final : public node::TagReader {
 public:
  node::Presence presence() override { return {1, node::Field::band}; }
  ledger::Result<std::unique_ptr<node::Tag>> hold() override {
    return std::unique_ptr<node::Tag>(std::make_unique<HeldTag>(image));
  }
  std::string image;
};

// The till at bar-1, with its own store and band.
struct Counter {
  Counter() : device(ground().one.identity), store(*ground().one.store) {
    reader.image = ground().band.image;
    ledger = ledger::Ledger::open(store, ground().world.root, device, clock, random).take();
    first_events = ledger->events();
  }
  bool is_full() const { return ledger->events() > first_events + events_max; }

  ledger::DeviceIdentity device;
  ledger::MemoryStore store;
  test::ManualClock clock;
  test::SeededRandom random{1};
  HeldReader reader;
  std::unique_ptr<ledger::Ledger> ledger;
  std::uint64_t first_events = 0;
};

Counter& counter() {
  static std::unique_ptr<Counter> it;
  if (!it || it->is_full()) it = std::make_unique<Counter>();
  return *it;
}

// One JSON object, as far as can be told without a second parser.
void check_json(const Answer& answer) {
  const auto& text = answer.json;
  VERBENA_CHECK(text.size() >= 2 && text.front() == '{' && text.back() == '}');
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    VERBENA_CHECK(static_cast<unsigned char>(c) >= 0x20);
    if (c == '"') quoted = !quoted;
    if (quoted && c == '\\') ++i;
    if (quoted || (c != '{' && c != '}')) continue;
    depth += c == '{' ? 1 : -1;
    VERBENA_CHECK(depth > 0 || i + 1 == text.size());
  }
  VERBENA_CHECK(depth == 0 && !quoted);
}

void check_answer(const Answer& answer) {
  check_json(answer);
  const bool done = answer.json.starts_with("{\"id\"") || answer.json.starts_with("{\"purse\"");
  const bool refused = answer.json.starts_with("{\"refused\":{\"code\":\"");
  VERBENA_CHECK(answer.status == 200 ? done : refused && answer.status >= 400);
  VERBENA_CHECK(answer.status < 500);  // whatever comes in is not this node's own fault
}

void run(const std::string& intent, const std::string& body, schemas::Role role) {
  Counter& at = counter();
  const ledger::Caller caller{role, "v001", {role}};
  node::http::Till till(*at.ledger, at.random, &at.reader);
  const auto before = at.ledger->events();
  const std::string band = at.reader.image;
  const Answer answer = till.run(intent, body, caller, node::Language::en);
  check_answer(answer);
  const bool written = at.ledger->events() != before;
  if (answer.status != 200) VERBENA_CHECK(!written && at.reader.image == band);
  if (intent == "balance") VERBENA_CHECK(!written && at.reader.image == band);
  if (answer.status != 200 || intent == "balance") return;
  // The same body is the same intent: it is answered again and not done again.
  const auto after = at.ledger->events();
  VERBENA_CHECK(till.run(intent, body, caller, node::Language::es).status == 200);
  VERBENA_CHECK(at.ledger->events() == after);
}

// Nobody gets in: the band in the field is no staff band.
void sign_in(const std::string& body) {
  Counter& at = counter();
  node::http::Gate gate(*at.ledger, at.clock, at.random, "/nowhere", &at.reader, false);
  const auto entry = gate.sign_in(body, "192.0.2.1", node::Language::en);
  check_answer(entry.answer);
  VERBENA_CHECK(entry.answer.status != 200 && entry.cookie.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string body(reinterpret_cast<const char*>(data), size);
  for (const auto* intent : intents) run(intent, body, schemas::VENDOR);
  run("topup", body, schemas::TOP_UP_DESK);
  run("refund", body, schemas::TOP_UP_DESK);
  sign_in(body);
  fuzz::check_conserved(*counter().ledger);
  return 0;
}
