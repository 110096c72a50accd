// SPDX-License-Identifier: Apache-2.0
// Ratios measured in one run, on one core, alternating, medians of five. Prints one table.
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <functional>

#include "ledger/audit.h"
#include "ledger/store/rocks_store.h"
#include "replication/pack.h"
#include "test/support/world.h"

using namespace verbena;
namespace fs = std::filesystem;

namespace {

using Steady = std::chrono::steady_clock;

constexpr int rounds = 5;
constexpr int commits_per_round = 400;
constexpr std::uint64_t heads_of = 64;

double seconds_since(Steady::time_point began) {
  return std::chrono::duration<double>(Steady::now() - began).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

struct Latency {
  std::vector<double> p50s, p99s;
  void round(const std::function<void()>& once) {
    std::vector<double> us;
    for (int i = 0; i < commits_per_round; ++i) {
      const auto began = Steady::now();
      once();
      us.push_back(seconds_since(began) * 1e6);
    }
    std::sort(us.begin(), us.end());
    p50s.push_back(us[us.size() / 2]);
    p99s.push_back(us[us.size() * 99 / 100]);
  }
  double p50() const { return median(p50s); }
  double p99() const { return median(p99s); }
};

void row(const char* what, double measured, const char* unit, const std::string& against) {
  std::printf("%-58s %12.2f %-9s %s\n", what, measured, unit, against.c_str());
}

std::string ratio(double value, double base) {
  char out[64];
  std::snprintf(out, sizeof out, "%.2fx of raw", value / base);
  return out;
}

struct Device {
  test::World& world;
  ledger::DeviceIdentity identity;
  std::unique_ptr<ledger::EventStore> store;
  std::unique_ptr<ledger::Ledger> ledger;

  Device(test::World& in, const test::Device& as, const fs::path& path)
      : world(in), identity(as.identity) {
    store = std::move(ledger::open_rocks_store(path.string(), {})->store);
    ledger = ledger::Ledger::open(*store, world.root, identity, world.clock, world.random).take();
    const auto& root = *world.device("root").ledger;
    for (const auto& log : root.logs()) {
      for (const auto& run : *root.read(log.name, 0, SIZE_MAX)) (void)*ledger->ingest(run);
    }
    (void)ledger->sync();
  }

  schemas::OperateReply tap(schemas::OperateRequest request, std::string* band) {
    node::TapSession session(*ledger, world.random, identity.certificate.role);
    if (band != nullptr) request.set_band(*band);
    auto reply = session.begin(request);
    while (reply.has_write()) {
      *band = reply.write();
      reply = session.wrote(*band);
    }
    VERBENA_CHECK(reply.has_done());
    return reply;
  }
};

// A hub takes what the till has written and says so: its limits for lonely sales start afresh.
void witness(test::World& world, Device& pos) {
  auto& hub = *world.device("hub").ledger;
  for (const auto& log : pos.ledger->logs()) {
    const auto held = hub.log(log.id);
    for (const auto& run : *pos.ledger->read(log.name, held ? held->head.size : 0, SIZE_MAX)) {
      VERBENA_CHECK(hub.ingest(run).ok());
    }
  }
  for (const auto& receipt : hub.make_receipts(0)) {
    VERBENA_CHECK(pos.ledger->note_receipt(receipt).ok());
  }
}

schemas::OperateRequest two_items(const char* tender) {
  schemas::OperateRequest request;
  request.mutable_sell()->set_tender(tender);
  for (const char* sku : {"beer", "water"}) {
    auto* line = request.mutable_sell()->add_line();
    line->set_sku(sku);
    line->set_quantity(1);
  }
  return request;
}

schemas::OperateRequest top_up(std::uint64_t amount_minor) {
  schemas::OperateRequest request;
  request.mutable_top_up()->set_amount_minor(amount_minor);
  request.mutable_top_up()->set_tender("cash");
  return request;
}

void bench_commit(test::World& world, const fs::path& work) {
  Device pos(world, world.device("pos"), work / "commit");
  Device desk(world, world.device("desk"), work / "desk");
  const auto cash = two_items("cash");
  pos.tap(cash, nullptr);
  std::size_t event_bytes = 0;
  for (const auto& log : pos.ledger->logs()) {
    if (log.name.log_class == ledger::LogClass::trade) {
      event_bytes = pos.ledger->event_bytes(log.name, log.head.size - 1)->size();
    }
  }
  // The bytes one sale makes durable: event, head and their keys.
  const std::string bytes(event_bytes + 112 + 9 + 5, 'x');
  const int raw_fd = ::open((work / "raw").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  std::string band = world.band().image;
  Latency raw, sale, band_sale;
  for (int i = 0; i < rounds; ++i) {
    raw.round([&] {
      VERBENA_CHECK(::write(raw_fd, bytes.data(), bytes.size()) ==
                    static_cast<ssize_t>(bytes.size()));
      VERBENA_CHECK(::fdatasync(raw_fd) == 0);
    });
    witness(world, pos);
    sale.round([&] { pos.tap(cash, nullptr); });
    witness(world, pos);
    int left = 0;
    band_sale.round([&] {
      if (left-- == 0) {
        band = world.band().image;
        desk.tap(top_up(15'000), &band);
        left = 20;
      }
      pos.tap(two_items("purse"), &band);
    });
  }
  ::close(raw_fd);
  row("raw append + fdatasync of the same bytes, p50", raw.p50(), "us", "");
  row("raw append + fdatasync of the same bytes, p99", raw.p99(), "us", "");
  row("durable signed cash sale, p50", sale.p50(), "us", ratio(sale.p50(), raw.p50()));
  row("durable signed cash sale, p99", sale.p99(), "us", ratio(sale.p99(), raw.p99()));
  row("band sale (prepared, band sealed, confirmed), p50", band_sale.p50(), "us",
      ratio(band_sale.p50(), raw.p50()));
}

// A log of cash sales with heads every `stride` events, signed by the till itself.
std::vector<ledger::LogRun> long_log(test::World& world, std::uint64_t sales,
                                     std::uint64_t stride) {
  const auto& identity = world.device("pos").identity;
  ledger::LogName name{identity.certificate.hash, world.random.u64(), ledger::LogClass::trade};
  ledger::MerklePeaks peaks;
  std::vector<ledger::LogRun> out;
  ledger::LogRun run{name, 0, {}, {}};
  for (std::uint64_t i = 0; i < sales; ++i) {
    schemas::Event event;
    event.set_version(1);
    event.set_kind(schemas::KIND_SALE);
    event.set_hlc((1'800'000'000'000 + i * 997) << 16);
    event.set_intent(world.random.u64());
    schemas::Sale sale;
    auto* move = event.add_move();
    move->set_from(schemas::HOLDER);
    move->set_to(schemas::SOLD);
    std::uint64_t sum = 0;
    for (std::uint32_t item = 1; item <= 2; ++item) {
      const auto quantity = static_cast<std::uint32_t>(1 + world.random.below(3));
      const std::uint64_t amount = quantity * (150 + world.random.below(800));
      sale.add_item(item);
      sale.add_quantity(quantity);
      sale.add_amount_minor(amount);
      sale.add_tax_minor(amount / 11);
      move->add_item(item);
      move->add_quantity(quantity);
      sum += amount;
    }
    event.set_payload(sale.SerializeAsString());
    auto* posting = event.add_posting();
    posting->set_from(schemas::OUTSIDE);
    posting->set_to(schemas::STAND);
    posting->set_amount_minor(sum);
    run.events.push_back(event.SerializeAsString());
    peaks.append(ledger::leaf_hash(run.events.back()));
    if ((i + 1) % stride == 0 || i + 1 == sales) {
      run.head = ledger::sign_head(identity.key, name.id(), i + 1, peaks.root(), event.hlc());
      const std::uint64_t next = run.head.size;
      out.push_back(std::move(run));
      run = {name, next, {}, {}};
    }
  }
  return out;
}

double ingest_rate(test::World& world, const fs::path& path, const std::vector<ledger::LogRun>& log,
                   std::uint64_t sync_every) {
  Device hub(world, world.device("hub"), path);
  std::uint64_t events = 0, since_sync = 0;
  const auto began = Steady::now();
  for (const auto& run : log) {
    VERBENA_CHECK(*hub.ledger->ingest(run) == ledger::Ingested::added);
    events += run.events.size();
    since_sync += run.events.size();
    if (since_sync >= sync_every) {
      VERBENA_CHECK(hub.ledger->sync().ok());
      since_sync = 0;
    }
  }
  VERBENA_CHECK(hub.ledger->sync().ok());
  return static_cast<double>(events) / seconds_since(began);
}

void bench_ingest(test::World& world, const fs::path& work, std::uint64_t sales) {
  std::vector<double> batch, live;
  const auto batched = long_log(world, sales, heads_of);
  const auto single = long_log(world, 20'000, 1);
  for (int i = 0; i < rounds; ++i) {
    const std::string number = std::to_string(i);
    batch.push_back(ingest_rate(world, work / ("batch-" + number), batched, 1'000));
    live.push_back(ingest_rate(world, work / ("live-" + number), single, 1'000));
  }
  row("ingest, verified, heads of 64, a sync per 1,000", median(batch), "events/s", "");
  row("ingest, verified, one head per sale", median(live), "events/s", "");

  const auto opened = ledger::open_rocks_store((work / "batch-0").string(), {.read_only = true});
  std::vector<double> audits;
  for (int i = 0; i < 3; ++i) {
    const auto began = Steady::now();
    const auto report = ledger::audit(*opened->store, world.root);
    VERBENA_CHECK(report.ok() && report->faults() == 0 && report->events >= sales);
    audits.push_back(seconds_since(began));
  }
  const std::string what = "audit from disk, every kept head, " + std::to_string(sales) + " sales";
  row(what.c_str(), median(audits), "s", "one core");
}

void bench_wire(test::World& world) {
  const auto log = long_log(world, 64 * 20, heads_of);
  std::size_t plain = 0, packed = 0, sales = 0;
  for (const auto& run : log) {
    schemas::Frame frame;
    *frame.mutable_run()->mutable_log() = ledger::to_wire(run.log);
    frame.mutable_run()->set_first(run.first);
    for (const auto& event : run.events) frame.mutable_run()->add_event(event);
    *frame.mutable_run()->mutable_head() = ledger::to_wire(run.head);
    plain += frame.ByteSizeLong();
    for (const auto& message : replication::pack({frame})) packed += message.ByteSizeLong();
    sales += run.events.size();
  }
  row("wire bytes per two-item cash sale, batch of 64",
      static_cast<double>(plain) / static_cast<double>(sales), "B", "plain");
  row("wire bytes per two-item cash sale, batch of 64",
      static_cast<double>(packed) / static_cast<double>(sales), "B", "each batch compressed alone");
  replication::Session session(*world.device("hub").ledger);
  row("idle comparison of two peers, one way",
      static_cast<double>(session.hello()[0].ByteSizeLong()), "B", "one round trip");
}

}  // namespace

int main(int argc, char** argv) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(0, &one);
  ::sched_setaffinity(0, sizeof one, &one);
  const std::uint64_t sales = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 500'000;
  const fs::path work = fs::current_path() / ("bench-" + std::to_string(::getpid()));
  fs::create_directories(work);
  test::World world;
  world.add(schemas::HUB, "hub");
  world.add(schemas::TOP_UP_DESK, "desk");
  world.add(schemas::VENDOR, "pos", "bar-1");
  test::World::meet(world.device("hub"), world.device("root"));
  std::printf("pinned to core 0; medians of %d rounds\n", rounds);
  bench_wire(world);
  bench_commit(world, work);
  bench_ingest(world, work, sales);
  fs::remove_all(work);
  return 0;
}
