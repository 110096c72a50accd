// SPDX-License-Identifier: Apache-2.0
#include "node/pki.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Result;

namespace {

template <typename T, void (*Free)(T*)>
struct Freer {
  void operator()(T* value) const { Free(value); }
};
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY, EVP_PKEY_free>>;
using Cert = std::unique_ptr<X509, Freer<X509, X509_free>>;
using Bio = std::unique_ptr<BIO, Freer<BIO, BIO_free_all>>;

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string key_pem(EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  VERBENA_CHECK(
      PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return text_of(bio.get());
}

Key read_key(const std::string& pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return Key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
}

std::string certificate_pem(X509* certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  VERBENA_CHECK(PEM_write_bio_X509(bio.get(), certificate) == 1);
  return text_of(bio.get());
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  VERBENA_CHECK(extension != nullptr);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

Cert start_certificate(EVP_PKEY* key, const std::string& common_name) {
  Cert certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  unsigned char serial[16];
  VERBENA_CHECK(RAND_bytes(serial, sizeof serial) == 1);
  serial[0] &= 0x7f;
  BIGNUM* number = BN_bin2bn(serial, sizeof serial, nullptr);
  BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate.get()));
  BN_free(number);
  ASN1_TIME_set_string(X509_getm_notBefore(certificate.get()), "19700101000000Z");
  ASN1_TIME_set_string(X509_getm_notAfter(certificate.get()), "99991231235959Z");
  X509_set_pubkey(certificate.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                             0);
  return certificate;
}

}  // namespace

Result<TlsIdentity> make_tls_authority(const std::string& name) {
  const Key key(EVP_EC_gen("P-256"));
  if (!key) return Error{Errc::internal, "cannot make a TLS key"};
  const Cert certificate = start_certificate(key.get(), name);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get()));
  add_extension(certificate.get(), certificate.get(), NID_basic_constraints,
                "critical,CA:TRUE,pathlen:0");
  add_extension(certificate.get(), certificate.get(), NID_key_usage, "critical,keyCertSign");
  add_extension(certificate.get(), certificate.get(), NID_subject_key_identifier, "hash");
  if (X509_sign(certificate.get(), key.get(), EVP_sha256()) == 0) {
    return Error{Errc::internal, "cannot sign the TLS authority"};
  }
  return TlsIdentity{key_pem(key.get()), certificate_pem(certificate.get())};
}

Result<std::string> make_tls_key() {
  const Key key(EVP_EC_gen("P-256"));
  if (!key) return Error{Errc::internal, "cannot make a TLS key"};
  return key_pem(key.get());
}

Result<std::string> certify_tls_key(const TlsIdentity& authority, const std::string& pem,
                                    const std::string& common_name,
                                    const std::string& server_name) {
  const Bio cert_bio(BIO_new_mem_buf(authority.certificate_pem.data(),
                                     static_cast<int>(authority.certificate_pem.size())));
  const Key issuer_key = read_key(authority.key_pem);
  const Cert issuer(PEM_read_bio_X509(cert_bio.get(), nullptr, nullptr, nullptr));
  if (!issuer_key || !issuer) return Error{Errc::damaged, "the TLS authority cannot be read"};
  const Key key = read_key(pem);
  if (!key) return Error{Errc::damaged, "a TLS key cannot be read"};
  const Cert certificate = start_certificate(key.get(), common_name);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer.get()));
  add_extension(certificate.get(), issuer.get(), NID_basic_constraints, "critical,CA:FALSE");
  add_extension(certificate.get(), issuer.get(), NID_key_usage, "critical,digitalSignature");
  add_extension(certificate.get(), issuer.get(), NID_ext_key_usage, "serverAuth,clientAuth");
  add_extension(certificate.get(), issuer.get(), NID_subject_alt_name,
                "DNS:" + server_name + ",DNS:localhost,IP:127.0.0.1");
  if (X509_sign(certificate.get(), issuer_key.get(), EVP_sha256()) == 0) {
    return Error{Errc::internal, "cannot sign a TLS certificate"};
  }
  return certificate_pem(certificate.get());
}

Result<TlsIdentity> make_tls_identity(const TlsIdentity& authority, const std::string& common_name,
                                      const std::string& server_name) {
  auto key = make_tls_key();
  if (!key) return key.error();
  auto certificate = certify_tls_key(authority, *key, common_name, server_name);
  if (!certificate) return certificate.error();
  return TlsIdentity{key.take(), certificate.take()};
}

}  // namespace verbena::node
