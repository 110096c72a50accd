// SPDX-License-Identifier: Apache-2.0
#include "node/http/front.h"

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <list>
#include <optional>
#include <thread>

namespace verbena::node::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace wire = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using ledger::Errc;
using ledger::Error;
using ledger::Result;

namespace {

constexpr std::size_t evicted_max = 64;  // closed and not gone yet

class Connection;

class BeastFront final : public Front {
 public:
  BeastFront(const FrontOptions& options, Handler handler)
      : options_(options), handler_(std::move(handler)) {}
  ~BeastFront() override { stop(); }

  ledger::Status listen();
  const std::string& address() const override { return address_; }
  void stop() override;

  // On the front's thread.
  void handshake_starts(Connection& connection);
  void handshake_over(Connection& connection);
  void used(Connection& connection);
  void gone(Connection& connection);
  bool stream_starts();
  void stream_ends() { --streams_; }

  const FrontOptions options_;
  const Handler handler_;

 private:
  friend class Connection;
  void run();
  void accept();
  void evict_oldest();

  asio::ssl::context tls_{asio::ssl::context::tls_server};
  // Least recently used first; streams are not among them.
  std::list<std::weak_ptr<Connection>> idle_;
  std::size_t connections_ = 0;
  std::size_t streams_ = 0;
  std::list<std::weak_ptr<Connection>> handshakes_;  // oldest first
  std::string address_;
  std::thread thread_;

 public:
  asio::io_context loop_{1};  // its end ends the connections, which use what is above

 private:
  tcp::acceptor acceptor_{loop_};
  asio::steady_timer pause_{loop_};
};

class Connection final : public std::enable_shared_from_this<Connection> {
 public:
  Connection(BeastFront& front, tcp::socket socket, asio::ssl::context& tls)
      : front_(front), stream_(std::move(socket), tls) {
    ++front_.connections_;
  }
  ~Connection() {
    if (streaming_) front_.stream_ends();
    if (handshaking_) front_.handshake_over(*this);
    front_.gone(*this);
    --front_.connections_;
  }

  void start() {
    front_.used(*this);
    error_code ignored;
    peer_ =
        beast::get_lowest_layer(stream_).socket().remote_endpoint(ignored).address().to_string();
    // A client that says nothing must not hold a place among the handshakes.
    beast::get_lowest_layer(stream_).socket().async_wait(
        tcp::socket::wait_read, [self = shared_from_this()](error_code error) {
          if (!error) self->handshake();
        });
    arm_silence();
  }

  void handshake() {
    handshaking_ = true;
    front_.handshake_starts(*this);
    deadline(handshake_seconds_max);
    stream_.async_handshake(asio::ssl::stream_base::server,
                            [self = shared_from_this()](error_code error) {
                              self->handshaking_ = false;
                              self->front_.handshake_over(*self);
                              if (!error) self->read();
                            });
  }

  void read() {
    front_.used(*this);
    parser_.emplace();
    parser_->header_limit(header_bytes_max);
    parser_->body_limit(body_bytes_max);
    deadline(request_seconds_max);
    wire::async_read(
        stream_, buffer_, *parser_,
        [self = shared_from_this()](error_code error, std::size_t) { self->on_read(error); });
  }

  void write(Reply reply, bool keep_alive);
  void refuse(unsigned status, const char* code);
  void start_stream(const Reply& head);
  void feed();
  void close() {
    silence_.cancel();
    beast::get_lowest_layer(stream_).close();
  }

  struct Feed {  // what a stream still has to say
    std::map<std::string, std::shared_ptr<const std::string>> newest;
    std::atomic<bool> closed{false};
  };

  std::list<std::weak_ptr<Connection>>::iterator place{}, handshake_place{};
  bool placed = false;
  std::shared_ptr<Feed> feed_;

