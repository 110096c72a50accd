// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "node/home.h"
#include "node/tap_tally.h"
#include "replication/replicator.h"

namespace grpc {
class Server;
}

namespace verbena::replication {
class GrpcTransport;
}

namespace verbena::node {

class PresenceDesk;
class TerminalService;
class TagReader;
namespace http {
class Door;
struct Links;
}  // namespace http

struct NodeOptions {
  Path home;
  std::string listen;
  std::vector<std::string> peers;
  std::string http;    // address of the HTTP door; empty: none
  std::string reader;  // as open_reader takes it; empty: none
};

// A running device: one home, one server, one loop thread for replication.
class Node final : public replication::Inbox {
 public:
  static ledger::Result<std::unique_ptr<Node>> start(const NodeOptions& options,
                                                     const ledger::Clock& clock,
                                                     ledger::Random& random);
  ~Node() override;

  const std::string& address() const { return address_; }
  std::string http_address() const;  // empty: no HTTP door
  void stop();

  std::vector<replication::PeerStatus> peers();
  std::string status_json();
  ledger::Ledger& ledger() { return *home_.ledger; }
  replication::Asks& asks() { return *asks_; }
  // Something was committed: the loop pushes it to the peers at once.
  void wake();

  void opened(std::shared_ptr<replication::Link> link) override;
  void received(replication::LinkId link, schemas::Frame frame) override;
  void closed(replication::LinkId link, const std::string& address,
              const std::string& reason) override;

 private:
  Node(Path path, OpenHome home, const ledger::Clock& clock, ledger::Random& random);
  ledger::Status serve(const NodeOptions& options);
  ledger::Status open_http(const NodeOptions& options);
  http::Links links();
  void loop();
  void open_counts();
  void judge_presence();
  void post(std::function<void(replication::Replicator&)> task);

  Path path_;
  OpenHome home_;
  const ledger::Clock& clock_;
  ledger::Random& random_;
  std::string address_;
  TapTally taps_;
  std::unique_ptr<replication::GrpcTransport> transport_;
  std::unique_ptr<replication::Asks> asks_;
  std::unique_ptr<replication::Replicator> replicator_;
  std::unique_ptr<TerminalService> terminal_;
  std::unique_ptr<PresenceDesk> presence_;  // of a hub that has the key; the loop's own
  std::shared_ptr<grpc::Server> server_;
  std::unique_ptr<TagReader> reader_;
  std::unique_ptr<http::Door> http_;

  std::mutex mutex_;
  std::condition_variable news_;
  std::deque<std::function<void(replication::Replicator&)>> tasks_;
  std::vector<replication::PeerStatus> peers_;  // as of the last step
  std::optional<std::uint64_t> agreed_at_ms_;   // monotonic
  std::uint64_t counts_looked_ = 0;             // the ledger's news then; the loop's own
  bool awake_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace verbena::node
