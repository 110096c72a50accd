// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "replication/transport.h"

namespace grpc {
class Service;
class ChannelCredentials;
class AuthContext;
}  // namespace grpc

namespace verbena::replication {

struct TlsFiles {
  std::string key_pem;
  std::string certificate_pem;
  std::string authority_pem;
  std::string server_name;  // the same for all devices of a festival
};

// Bidirectional streams over gRPC with mutual TLS, certificates pinned to the festival.
class GrpcTransport final : public Transport {
 public:
  GrpcTransport(TlsFiles tls, Inbox& inbox);
  ~GrpcTransport() override;
  void dial(const std::string& address) override;
  // The service that accepts links; the caller's server runs it.
  grpc::Service& service();
  // Ends every link; nothing is delivered afterwards.
  void shut_down();

  struct Shared;  // what links and the acceptor have in common

 private:
  std::shared_ptr<Shared> shared_;
};

std::shared_ptr<grpc::ChannelCredentials> channel_credentials(const TlsFiles& tls);
// The certificate hash in the common name TLS proved; all zero where there is none.
ledger::Hash proven_peer(const grpc::AuthContext& auth);

}  // namespace verbena::replication
