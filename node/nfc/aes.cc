// SPDX-License-Identifier: Apache-2.0
#include "node/nfc/aes.h"

#include <openssl/evp.h>
#include <openssl/params.h>

#include <memory>

#include "ledger/core/result.h"

namespace verbena::node::nfc {

using ledger::Bytes;

namespace {

constexpr char padding_mark = '\x80';
constexpr char diversify_aes128 = '\x01';

const unsigned char* raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

Bytes cbc(const AesKey& key, const AesBlock& iv, std::string_view blocks, bool encrypt) {
  VERBENA_CHECK(blocks.size() % block_bytes == 0);
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(
      EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  Bytes out(blocks.size(), '\0');
  int length = 0;
  VERBENA_CHECK(context != nullptr &&
                EVP_CipherInit_ex(context.get(), EVP_aes_128_cbc(), nullptr, key.data(), iv.data(),
                                  encrypt ? 1 : 0) == 1 &&
                EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1 &&
                EVP_CipherUpdate(context.get(), reinterpret_cast<unsigned char*>(out.data()),
                                 &length, raw(blocks), static_cast<int>(blocks.size())) == 1 &&
                length == static_cast<int>(blocks.size()));
  return out;
}

}  // namespace

Bytes aes_encrypt(const AesKey& key, const AesBlock& iv, std::string_view blocks) {
  return cbc(key, iv, blocks, true);
}

Bytes aes_decrypt(const AesKey& key, const AesBlock& iv, std::string_view blocks) {
  return cbc(key, iv, blocks, false);
}

AesBlock aes_cmac(const AesKey& key, std::string_view message) {
  static EVP_MAC* const algorithm = EVP_MAC_fetch(nullptr, "CMAC", nullptr);  // for the whole run
  VERBENA_CHECK(algorithm != nullptr);
  const std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)> context(
      EVP_MAC_CTX_new(algorithm), &EVP_MAC_CTX_free);
  char cipher[] = "AES-128-CBC";
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string("cipher", cipher, 0),
                                   OSSL_PARAM_construct_end()};
  AesBlock out;
  std::size_t length = 0;
  VERBENA_CHECK(
      context != nullptr && EVP_MAC_init(context.get(), key.data(), key.size(), parameters) == 1 &&
      EVP_MAC_update(context.get(), raw(message), message.size()) == 1 &&
      EVP_MAC_final(context.get(), out.data(), &length, out.size()) == 1 && length == out.size());
  return out;
}

Bytes short_mac(const AesKey& key, std::string_view message) {
  const AesBlock mac = aes_cmac(key, message);
  Bytes out;
  for (std::size_t i = 1; i < mac.size(); i += 2) ledger::put_u8(out, mac[i]);
  return out;
}

Bytes pad(std::string_view bytes) {
  Bytes out(bytes);
  out += padding_mark;
  out.resize((out.size() + block_bytes - 1) / block_bytes * block_bytes, '\0');
  return out;
}

std::optional<Bytes> unpad(std::string_view blocks) {
  const std::size_t last = blocks.find_last_not_of('\0');
  if (last == std::string_view::npos || blocks[last] != padding_mark ||
      blocks.size() - last > block_bytes) {
    return std::nullopt;
  }
  return Bytes(blocks.substr(0, last));
}

AesKey diversify(const AesKey& key, std::string_view input) {
  VERBENA_CHECK(input.size() >= block_bytes && input.size() < 2 * block_bytes);
  return aes_cmac(key, diversify_aes128 + Bytes(input));
}

}  // namespace verbena::node::nfc
