// SPDX-License-Identifier: Apache-2.0
#include "replication/grpc_transport.h"

#include <grpcpp/grpcpp.h>
#include <grpcpp/security/auth_context.h>

#include <atomic>
#include <deque>
#include <map>
#include <mutex>

#include "replication/session.h"
#include "schemas/sync.grpc.pb.h"

namespace verbena::replication {

using schemas::Frame;

struct GrpcTransport::Shared {
  class Acceptor;
  TlsFiles tls;
  Inbox* inbox = nullptr;
  std::atomic<std::uint64_t> next_id{1};
  std::mutex mutex;
  std::map<LinkId, std::weak_ptr<Link>> links;
  bool down = false;
  std::unique_ptr<Acceptor> acceptor;

  // Delivery stops for good once shut_down() has returned.
  template <typename Deliver>
  void deliver(const Deliver& call) {
    std::lock_guard lock(mutex);
    if (!down) call(*inbox);
  }
};

namespace {

constexpr std::size_t outgoing_bytes_max = 8 << 20;  // beyond this a peer does not read: cut

// The queue between a session and one stream, the same on both sides. gRPC allows one read and one
// write at a time.
template <typename Reactor>
class StreamLink : public Reactor, public Link {
 public:
  StreamLink(std::shared_ptr<GrpcTransport::Shared> shared, LinkId id, std::string address)
      : shared_(std::move(shared)), id_(id), address_(std::move(address)) {}

  LinkId id() const override { return id_; }
  const std::string& address() const override { return address_; }
  const ledger::Hash& peer() const override { return peer_; }

  void send(Frame frame) override {
    std::lock_guard lock(mutex_);
    if (ended_) return;
    waiting_bytes_ += frame.ByteSizeLong();
    if (waiting_bytes_ > outgoing_bytes_max) {
      cancel();
      return;
    }
    waiting_.push_back(std::move(frame));
    write_next();
  }

  void read_next() override {
    std::lock_guard lock(mutex_);
    if (!ended_) this->StartRead(&incoming_);
  }

  void close() override {
    std::lock_guard lock(mutex_);
    if (!ended_) cancel();
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      end("the peer closed the stream");
      return;
    }
    Frame frame;
    frame.Swap(&incoming_);
    shared_->deliver([&](Inbox& inbox) { inbox.received(id_, std::move(frame)); });
  }

  void OnWriteDone(bool ok) override {
    {
      std::lock_guard lock(mutex_);
      writing_ = false;
      if (ok && !ended_) {
        write_next();
        return;
      }
    }
    if (!ok) end("the stream broke");
  }

 protected:
  virtual void cancel() = 0;         // with mutex_ held
  virtual void finish_stream() = 0;  // with mutex_ held, once

  void end(const std::string& reason) {
    {
      std::lock_guard lock(mutex_);
      if (ended_) return;
      ended_ = true;
      finish_stream();
    }
    if (reported_.exchange(true)) return;
    shared_->deliver([&](Inbox& inbox) { inbox.closed(id_, address_, reason); });
  }

  void write_next() {  // with mutex_ held
    if (writing_ || waiting_.empty()) return;
    outgoing_ = std::move(waiting_.front());
    waiting_.pop_front();
    waiting_bytes_ -= std::min(waiting_bytes_, outgoing_.ByteSizeLong());
    writing_ = true;
    this->StartWrite(&outgoing_);
  }

  void announce() {
    auto self = self_;
    {
      std::lock_guard lock(shared_->mutex);
      shared_->links[id_] = self;
    }
    shared_->deliver([&](Inbox& inbox) { inbox.opened(self); });
  }

  void forget() {
    {
      std::lock_guard lock(shared_->mutex);
      shared_->links.erase(id_);
    }
    self_.reset();  // last: may destroy this
  }

  std::shared_ptr<GrpcTransport::Shared> shared_;
  const LinkId id_;
  const std::string address_;
  ledger::Hash peer_{};
  std::shared_ptr<Link> self_;  // until the stream is done
  std::mutex mutex_;
  bool ended_ = false;
  std::atomic<bool> reported_{false};

 private:
  Frame incoming_, outgoing_;
  std::deque<Frame> waiting_;
  std::size_t waiting_bytes_ = 0;
  bool writing_ = false;
};

class AcceptedLink final : public StreamLink<grpc::ServerBidiReactor<Frame, Frame>> {
 public:
  AcceptedLink(std::shared_ptr<GrpcTransport::Shared> shared, LinkId id,
               grpc::CallbackServerContext* context)
      : StreamLink(std::move(shared), id, {}), context_(context) {
    peer_ = proven_peer(*context->auth_context());
  }

