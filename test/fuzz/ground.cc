// SPDX-License-Identifier: Apache-2.0
#include "test/fuzz/ground.h"

#include <google/protobuf/stubs/logging.h>

#include "ledger/core/merkle.h"

namespace verbena::fuzz {

using ledger::Bytes;
using ledger::Hash;
using ledger::Ledger;
using ledger::LogName;
using ledger::LogRun;
using ledger::MemoryStore;
using ledger::State;

namespace {

constexpr std::string_view receipt_context = "verbena-receipt-v1";

// A line for each text that is no UTF-8 would be all there is to read.
const auto protobuf_said_nothing = google::protobuf::SetLogHandler(nullptr);

}  // namespace

Ground::Ground() {
  const auto after = [&](schemas::OperateReply reply) {
    VERBENA_CHECK(reply.has_done());
    bands_written.push_back(band.image);
    meet();
    return reply;
  };
  bands_written.push_back(band.image);
  meet();
  after(world.top_up(desk, band, 3000));
  voided = after(world.sell(one, band, "beer", 2));
  after(world.sell(two, band, "water"));
  cash_sale = after(world.sell_cash(one, "water", 2));
  after(world.void_sale(one, ledger::hex(voided.done().id())));
  spent = after(world.sell(one, band, "beer"));
  for (auto* device : {&one, &two, &desk}) {
    for (const auto& receipt : device->ledger->make_receipts(0)) {
      VERBENA_CHECK(hub.ledger->note_receipt(receipt).ok());
    }
  }
}

void Ground::meet() {
  for (int round = 0; round < 2; ++round) {
    for (auto* device : {&desk, &sup, &one, &two}) test::World::meet(hub, *device);
  }
}

Ground& ground() {
  static Ground it;
  return it;
}

Ledger& Stage::fresh() {
  if (!ledger_ || mark() != mark_) {
    ledger_.reset();
    store_ = start_;
    random_ = test::SeededRandom(1);
    ledger_ = Ledger::open(store_, ground().world.root, identity_, clock_, random_).take();
    mark_ = mark();
  }
  return *ledger_;
}

std::uint64_t Stage::mark() const {
  std::uint64_t out = store_.appends();
  for (const auto& log : ledger_->logs()) out += log.claimed;
  return out;
}

LogRun sign_run(const ledger::DeviceIdentity& author, const LogName& log,
                std::span<const Hash> below, std::vector<Bytes> events) {
  ledger::MerklePeaks peaks;
  for (const auto& leaf : below) peaks.append(leaf);
  for (const auto& event : events) peaks.append(ledger::leaf_hash(event));
  const auto head = ledger::sign_head(author.key, log.id(), peaks.size(), peaks.root(), 1);
  return {log, below.size(), std::move(events), head};
}

void mend_run(schemas::Run& run, const ledger::DeviceIdentity& author, Leaves& held) {
  run.mutable_log()->set_certificate(ledger::to_bytes(author.certificate.hash));
  run.mutable_log()->set_log_class(1 + run.log().log_class() % 3);
  if (run.event_size() == 0) run.add_event();
  auto& leaves = held[*ledger::from_wire(run.log())];
  leaves.resize(std::min<std::uint64_t>(run.first(), leaves.size()));
  const auto whole = sign_run(author, *ledger::from_wire(run.log()), leaves,
                              {run.event().begin(), run.event().end()});
  run.set_first(whole.first);
  *run.mutable_head() = ledger::to_wire(whole.head);
  for (const auto& event : whole.events) leaves.push_back(ledger::leaf_hash(event));
}

void sign_receipt(schemas::Receipt& receipt, const ledger::DeviceIdentity& witness) {
  receipt.set_witness(ledger::to_bytes(witness.certificate.hash));
  Bytes message;
  ledger::put_u64(message, witness.certificate.festival);
  message += receipt.witness();
  for (const auto& position : receipt.position()) {
    message += position.log();
    ledger::put_u64(message, position.size());
    message += position.root();
  }
  receipt.set_signature(ledger::to_bytes(witness.key.sign(receipt_context, message)));
}

std::vector<LogRun> runs_of(const Ledger& ledger) {
  std::vector<LogRun> out;
  for (const auto& log : ledger.logs()) {
    for (auto& run : *ledger.read(log.name, 0, SIZE_MAX)) out.push_back(std::move(run));
    for (auto& run : *ledger.branch_runs(log.name)) out.push_back(std::move(run));
  }
  return out;
}

Leaves leaves_of(const Ledger& ledger) {
  Leaves out;
  for (const auto& log : ledger.logs()) {
    for (const auto& run : *ledger.read(log.name, 0, SIZE_MAX)) {
      for (const auto& event : run.events) out[run.log].push_back(ledger::leaf_hash(event));
    }
  }
  return out;
}

Hash digest_of(const Ledger& ledger) {
  Hash out{};
  ledger.ask([&](State& state, const ledger::DeviceView&) { out = state.digest(); });
  return out;
}

Hash rebuilt_digest(const MemoryStore& store, const ledger::Certificate& root) {
  MemoryStore copy = store;
  test::ManualClock clock;
  test::SeededRandom random(1);
  auto ledger = Ledger::open(copy, root, {}, clock, random);
  VERBENA_CHECK(ledger.ok());
  return digest_of(**ledger);
}

std::unique_ptr<State> folded(const MemoryStore& store) {
  auto state = std::make_unique<State>(ground().world.root);
  const auto replayed = ledger::replay(
      store, {}, *state, [](const LogName&, std::uint64_t, const Hash&, const schemas::Event&) {});
  VERBENA_CHECK(replayed.ok() && replayed->damaged.empty());
  return state;
}

void check_conserved(State& state) {
  std::map<std::string, __int128> sums;
  for (const auto& account : state.accounts().all()) sums[account.unit] += account.balance;
  for (const auto& [unit, sum] : sums) VERBENA_CHECK(sum == 0);
}

void check_conserved(const Ledger& ledger) {
  ledger.ask([](State& state, const ledger::DeviceView&) { check_conserved(state); });
}

}  // namespace verbena::fuzz
