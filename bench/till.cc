// SPDX-License-Identifier: Apache-2.0
#include "bench/till.h"

#include "ledger/store/rocks_store.h"
#include "node/terminal.h"

namespace verbena::bench {

schemas::OperateReply tap(ledger::Ledger& ledger, ledger::Random& random,
                          schemas::OperateRequest request, std::string* band,
                          const std::function<void()>& woke) {
  node::TapSession session(ledger, random, {ledger.identity()->certificate.role});
  if (band != nullptr) request.set_band(*band);
  auto reply = session.begin(request);
  woke();
  while (reply.has_write()) {
    *band = reply.write();
    reply = session.wrote(*band);
    woke();
  }
  need(reply.has_done(), "a tap was refused: " + reply.refused().text());
  return reply;
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

StoredDevice::StoredDevice(test::World& in, const std::string& alias,
                           const std::filesystem::path& path)
    : world(in) {
  auto opened = value_of(ledger::open_rocks_store(path.string(), {}));
  store = std::make_unique<NotedStore>(std::move(opened.store),
                                       [this](const NotedStore::Written& written) {
                                         if (written.batch != nullptr)
                                           store_ns += written.ended_ns - written.began_ns;
                                       });
  ledger = value_of(ledger::Ledger::open(*store, world.root, world.device(alias).identity,
                                         world.clock, world.random));
  const auto& root = *world.device("root").ledger;
  for (const auto& log : root.logs()) {
    for (const auto& run : value_of(root.read(log.name, 0, SIZE_MAX))) {
      value_of(ledger->ingest(run));
    }
  }
  need_ok(ledger->sync());
}

}  // namespace verbena::bench
