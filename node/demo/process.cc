// SPDX-License-Identifier: Apache-2.0
#include "node/demo/process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

#include "node/system_clock.h"

extern char** environ;

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Result;

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), out_(std::exchange(other.out_, -1)) {}

Process& Process::operator=(Process&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(out_, other.out_);
  return *this;
}

Process::~Process() {
  kill_now();
  if (out_ >= 0) ::close(out_);
}

Result<Process> Process::spawn_self(const std::vector<std::string>& arguments,
                                    const std::string& log) {
  int pipe_ends[2];
  if (::pipe2(pipe_ends, O_CLOEXEC) != 0) return Error{Errc::internal, "cannot make a pipe"};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log.c_str(),
                                   O_WRONLY | O_CREAT | O_APPEND, 0644);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  std::vector<char*> argv;
  std::string self = "/proc/self/exe";
  argv.push_back(self.data());
  std::vector<std::string> copies = arguments;
  for (auto& copy : copies) argv.push_back(copy.data());
  argv.push_back(nullptr);
  pid_t pid = -1;
  const int failed = ::posix_spawn(&pid, self.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(pipe_ends[1]);
  if (failed != 0) {
    ::close(pipe_ends[0]);
    return Error{Errc::internal, "cannot start " + arguments.front()};
  }
  ::fcntl(pipe_ends[0], F_SETFL, O_NONBLOCK);
  return Process(pid, pipe_ends[0]);
}

Result<std::string> Process::read_line(std::uint64_t timeout_ms) {
  const SystemClock clock;
  const std::uint64_t deadline = clock.monotonic_ms() + timeout_ms;
  std::string line;
  while (clock.monotonic_ms() < deadline) {
    char c;
    const ssize_t got = ::read(out_, &c, 1);
    if (got == 1) {
      if (c == '\n') return line;
      line.push_back(c);
    } else if (got == 0) {
      return Error{Errc::unreachable, "the process ended before it was ready"};
    } else {
      sleep_ms(2);
    }
  }
  return Error{Errc::unreachable, "the process did not get ready in time"};
}

void Process::kill_now() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

int Process::stop(std::uint64_t timeout_ms) {
  if (pid_ <= 0) return -1;
  ::kill(pid_, SIGTERM);
  const SystemClock clock;
  const std::uint64_t deadline = clock.monotonic_ms() + timeout_ms;
  int status = 0;
  while (clock.monotonic_ms() < deadline) {
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = -1;
      return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    sleep_ms(5);
  }
  kill_now();
  return -1;
}

}  // namespace verbena::node