 private:
  void deadline(int seconds) {
    beast::get_lowest_layer(stream_).expires_after(std::chrono::seconds(seconds));
  }
  void arm_silence() {
    silence_.expires_after(std::chrono::seconds(silence_seconds_max));
    silence_.async_wait([weak = weak_from_this()](error_code error) {
      const auto self = weak.lock();
      if (!error && self && !self->parser_) self->close();
    });
  }
  void on_read(error_code error);
  void send(std::shared_ptr<std::string> bytes, std::function<void()> then);
  void write_feed(const std::shared_ptr<std::string>& bytes);
  void watch();
  void beat();

  BeastFront& front_;
  beast::ssl_stream<beast::tcp_stream> stream_;
  beast::flat_buffer buffer_;
  std::optional<wire::request_parser<wire::string_body>> parser_;
  asio::steady_timer silence_{front_.loop_};
  std::string peer_;
  bool handshaking_ = false;
  bool streaming_ = false;
  bool writing_ = false;
};

// ---- one request -------------------------------------------------------------------------------

class BeastStream final : public Stream {
 public:
  BeastStream(asio::io_context& loop, std::weak_ptr<Connection> connection,
              std::shared_ptr<Connection::Feed> feed)
      : loop_(loop), connection_(std::move(connection)), feed_(std::move(feed)) {}

  void send(const std::string& event, std::shared_ptr<const std::string> data) override {
    asio::post(loop_, [connection = connection_, event, data = std::move(data)] {
      if (const auto held = connection.lock()) {
        held->feed_->newest[event] = data;
        held->feed();
      }
    });
  }
  void close() override {
    feed_->closed = true;
    asio::post(loop_, [connection = connection_] {
      if (const auto held = connection.lock()) held->close();
    });
  }
  bool closed() const override { return feed_->closed; }

 private:
  asio::io_context& loop_;
  const std::weak_ptr<Connection> connection_;
  const std::shared_ptr<Connection::Feed> feed_;
};

class BeastExchange final : public Exchange {
 public:
  BeastExchange(BeastFront& front, std::shared_ptr<Connection> connection, Request request,
                bool keep_alive)
      : front_(front),
        connection_(std::move(connection)),
        request_(std::move(request)),
        keep_alive_(keep_alive) {}
  ~BeastExchange() override {
    if (connection_) {
      asio::post(front_.loop_, [connection = std::move(connection_)] { connection->close(); });
    }
  }

  const Request& request() const override { return request_; }
  void reply(Reply reply) override {
    asio::post(front_.loop_, [connection = std::exchange(connection_, nullptr),
                              reply = std::move(reply), keep = keep_alive_]() mutable {
      if (connection) connection->write(std::move(reply), keep);
    });
  }
  std::shared_ptr<Stream> stream(Reply head) override {
    auto connection = std::exchange(connection_, nullptr);
    if (!connection) return nullptr;
    auto feed = std::make_shared<Connection::Feed>();
    auto out = std::make_shared<BeastStream>(front_.loop_, connection, feed);
    // Moved, not copied: a connection ends on the front's thread only.
    asio::post(front_.loop_, [&front = front_, connection = std::move(connection), feed,
                              head = std::move(head)]() mutable {
      connection->feed_ = feed;
      if (front.stream_starts()) return connection->start_stream(head);
      feed->closed = true;
      connection->refuse(503, "busy");
    });
    return out;
  }

