// SPDX-License-Identifier: Apache-2.0
#include "ledger/core/log.h"

namespace verbena::ledger {

namespace {

constexpr std::string_view head_context = "verbena-head-v1";
constexpr std::size_t encoded_head_bytes = 8 + 32 + 8 + 64;

Bytes head_message(const Hash& log, std::uint64_t size, const Hash& root, std::uint64_t hlc) {
  Bytes out(view(log));
  put_u64(out, size);
  out.append(view(root));
  put_u64(out, hlc);
  return out;
}

}  // namespace

const char* log_class_name(LogClass log_class) {
  switch (log_class) {
    case LogClass::control: return "control";
    case LogClass::value: return "value";
    case LogClass::trade: return "trade";
  }
  return "unknown";
}

Hash LogName::id() const {
  Bytes tail;
  put_u64(tail, incarnation);
  put_u8(tail, static_cast<std::uint8_t>(log_class));
  return sha256({"verbena-log-v1", view(certificate), tail});
}

Head sign_head(const SigningKey& key, const Hash& log, std::uint64_t size, const Hash& root,
               std::uint64_t hlc) {
  return {size, root, hlc, key.sign(head_context, head_message(log, size, root, hlc))};
}

bool verify_head(const PublicKey& key, const Hash& log, const Head& head) {
  return verify_signature(key, head_context, head_message(log, head.size, head.root, head.hlc),
                          view(head.signature));
}

Bytes encode_head(const Head& head) {
  Bytes out;
  put_u64(out, head.size);
  out.append(view(head.root));
  put_u64(out, head.hlc);
  out.append(view(head.signature));
  return out;
}

Result<Head> decode_head(std::string_view bytes) {
  if (bytes.size() != encoded_head_bytes) return Error{Errc::damaged, "a head has a wrong length"};
  return Head{get_be(bytes.substr(0, 8)), *fixed<32>(bytes.substr(8, 32)),
              get_be(bytes.substr(40, 8)), *fixed<64>(bytes.substr(48, 64))};
}

}  // namespace verbena::ledger
