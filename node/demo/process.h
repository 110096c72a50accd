// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ledger/core/result.h"

namespace verbena::node {

// A child of this program. Spawned, never forked: gRPC does not survive a fork.
class Process {
 public:
  // Runs this program again with `arguments`; stderr goes to `log`.
  static ledger::Result<Process> spawn_self(const std::vector<std::string>& arguments,
                                            const std::string& log);
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;
  ~Process();  // kills it if it still runs

  // The next line on its stdout.
  ledger::Result<std::string> read_line(std::uint64_t timeout_ms);
  void kill_now();                     // SIGKILL
  int stop(std::uint64_t timeout_ms);  // SIGTERM, then SIGKILL; its exit code, -1 where killed
  bool running() const { return pid_ > 0; }
  int pid() const { return pid_; }

 private:
  Process(int pid, int out) : pid_(pid), out_(out) {}
  int pid_ = -1;
  int out_ = -1;
};

}  // namespace verbena::node
