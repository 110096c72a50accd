// SPDX-License-Identifier: Apache-2.0
#include "ledger/wipe.h"

#include <algorithm>

#include "ledger/proof.h"
#include "ledger/proof_chain.h"
#include "ledger/receipt.h"
#include "ledger/seal.h"
#include "ledger/wire.h"

namespace verbena::ledger {

namespace {

constexpr std::string_view wipe_context = "verbena-wipe-v1";
constexpr std::string_view override_context = "verbena-wipe-override-v1";

Error refuted(const std::string& why) {
  return {Errc::bad_signature, "proof of wipe: " + why};
}

// Written in the one form there is.
template <typename Message>
bool read_canonical(Message& out, std::string_view bytes) {
  if (!out.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return false;
  Message known = out;
  known.DiscardUnknownFields();
  return known.SerializeAsString() == bytes;
}

Result<std::pair<schemas::SignedWipe, schemas::Wipe>> read_wipe(std::string_view file) {
  if (file.size() > wipe_bytes_max || !file.starts_with(wipe_magic)) {
    return refuted("this is no proof of wipe, or one of a later format");
  }
  std::pair<schemas::SignedWipe, schemas::Wipe> out;
  if (!read_canonical(out.first, file.substr(wipe_magic.size())) ||
      !read_canonical(out.second, out.first.wipe())) {
    return refuted("the file is cut or altered");
  }
  if (out.second.version() != wipe_version) return refuted("it is of a later version");
  return out;
}

class Checker {
 public:
  Checker(const schemas::Wipe& wipe, std::string fingerprint)
      : wipe_(wipe), fingerprint_(std::move(fingerprint)) {}

  Status check_device() {
    auto chain = chain_of(wipe_.device());
    if (!chain) return chain.error();
    out_.device = chain->front().certificate;
    out_.root = chain->back().certificate;
    out_.wall_ms = wipe_.wall_ms();
    out_.relied = wipe_.relied();
    return done();
  }

  Result<ProvenWipe> check_rest() {
    for (const auto& entry : wipe_.signer()) {
      auto chain = chain_of(entry);
      if (!chain) return chain.error();
      const Certificate& signer = chain->front().certificate;
      if (!signers_.emplace(signer.hash, signer).second) return refuted("it names a signer twice");
    }
    for (const auto check : {&Checker::check_logs, &Checker::check_receipts, &Checker::check_seal,
                             &Checker::check_override}) {
      if (auto status = (this->*check)(); !status) return status.error();
    }
    if (!out_.covered() && out_.approvers.empty()) {
      return refuted("what the device held is not all held elsewhere, and nobody let it go");
    }
    return std::move(out_);
  }

  const Certificate& device() const { return out_.device; }

 private:
  Result<std::vector<SignedCertificate>> chain_of(const schemas::CertificateChain& chain) const {
    return verify_chain({chain.certificate().begin(), chain.certificate().end()}, fingerprint_);
  }

  const Certificate* signer_with(const std::string& key) const {
    for (const auto& [hash, certificate] : signers_) {
      if (view(certificate.key) == key) return &certificate;
    }
    return nullptr;
  }

  Status check_logs() {
    Hash before{};
    for (const auto& entry : wipe_.log()) {
      if (entry.log_class() < 1 || entry.log_class() > 3) return refuted("there is no such log");
      const LogName name{out_.device.hash, entry.incarnation(),
                         static_cast<LogClass>(entry.log_class())};
      const Hash id = name.id();
      auto head = from_wire(entry.head());
      if (!head) return refuted(head.error().text);
      if (!out_.logs.empty() && id <= before) return refuted("its logs are not in order");
      before = id;
      if (!verify_head(out_.device.key, id, *head)) {
        return refuted("the device did not sign a head of its logs");
      }
      ends_[to_bytes(id)] = out_.logs.size();
      out_.logs.push_back({name, head->size, {}, false});
      roots_.push_back(to_bytes(head->root));
    }
    return done();
  }

  // The place of the log of which this is the end; none: it is no end.
  ProvenLog* ending(const std::string& log, std::uint64_t size, const std::string& root) {
    const auto found = ends_.find(log);
    if (found == ends_.end() || roots_[found->second] != root) return nullptr;
    ProvenLog& held = out_.logs[found->second];
    return held.size == size ? &held : nullptr;
  }

  Status check_receipts() {
    for (const auto& receipt : wipe_.receipt()) {
      const auto hash = fixed<32>(receipt.witness());
      const auto witness = hash ? signers_.find(*hash) : signers_.end();
      if (witness == signers_.end()) return refuted("a receipt is by a device it does not name");
      const Certificate& by = witness->second;
      if (!vouches_for_wipe(by, out_.device)) {
        return refuted(by.alias + " is neither a hub nor a supervisor's device");
      }
      if (!verify_receipt(out_.device.festival, by.key, receipt)) {
        return refuted("a receipt of " + by.alias + " bears a false signature");
      }
      for (const auto& position : receipt.position()) {
        if (auto* held = ending(position.log(), position.size(), position.root())) {
          held->witnesses.push_back(by.alias);
        }
      }
    }
    return done();
  }

  Status check_seal() {
    if (!wipe_.has_seal()) return done();
    auto seal = parse_seal(wipe_.seal());
    if (!seal) return refuted(seal.error().text);
    if (seal->festival() != out_.device.festival) return refuted("its seal is of another festival");
    std::set<std::string> persons;
    for (const auto& entry : wipe_.seal().signature()) {
      const Certificate* by = supervisor(entry.key());
      if (by == nullptr ||
          !verify_signature(by->key, seal_context, wipe_.seal().seal(), entry.signature()) ||
          !persons.insert(by->person).second) {
        return refuted("its seal bears a signature that does not count");
      }
      out_.seal_signers.push_back(by->alias);
    }
    if (persons.size() < signatures_needed(*seal)) return refuted("too few signed its seal");
    for (const auto& tip : seal->log()) {
      if (auto* held = ending(tip.log(), tip.size(), tip.root())) held->sealed = true;
    }
    return done();
  }

  Status check_override() {
    if (!wipe_.has_overruled()) return done();
    const auto& overruled = wipe_.overruled();
    if (overruled.reason().empty() || overruled.reason().size() > wipe_reason_bytes_max) {
      return refuted("it was overridden without a reason");
    }
    const Bytes message = wipe_override_message(wipe_, out_.device, overruled.reason());
    std::set<std::string> persons;
    for (const auto& entry : overruled.approval()) {
      const Certificate* by = supervisor(entry.key());
      if (by == nullptr || by->key == out_.device.key || by->person == out_.device.person ||
          !verify_signature(by->key, override_context, message, entry.signature()) ||
          !persons.insert(by->person).second) {
        return refuted("its override bears a signature that does not count");
      }
      out_.approvers.push_back(by->alias);
    }
    if (persons.size() < wipe_persons_min) return refuted("it takes two people to override");
    out_.reason = overruled.reason();
    return done();
  }

  // The root alone makes supervisors, so the chain has two certificates.
  const Certificate* supervisor(const std::string& key) const {
    const Certificate* out = signer_with(key);
    return out != nullptr && out->role == schemas::SUPERVISOR ? out : nullptr;
  }

  const schemas::Wipe& wipe_;
  const std::string fingerprint_;
  ProvenWipe out_;
  std::map<Hash, Certificate> signers_;
  std::map<Bytes, std::size_t> ends_;  // log id -> place in out_.logs and roots_
  std::vector<Bytes> roots_;
};

}  // namespace

bool ProvenWipe::covered() const {
  return relied == 0 && std::all_of(logs.begin(), logs.end(), [](const auto& log) {
           return log.sealed || !log.witnesses.empty();
         });
}

bool vouches_for_wipe(const Certificate& witness, const Certificate& of) {
  return counts_as_witness(witness, of) &&
         (witness.role == schemas::HUB || witness.role == schemas::SUPERVISOR);
}

Bytes wipe_override_message(const schemas::Wipe& wipe, const Certificate& device,
                            std::string_view reason) {
  Bytes out;
  put_u64(out, device.festival);
  out += view(device.hash);
  put_u64(out, wipe.relied());
  put_u32(out, static_cast<std::uint32_t>(wipe.log_size()));
  for (const auto& log : wipe.log()) {
    const LogName name{device.hash, log.incarnation(), static_cast<LogClass>(log.log_class())};
    out += view(name.id());
    put_u64(out, log.head().size());
    out += log.head().root();
  }
  out += reason;
  return out;
}

schemas::Signature approve_wipe(const schemas::Wipe& wipe, const Certificate& device,
                                std::string_view reason, const SigningKey& key) {
  schemas::Signature out;
  out.set_key(to_bytes(key.public_key()));
  out.set_signature(
      to_bytes(key.sign(override_context, wipe_override_message(wipe, device, reason))));
  return out;
}

Bytes write_wipe(const schemas::Wipe& wipe, const SigningKey& key) {
  schemas::SignedWipe out;
  out.set_wipe(wipe.SerializeAsString());
  out.set_signature(to_bytes(key.sign(wipe_context, out.wipe())));
  return Bytes(wipe_magic) + out.SerializeAsString();
}

Result<std::string> wipe_root(std::string_view file) {
  auto wipe = read_wipe(file);
  if (!wipe) return wipe.error();
  const auto& chain = wipe->second.device().certificate();
  if (chain.empty()) return refuted("it holds no certificate");
  auto root = parse_signed_certificate(chain.rbegin()->SerializeAsString());
  if (!root) return refuted(root.error().text);
  return hex(key_id(root->certificate.key));
}

Result<ProvenWipe> verify_wipe(std::string_view file, std::string_view fingerprint) {
  const auto key = unhex(fingerprint);
  if (fingerprint.size() != fingerprint_digits || !key) {
    return Error{Errc::bad_input, "a fingerprint has 32 hex digits"};
  }
  auto read = read_wipe(file);
  if (!read) return read.error();
  const auto& [signed_wipe, wipe] = *read;
  Checker checker(wipe, hex(*key));
  if (auto status = checker.check_device(); !status) return status.error();
  if (!verify_signature(checker.device().key, wipe_context, signed_wipe.wipe(),
                        signed_wipe.signature())) {
    return refuted("the device did not sign it");
  }
  return checker.check_rest();
}

}  // namespace verbena::ledger
