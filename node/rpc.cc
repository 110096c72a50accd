// SPDX-License-Identifier: Apache-2.0
#include "node/rpc.h"

#include <sys/resource.h>

#include <absl/synchronization/mutex.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>

#include <cstdlib>

#include "node/system_clock.h"
#include "replication/session.h"

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Result;

replication::TlsFiles tls_files(const HomeKeys& keys) {
  return {keys.tls.key_pem, keys.tls.certificate_pem, keys.authority_pem,
          tls_server_name(keys.root.festival)};
}

void prepare_process() {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  // The only TLS 1.2 suite left needs an RSA certificate, and ours are ECDSA: 1.3 is what remains
  // (gRPC 1.51 has no call to set a lowest version).
  ::setenv("GRPC_SSL_CIPHER_SUITES", "ECDHE-RSA-AES256-GCM-SHA384", 1);
  ::setenv("GRPC_ENABLE_FORK_SUPPORT", "0", 1);
  rlimit files{};  // a thousand idle browsers must not leave the store without descriptors
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &files);
  }
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
}

Result<std::shared_ptr<grpc::Server>> start_server(const std::string& listen,
                                                   const replication::TlsFiles& tls,
                                                   const std::vector<grpc::Service*>& services,
                                                   std::string* bound) {
  grpc::SslServerCredentialsOptions options(
      GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = tls.authority_pem;
  options.pem_key_cert_pairs.push_back({tls.key_pem, tls.certificate_pem});
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(listen, grpc::SslServerCredentials(options), &port);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.SetMaxReceiveMessageSize(static_cast<int>(replication::frame_bytes_max));
  for (auto* service : services) builder.RegisterService(service);
  std::shared_ptr<grpc::Server> server = builder.BuildAndStart();
  if (!server || port == 0) {
    return Error{Errc::unreachable, listen + ": cannot listen there"};
  }
  *bound = listen.substr(0, listen.rfind(':') + 1) + std::to_string(port);
  return server;
}

void stop_server(grpc::Server& server) {
  server.Shutdown(deadline_in_ms(500));
}

std::shared_ptr<grpc::Channel> open_channel(const std::string& address, const HomeKeys& keys) {
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride(tls_server_name(keys.root.festival));
  return grpc::CreateCustomChannel(address, replication::channel_credentials(tls_files(keys)),
                                   arguments);
}

}  // namespace verbena::node
