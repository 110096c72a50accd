// SPDX-License-Identifier: Apache-2.0
#include "bench/benches.h"
#include "bench/long_log.h"
#include "bench/measure.h"
#include "bench/till.h"
#include "ledger/audit.h"
#include "ledger/store/rocks_store.h"

namespace verbena::bench {

namespace {

constexpr std::uint64_t heads_of = 64;
constexpr std::uint64_t single_sales = 20'000;
constexpr std::uint64_t sync_every = 1'000;
constexpr int audits = 3;

double ingest_rate(test::World& world, const std::filesystem::path& path,
                   const std::vector<ledger::LogRun>& log) {
  StoredDevice hub(world, "hub", path);
  std::uint64_t events = 0, since_sync = 0;
  const auto began = Steady::now();
  for (const auto& run : log) {
    need(value_of(hub.ledger->ingest(run)) == ledger::Ingested::added, "a run was not added");
    events += run.events.size();
    since_sync += run.events.size();
    if (since_sync >= sync_every) {
      need_ok(hub.ledger->sync());
      since_sync = 0;
    }
  }
  need_ok(hub.ledger->sync());
  return static_cast<double>(events) / seconds_since(began);
}

// What the machine allows at this moment: the signatures of the same heads and nothing else.
double verify_rate(const ledger::DeviceIdentity& author, const std::vector<ledger::LogRun>& log) {
  constexpr std::size_t heads = 4'000;
  const auto began = Steady::now();
  const ledger::Hash id = log.front().log.id();
  for (std::size_t i = 0; i < heads; ++i) {
    need(ledger::verify_head(author.key.public_key(), id, log.at(i).head), "a head is false");
  }
  return static_cast<double>(heads) / seconds_since(began);
}

double audit_seconds(const ledger::EventStore& store, const test::World& world,
                     std::uint64_t sales) {
  const auto began = Steady::now();
  const auto report = value_of(ledger::audit(store, world.root));
  const double seconds = seconds_since(began);
  need(report.faults() == 0 && report.events >= sales, "the audit found faults");
  return seconds;
}

}  // namespace

void bench_ingest(const Job& job) {
  test::World world;
  world.add(schemas::HUB, "hub");
  world.add(schemas::VENDOR, "pos", "bar-1");
  const auto& author = world.device("pos").identity;
  const auto batched = long_log(author, world.random, job.sales, heads_of);
  const auto single = long_log(author, world.random, single_sales, 1);
  std::vector<double> batch, live, verified;
  for (int i = 0; i < rounds; ++i) {
    const std::string number = std::to_string(i);
    batch.push_back(ingest_rate(world, job.work / ("batch-" + number), batched));
    verified.push_back(verify_rate(author, single));
    live.push_back(ingest_rate(world, job.work / ("live-" + number), single));
  }
  row("ingest, verified, heads of 64, a sync per 1,000", median(batch), "events/s", "",
      ">= 200,000/s");
  row("Ed25519 verification of the same heads alone", median(verified), "heads/s", "", "");
  row("ingest, verified, one head per sale", median(live), "events/s",
      times(median(live), median(verified), "verification"), ">= 15,000/s");

  const auto opened =
      value_of(ledger::open_rocks_store((job.work / "batch-0").string(), {.read_only = true}));
  std::vector<double> seconds;
  for (int i = 0; i < audits; ++i) {
    seconds.push_back(audit_seconds(*opened.store, world, job.sales));
  }
  row("audit from disk, every kept head, " + std::to_string(job.sales) + " sales", median(seconds),
      "s", "one core", "<= 5 s for 500,000");
}

}  // namespace verbena::bench
