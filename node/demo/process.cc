// SPDX-License-Identifier: Apache-2.0
#include "node/demo/process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include "node/system_clock.h"

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Result;
using ledger::Status;

namespace {

void close_if_open(int end) {
  if (end >= 0) ::close(end);
}

}  // namespace

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      in_(std::exchange(other.in_, -1)),
      out_(std::exchange(other.out_, -1)) {}

Process& Process::operator=(Process&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(in_, other.in_);
  std::swap(out_, other.out_);
  return *this;
}

Process::~Process() {
  kill_now();
  close_if_open(in_);
  close_if_open(out_);
}

Result<Process> Process::spawn_self(const std::vector<std::string>& arguments,
                                    const std::string& log) {
  auto process = spawn("/proc/self/exe", arguments, log, false);
  if (process) ::fcntl(process->out_, F_SETFL, O_NONBLOCK);
  return process;
}

Result<Process> Process::spawn_beside(const std::string& name, const std::string& log) {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::string program = (self.parent_path() / name).string();
  if (error || !std::filesystem::exists(program, error)) {
    return Error{Errc::bad_input, program + ": is not there"};
  }
  // One that ended is told by the error of a write, not by a signal that ends this program, too.
  ::signal(SIGPIPE, SIG_IGN);
  return spawn(program, {}, log, true);
}

Result<Process> Process::spawn(const std::string& program,
                               const std::vector<std::string>& arguments, const std::string& log,
                               bool is_told) {
  int out[2], in[2] = {-1, -1};
  if (::pipe2(out, O_CLOEXEC) != 0) return Error{Errc::internal, "cannot make a pipe"};
  if (is_told && ::pipe2(in, O_CLOEXEC) != 0) {
    ::close(out[0]);
    ::close(out[1]);
    return Error{Errc::internal, "cannot make a pipe"};
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log.c_str(),
                                   O_WRONLY | O_CREAT | O_APPEND, 0644);
  if (is_told) {
    posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
  } else {
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  }
  std::vector<char*> argv;
  std::string self = program;
  argv.push_back(self.data());
  std::vector<std::string> copies = arguments;
  for (auto& copy : copies) argv.push_back(copy.data());
  argv.push_back(nullptr);
  pid_t pid = -1;
  const int failed = ::posix_spawn(&pid, self.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(out[1]);
  close_if_open(in[0]);
  if (failed != 0) {
    ::close(out[0]);
    close_if_open(in[1]);
    return Error{Errc::internal,
                 "cannot start " + (arguments.empty() ? program : arguments.front())};
  }
  return Process(pid, in[1], out[0]);
}

Status Process::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(in_, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return Error{Errc::unreachable, "the process ended"};
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return ledger::done();
}

Result<std::string> Process::read(std::size_t size) {
  std::string out(size, '\0');
  for (std::size_t have = 0; have < size;) {
    const ssize_t got = ::read(out_, out.data() + have, size - have);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Error{Errc::unreachable, "the process ended"};
    have += static_cast<std::size_t>(got);
  }
  return out;
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