 private:
  BeastFront& front_;
  std::shared_ptr<Connection> connection_;
  const Request request_;
  const bool keep_alive_;
};

void Connection::on_read(error_code error) {
  if (error == wire::error::header_limit) return refuse(431, "too-large");
  if (error == wire::error::body_limit) return refuse(413, "too-large");
  if (error) {
    const bool malformed = error.category() == make_error_code(wire::error::bad_method).category();
    if (malformed && error != wire::error::end_of_stream && error != wire::error::partial_message) {
      return refuse(400, "bad-input");
    }
    return close();
  }
  auto& message = parser_->get();
  Request request;
  request.method = std::string(message.method_string());
  const std::string target(message.target());
  const auto mark = target.find('?');
  request.path = target.substr(0, mark);
  if (mark != std::string::npos) request.query = target.substr(mark + 1);
  for (const auto& field : message) {
    std::string name(field.name_string());
    for (char& c : name) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    request.headers[name] = std::string(field.value());
  }
  request.body = std::move(message.body());
  request.peer = peer_;
  beast::get_lowest_layer(stream_).expires_never();
  front_.handler_(std::make_shared<BeastExchange>(front_, shared_from_this(), std::move(request),
                                                  message.keep_alive()));
}

void Connection::refuse(unsigned status, const char* code) {
  write({status,
         std::string("{\"refused\":{\"code\":\"") + code + "\",\"text\":\"\"}}",
         {{"Content-Type", "application/json"}}},
        false);
}

void Connection::write(Reply reply, bool keep_alive) {
  auto message = std::make_shared<wire::response<wire::string_body>>();
  message->version(11);
  message->result(reply.status);
  for (const auto& [name, value] : front_.options_.headers) message->set(name, value);
  for (const auto& [name, value] : reply.headers) message->set(name, value);
  message->body() = std::move(reply.body);
  message->keep_alive(keep_alive);
  if (reply.status == 304 || reply.status == 204) {
    message->body().clear();
  } else {
    message->prepare_payload();
  }
  if (parser_ && parser_->get().method() == wire::verb::head) message->body().clear();
  deadline(write_seconds_max);
  wire::async_write(stream_, *message,
                    [self = shared_from_this(), message](error_code error, std::size_t) {
                      if (error || !message->keep_alive()) return self->close();
                      self->read();
                    });
}

// ---- streams -----------------------------------------------------------------------------------

void Connection::start_stream(const Reply& head) {
  streaming_ = true;
  front_.gone(*this);  // nobody evicts a stream
  auto bytes = std::make_shared<std::string>("HTTP/1.1 200 OK\r\n");
  const auto add = [&](const std::string& name, const std::string& value) {
    *bytes += name + ": " + value + "\r\n";
  };
  for (const auto& [name, value] : front_.options_.headers) add(name, value);
  for (const auto& [name, value] : head.headers) add(name, value);
  add("Content-Type", "text/event-stream");
  add("Connection", "close");
  *bytes += "\r\n:\n\n";
  watch();
  write_feed(bytes);
  beat();
}

void Connection::write_feed(const std::shared_ptr<std::string>& bytes) {
  writing_ = true;
  deadline(write_seconds_max);
  asio::async_write(stream_, asio::buffer(*bytes),
                    [self = shared_from_this(), bytes](error_code error, std::size_t) {
                      self->writing_ = false;
                      if (error) return self->close();
                      beast::get_lowest_layer(self->stream_).expires_never();
                      self->feed();
                    });
}

void Connection::feed() {
  if (writing_ || !streaming_ || feed_->newest.empty()) return;
  auto bytes = std::make_shared<std::string>();
  for (const auto& [event, data] : feed_->newest) {
    *bytes += "event: " + event + "\ndata: " + *data + "\n\n";
  }
  feed_->newest.clear();
  write_feed(bytes);
}

// A stream's client has nothing to say: whatever comes, or its end, ends the stream. Started before
// any write sets its deadline, for that would hold for this as well.
void Connection::watch() {
  stream_.async_read_some(buffer_.prepare(1), [self = shared_from_this()](error_code, std::size_t) {
    self->feed_->closed = true;
    self->close();
  });
}

void Connection::beat() {
  silence_.expires_after(std::chrono::seconds(stream_beat_seconds));
  silence_.async_wait([weak = weak_from_this()](error_code error) {
    const auto self = weak.lock();
    if (error || !self) return;
    if (!self->writing_) self->write_feed(std::make_shared<std::string>(":\n\n"));
    self->beat();
  });
}

// ---- the front ---------------------------------------------------------------------------------

ledger::Status BeastFront::listen() {
  const auto colon = options_.address.rfind(':');
  error_code error;
  const auto host = asio::ip::make_address(options_.address.substr(0, colon), error);
  const std::string port =
      colon == std::string::npos ? std::string() : options_.address.substr(colon + 1);
  if (error || port.empty() || port.size() > 5 ||
      port.find_first_not_of("0123456789") != std::string::npos || std::stoul(port) > 65'535) {
    return Error{Errc::bad_input, "\"" + options_.address + "\" is no address:port"};
  }
  const auto fail = [&](const char* what) {
    return Error{Errc::unreachable, options_.address + ": " + what + ": " + error.message()};
  };
  tls_.use_private_key(asio::buffer(options_.key_pem), asio::ssl::context::pem, error);
  if (error) return Error{Errc::damaged, "the TLS key cannot be used: " + error.message()};
  tls_.use_certificate_chain(asio::buffer(options_.certificate_pem), error);
  if (error) return Error{Errc::damaged, "the TLS certificate cannot be used: " + error.message()};
  SSL_CTX_set_min_proto_version(tls_.native_handle(), TLS1_3_VERSION);

  const tcp::endpoint endpoint(host, static_cast<unsigned short>(std::stoul(port)));
  if (acceptor_.open(endpoint.protocol(), error); error) return fail("cannot be opened");
  acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  if (acceptor_.bind(endpoint, error); error) return fail("cannot be bound");
  if (acceptor_.listen(asio::socket_base::max_listen_connections, error); error) {
    return fail("cannot be listened on");
  }
  address_ = options_.address.substr(0, colon) + ":" +
             std::to_string(acceptor_.local_endpoint(error).port());
  accept();
  thread_ = std::thread([this] { run(); });
  return ledger::done();
}

// Whatever one connection's handler throws ends that handler, not the device.
void BeastFront::run() {
  for (;;) {
    try {
      loop_.run();
      return;
    } catch (const std::exception& error) {
      std::fprintf(stderr, "http: %s\n", error.what());
    }
  }
}

void BeastFront::stop() {
  if (!thread_.joinable()) return;
  asio::post(loop_, [this] {
    acceptor_.close();
    loop_.stop();
  });
  thread_.join();
}

void BeastFront::accept() {
  acceptor_.async_accept([this](error_code error, tcp::socket socket) {
    if (!acceptor_.is_open()) return;
    if (error) {  // out of descriptors, say: give the oldest ones back and wait a little
      evict_oldest();
      pause_.expires_after(std::chrono::milliseconds(20));
      pause_.async_wait([this](error_code) { accept(); });
      return;
    }
    if (connections_ >= connections_max) evict_oldest();
    if (connections_ < connections_max + evicted_max) {
      error_code ignored;
      socket.set_option(tcp::no_delay(true), ignored);
      std::make_shared<Connection>(*this, std::move(socket), tls_)->start();
    }
    accept();
  });
}

void BeastFront::evict_oldest() {
  while (!idle_.empty()) {
    const auto oldest = idle_.front().lock();
    idle_.pop_front();
    if (!oldest) continue;
    oldest->placed = false;
    oldest->close();
    return;
  }
}

void BeastFront::used(Connection& connection) {
  gone(connection);
  connection.place = idle_.insert(idle_.end(), connection.weak_from_this());
  connection.placed = true;
}

void BeastFront::gone(Connection& connection) {
  if (!connection.placed) return;
  idle_.erase(connection.place);
  connection.placed = false;
}

void BeastFront::handshake_starts(Connection& connection) {
  if (handshakes_.size() >= handshakes_max) {
    if (const auto oldest = handshakes_.front().lock()) oldest->close();
  }
  connection.handshake_place = handshakes_.insert(handshakes_.end(), connection.weak_from_this());
}

void BeastFront::handshake_over(Connection& connection) {
  handshakes_.erase(connection.handshake_place);
}

bool BeastFront::stream_starts() {
  if (streams_ >= streams_max) return false;
  ++streams_;
  return true;
}

}  // namespace

Result<std::unique_ptr<Front>> Front::open(const FrontOptions& options, Handler handler) {
  auto front = std::make_unique<BeastFront>(options, std::move(handler));
  if (auto status = front->listen(); !status) return status.error();
  return std::unique_ptr<Front>(std::move(front));
}

}  // namespace verbena::node::http
