// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "node/home.h"
#include "replication/grpc_transport.h"

namespace grpc {
class Server;
class Service;
class Channel;
}  // namespace grpc

// gRPC servers and channels with the festival's TLS.
namespace verbena::node {

replication::TlsFiles tls_files(const HomeKeys& keys);

// Call before anything else in main: Debian's absl aborts on suspected lock-order inversions, and
// its TLS 1.2 must not be an option.
void prepare_process();

// `bound` is the address with the port in place of 0.
ledger::Result<std::shared_ptr<grpc::Server>> start_server(
    const std::string& listen, const replication::TlsFiles& tls,
    const std::vector<grpc::Service*>& services, std::string* bound);
void stop_server(grpc::Server& server);

std::shared_ptr<grpc::Channel> open_channel(const std::string& address, const HomeKeys& keys);

}  // namespace verbena::node
