// SPDX-License-Identifier: Apache-2.0
#include "node/archive.h"
#include "bench/benches.h"
#include "bench/fair_day.h"
#include "bench/measure.h"
#include "bench/till.h"

namespace verbena::bench {

namespace {

constexpr int tapped_sales = 4'000;
constexpr int meet_every = 40;
constexpr int bands = 200;
constexpr int audits = 3;

std::size_t archive_bytes(test::World& world, test::Device& hub) {
  node::AuditSource source;
  source.store = std::shared_ptr<ledger::EventStore>(hub.store.get(), [](auto*) {});
  source.root = value_of(ledger::parse_signed_certificate(world.signed_root));
  std::vector<node::AuditSource> sources;
  sources.push_back(std::move(source));
  return value_of(node::close_festival(sources)).file.size();
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
  row("archive, one cash sale of two items", cash, "bytes", "with its share of heads", "<= 40");
  row("archive, one band sale of two items", band, "bytes", "prepared and confirmed", "<= 70");
}

}  // namespace

void bench_archive(const Job& job) {
  bench_bytes();
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
  std::vector<double> seconds, reading;
  for (int i = 0; i < audits; ++i) {
    const auto began = Steady::now();
    const auto source = value_of(node::open_audit_source(path));
    reading.push_back(seconds_since(began));
    const auto audited = value_of(node::audit_archive(*source.archive));
    seconds.push_back(seconds_since(began));
    for (const auto& finding : audited.report.findings) {
      need(finding.severity != ledger::Severity::fault, finding.kind + ": " + finding.text);
    }
    need(audited.seals.front().holds && audited.report.events > events, "the seal does not hold");
  }
  row("archive of " + std::to_string(job.sales) + " sales, " + std::to_string(events) + " events",
      static_cast<double>(file.size()) / static_cast<double>(job.sales), "bytes/sale", "synthetic",
      "");
  row("reading it: every block's hash, unfolding", median(reading), "s", "", "");
  row("its audit from the file to the verdict", median(seconds), "s", "", "<= 5 s for 500,000");
}

}  // namespace verbena::bench
