// SPDX-License-Identifier: Apache-2.0
// What a client may ask a node for, as bytes of an OperateRequest. What is refused writes nothing;
// a band that is to be written is one that is read again; and a restart comes to the same state.
#include "ledger/purse/band.h"
#include "test/fuzz/ground.h"

using namespace verbena;
using fuzz::ground;

namespace {

void check_image(ledger::Ledger& ledger, const std::string& image) {
  ledger.ask([&](ledger::State& state, const ledger::DeviceView&) {
    VERBENA_CHECK(ledger::read_band(state, image).ok());
  });
}

void check_session(fuzz::Stage& stage, const schemas::OperateRequest& request,
                   const ledger::Caller& caller, bool writes_band) {
  ledger::Ledger& ledger = stage.fresh();
  test::SeededRandom random(1);
  node::TapSession session(ledger, random, caller);
  const auto before = ledger.events();
  auto reply = session.begin(request);
  VERBENA_CHECK(reply.body_case() != schemas::OperateReply::BODY_NOT_SET);
  if (reply.has_refused()) {
    VERBENA_CHECK(!reply.refused().code().empty() && reply.refused().code() != "none");
    VERBENA_CHECK(reply.refused().code() != "internal");
    VERBENA_CHECK(ledger.events() == before);
    return;
  }
  if (reply.has_write()) {
    check_image(ledger, reply.write());
    reply = session.wrote(writes_band ? reply.write() : request.band());
    VERBENA_CHECK(writes_band ? reply.has_done() : reply.refused().code() == "tap-again");
  }
  VERBENA_CHECK(!session.wrote(request.band()).has_done());  // nothing is open any more
  if (ledger.events() == before) return;
  fuzz::check_conserved(ledger);
  VERBENA_CHECK(fuzz::digest_of(ledger) ==
                fuzz::rebuilt_digest(stage.store(), ground().world.root));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static fuzz::Stage one(*ground().one.store, ground().one.identity);
  static fuzz::Stage desk(*ground().desk.store, ground().desk.identity);
  static fuzz::Stage sup(*ground().sup.store, ground().sup.identity);
  schemas::OperateRequest request;
  if (!request.ParseFromArray(data, static_cast<int>(size))) return 0;
  check_session(one, request, schemas::VENDOR, true);
  check_session(one, request, schemas::STAND_LEAD, false);
  check_session(desk, request, schemas::TOP_UP_DESK, true);
  check_session(desk, request, schemas::STORE, true);
  check_session(sup, request, schemas::SUPERVISOR, true);
  check_session(sup, request, {schemas::VENDOR, "v001", {schemas::STAND_LEAD}}, true);
  return 0;
}
