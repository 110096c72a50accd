// SPDX-License-Identifier: Apache-2.0
#include "node/node.h"

#include "ledger/rules.h"
#include "ledger/store/head_file.h"
#include "node/http/door.h"
#include "node/presence_desk.h"
#include "node/read_ahead.h"
#include "node/readers.h"
#include "node/rpc.h"
#include "node/status.h"
#include "node/terminal_service.h"
#include "replication/grpc_transport.h"

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Result;
using ledger::Status;

namespace {

constexpr std::uint64_t peers_told_ms = 200;  // how old the peer list of a status may be

}  // namespace

Node::Node(Path path, OpenHome home, const ledger::Clock& clock, ledger::Random& random)
    : path_(std::move(path)), home_(std::move(home)), clock_(clock), random_(random) {}

Result<std::unique_ptr<Node>> Node::start(const NodeOptions& options, const ledger::Clock& clock,
                                          ledger::Random& random) {
  auto home = open_home(options.home, clock, random);
  if (!home) return home.error();
  std::unique_ptr<Node> node(new Node(options.home, home.take(), clock, random));
  if (auto status = node->serve(options); !status) return status.error();
  return node;
}

Status Node::serve(const NodeOptions& options) {
  transport_ = std::make_unique<replication::GrpcTransport>(tls_files(home_.keys), *this);
  asks_ = std::make_unique<replication::Asks>(ledger(), clock_);
  replicator_ = std::make_unique<replication::Replicator>(ledger(), *transport_, clock_, random_,
                                                          asks_.get());
  for (const auto& peer : options.peers) replicator_->add_peer(peer);
  terminal_ = std::make_unique<TerminalService>(TerminalDoor{
      ledger(), clock_, random_, path_, [this] { wake(); }, [this] { return status_json(); },
      [this] { return replication::linked_devices(peers()); }, taps_});
  const auto& identity = ledger().identity();
  if (identity && identity->certificate.role == schemas::HUB) {
    auto keys = read_band_keys(path_);
    if (!keys) return keys.error();
    if (*keys && (*keys)->presence) {
      presence_ = std::make_unique<PresenceDesk>(ledger(), **keys, clock_);
    }
  }
  auto server = start_server(options.listen, tls_files(home_.keys),
                             {&transport_->service(), terminal_->service()}, &address_);
  if (!server) return server.error();
  server_ = server.take();
  thread_ = std::thread([this] { loop(); });
  return open_http(options);
}

Status Node::open_http(const NodeOptions& options) {
  if (!options.reader.empty()) {
    auto keys = read_band_keys(path_);
    if (!keys) return keys.error();
    auto reader = open_reader(options.reader, *keys, random_);
    if (!reader) return reader.error();
    reader_ = reader.take();
  }
  if (options.http.empty()) return ledger::done();
  auto door = http::Door::open(
      options.http, {ledger(), random_, clock_, path_, home_.keys, reader_.get(),
                     [this] { wake(); }, [this] { return links(); }, home_.alarms, asks(), taps_});
  if (!door) return door.error();
  http_ = door.take();
  return ledger::done();
}

std::string Node::http_address() const {
  return http_ ? http_->address() : std::string();
}

http::Links Node::links() {
  std::lock_guard lock(mutex_);
  http::Links out{peers_, std::nullopt};
  if (agreed_at_ms_) out.agreed_ms = clock_.monotonic_ms() - *agreed_at_ms_;
  return out;
}

Node::~Node() {
  stop();
}

void Node::stop() {
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return;
    stopping_ = true;
  }
  news_.notify_all();
  if (thread_.joinable()) thread_.join();
  if (http_) http_->stop();
  if (transport_) transport_->shut_down();
  if (server_) stop_server(*server_);
  server_.reset();
  if (home_.ledger && home_.ledger->sync()) (void)remember_heads(path_, home_);
}

void Node::post(std::function<void(replication::Replicator&)> task) {
  {
    std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  news_.notify_one();
}

void Node::wake() {
  {
    std::lock_guard lock(mutex_);
    awake_ = true;
  }
  news_.notify_one();
}

void Node::opened(std::shared_ptr<replication::Link> link) {
  post([link = std::move(link)](auto& replicator) { replicator.opened(link); });
}

void Node::received(replication::LinkId link, schemas::Frame frame) {
  post([link, frame = std::move(frame)](auto& replicator) mutable {
    replicator.received(link, std::move(frame));
  });
}

void Node::closed(replication::LinkId link, const std::string& address, const std::string& reason) {
  post([=](auto& replicator) { replicator.closed(link, address, reason); });
}

void Node::loop() {
  std::uint64_t tell_at_ms = 0, remember_at_ms = 0, remembered = 0;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    auto tasks = std::exchange(tasks_, {});
    awake_ = false;
    lock.unlock();
    for (auto& task : tasks) task(*replicator_);
    if (const auto taps = taps_.counts(); taps.taps() > 0) replicator_->tell_taps(taps);
    std::uint64_t wait_ms = replicator_->step();
    const bool is_idle = tasks.empty();
    if (is_idle && read_ahead(ledger())) wait_ms = 0;
    open_counts();
    judge_presence();
    const std::uint64_t now = clock_.monotonic_ms();
    if (const std::uint64_t news = home_.ledger->news();
        news != remembered &&
        (now >= remember_at_ms || news - remembered >= ledger::head_file_events_max)) {
      if (remember_heads(path_, home_)) remembered = news;
      remember_at_ms = now + ledger::head_file_ms_max;
    }
    const bool tell = now >= tell_at_ms;
    auto peers = tell ? replicator_->peers() : std::vector<replication::PeerStatus>{};
    const auto agreed = replicator_->agreed_ms();
    lock.lock();
    if (tell) {
      peers_ = std::move(peers);
      if (agreed) agreed_at_ms_ = now - *agreed;
      tell_at_ms = now + peers_told_ms;
    }
    news_.wait_for(lock, std::chrono::milliseconds(wait_ms),
                   [this] { return stopping_ || awake_ || !tasks_.empty(); });
  }
}

// A second person has counted what somebody counted here: now both may be read.
void Node::open_counts() {
  const std::uint64_t news = home_.ledger->news();
  if (!home_.ledger->identity() || std::exchange(counts_looked_, news) == news) return;
  const auto& identity = *home_.ledger->identity();
  bool due = false;
  home_.ledger->ask([&](ledger::State& state, const ledger::DeviceView&) {
    due = !ledger::plan_openings(state, identity).empty();
  });
  if (!due) return;
  (void)home_.ledger->commit(
      0,
      [&](ledger::State& state, const ledger::DeviceView&) -> Result<std::vector<ledger::Draft>> {
        return ledger::plan_openings(state, identity);
      });  // looked at again with the next news
}

// What fails here is tried again at the next turn of the loop.
void Node::judge_presence() {
  if (!presence_) return;
  const auto looked = presence_->look();
  if (looked && (looked->more || looked->published)) wake();
}

std::vector<replication::PeerStatus> Node::peers() {
  std::lock_guard lock(mutex_);
  return peers_;
}

std::string Node::status_json() {
  return make_status_json(ledger(), peers(), home_.alarms, taps_.counts());
}

}  // namespace verbena::node
