// SPDX-License-Identifier: Apache-2.0
#include "ledger/proof.h"

#include <algorithm>

#include "ledger/core/mutant.h"
#include "ledger/proof_chain.h"
#include "ledger/replay.h"
#include "ledger/wire.h"
#include "schemas/proof.pb.h"

namespace verbena::ledger {

void add_signatures(Certificates& known, SignedCertificate noted) {
  const Hash hash = noted.certificate.hash;
  auto [it, fresh] = known.try_emplace(hash, noted);
  if (fresh) return;
  for (const auto& signature : noted.signatures) it->second.signatures.push_back(signature);
}

namespace {

const CertificateSignature* signature_by(const SignedCertificate& certificate,
                                         const PublicKey& key) {
  for (const auto& signature : certificate.signatures) {
    if (signature.key == key) return &signature;
  }
  return nullptr;
}

// The exact body with only these signatures.
schemas::SignedCertificate to_wire(const SignedCertificate& certificate,
                                   const std::vector<PublicKey>& signers) {
  schemas::SignedCertificate out;
  out.set_certificate(certificate.certificate.bytes);
  for (const auto& key : signers) {
    auto* entry = out.add_signature();
    entry->set_key(to_bytes(key));
    entry->set_signature(to_bytes(signature_by(certificate, key)->signature));
  }
  return out;
}

}  // namespace

std::vector<schemas::SignedCertificate> certificate_chain(const Hash& author,
                                                          const Certificates& known,
                                                          const SignedCertificate& root) {
  const PublicKey& root_key = root.certificate.key;
  if (author == root.certificate.hash) return {to_wire(root, {root_key})};
  const auto found = known.find(author);
  if (found == known.end()) return {};
  if (signature_by(found->second, root_key)) {
    return {to_wire(found->second, {root_key}), to_wire(root, {root_key})};
  }
  const int needed = supervisors_needed(found->second.certificate.role);
  std::vector<PublicKey> signers;
  std::vector<schemas::SignedCertificate> supervisors;
  std::set<std::string> persons;
  for (const auto& [hash, candidate] : known) {
    if (candidate.certificate.role != schemas::SUPERVISOR ||
        static_cast<int>(signers.size()) == needed || !signature_by(candidate, root_key) ||
        !signature_by(found->second, candidate.certificate.key) ||
        !persons.insert(candidate.certificate.person).second) {
      continue;
    }
    signers.push_back(candidate.certificate.key);
    supervisors.push_back(to_wire(candidate, {root_key}));
  }
  if (needed == 0 || static_cast<int>(signers.size()) < needed) return {};
  std::vector<schemas::SignedCertificate> out{to_wire(found->second, signers)};
  out.insert(out.end(), supervisors.begin(), supervisors.end());
  out.push_back(to_wire(root, {root_key}));
  return out;
}

namespace {

struct Place {
  LogName log;
  std::uint64_t index = 0;
};

Result<Bytes> write_proof(const EventStore& store, const Place& place,
                          const std::vector<schemas::SignedCertificate>& certificates,
                          bool newest_head) {
  auto heads = store.heads(place.log, place.index);
  if (!heads) return heads.error();
  if (heads->empty()) return Error{Errc::damaged, "proof: no head covers the event"};
  // The least that covers it has the shortest path.
  const Head& head = newest_head ? heads->back() : heads->front();
  schemas::EventProof proof;
  std::vector<Hash> leaves;
  auto read = store.read(place.log, 0, head.size, [&](std::uint64_t index, std::string_view event) {
    leaves.push_back(leaf_hash(event));
    if (index == place.index) proof.set_event(Bytes(event));
    return done();
  });
  if (!read) return read.error();
  proof.set_incarnation(place.log.incarnation);
  proof.set_log_class(static_cast<std::uint32_t>(place.log.log_class));
  proof.set_index(place.index);
  *proof.mutable_head() = to_wire(head);
  if (mutant(Mutant::proof_of_other_head)) leaves.push_back(leaves.back());
  for (const auto& node : inclusion_path(leaves, place.index)) proof.add_path(to_bytes(node));
  for (const auto& certificate : certificates) *proof.add_certificate() = certificate;
  return Bytes(proof_magic) + proof.SerializeAsString();
}

Error refuted(const std::string& why) {
  return {Errc::bad_signature, "proof: " + why};
}

// One way to write it: no unknown field, no other order, no longer number. A flipped bit anywhere
// is then either a changed value, which signatures bind, or refused here.
bool is_canonical(schemas::EventProof proof, std::string_view bytes) {
  proof.DiscardUnknownFields();
  return proof.SerializeAsString() == bytes;
}

// Signed by exactly these keys, in this order.
bool signed_by(const SignedCertificate& certificate, const std::vector<PublicKey>& keys) {
  return std::equal(certificate.signatures.begin(), certificate.signatures.end(), keys.begin(),
                    keys.end(),
                    [](const auto& signature, const auto& key) { return signature.key == key; });
}

Status check_chain(const std::vector<SignedCertificate>& chain, std::string_view fingerprint) {
  const SignedCertificate& root = chain.back();
  const SignedCertificate& author = chain.front();
  const PublicKey root_key = root.certificate.key;
  if (root.certificate.role != schemas::ROOT || !signed_by(root, {root_key})) {
    return refuted("its last certificate is not a root's");
  }
  if (hex(key_id(root_key)) != fingerprint) {
    return refuted("its root has the fingerprint " + hex(key_id(root_key)));
  }
  for (const auto& entry : chain) {
    if (entry.certificate.festival != root.certificate.festival) {
      return refuted("the certificate of " + entry.certificate.alias + " is of another festival");
    }
  }
  if (chain.size() == 1) return done();
  if (author.certificate.role == schemas::ROOT) return refuted("its author is a second root");
  if (chain.size() == 2) {
    if (signed_by(author, {root_key})) return done();
    return refuted("the root did not sign the certificate of " + author.certificate.alias);
  }
  std::vector<PublicKey> signers;
  std::set<std::string> persons;
  for (std::size_t i = 1; i + 1 < chain.size(); ++i) {
    const Certificate& supervisor = chain[i].certificate;
    if (supervisor.role != schemas::SUPERVISOR || !signed_by(chain[i], {root_key}) ||
        !persons.insert(supervisor.person).second) {
      return refuted(supervisor.alias + " cannot have certified the author");
    }
    signers.push_back(supervisor.key);
  }
  const auto needed = static_cast<std::size_t>(supervisors_needed(author.certificate.role));
  if (signers.size() != needed || !signed_by(author, signers)) {
    return refuted("the certificate of " + author.certificate.alias +
                   " does not bear the signatures its role needs");
  }
  return done();
}

}  // namespace

Result<std::vector<SignedCertificate>> verify_chain(
    const std::vector<schemas::SignedCertificate>& chain, std::string_view fingerprint) {
  std::vector<SignedCertificate> certificates;
  for (const auto& entry : chain) {
    auto certificate = parse_signed_certificate(entry.SerializeAsString());
    if (!certificate) return refuted(certificate.error().text);
    certificates.push_back(certificate.take());
  }
  if (certificates.empty()) return refuted("it holds no certificate");
  if (auto status = check_chain(certificates, fingerprint); !status) return status.error();
  return certificates;
}

Result<Bytes> prove_event(const EventStore& store, const SignedCertificate& root,
                          std::string_view id_prefix, bool newest_head) {
  const auto even = id_prefix.substr(0, id_prefix.size() / 2 * 2);
  if (id_prefix.size() < event_prefix_digits_min || id_prefix.size() > 64 || !unhex(even) ||
      !unhex(std::string{id_prefix.back(), '0'})) {
    return Error{Errc::bad_input, "proof: an event is named by 8 to 64 hex digits of its id"};
  }
  std::string wanted(id_prefix);
  for (char& c : wanted) c = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;

  State state(root.certificate);
  Certificates known;
  std::map<Hash, std::vector<Place>> found;
  auto replayed = replay(
      store, {.verify_heads = true}, state,
      [&](const LogName& log, std::uint64_t index, const Hash& id, const schemas::Event& event) {
        if (hex(id).starts_with(wanted)) found[id].push_back({log, index});
        if (event.kind() != schemas::KIND_CERTIFICATE) return;
        if (auto certificate = parse_signed_certificate(event.payload())) {
          add_signatures(known, certificate.take());
        }
      });
  if (!replayed) return replayed.error();
  if (found.empty()) return Error{Errc::bad_input, "proof: no event held starts with " + wanted};
  if (found.size() > 1) {
    return Error{Errc::bad_input,
                 "proof: " + std::to_string(found.size()) + " events start with " + wanted};
  }
  for (const auto& place : found.begin()->second) {
    const bool damaged = std::any_of(replayed->damaged.begin(), replayed->damaged.end(),
                                     [&](const auto& log) { return log.first == place.log; });
    const auto certificates = certificate_chain(place.log.certificate, known, root);
    if (!damaged && !certificates.empty()) {
      return write_proof(store, place, certificates, newest_head);
    }
  }
  return Error{Errc::bad_input,
               "proof: the event's log does not verify, or its author is not "
               "certified up to the root"};
}

Result<ProvenEvent> verify_proof(std::string_view file, std::string_view fingerprint) {
  const auto key = unhex(fingerprint);
  if (fingerprint.size() != fingerprint_digits || !key) {
    return Error{Errc::bad_input, "a fingerprint has 32 hex digits"};
  }
  if (file.size() > proof_bytes_max || !file.starts_with(proof_magic)) {
    return refuted("this is no proof file, or one of a later format");
  }
  const auto body = file.substr(proof_magic.size());
  schemas::EventProof proof;
  if (!proof.ParseFromArray(body.data(), static_cast<int>(body.size())) ||
      !is_canonical(proof, body)) {
    return refuted("the file is cut or altered");
  }
  auto chain = verify_chain({proof.certificate().begin(), proof.certificate().end()}, hex(*key));
  if (!chain) return chain.error();
  const std::vector<SignedCertificate> certificates = chain.take();
  ProvenEvent out;
  out.author = certificates.front().certificate;
  out.root = certificates.back().certificate;
  for (std::size_t i = 1; i + 1 < certificates.size(); ++i) {
    out.supervisors.push_back(certificates[i].certificate);
  }
  if (proof.log_class() < 1 || proof.log_class() > 3) return refuted("there is no such log");
  out.log = {out.author.hash, proof.incarnation(), static_cast<LogClass>(proof.log_class())};
  auto head = from_wire(proof.head());
  if (!head) return refuted(head.error().text);
  if (!verify_head(out.author.key, out.log.id(), *head)) {
    return refuted("the author did not sign this head of its log");
  }
  std::vector<Hash> path;
  for (const auto& node : proof.path()) {
    const auto hash = fixed<32>(node);
    if (!hash || path.size() == proof_path_max) return refuted("its path is no path");
    path.push_back(*hash);
  }
  out.event = proof.event();
  out.id = leaf_hash(out.event);
  out.index = proof.index();
  out.size = head->size;
  if (out.event.size() > event_bytes_max ||
      !verify_inclusion(out.id, out.index, out.size, path, head->root)) {
    return refuted("the event is not in the log under this head");
  }
  return out;
}

}  // namespace verbena::ledger
