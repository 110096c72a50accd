// SPDX-License-Identifier: Apache-2.0
#include "node/stop_signal.h"

#include <csignal>
#include <ctime>

namespace verbena::node {

namespace {

sigset_t stopping() {
  sigset_t out;
  sigemptyset(&out);
  sigaddset(&out, SIGTERM);
  sigaddset(&out, SIGINT);
  return out;
}

}  // namespace

StopSignal::StopSignal() {
  const sigset_t signals = stopping();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

void StopSignal::wait() {
  const sigset_t signals = stopping();
  int signal = 0;
  sigwait(&signals, &signal);
}

bool StopSignal::wait_for_ms(std::uint64_t ms) {
  const sigset_t signals = stopping();
  const timespec limit{static_cast<time_t>(ms / 1000), static_cast<long>(ms % 1000 * 1'000'000)};
  return sigtimedwait(&signals, nullptr, &limit) > 0;
}

}  // namespace verbena::node
