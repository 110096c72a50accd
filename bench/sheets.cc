// SPDX-License-Identifier: Apache-2.0
// Sheets of a great day: 250 stands of 60 items, three sales in four from purses. From the custody
// facts of a hub that holds the day, and from the events alone, as an auditor begins.
#include <map>

#include "bench/benches.h"
#include "bench/measure.h"
#include "ledger/core/merkle.h"
#include "ledger/replay.h"
#include "ledger/stock_report.h"
#include "test/support/world.h"

namespace verbena::bench {

namespace {

constexpr std::uint32_t stands = 250, items = 60;
constexpr std::uint64_t bands = 60'000;
constexpr std::uint64_t supply = 100'000;  // units of an item at a stand
constexpr std::uint64_t heads_of = 64;
constexpr int tries = 5;

std::string stand_name(std::uint32_t number) {
  return "stand-" + std::to_string(number);
}

schemas::Festival settings() {
  schemas::Festival out = test::small_festival();
  out.clear_item();
  out.clear_stand();
  for (std::uint32_t number = 1; number <= items; ++number) {
    auto* item = out.add_item();
    item->set_number(number);
    item->set_sku("item-" + std::to_string(number));
    item->set_price_minor(100 + number * 10);
  }
  for (std::uint32_t number = 0; number < stands; ++number) {
    auto* stand = out.add_stand();
    stand->set_name(stand_name(number));
  }
  return out;
}

// One till's trade log as it grows.
class TillLog {
 public:
  TillLog(const ledger::DeviceIdentity& author, std::uint64_t incarnation)
      : key_(author.key), name_{author.certificate.hash, incarnation, ledger::LogClass::trade} {
    run_.log = name_;
  }
  ledger::Hash add(const schemas::Event& event) {
    run_.events.push_back(event.SerializeAsString());
    const ledger::Hash id = ledger::leaf_hash(run_.events.back());
    peaks_.append(id);
    ++size_;
    hlc_ = event.hlc();
    if (run_.events.size() == heads_of) cut();
    return id;
  }
  std::uint64_t size() const { return size_; }
  std::vector<ledger::LogRun> take() {
    if (!run_.events.empty()) cut();
    return std::move(runs_);
  }

 private:
  void cut() {
    run_.head = ledger::sign_head(key_, name_.id(), size_, peaks_.root(), hlc_);
    runs_.push_back(std::move(run_));
    run_ = {name_, size_, {}, {}};
  }
  const ledger::SigningKey key_;
  const ledger::LogName name_;
  ledger::MerklePeaks peaks_;
  ledger::LogRun run_;
  std::vector<ledger::LogRun> runs_;
  std::uint64_t size_ = 0, hlc_ = 0;
};

struct Purse {
  std::uint32_t counter = 0;
  std::uint64_t debited = 0;
  ledger::PursePrefix previous{};
};

class Day {
 public:
  explicit Day(std::uint64_t sales) : world_(7, settings()), hub_(world_.add(schemas::HUB, "hub")) {
    std::vector<TillLog> tills;
    for (std::uint32_t i = 0; i < stands; ++i) {
      const auto& till = world_.add(schemas::VENDOR, "till-" + std::to_string(i), stand_name(i));
      tills.emplace_back(till.identity, world_.random.u64());
      receive(tills.back());
    }
    for (auto log : world_.device("root").ledger->logs()) {
      for (const auto& run : value_of(world_.device("root").ledger->read(log.name, 0, SIZE_MAX))) {
        value_of(hub_.ledger->ingest(run));
      }
    }
    for (std::uint64_t i = 0; i < sales; ++i) sell(tills[world_.random.below(stands)], i);
    for (auto& till : tills) {
      schemas::SheetClosed closed;
      closed.set_sheet(1);
      schemas::Event event = of_kind(schemas::KIND_SHEET_CLOSED, sales);
      event.set_payload(closed.SerializeAsString());
      till.add(event);
      for (const auto& run : till.take()) value_of(hub_.ledger->ingest(run));
    }
  }
  ledger::Ledger& hub() { return *hub_.ledger; }
  const ledger::EventStore& store() const { return *hub_.store; }
  const ledger::Certificate& root() const { return world_.root; }
  std::uint64_t sold() const { return sold_; }

