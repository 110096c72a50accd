// SPDX-License-Identifier: Apache-2.0
#include "bench/fair_day.h"

namespace verbena::bench {

namespace {

constexpr int tills = 20;
constexpr int desks = 8;
constexpr std::uint64_t heads_of = 64;
constexpr std::uint64_t sales_per_band = 8;
constexpr std::uint64_t top_up_minor = 9'000;
constexpr std::uint64_t desk_limit_minor = 100'000'000;  // as World certifies them

// One log under way.
class LogMaker {
 public:
  LogMaker(const ledger::DeviceIdentity& author, ledger::LogClass log_class, std::uint64_t life)
      : author_(author), run_{{author.certificate.hash, life, log_class}, 0, {}, {}} {}

  std::pair<std::uint64_t, ledger::Hash> append(const schemas::Event& event) {
    run_.events.push_back(event.SerializeAsString());
    const auto id = ledger::leaf_hash(run_.events.back());
    peaks_.append(id);
    hlc_ = event.hlc();
    if (run_.events.size() == heads_of) cut();
    return {peaks_.size() - 1, id};
  }
  std::vector<ledger::LogRun> take() {
    if (!run_.events.empty()) cut();
    return std::move(runs_);
  }

 private:
  void cut() {
    run_.head = ledger::sign_head(author_.key, run_.log.id(), peaks_.size(), peaks_.root(), hlc_);
    const auto name = run_.log;
    runs_.push_back(std::move(run_));
    run_ = {name, peaks_.size(), {}, {}};
  }

  const ledger::DeviceIdentity& author_;
  ledger::MerklePeaks peaks_;
  std::uint64_t hlc_ = 0;
  ledger::LogRun run_;
  std::vector<ledger::LogRun> runs_;
};

struct Purse {
  std::uint64_t id = 0;
  std::uint32_t counter = 0;
  std::uint64_t credited = 0, debited = 0;
  ledger::Hash last{};
};

class Day {
 public:
  explicit Day(test::World& world) : world_(world) {}

  schemas::Event event(schemas::Kind kind) {
    schemas::Event out;
    out.set_version(1);
    out.set_kind(kind);
    out.set_hlc((now_ms_ += 1 + world_.random.below(90)) << 16);
    return out;
  }

  schemas::Event sale(std::uint64_t& amount) {
    auto out = event(schemas::KIND_SALE);
    out.set_intent(world_.random.next());
    schemas::Sale sale;
    auto* move = out.add_move();
    move->set_from(schemas::HOLDER);
    move->set_to(schemas::SOLD);
    amount = 0;
    const std::uint64_t prices[] = {450, 200};
    for (std::uint32_t item = 1; item <= 1 + world_.random.below(2); ++item) {
      const auto quantity = static_cast<std::uint32_t>(1 + world_.random.below(2));
      const std::uint64_t line = quantity * prices[item - 1];
      sale.add_item(item);
      sale.add_quantity(quantity);
      sale.add_amount_minor(line);
      sale.add_tax_minor(line * 21 / 121);
      move->add_item(item);
      move->add_quantity(quantity);
      amount += line;
    }
    out.set_payload(sale.SerializeAsString());
    return out;
  }

  void step(Purse& purse, schemas::Event& event, std::uint64_t credit, std::uint64_t debit) {
    auto* out = event.mutable_step();
    if (purse.counter > 0) {
      const auto previous = ledger::purse_prefix(purse.last);
      out->set_previous(ledger::Bytes(ledger::view(previous)));
    } else {
      out->set_previous(ledger::Bytes(ledger::purse_prefix_bytes, '\0'));
    }
    out->set_purse(purse.id);
    out->set_counter(++purse.counter);
    out->set_credited(purse.credited += credit);
    out->set_debited(purse.debited += debit);
  }

  // The prepared event, and that it was seen on the band.
  void tap(LogMaker& log, Purse& purse, const schemas::Event& prepared, schemas::Kind confirmed) {
    const auto [index, id] = log.append(prepared);
    purse.last = id;
    auto done = event(confirmed);
    schemas::Confirmed payload;
    payload.set_prepared(index);
    done.set_payload(payload.SerializeAsString());
    log.append(done);
  }

 private:
  test::World& world_;
  std::uint64_t now_ms_ = 1'800'000'000'000;
};

void post(schemas::Event& event, schemas::AccountClass from, schemas::AccountClass to,
          std::uint64_t amount) {
  auto* posting = event.add_posting();
  posting->set_from(from);
  posting->set_to(to);
  posting->set_amount_minor(amount);
}

}  // namespace

std::vector<ledger::LogRun> fair_day(test::World& world, std::uint64_t sales) {
  Day day(world);
  std::vector<LogMaker> tills_, desks_;
  for (int i = 0; i < tills; ++i) {
    auto& device =
        world.add(schemas::VENDOR, "pos-" + std::to_string(i), "bar-" + std::to_string(1 + i % 4));
    tills_.emplace_back(device.identity, ledger::LogClass::trade, world.random.next());
  }
  for (int i = 0; i < desks; ++i) {
    auto& device = world.add(schemas::TOP_UP_DESK, "desk-" + std::to_string(i));
    desks_.emplace_back(device.identity, ledger::LogClass::value, world.random.next());
  }
  std::vector<Purse> purses(std::max<std::uint64_t>(1, sales / sales_per_band));
  std::vector<std::uint64_t> issued(desks);
  for (std::size_t i = 0; i < purses.size(); ++i) {
    purses[i].id = world.random.next();
    const std::size_t desk = i % desks;
    if (issued[desk] + top_up_minor > desk_limit_minor) continue;
    auto event = day.event(schemas::KIND_TOP_UP_PREPARED);
    event.set_intent(world.random.next());
    post(event, schemas::OUTSIDE, schemas::PURSE, top_up_minor);
    schemas::TopUp payload;
    payload.set_tender("cash");
    payload.set_issued_after(issued[desk] += top_up_minor);
    event.set_payload(payload.SerializeAsString());
    day.step(purses[i], event, top_up_minor, 0);
    day.tap(desks_[desk], purses[i], event, schemas::KIND_TOP_UP_CONFIRMED);
  }
  for (std::uint64_t i = 0; i < sales; ++i) {
    auto& log = tills_[world.random.below(tills)];
    std::uint64_t amount = 0;
    auto event = day.sale(amount);
    Purse& purse = purses[world.random.below(purses.size())];
    if (world.random.below(10) < 3 || purse.debited + amount > purse.credited) {
      post(event, schemas::OUTSIDE, schemas::STAND, amount);
      log.append(event);
      continue;
    }
    event.set_kind(schemas::KIND_SALE_PREPARED);
    post(event, schemas::PURSE, schemas::STAND, amount);
    day.step(purse, event, 0, amount);
    day.tap(log, purse, event, schemas::KIND_SALE_CONFIRMED);
  }
  std::vector<ledger::LogRun> out;
  for (auto* logs : {&tills_, &desks_}) {
    for (auto& log : *logs) {
      for (auto& run : log.take()) out.push_back(std::move(run));
    }
  }
  return out;
}

}  // namespace verbena::bench
