// SPDX-License-Identifier: Apache-2.0
#include "node/archive.h"

#include <malloc.h>

#include <atomic>
#include <thread>

#include "bench/benches.h"
#include "bench/fair_day.h"
#include "bench/measure.h"
#include "bench/till.h"
#include "ledger/proof.h"
#include "node/demo/process.h"

namespace verbena::bench {

namespace {

constexpr int tapped_sales = 4'000;
constexpr int meet_every = 40;
constexpr int bands = 200;
constexpr int audits = 3;
constexpr std::uint64_t audit_ms_max = 600'000;

std::size_t archive_bytes(test::World& world, test::Device& hub) {
  node::AuditSource source;
  source.store = std::shared_ptr<ledger::EventStore>(hub.store.get(), [](auto*) {});
  source.root = value_of(ledger::parse_signed_certificate(world.signed_root));
  std::vector<node::AuditSource> sources;
  sources.push_back(std::move(source));
  return value_of(node::close_festival(sources)).file.size();
}

// Of the newest sale in the hub's longest trade log.
void bench_proof(test::World& world, test::Device& hub) {
  const auto logs = hub.store->logs();
  const auto longest = std::max_element(logs.begin(), logs.end(), [](const auto& a, const auto& b) {
    const auto size = [](const auto& log) {
      return log.name.log_class == ledger::LogClass::trade ? log.head.size : 0;
    };
    return size(a) < size(b);
  });
  std::string id;
  std::size_t event_bytes = 0;
  need_ok(hub.store->read(longest->name, longest->head.size - 1, 1,
                          [&](std::uint64_t, std::string_view event) {
                            id = ledger::hex(ledger::leaf_hash(event));
                            event_bytes = event.size();
                            return ledger::done();
                          }));
  const auto root = value_of(ledger::parse_signed_certificate(world.signed_root));
  const auto file = value_of(ledger::prove_event(*hub.store, root, id));
  const auto fingerprint = ledger::hex(ledger::key_id(world.root.key));
  Latency verified;
  for (int round = 0; round < rounds; ++round) {
    verified.round([&] { need(ledger::verify_proof(file, fingerprint).ok(), "a proof holds"); });
  }
  row("proof of an event in a log of " + std::to_string(longest->head.size),
      static_cast<double>(file.size() - event_bytes), "bytes", "without the event", "");
  row("verifying it, p50", verified.p50() / 1'000, "ms", "certificates included", "< 1");
}

// Sales through the product's own terminal at four tills that stay in touch with a hub.
void bench_bytes() {
  auto settings = test::small_festival();
  settings.mutable_limits()->clear_unwitnessed_count();  // nobody gives receipts here
  settings.mutable_limits()->clear_unwitnessed_value_minor();
  test::World world(1, settings);
  auto& hub = world.add(schemas::HUB, "hub");
  auto& desk = world.add(schemas::TOP_UP_DESK, "desk");
  std::vector<test::Device*> tills;
  for (int i = 1; i <= 4; ++i) {
    const std::string number = std::to_string(i);
    tills.push_back(&world.add(schemas::VENDOR, "pos-" + number, "bar-" + number));
  }
  const auto all_meet = [&] {
    for (auto* till : tills) test::World::meet(hub, *till);
    test::World::meet(hub, desk);
    for (auto* till : tills) test::World::meet(hub, *till);
  };
  all_meet();
  const auto sell_all = [&](std::vector<test::Band>* of) {
    const std::size_t before = archive_bytes(world, hub);
    for (int i = 0; i < tapped_sales; ++i) {
      if (i % meet_every == 0) all_meet();
      world.clock.now_ms += 1'000 + world.random.below(4'000);
      auto request = two_items(of == nullptr ? "cash" : "purse");
      request.set_intent(world.random.next() | 1);
      tap(*tills[static_cast<std::size_t>(i) % tills.size()]->ledger, world.random, request,
          of == nullptr ? nullptr : &(*of)[static_cast<std::size_t>(i) % of->size()].image);
    }
    all_meet();
    return static_cast<double>(archive_bytes(world, hub) - before) / tapped_sales;
  };
  const double cash = sell_all(nullptr);
  std::vector<test::Band> taken;
  for (int i = 0; i < bands; ++i) {
    taken.push_back(world.band());
    tap(*desk.ledger, world.random, top_up(15'000), &taken.back().image);
    if (i % meet_every == 0) all_meet();
  }
  all_meet();
  const double band = sell_all(&taken);
  bench_proof(world, hub);
  row("archive, one cash sale of two items", cash, "bytes", "with its share of heads", "<= 40");
  row("archive, one band sale of two items", band, "bytes", "prepared and confirmed", "<= 70");
}

struct Day {
  std::filesystem::path path;
  std::size_t bytes = 0;
  std::uint64_t events = 0;
};

// A fair day's archive, sealed by its supervisors.
Day sealed_day(const Job& job) {
  test::World world;
  const auto runs = fair_day(world, job.sales);
  replication::ArchiveWriter writer(world.signed_root);
  const auto add = [&](ledger::LogRun run) {
    schemas::Frame frame;
    *frame.mutable_run() = ledger::to_wire(std::move(run));
    writer.add(std::move(frame));
  };
  const auto& root = *world.device("root").ledger;
  for (const auto& log : root.logs()) {
    for (auto& run : value_of(root.read(log.name, 0, SIZE_MAX))) add(std::move(run));
  }
  std::uint64_t events = 0;
  for (const auto& run : runs) {
    events += run.events.size();
    add(run);
  }
  ledger::Bytes file = writer.sealed({});
  auto made = value_of(node::audit_archive(value_of(replication::read_archive(file))));
  schemas::SignedSeal seal;
  seal.set_seal(made.found.SerializeAsString());
  for (const auto& key : world.approvers) *seal.add_signature() = ledger::sign_seal(seal, *key);
  file = value_of(replication::ArchiveWriter::reseal(file)).sealed(seal);
  const auto path = job.work / "day.verbena";
  need_ok(node::write_file(path, file));
  return {path, file.size(), events};
}

// Leaf and node hashing of the same events (RFC 6962), as many logs at a time as processors: what
// no audit that rebuilds the trees can be faster than.
double hashing_seconds(const std::filesystem::path& path) {
  const auto source = value_of(node::open_audit_source(path));
  std::vector<ledger::StoredLog> logs = source.store->logs();
  std::atomic<std::size_t> next = 0;
  const auto began = Steady::now();
  const auto work = [&] {
    for (std::size_t i = next++; i < logs.size(); i = next++) {
      ledger::MerklePeaks peaks;
      need_ok(source.store->read(logs[i].name, 0, UINT64_MAX,
                                 [&](std::uint64_t, std::string_view event) {
                                   peaks.append(ledger::leaf_hash(event));
                                   return ledger::done();
                                 }));
      need(peaks.root() == logs[i].head.root, "a log hashes to its head");
    }
  };
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i) {
      threads.emplace_back(work);
    }
  }
  return seconds_since(began);
}

// The program itself, in a process of its own. Returns the most memory it held, in KiB.
std::uint64_t audited(const std::filesystem::path& path, const std::filesystem::path& log) {
  auto process =
      value_of(node::Process::spawn_self({"audit", path.string(), "--json"}, log.string()));
  constexpr std::string_view true_then_peak = "ended 0 ";
  for (;;) {
    const auto line = value_of(process.read_line(audit_ms_max));
    if (!line.starts_with("ended ")) continue;
    need(line.starts_with(true_then_peak), "the audit finds the archive true");
    return std::stoull(line.substr(true_then_peak.size()));
  }
}

}  // namespace

void bench_archive(const Job& job) {
  bench_bytes();
  const Day day = sealed_day(job);
  ::malloc_trim(0);
  std::vector<double> seconds, reading, hashing;
  std::uint64_t peak_kib = 0;
  for (int i = 0; i < audits; ++i) {
    hashing.push_back(hashing_seconds(day.path));
    auto began = Steady::now();
    value_of(node::open_audit_source(day.path));
    reading.push_back(seconds_since(began));
    began = Steady::now();
    peak_kib = std::max(peak_kib, audited(day.path, job.work / "audit.log"));
    seconds.push_back(seconds_since(began));
  }
  row("archive of " + std::to_string(job.sales) + " sales, " + std::to_string(day.events) +
          " events",
      static_cast<double>(day.bytes) / static_cast<double>(job.sales), "bytes/sale", "synthetic",
      "");
  row("reading it: every block's hash, unfolding", median(reading), "s", "", "");
  row("RFC 6962 hashing of its events, all processors", median(hashing), "s", "", "");
  row("verbena audit, from the file to the verdict", median(seconds), "s",
      times(median(seconds), median(hashing), "the hashing"), "<= 5 s for 500,000, <= 3x");
  row("its peak of memory", static_cast<double>(peak_kib) / 1024, "MiB", "",
      "<= 2048 for 5,000,000 events");
}

}  // namespace verbena::bench
