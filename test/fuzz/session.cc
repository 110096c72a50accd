// SPDX-License-Identifier: Apache-2.0
// A hub's session with a certified device that sends anything. Whatever it sends, the logs of all
// others stay as they were, money is conserved, and a restart comes to the same state.
#include "replication/pack.h"
#include "test/fuzz/ground.h"
#include "test/fuzz/input.h"

using namespace verbena;
using fuzz::ground;
using schemas::Frame;

namespace {

// What the first byte of a part asks for besides its frame.
constexpr int as_own_run = 1, as_own_receipt = 2, packed = 4, then_pump = 8, said_first = 16;
constexpr int parts_max = 64;

const ledger::DeviceIdentity& peer() {
  return ground().two.identity;
}

Frame frame_of(fuzz::Input& in, int asks, fuzz::Leaves& held) {
  Frame frame;
  const auto bytes = in.chunk();
  if (!frame.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) frame.Clear();
  if (frame.has_run() && (asks & as_own_run) != 0) {
    fuzz::mend_run(*frame.mutable_run(), peer(), held);
  }
  if (frame.has_receipt() && (asks & as_own_receipt) != 0) {
    fuzz::sign_receipt(*frame.mutable_receipt(), peer());
  }
  return frame;
}

bool is_pack(const Frame& frame) {
  return frame.body_case() == Frame::kPacked || frame.body_case() == Frame::kContinued;
}

// Refused, or frames that are no packs and come unchanged through two more packs, of which the
// second may lean on the first.
void check_unpack(const Frame& frame, replication::Unpacker& unpacker) {
  const auto frames = unpacker.unpack(frame);
  if (!frames) return;
  VERBENA_CHECK(frames->size() <= std::size_t{replication::pack_frames_max});
  std::string sent, got;
  for (const auto& one : *frames) {
    VERBENA_CHECK(!is_pack(one));
    sent += one.SerializeAsString();
  }
  replication::Packer there;
  replication::Unpacker here;
  for (int turn = 0; turn < 2; ++turn) {
    for (const auto& pack : there.pack(*frames, replication::prefix_bytes_max)) {
      const auto unpacked = here.unpack(pack);
      VERBENA_CHECK(unpacked.ok());
      for (const auto& one : *unpacked) got += one.SerializeAsString();
    }
  }
  VERBENA_CHECK(got == sent + sent);
}

void check_sent(const std::vector<Frame>& frames) {
  for (const auto& frame : frames) {
    VERBENA_CHECK(frame.body_case() != Frame::BODY_NOT_SET && !is_pack(frame));
    VERBENA_CHECK(frame.ByteSizeLong() <= replication::frame_bytes_max);
    if (frame.has_run()) VERBENA_CHECK(ledger::from_wire(frame.run()).ok());
  }
}

void converse(replication::Session& session, ledger::Ledger& hub, fuzz::Input& in) {
  fuzz::Leaves held = fuzz::leaves_of(hub);
  replication::Packer packer;
  replication::Unpacker unpacker;
  for (int part = 0; part < parts_max && !in.empty(); ++part) {
    const int asks = in.byte();
    const Frame frame = frame_of(in, asks, held);
    check_unpack(frame, unpacker);
    const bool was_cut = session.cut();
    const auto news = hub.news();
    if ((asks & said_first) != 0) check_sent(session.hello());
    for (const auto& sent : (asks & packed) != 0
                                ? packer.pack({frame, frame}, replication::prefix_bytes_max)
                                : std::vector{frame}) {
      const auto answers = session.receive(sent);
      check_sent(answers);
      if (was_cut) VERBENA_CHECK(answers.empty() && hub.news() == news);
    }
    if ((asks & then_pump) != 0) check_sent(session.pump());
  }
}

// The peer's own logs may have grown; the hub may have proven a fork of them. Nothing else.
void check_logs(const std::vector<ledger::LogSummary>& before, const ledger::Ledger& hub) {
  std::uint64_t events = 0;
  bool forked = false;
  hub.ask([&](ledger::State& state, const ledger::DeviceView&) {
    forked = state.roster().forked(peer().certificate.key);
  });
  for (const auto& log : hub.logs()) {
    events += log.held.size;
    const bool by_hub = log.name.certificate == hub.identity()->certificate.hash;
    if (log.name.certificate == peer().certificate.hash) continue;
    if (by_hub && log.name.log_class == ledger::LogClass::control && forked) continue;
    const auto old = std::find_if(before.begin(), before.end(),
                                  [&](const auto& known) { return known.id == log.id; });
    VERBENA_CHECK(old != before.end() && old->head == log.head && !log.forked);
  }
  VERBENA_CHECK(hub.logs().size() >= before.size());
  VERBENA_CHECK(hub.events() == events);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const ledger::MemoryStore at_hub = *ground().hub.store;
  static fuzz::Stage stage(at_hub, ground().hub.identity);
  ledger::Ledger& hub = stage.fresh();
  const auto before = hub.logs();
  const auto news = hub.news();
  replication::Session session(hub);
  fuzz::Input in(data, size);
  converse(session, hub, in);
  (void)hub.receipts();
  if (hub.news() == news) return 0;
  check_logs(before, hub);
  fuzz::check_conserved(hub);
  VERBENA_CHECK(fuzz::digest_of(hub) == fuzz::rebuilt_digest(stage.store(), ground().world.root));
  return 0;
}
