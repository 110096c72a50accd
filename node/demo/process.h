// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/core/result.h"

namespace verbena::node {

// A child of this program. Spawned, never forked: gRPC does not survive a fork.
class Process {
 public:
  // Runs this program again with `arguments`; stderr goes to `log`.
  static ledger::Result<Process> spawn_self(const std::vector<std::string>& arguments,
                                            const std::string& log);
  // Runs a program that lies beside this one. What it is told and answers: `write` and `read`.
  static ledger::Result<Process> spawn_beside(const std::string& name, const std::string& log);
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;
  ~Process();  // kills it if it still runs

  // The next line on its stdout.
  ledger::Result<std::string> read_line(std::uint64_t timeout_ms);
  // For one that was spawned beside this: all of it, however long it takes. unreachable: it ended.
  ledger::Status write(std::string_view bytes);
  ledger::Result<std::string> read(std::size_t size);
  void kill_now();                     // SIGKILL
  int stop(std::uint64_t timeout_ms);  // SIGTERM, then SIGKILL; its exit code, -1 where killed
  bool running() const { return pid_ > 0; }
  int pid() const { return pid_; }

 private:
  Process(int pid, int in, int out) : pid_(pid), in_(in), out_(out) {}
  static ledger::Result<Process> spawn(const std::string& program,
                                       const std::vector<std::string>& arguments,
                                       const std::string& log, bool is_told);
  int pid_ = -1;
  int in_ = -1;  // its stdin; -1: it is told nothing
  int out_ = -1;
};

}  // namespace verbena::node
