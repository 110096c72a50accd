// SPDX-License-Identifier: Apache-2.0
#include "node/demo/relay.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <deque>
#include <list>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "node/system_clock.h"

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Result;

namespace {

constexpr std::size_t buffered_bytes_max = 1 << 20;  // a direction stops reading beyond this

class Socket {
 public:
  explicit Socket(int fd = -1) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

Socket tcp_socket() {
  Socket out(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(out.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return out;
}

std::uint16_t port_of(const std::string& address) {
  return static_cast<std::uint16_t>(std::atoi(address.substr(address.rfind(':') + 1).c_str()));
}

struct Chunk {
  std::uint64_t due_ms = 0;
  std::string bytes;
  std::size_t written = 0;
};

// One direction of a connection.
struct Flow {
  std::deque<Chunk> chunks;
  std::size_t buffered = 0;
  bool ended = false;  // its source will send no more
};

struct Connection {
  Socket client, server;
  Flow up, down;
  std::string route;
  bool dead = false;
};

struct Route {
  Socket listener;
  std::string target;
  bool is_cut = false;
  std::uint64_t delay_ms = 0;
};

}  // namespace

class Relay::Impl {
 public:
  Impl() {
    VERBENA_CHECK(::pipe2(wake_, O_NONBLOCK | O_CLOEXEC) == 0);
    thread_ = std::thread([this] { loop(); });
  }
  ~Impl() {
    stopping_ = true;
    wake();
    thread_.join();
    ::close(wake_[0]);
    ::close(wake_[1]);
  }

  Result<std::string> add(const std::string& name, const std::string& target) {
    Route route;
    route.listener = tcp_socket();
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    if (::bind(route.listener.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::listen(route.listener.get(), 64) != 0 ||
        ::getsockname(route.listener.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      return Error{Errc::unreachable, "the relay cannot listen on loopback"};
    }
    route.target = target;
    const std::string out = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    std::lock_guard lock(mutex_);
    routes_[name] = std::move(route);
    wake();
    return out;
  }

  template <typename Change>
  void change(const std::string& name, const Change& apply) {
    std::lock_guard lock(mutex_);
    const auto found = routes_.find(name);
    if (found == routes_.end()) return;
    apply(found->second);
    if (found->second.is_cut) {
      for (auto& connection : connections_) connection.dead |= connection.route == name;
    }
    wake();
  }

  std::uint64_t bytes_moved() const { return moved_; }

 private:
  void wake() {
    const char byte = 0;
    (void)!::write(wake_[1], &byte, 1);
  }

  void loop() {
    while (!stopping_) {
      std::vector<pollfd> polled{{wake_[0], POLLIN, 0}};
      int wait_ms = 1000;
      {
        std::lock_guard lock(mutex_);
        for (auto& [name, route] : routes_) {
          polled.push_back({route.listener.get(), POLLIN, 0});
        }
        const std::uint64_t now = clock_.monotonic_ms();
        for (auto& connection : connections_) {
          polled.push_back(
              {connection.client.get(), wanted(connection.up, connection.down, now, wait_ms), 0});
          polled.push_back(
              {connection.server.get(), wanted(connection.down, connection.up, now, wait_ms), 0});
        }
      }
      ::poll(polled.data(), polled.size(), wait_ms);
      char drained[64];
      while (::read(wake_[0], drained, sizeof drained) > 0) {
      }
      std::lock_guard lock(mutex_);
      for (auto& [name, route] : routes_) accept_on(name, route);
      for (auto& connection : connections_) move(connection);
      connections_.remove_if([](const auto& connection) { return connection.dead; });
    }
  }

  // What to wait for on the socket that feeds `in` and drains `out`.
  static short wanted(const Flow& in, const Flow& out, std::uint64_t now, int& wait_ms) {
    short events = 0;
    if (!in.ended && in.buffered < buffered_bytes_max) events |= POLLIN;
    if (!out.chunks.empty()) {
      if (out.chunks.front().due_ms <= now) {
        events |= POLLOUT;
      } else {
        wait_ms = std::min(wait_ms, static_cast<int>(out.chunks.front().due_ms - now));
      }
    }
    return events;
  }

  void accept_on(const std::string& name, Route& route) {
    for (;;) {
      Socket client(
          ::accept4(route.listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (client.get() < 0) return;
      if (route.is_cut) continue;
      const int on = 1;
      ::setsockopt(client.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      Connection connection;
      connection.client = std::move(client);
      connection.server = tcp_socket();
      const sockaddr_in target = loopback(port_of(route.target));
      if (::connect(connection.server.get(), reinterpret_cast<const sockaddr*>(&target),
                    sizeof target) != 0 &&
          errno != EINPROGRESS) {
        continue;
      }
      connection.route = name;
      connections_.push_back(std::move(connection));
    }
  }

  void move(Connection& connection) {
    const std::uint64_t now = clock_.monotonic_ms();
    const std::uint64_t delay = routes_.at(connection.route).delay_ms;
    const bool ok = fill(connection.client, connection.up, now + delay) &&
                    fill(connection.server, connection.down, now + delay) &&
                    drain(connection.server, connection.up, now) &&
                    drain(connection.client, connection.down, now);
    const auto finished = [](const Flow& flow) { return flow.ended && flow.chunks.empty(); };
    connection.dead |= !ok || finished(connection.up) || finished(connection.down);
  }

  static bool fill(const Socket& from, Flow& flow, std::uint64_t due_ms) {
    char buffer[64 << 10];
    while (!flow.ended && flow.buffered < buffered_bytes_max) {
      const ssize_t got = ::recv(from.get(), buffer, sizeof buffer, 0);
      if (got == 0) flow.ended = true;
      if (got < 0) return errno == EAGAIN || errno == EINTR || errno == ENOTCONN;
      if (got <= 0) break;
      flow.chunks.push_back({due_ms, std::string(buffer, static_cast<std::size_t>(got)), 0});
      flow.buffered += static_cast<std::size_t>(got);
    }
    return true;
  }

  bool drain(const Socket& to, Flow& flow, std::uint64_t now) {
    while (!flow.chunks.empty() && flow.chunks.front().due_ms <= now) {
      Chunk& chunk = flow.chunks.front();
      const ssize_t put = ::send(to.get(), chunk.bytes.data() + chunk.written,
                                 chunk.bytes.size() - chunk.written, MSG_NOSIGNAL);
      if (put < 0) return errno == EAGAIN || errno == EINTR || errno == ENOTCONN;
      chunk.written += static_cast<std::size_t>(put);
      moved_ += static_cast<std::uint64_t>(put);
      if (chunk.written < chunk.bytes.size()) return true;
      flow.buffered -= chunk.bytes.size();
      flow.chunks.pop_front();
    }
    return true;
  }

  SystemClock clock_;
  std::mutex mutex_;
  std::map<std::string, Route> routes_;
  std::list<Connection> connections_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> moved_{0};
  int wake_[2] = {-1, -1};
  std::thread thread_;
};

Relay::Relay() : impl_(std::make_unique<Impl>()) {}
Relay::~Relay() = default;

Result<std::string> Relay::add(const std::string& name, const std::string& target) {
  return impl_->add(name, target);
}
void Relay::retarget(const std::string& name, const std::string& target) {
  impl_->change(name, [&](auto& route) { route.target = target; });
}
void Relay::cut(const std::string& name, bool is_cut) {
  impl_->change(name, [&](auto& route) { route.is_cut = is_cut; });
}
void Relay::delay(const std::string& name, std::uint64_t delay_ms) {
  impl_->change(name, [&](auto& route) { route.delay_ms = delay_ms; });
}
std::uint64_t Relay::bytes_moved() const {
  return impl_->bytes_moved();
}

}  // namespace verbena::node
