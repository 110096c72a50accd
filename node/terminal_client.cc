// SPDX-License-Identifier: Apache-2.0
#include "node/terminal_client.h"

#include <grpcpp/grpcpp.h>

#include "node/rpc.h"
#include "node/system_clock.h"
#include "schemas/terminal.grpc.pb.h"

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Result;

namespace {

constexpr std::uint64_t timeout_ms_default = 30'000;
constexpr char not_read_back[] =
    "torn";  // no image: the node answers that the tap is to be repeated

void set_deadline(grpc::ClientContext& context, std::uint64_t timeout_ms) {
  context.set_deadline(deadline_in_ms(timeout_ms));
}

Error to_error(const std::string& address, const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::PERMISSION_DENIED:
      return ledger::refuse(ledger::Refusal::role_denied, status.error_message());
    case grpc::StatusCode::INVALID_ARGUMENT: return {Errc::bad_input, status.error_message()};
    case grpc::StatusCode::INTERNAL:
      return {Errc::internal, address + ": " + status.error_message()};
    default: return {Errc::unreachable, address + ": cannot reach it: " + status.error_message()};
  }
}

}  // namespace

class TerminalClient::Impl {
 public:
  Impl(std::string address, const HomeKeys& keys)
      : address_(std::move(address)),
        stub_(schemas::Terminal::NewStub(open_channel(address_, keys))) {}

  std::string address_;
  std::unique_ptr<schemas::Terminal::Stub> stub_;
};

TerminalClient::TerminalClient(const std::string& address, const HomeKeys& keys)
    : impl_(std::make_unique<Impl>(address, keys)) {}
TerminalClient::~TerminalClient() = default;

namespace {

Result<std::unique_ptr<Tag>> hold_if_any(const std::optional<Path>& band) {
  return band ? hold_file(*band) : Result<std::unique_ptr<Tag>>(std::unique_ptr<Tag>());
}

}  // namespace

Result<schemas::OperateReply> TerminalClient::operate(schemas::OperateRequest request,
                                                      const std::optional<Path>& band,
                                                      std::uint64_t timeout_ms) {
  auto held = hold_if_any(band);
  if (!held) return held.error();
  return operate(std::move(request), held->get(), timeout_ms);
}

Result<schemas::OperateReply> TerminalClient::operate(schemas::OperateRequest request, Tag* band,
                                                      std::uint64_t timeout_ms) {
  if (band != nullptr) {
    auto image = band->read();
    if (!image) return image.error();
    request.set_band(*image);
  }
  grpc::ClientContext context;
  set_deadline(context, timeout_ms);
  const auto stream = impl_->stub_->Operate(&context);
  schemas::OperateReply reply;
  bool alive = stream->Write(request) && stream->Read(&reply);
  while (alive && reply.has_write()) {
    if (!band) return Error{Errc::internal, "the node asked to write a band and there is none"};
    auto image = band->write(reply.write());
    const bool left =
        !image && (image.error().code == Errc::in_doubt || image.error().code == Errc::unreachable);
    if (!image && !left) return image.error();
    schemas::OperateRequest wrote;
    wrote.set_wrote(left ? not_read_back : *image);
    alive = stream->Write(wrote) && stream->Read(&reply);
  }
  if (!alive) return to_error(impl_->address_, stream->Finish());
  stream->WritesDone();
  (void)stream->Finish();
  return reply;
}

Result<schemas::OperateReply> TerminalClient::operate_approved(
    schemas::OperateRequest request, const std::optional<Path>& band,
    std::span<const ledger::SigningKey* const> approvers) {
  auto held = hold_if_any(band);
  if (!held) return held.error();
  return operate_approved(std::move(request), held->get(), approvers);
}

Result<schemas::OperateReply> TerminalClient::operate_approved(
    schemas::OperateRequest request, Tag* band,
    std::span<const ledger::SigningKey* const> approvers) {
  auto reply = operate(request, band);
  if (!reply || approvers.empty() || reply->refused().request().empty()) return reply;
  if (auto status = approve_intent(request, reply->refused(), approvers); !status) {
    return status.error();
  }
  return operate(std::move(request), band);
}

Result<std::string> TerminalClient::status(const std::string& what, const std::string& language) {
  grpc::ClientContext context;
  set_deadline(context, timeout_ms_default);
  schemas::StatusRequest request;
  request.set_what(what);
  request.set_language(language);
  schemas::StatusReply reply;
  const auto status = impl_->stub_->Status(&context, request, &reply);
  if (!status.ok()) return to_error(impl_->address_, status);
  return reply.json();
}

Result<std::string> TerminalClient::export_bundle() {
  grpc::ClientContext context;
  const auto reader = impl_->stub_->ExportBundle(&context, {});
  std::string out;
  schemas::BundleChunk chunk;
  while (reader->Read(&chunk)) out += chunk.bytes();
  const auto status = reader->Finish();
  if (!status.ok()) return to_error(impl_->address_, status);
  return out;
}

Result<schemas::BundleSummary> TerminalClient::import_bundle(std::string_view bundle) {
  constexpr std::size_t chunk_bytes = 256 << 10;
  grpc::ClientContext context;
  schemas::BundleSummary summary;
  const auto writer = impl_->stub_->ImportBundle(&context, &summary);
  for (std::size_t at = 0; at < bundle.size(); at += chunk_bytes) {
    schemas::BundleChunk chunk;
    chunk.set_bytes(std::string(bundle.substr(at, chunk_bytes)));
    if (!writer->Write(chunk)) break;
  }
  writer->WritesDone();
  const auto status = writer->Finish();
  if (!status.ok()) return to_error(impl_->address_, status);
  return summary;
}

}  // namespace verbena::node
