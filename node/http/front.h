// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "ledger/core/result.h"

// A small HTTPS server: one thread, TLS 1.3 only, every queue bounded. It knows nothing of Verbena.
namespace verbena::node::http {

constexpr std::size_t header_bytes_max = 8 << 10;
constexpr std::size_t body_bytes_max = 64 << 10;
constexpr std::size_t connections_max = 1'536;
constexpr std::size_t handshakes_max = 128;  // at once; the oldest gives way
constexpr std::size_t streams_max = 256;
constexpr int silence_seconds_max = 10;  // before a client begins its handshake
constexpr int handshake_seconds_max = 3;
constexpr int request_seconds_max = 20;  // from the first moment a connection may speak
constexpr int write_seconds_max = 10;
constexpr int stream_beat_seconds = 10;

struct Request {
  std::string method;
  std::string path;                            // without the query
  std::string query;                           // after the "?", as it came
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  std::string peer;  // its network address, without a port

  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
  }
};

struct Reply {
  unsigned status = 200;
  std::string body = {};
  std::map<std::string, std::string> headers = {};  // Content-Type among them
};

// An endless reply of server-sent events (WHATWG HTML, section 9.2). Any thread.
class Stream {
 public:
  virtual ~Stream() = default;
  // A reader too slow for all gets the newest of each event's name.
  virtual void send(const std::string& event, std::shared_ptr<const std::string> data) = 0;
  virtual void close() = 0;
  virtual bool closed() const = 0;
};

// A request waiting for its answer: exactly one of reply() and stream(), from any thread. Left
// without an answer it closes its connection.
class Exchange {
 public:
  virtual ~Exchange() = default;
  virtual const Request& request() const = 0;
  virtual void reply(Reply reply) = 0;
  virtual std::shared_ptr<Stream> stream(
      Reply head) = 0;  // closed at once where there are too many
};

struct FrontOptions {
  std::string address;  // "127.0.0.1:8443"; port 0: any
  std::string key_pem, certificate_pem;
  std::map<std::string, std::string> headers;  // added to every reply
};

class Front {
 public:
  using Handler = std::function<void(std::shared_ptr<Exchange>)>;  // on the front's thread: brief

  static ledger::Result<std::unique_ptr<Front>> open(const FrontOptions& options, Handler handler);
  virtual ~Front() = default;
  virtual const std::string& address() const = 0;  // with the port in place of 0
  virtual void stop() = 0;                         // ends every connection and the thread
};

}  // namespace verbena::node::http
