// SPDX-License-Identifier: Apache-2.0
#include "node/terminal_service.h"

#include <grpcpp/grpcpp.h>

#include "node/report_fiscal.h"
#include "node/report_json.h"
#include "node/status.h"
#include "node/stock_json.h"
#include "node/terminal.h"
#include "node/voucher_json.h"
#include "replication/bundle.h"
#include "replication/grpc_transport.h"
#include "schemas/terminal.grpc.pb.h"

namespace verbena::node {

namespace {

constexpr std::size_t bundle_chunk_bytes = 256 << 10;
constexpr std::string_view receipt_prefix = "receipt/";  // and digits of an event's id
constexpr std::string_view voucher_prefix = "voucher/";  // and a code in hex digits

grpc::Status denied(const std::string& why) {
  return {grpc::StatusCode::PERMISSION_DENIED, why};
}

}  // namespace

class TerminalService::Impl final : public schemas::Terminal::Service {
 public:
  explicit Impl(TerminalDoor door) : door_(std::move(door)) {}

  grpc::Status Operate(
      grpc::ServerContext* context,
      grpc::ServerReaderWriter<schemas::OperateReply, schemas::OperateRequest>* stream) override {
    std::shared_ptr<const ledger::Certificate> caller;
    if (auto status = find_caller(*context, caller); !status.ok()) return status;
    TapSession session(door_.ledger, door_.random, as_caller(*caller), &door_.taps);
    schemas::OperateRequest request;
    while (stream->Read(&request)) {
      const auto reply = request.body_case() == schemas::OperateRequest::kWrote
                             ? session.wrote(request.wrote())
                             : session.begin(request);
      door_.wake();
      if (!stream->Write(reply)) break;
    }
    return grpc::Status::OK;
  }