 private:
  static schemas::Event of_kind(schemas::Kind kind, std::uint64_t at) {
    schemas::Event event;
    event.set_version(1);
    event.set_kind(kind);
    event.set_hlc((1'800'000'000'000 + at * 100) << 16);
    return event;
  }
  static void receive(TillLog& till) {
    schemas::StockNote note;
    note.set_action(schemas::RECEIVE);
    schemas::Event event = of_kind(schemas::KIND_STOCK, 0);
    event.set_payload(note.SerializeAsString());
    auto* move = event.add_move();
    move->set_from(schemas::TRANSIT);
    move->set_to(schemas::HOLDER);
    for (std::uint32_t item = 1; item <= items; ++item) {
      move->add_item(item);
      move->add_quantity(supply);
    }
    till.add(event);
  }
  void sell(TillLog& till, std::uint64_t at) {
    const bool by_purse = at % 4 != 0;
    schemas::Event event = of_kind(by_purse ? schemas::KIND_SALE_PREPARED : schemas::KIND_SALE, at);
    schemas::Sale sale;
    auto* move = event.add_move();
    move->set_from(schemas::HOLDER);
    move->set_to(schemas::SOLD);
    std::uint64_t sum = 0;
    const auto first = static_cast<std::uint32_t>(1 + world_.random.below(items - 1));
    for (const std::uint32_t item : {first, first + 1}) {
      const auto quantity = static_cast<std::uint32_t>(1 + world_.random.below(3));
      sale.add_item(item);
      sale.add_quantity(quantity);
      sale.add_amount_minor(quantity * (100 + item * 10));
      move->add_item(item);
      move->add_quantity(quantity);
      sum += quantity * (100 + item * 10);
      sold_ += quantity;
    }
    event.set_payload(sale.SerializeAsString());
    auto* posting = event.add_posting();
    posting->set_from(by_purse ? schemas::PURSE : schemas::OUTSIDE);
    posting->set_to(schemas::STAND);
    posting->set_amount_minor(sum);
    if (!by_purse) {
      till.add(event);
      return;
    }
    const std::uint64_t number = 1 + world_.random.below(bands);
    Purse& purse = purses_[number];
    purse.debited += sum;
    auto* step = event.mutable_step();
    step->set_purse(number);
    step->set_counter(++purse.counter);
    step->set_debited(purse.debited);
    step->set_previous(ledger::Bytes(ledger::view(purse.previous)));
    purse.previous = ledger::purse_prefix(till.add(event));
    schemas::Confirmed confirmed;
    confirmed.set_prepared(till.size() - 1);
    schemas::Event end = of_kind(schemas::KIND_SALE_CONFIRMED, at);
    end.set_payload(confirmed.SerializeAsString());
    till.add(end);
  }

  test::World world_;
  test::Device& hub_;
  std::map<std::uint64_t, Purse> purses_;
  std::uint64_t sold_ = 0;
};

void check(const std::vector<ledger::Sheet>& sheets, std::uint64_t sold) {
  std::int64_t sum = 0;
  std::size_t lines = 0;
  for (const auto& sheet : sheets) {
    lines += sheet.lines.size();
    for (const auto& [item, line] : sheet.lines) sum += line.sold;
  }
  need(sheets.size() == stands && lines == std::size_t{stands} * items, "a sheet is missing");
  need(sum == static_cast<std::int64_t>(sold), "the sheets miss a sale");
}

}  // namespace

void bench_sheets(const Job& job) {
  Day day(job.sales);
  const std::string of = std::to_string(job.sales) + " sales";
  const auto first = Steady::now();
  const auto facts = day.hub().stock_facts();
  row("purses of a day evaluated, in turn with others", seconds_since(first), "s", "", "");
  std::vector<double> made, under_lock;
  for (int i = 0; i < tries; ++i) {
    const auto began = Steady::now();
    day.hub().ask([&](ledger::State& state, const auto&) {
      const auto copied = ledger::stock_facts(state);
      under_lock.push_back(seconds_since(began));
    });
    const auto sheets = ledger::sheets(*facts);
    made.push_back(seconds_since(began));
    check(sheets, day.sold());
  }
  row("sheets of 250 stands x 60 items, from facts, " + of, median(made), "s", "", "<= 2 s");
  row("  of that under the ledger's lock", median(under_lock) * 1'000, "ms", "", "");
  row("  bytes of facts for each sale",
      static_cast<double>(facts->custody.trail_bytes()) / static_cast<double>(job.sales), "B", "",
      "");
  std::vector<double> folded;
  for (int i = 0; i < 3; ++i) {
    const auto began = Steady::now();
    ledger::State state(day.root());
    need(ledger::replay(day.store(), {}, state, [](auto&, auto, auto&, auto&) {}).ok(),
         "the day does not fold");
    const double fold = seconds_since(began);
    check(ledger::sheets(state), day.sold());
    folded.push_back(seconds_since(began));
    if (i == 0) row("fold of the same events alone", fold, "s", "", "");
  }
  row("the same from the events: fold and sheets", median(folded), "s", "", "");
}

}  // namespace verbena::bench
