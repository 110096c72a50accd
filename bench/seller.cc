// SPDX-License-Identifier: Apache-2.0
// A till as a process: the product's node, and somebody who sells at it for cash.
#include <cstdio>

#include "bench/benches.h"
#include "bench/site.h"
#include "bench/till.h"
#include "node/node.h"
#include "node/rpc.h"
#include "node/stop_signal.h"
#include "node/system_clock.h"

namespace verbena::bench {

// HOME NOTES COUNT PAUSE_MS PEER...: COUNT 0 sells until stopped; a pause takes 4/5 to 6/5 of
// PAUSE_MS.
int run_seller(const std::vector<std::string>& arguments) {
  node::StopSignal stop;
  node::prepare_process();
  need(arguments.size() >= 4, "a seller needs more arguments");
  const std::uint64_t count = std::stoull(arguments[2]), pause_ms = std::stoull(arguments[3]);
  const node::SystemClock clock;
  ledger::SystemRandom random;
  node::NodeOptions options{arguments[0], "127.0.0.1:0", {}, {}, {}};
  options.peers.assign(arguments.begin() + 4, arguments.end());
  const auto node = value_of(node::Node::start(options, clock, random));
  std::printf("ready %s\n", node->address().c_str());
  std::fflush(stdout);

  std::vector<std::array<std::uint64_t, 4>> sold;
  bool stopped = false;
  const std::uint64_t least_ms = pause_ms * 4 / 5, spread_ms = pause_ms * 2 / 5 + 1;
  while (!stopped && (count == 0 || sold.size() < count)) {
    stopped = stop.wait_for_ms(least_ms + random.u64() % spread_ms);
    auto request = two_items("cash");
    request.set_intent(random.u64() | 1);
    const std::uint64_t began = now_ns();
    std::uint64_t ended = 0;
    tap(node->ledger(), random, request, nullptr, [&] {
      ended = now_ns();
      node->wake();
    });
    const auto event = node->ledger().find_intent(request.intent());
    need(event.has_value(), "a sale is not found by its intent");
    sold.push_back({event->log.incarnation, event->index, began, ended});
  }
  std::printf("sold\n");
  std::fflush(stdout);
  if (!stopped) stop.wait();
  node->stop();
  write_rows(arguments[1], sold);
  return 0;
}

}  // namespace verbena::bench
