// SPDX-License-Identifier: Apache-2.0
// A device as a process that notes when its store took another device's sales. It is put together
// as node::Node puts itself together, without a terminal's door.
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <mutex>
#include <thread>

#include "bench/benches.h"
#include "bench/noted_store.h"
#include "bench/site.h"
#include "ledger/store/head_file.h"
#include "ledger/store/rocks_store.h"
#include "node/rpc.h"
#include "node/stop_signal.h"
#include "node/system_clock.h"
#include "replication/replicator.h"

namespace verbena::bench {

namespace {

using replication::Replicator;

// Times of one author's trade events. Its calls come one at a time: the ledger's mutex sees to it.
class Notes {
 public:
  Notes(const ledger::Hash& author, std::uint64_t target) : author_(author), target_(target) {}

  void opened(const ledger::Hash& peer) {
    std::uint64_t never = 0;
    if (peer == author_) opened_ns_.compare_exchange_strong(never, now_ns());
  }
  void written(const NotedStore::Written& written) {
    if (written.batch != nullptr) {
      for (const auto& append : written.batch->appends) {
        if (append.log.certificate != author_ || append.log.log_class != ledger::LogClass::trade) {
          continue;
        }
        for (std::uint64_t i = append.first; i < append.head.size; ++i) {
          held_.push_back({append.log.incarnation, i, written.ended_ns, 0});
        }
      }
    }
    if (!written.durable) return;
    for (; synced_ < held_.size(); ++synced_) held_[synced_][3] = written.ended_ns;
    if (target_ == 0 || synced_ < target_) return;
    target_ = 0;
    std::printf("held %llu %llu\n", static_cast<unsigned long long>(opened_ns_.load()),
                static_cast<unsigned long long>(written.ended_ns));
    std::fflush(stdout);
  }
  const std::vector<std::array<std::uint64_t, 4>>& held() const { return held_; }

 private:
  const ledger::Hash author_;
  std::uint64_t target_;  // said once so many are on disk; 0: not to be said
  std::atomic<std::uint64_t> opened_ns_{0};
  std::vector<std::array<std::uint64_t, 4>> held_;
  std::size_t synced_ = 0;
};

node::OpenHome open_home(const node::Path& path, const ledger::Clock& clock, ledger::Random& random,
                         Notes& notes) {
  auto keys = value_of(node::read_home(path));
  auto lock = value_of(node::FileLock::take(path / "lock", false));
  auto below = value_of(ledger::open_rocks_store((path / "store").string(), {}));
  auto store = std::make_unique<NotedStore>(
      std::move(below.store), [&](const NotedStore::Written& it) { notes.written(it); });
  auto ledger = value_of(ledger::Ledger::open(*store, keys.root, keys.identity, clock, random));
  return {path, std::move(keys), std::move(lock), std::move(store), std::move(ledger), {}};
}

class Peer final : public replication::Inbox {
 public:
  Peer(node::Path path, node::OpenHome home, const std::vector<std::string>& peers, Notes& notes,
       const ledger::Clock& clock, ledger::Random& random)
      : path_(std::move(path)),
        home_(std::move(home)),
        clock_(clock),
        notes_(notes),
        transport_(node::tls_files(home_.keys), *this),
        replicator_(*home_.ledger, transport_, clock, random) {
    for (const auto& peer : peers) replicator_.add_peer(peer);
    server_ = value_of(node::start_server("127.0.0.1:0", node::tls_files(home_.keys),
                                          {&transport_.service()}, &address_));
    thread_ = std::thread([this] { loop(); });
  }
  ~Peer() override {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    news_.notify_all();
    thread_.join();
    transport_.shut_down();
    node::stop_server(*server_);
    server_.reset();
    if (home_.ledger->sync()) (void)node::remember_heads(path_, home_);
  }

  const std::string& address() const { return address_; }

  void opened(std::shared_ptr<replication::Link> link) override {
    notes_.opened(link->peer());
    post([link = std::move(link)](auto& replicator) { replicator.opened(link); });
  }
  void received(replication::LinkId link, schemas::Frame frame) override {
    post([link, frame = std::move(frame)](auto& replicator) { replicator.received(link, frame); });
  }
  void closed(replication::LinkId link, const std::string& address,
              const std::string& reason) override {
    post([=](auto& replicator) { replicator.closed(link, address, reason); });
  }

 private:
  void post(std::function<void(Replicator&)> task) {
    {
      std::lock_guard lock(mutex_);
      tasks_.push_back(std::move(task));
    }
    news_.notify_one();
  }

  void loop() {
    std::uint64_t remember_at_ms = 0, remembered = 0;
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      auto tasks = std::exchange(tasks_, {});
      lock.unlock();
      for (auto& task : tasks) task(replicator_);
      const std::uint64_t wait_ms = replicator_.step();
      const std::uint64_t now = clock_.monotonic_ms();
      if (const std::uint64_t news = home_.ledger->news();
          news != remembered &&
          (now >= remember_at_ms || news - remembered >= ledger::head_file_events_max)) {
        if (node::remember_heads(path_, home_)) remembered = news;
        remember_at_ms = now + ledger::head_file_ms_max;
      }
      lock.lock();
      news_.wait_for(lock, std::chrono::milliseconds(wait_ms),
                     [this] { return stopping_ || !tasks_.empty(); });
    }
  }

  const node::Path path_;
  node::OpenHome home_;
  const ledger::Clock& clock_;
  Notes& notes_;
  replication::GrpcTransport transport_;
  Replicator replicator_;
  std::string address_;
  std::shared_ptr<grpc::Server> server_;
  std::mutex mutex_;
  std::condition_variable news_;
  std::deque<std::function<void(Replicator&)>> tasks_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace

// HOME NOTES AUTHOR TARGET PEER...: AUTHOR is the certificate whose sales are noted; "held" and two
// times are printed once TARGET of them are on disk.
int run_peer(const std::vector<std::string>& arguments) {
  node::StopSignal stop;
  node::prepare_process();
  need(arguments.size() >= 4, "a peer needs more arguments");
  const auto author = ledger::fixed<32>(ledger::unhex(arguments[2]).value_or(""));
  need(author.has_value(), "the author is not a certificate's hash");
  Notes notes(*author, std::stoull(arguments[3]));
  const node::SystemClock clock;
  ledger::SystemRandom random;
  {
    Peer peer(arguments[0], open_home(arguments[0], clock, random, notes),
              {arguments.begin() + 4, arguments.end()}, notes, clock, random);
    std::printf("ready %s\n", peer.address().c_str());
    std::fflush(stdout);
    stop.wait();
  }
  write_rows(arguments[1], notes.held());
  return 0;
}

}  // namespace verbena::bench