  grpc::Status Status(grpc::ServerContext* context, const schemas::StatusRequest* request,
                      schemas::StatusReply* reply) override {
    const std::string& what = request->what();
    if (what == "festival") return festival(*context, *reply);
    if (what.starts_with(receipt_prefix)) return receipt(*context, what, *reply);
    if (what.starts_with(voucher_prefix)) return voucher(*context, what, *reply);
    const auto action = what == "stock"       ? ledger::Action::stock_sheet
                        : what == "shrinkage" ? ledger::Action::wall
                                              : ledger::Action::status;
    if (auto status = allowed(*context, action); !status.ok()) return status;
    std::shared_ptr<const ledger::Certificate> caller;
    if (auto status = find_caller(*context, caller); !status.ok()) return status;
    if (what == "stock") {
      reply->set_json(sheets_json(door_.ledger, sees_expected({caller->role})));
    } else if (what == "settlement") {
      const bool all = ledger::may(caller->role, ledger::Action::wall);
      if (!all && caller->stand.empty()) return denied("only a stand's own, or the office");
      reply->set_json(settlements_json(door_.ledger, all ? std::string() : caller->stand));
    } else if (what == "shrinkage") {
      reply->set_json(shrinkage_json(door_.ledger,
                                     static_cast<std::int64_t>(door_.clock.wall_ms() / 1'000),
                                     language_from(request->language()), door_.linked()));
    } else {
      reply->set_json(what == "devices" ? devices_json(door_.ledger) : door_.status_json());
    }
    return grpc::Status::OK;
  }

  grpc::Status ExportBundle(grpc::ServerContext* context, const schemas::StatusRequest*,
                            grpc::ServerWriter<schemas::BundleChunk>* writer) override {
    if (auto status = allowed(*context, ledger::Action::bundle); !status.ok()) return status;
    const auto root = read_file(door_.home / "root");
    if (!root) return {grpc::StatusCode::INTERNAL, root.error().text};
    const auto exported = replication::export_bundle(
        door_.ledger, *root, [&](std::string_view bytes) -> ledger::Status {
          for (std::size_t at = 0; at < bytes.size(); at += bundle_chunk_bytes) {
            schemas::BundleChunk chunk;
            chunk.set_bytes(std::string(bytes.substr(at, bundle_chunk_bytes)));
            if (!writer->Write(chunk)) {
              return ledger::Error{ledger::Errc::unreachable, "the caller went away"};
            }
          }
          return ledger::done();
        });
    if (!exported) return {grpc::StatusCode::INTERNAL, exported.error().text};
    return grpc::Status::OK;
  }

  grpc::Status ImportBundle(grpc::ServerContext* context,
                            grpc::ServerReader<schemas::BundleChunk>* reader,
                            schemas::BundleSummary* summary) override {
    if (auto status = allowed(*context, ledger::Action::bundle); !status.ok()) return status;
    std::string bundle;
    schemas::BundleChunk chunk;
    while (reader->Read(&chunk)) {
      if (bundle.size() + chunk.bytes().size() > replication::bundle_bytes_max) {
        return {grpc::StatusCode::RESOURCE_EXHAUSTED, "the bundle is larger than 2 GiB"};
      }
      bundle += chunk.bytes();
    }
    const auto report = replication::import_bundle(door_.ledger, bundle);
    if (!report) return {grpc::StatusCode::INVALID_ARGUMENT, report.error().text};
    summary->set_events(report->added);
    summary->set_already_held(report->already_held);
    door_.wake();
    return grpc::Status::OK;
  }

 private:
  // For whoever may be here at all: how it writes amounts.
  grpc::Status festival(const grpc::ServerContext& context, schemas::StatusReply& reply) {
    std::shared_ptr<const ledger::Certificate> caller;
    if (auto status = find_caller(context, caller); !status.ok()) return status;
    door_.ledger.ask([&](ledger::State& state, const ledger::DeviceView&) {
      reply.set_json(festival_json(state.festival()));
    });
    return grpc::Status::OK;
  }

  // For the device itself and who may see all.
  grpc::Status receipt(const grpc::ServerContext& context, const std::string& what,
                       schemas::StatusReply& reply) {
    std::shared_ptr<const ledger::Certificate> caller;
    if (auto status = find_caller(context, caller); !status.ok()) return status;
    if (caller->hash != door_.ledger.identity()->certificate.hash &&
        !ledger::may(caller->role, ledger::Action::wall)) {
      return denied("only the device's own, or the office");
    }
    const auto found = ledger::own_receipt(door_.ledger, what.substr(receipt_prefix.size()));
    if (!found) return {grpc::StatusCode::INVALID_ARGUMENT, found.error().text};
    reply.set_json(own_receipt_json(*found));
    return grpc::Status::OK;
  }

  // For whoever may read a band.
  grpc::Status voucher(const grpc::ServerContext& context, const std::string& what,
                       schemas::StatusReply& reply) {
    if (auto status = allowed(context, ledger::Action::balance); !status.ok()) return status;
    const auto code = ledger::unhex(what.substr(voucher_prefix.size()));
    if (!code) return {grpc::StatusCode::INVALID_ARGUMENT, "a code is asked for in hex digits"};
    reply.set_json(voucher_json(door_.ledger, *code));
    return grpc::Status::OK;
  }

  // Who TLS proved the caller to be. A supervisor at another device is named in what it writes.
  ledger::Caller as_caller(const ledger::Certificate& caller) const {
    const bool visits = caller.hash != door_.ledger.identity()->certificate.hash;
    if (!visits || caller.person.empty()) return {caller.role};
    return {caller.role, caller.person, {caller.role}};
  }

  grpc::Status find_caller(const grpc::ServerContext& context,
                           std::shared_ptr<const ledger::Certificate>& caller) {
    const ledger::Hash peer = replication::proven_peer(*context.auth_context());
    caller = door_.ledger.author(peer);
    if (caller == nullptr) return denied("this device does not know the caller's certificate");
    bool welcome = false;
    door_.ledger.ask([&](ledger::State& state, const ledger::DeviceView&) {
      welcome = state.roster().certified(peer) && !state.roster().revoked(caller->key);
    });
    if (!welcome) return denied("the caller's certificate is revoked or not certified");
    return grpc::Status::OK;
  }

  grpc::Status allowed(const grpc::ServerContext& context, ledger::Action action) {
    std::shared_ptr<const ledger::Certificate> caller;
    if (auto status = find_caller(context, caller); !status.ok()) return status;
    if (!ledger::may(caller->role, action)) {
      return denied(std::string("a ") + ledger::role_name(caller->role) + " may not " +
                    ledger::action_name(action));
    }
    return grpc::Status::OK;
  }

  TerminalDoor door_;
};

TerminalService::TerminalService(TerminalDoor door)
    : impl_(std::make_unique<Impl>(std::move(door))) {}
TerminalService::~TerminalService() = default;
grpc::Service* TerminalService::service() {
  return impl_.get();
}

}  // namespace verbena::node