  void start(std::shared_ptr<Link> self) {
    self_ = std::move(self);
    announce();
  }
  void OnCancel() override { end("cancelled"); }
  void OnDone() override { forget(); }

 private:
  void cancel() override { context_->TryCancel(); }
  void finish_stream() override { Finish(grpc::Status::OK); }
  grpc::CallbackServerContext* context_;
};

class DialledLink final : public StreamLink<grpc::ClientBidiReactor<Frame, Frame>> {
 public:
  using StreamLink::StreamLink;

  void start(std::shared_ptr<Link> self) {
    self_ = std::move(self);
    channel_ = grpc::CreateCustomChannel(address_, channel_credentials(shared_->tls), arguments());
    stub_ = schemas::Replication::NewStub(channel_);
    stub_->async()->Exchange(&context_, this);
    AddHold();  // frames are sent from other threads: finish_stream() lets go
    StartCall();
  }

  void OnReadInitialMetadataDone(bool ok) override {
    if (!ok) {
      end("cannot connect");
      return;
    }
    peer_ = proven_peer(*context_.auth_context());
    announce();
  }
  void OnDone(const grpc::Status& status) override {
    // A call that never opened ends here without a read.
    {
      std::lock_guard lock(mutex_);
      ended_ = true;
    }
    if (!reported_.exchange(true)) {
      shared_->deliver([&](Inbox& inbox) { inbox.closed(id_, address_, status.error_message()); });
    }
    forget();
  }

 private:
  grpc::ChannelArguments arguments() const {
    grpc::ChannelArguments out;
    out.SetSslTargetNameOverride(shared_->tls.server_name);
    out.SetMaxReceiveMessageSize(static_cast<int>(frame_bytes_max));
    out.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    out.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
    out.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 10'000);
    out.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 5'000);
    return out;
  }
  void cancel() override { context_.TryCancel(); }
  void finish_stream() override {
    context_.TryCancel();
    if (!released_.exchange(true)) RemoveHold();
  }

  grpc::ClientContext context_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<schemas::Replication::Stub> stub_;
  std::atomic<bool> released_{false};
};

}  // namespace

class GrpcTransport::Shared::Acceptor final : public schemas::Replication::CallbackService {
 public:
  explicit Acceptor(std::weak_ptr<Shared> shared) : shared_(std::move(shared)) {}

  grpc::ServerBidiReactor<Frame, Frame>* Exchange(grpc::CallbackServerContext* context) override {
    const auto shared = shared_.lock();
    auto link = std::make_shared<AcceptedLink>(shared, shared->next_id++, context);
    link->StartSendInitialMetadata();  // the dialling side learns that the link is open
    link->start(link);
    return link.get();
  }

 private:
  std::weak_ptr<Shared> shared_;
};

GrpcTransport::GrpcTransport(TlsFiles tls, Inbox& inbox) : shared_(std::make_shared<Shared>()) {
  shared_->tls = std::move(tls);
  shared_->inbox = &inbox;
  shared_->acceptor = std::make_unique<Shared::Acceptor>(shared_);
}

GrpcTransport::~GrpcTransport() {
  shut_down();
}

void GrpcTransport::dial(const std::string& address) {
  auto link = std::make_shared<DialledLink>(shared_, shared_->next_id++, address);
  {
    std::lock_guard lock(shared_->mutex);
    if (shared_->down) return;
    shared_->links[link->id()] = link;
  }
  link->start(link);
}

grpc::Service& GrpcTransport::service() {
  return *shared_->acceptor;
}

void GrpcTransport::shut_down() {
  std::vector<std::shared_ptr<Link>> open;
  {
    std::lock_guard lock(shared_->mutex);
    shared_->down = true;
    for (const auto& [id, link] : shared_->links) {
      if (auto held = link.lock()) open.push_back(std::move(held));
    }
  }
  for (const auto& link : open) link->close();
}

std::shared_ptr<grpc::ChannelCredentials> channel_credentials(const TlsFiles& tls) {
  return grpc::SslCredentials({tls.authority_pem, tls.key_pem, tls.certificate_pem});
}

ledger::Hash proven_peer(const grpc::AuthContext& auth) {
  for (const auto& name : auth.FindPropertyValues("x509_common_name")) {
    const auto bytes = ledger::unhex({name.data(), name.size()});
    const auto hash = bytes ? ledger::fixed<32>(*bytes) : std::nullopt;
    if (hash) return *hash;
  }
  return {};
}

}  // namespace verbena::replication
