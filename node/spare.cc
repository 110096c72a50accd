// SPDX-License-Identifier: Apache-2.0
#include "node/spare.h"

#include <algorithm>

#include "ledger/rules.h"
#include "node/for_two.h"

namespace verbena::node {

using ledger::Bytes;
using ledger::Certificate;
using ledger::Errc;
using ledger::Error;
using ledger::Refusal;
using ledger::Result;
using ledger::SigningKey;
using ledger::Status;

namespace {

constexpr std::string_view offer_context = "verbena-spare-offer-v1";
constexpr std::size_t passphrase_bytes = 32;
constexpr const char* sealed_file = "for-two";
constexpr const char* taken_file = "taken";

Error damaged(const Path& path, const std::string& why) {
  return {Errc::damaged, path.string() + ": " + why};
}

// What a spare is to become, before its keys are opened.
struct Offer {
  schemas::Certificate body;
  Bytes bytes;        // exact, of the body
  Bytes certificate;  // signed already; empty: the two supervisors will
  Path tls_certificate;
  ledger::Hash hash{};  // of the body
};

Result<Offer> read_offer(const Path& directory, ledger::Ledger& book) {
  const Path path = directory / "offer";
  auto bytes = read_file(path);
  if (!bytes) return bytes.error();
  schemas::SignedCertificate outer;
  Offer out;
  if (!outer.ParseFromString(*bytes) || outer.signature_size() != 1 ||
      !out.body.ParseFromString(outer.certificate()) ||
      out.body.SerializeAsString() != outer.certificate()) {
    return damaged(path, "is no offer of a certificate");
  }
  out.bytes = outer.certificate();
  out.hash = ledger::sha256({out.bytes});
  out.tls_certificate = directory / "tls.crt";
  // Nobody slips a key of their own into a box that lay about.
  const auto key = ledger::fixed<32>(outer.signature(0).key());
  bool by_office = false;
  book.ask([&](ledger::State& state, const ledger::DeviceView&) {
    by_office = key && !state.roster().approver(*key).empty();
  });
  if (!by_office ||
      !ledger::verify_signature(*key, offer_context, out.bytes, outer.signature(0).signature())) {
    return Error{Errc::bad_signature, path.string() + ": no supervisor says that it is a spare's"};
  }
  if (ledger::supervisors_needed(out.body.role()) != 1 || !out.body.person().empty()) {
    return damaged(path, "offers what two supervisors may not give");
  }
  return out;
}

Result<Offer> read_certified(const Path& spare, ledger::Ledger& book) {
  const Path path = spare / "certificate";
  auto bytes = read_file(path);
  if (!bytes) return bytes.error();
  auto parsed = ledger::parse_signed_certificate(*bytes);
  if (!parsed) return damaged(path, parsed.error().text);
  Offer out;
  bool certified = false;
  book.ask([&](ledger::State& state, const ledger::DeviceView&) {
    certified = state.roster().certified(parsed->certificate.hash);
  });
  if (!certified) {
    return Error{Errc::bad_signature, path.string() + ": is not of this festival's root"};
  }
  (void)out.body.ParseFromString(parsed->certificate.bytes);
  out.bytes = parsed->certificate.bytes;
  out.certificate = bytes.take();
  out.tls_certificate = spare / "tls.crt";
  out.hash = parsed->certificate.hash;
  return out;
}

Result<Offer> find_offer(const AssignRequest& request, const std::string& stand,
                         ledger::Ledger& book) {
  if (path_exists(request.spare / "certificate")) {
    if (!stand.empty()) {
      return Error{Errc::bad_input, request.spare.string() + ": this spare belongs to no stand"};
    }
    return read_certified(request.spare, book);
  }
  std::string known;
  for (const Path& offered : list_directory(request.spare / "stands")) {
    const std::string name = offered.filename().string();
    if (name == stand) return read_offer(offered, book);
    known += (known.empty() ? "" : ", ") + name;
  }
  return Error{Errc::bad_input, request.spare.string() +
                                    (stand.empty() ? ": at which stand? give --stand; "
                                                   : ": was not made for \"" + stand + "\"; ") +
                                    "it may go to " + (known.empty() ? "none" : known)};
}

// The certified device that is called so; fails where none is, or several are.
Result<Certificate> find_device(ledger::Ledger& book, const std::string& alias) {
  std::vector<Certificate> found;
  book.ask([&](ledger::State& state, const ledger::DeviceView&) {
    for (const auto& hash : state.roster().certified()) {
      const auto certificate = state.roster().find(hash);
      if (certificate->alias == alias) found.push_back(*certificate);
    }
  });
  if (found.size() == 1) return found.front();
  return Error{Errc::bad_input,
               std::string(found.empty() ? "no device is" : "several devices are") + " called \"" +
                   alias + "\" here"};
}

// Whether this device may still be made of the spare.
Status is_free(ledger::Ledger& book, const Offer& offer) {
  Status out = ledger::done();
  book.ask([&](ledger::State& state, const ledger::DeviceView&) {
    const ledger::Roster& roster = state.roster();
    const auto key = ledger::fixed<32>(offer.body.key());
    if (key && roster.revoked(*key)) {
      out = ledger::refuse(Refusal::device_revoked, offer.body.alias() + " was revoked");
    }
    for (const auto& hash : roster.certified()) {
      const auto other = roster.find(hash);
      if (hash == offer.hash || ledger::view(other->key) != offer.body.key()) continue;
      out = Error{Errc::bad_input, offer.body.alias() + " was assigned already, to the stand \"" +
                                       other->stand + "\""};
    }
  });
  return out;
}

std::string place(const Path& home) {
  return std::filesystem::absolute(home).lexically_normal().string();
}

Result<NewHome> open_keys(const AssignRequest& request, const Offer& offer, const OpenHome& first,
                          const HomeKeys& second) {
  auto sealed = read_file(request.spare / sealed_file, for_two_bytes_max);
  if (!sealed) return sealed.error();
  auto passphrase = open_for_two(*sealed, first.keys.identity.key, second.identity.key);
  if (!passphrase) {
    return Error{passphrase.error().code,
                 (request.spare / sealed_file).string() + ": " + passphrase.error().text};
  }
  const auto unlocked = [&](const char* name) -> Result<Bytes> {
    auto bytes = read_file(request.spare / name);
    if (!bytes) return bytes;
    auto secret = ledger::unlock_secret(*bytes, *passphrase);
    if (!secret) return damaged(request.spare / name, "does not open with what is sealed here");
    return secret;
  };
  auto seed = unlocked("device.key");
  if (!seed) return seed.error();
  const auto fixed_seed = ledger::fixed<32>(*seed);
  if (!fixed_seed) return damaged(request.spare / "device.key", "is damaged");
  const SigningKey key = SigningKey::from_seed(*fixed_seed);
  if (ledger::view(key.public_key()) != offer.body.key()) {
    return damaged(request.spare, "its key and its certificate do not belong together");
  }
  auto tls_key = unlocked("tls.key");
  if (!tls_key) return tls_key.error();
  auto tls_certificate = read_file(offer.tls_certificate);
  if (!tls_certificate) return tls_certificate.error();
  auto band_keys = read_band_keys(request.spare, *passphrase);
  if (!band_keys) return band_keys.error();
  auto root = read_file(first.path / "root");
  if (!root) return root.error();
  // The root and the authority are those of who assigns it, whatever lies in the box.
  NewHome out{
      key,       offer.certificate, *root, {*tls_key, *tls_certificate}, first.keys.authority_pem,
      *band_keys};
  if (out.certificate.empty()) {
    const SigningKey* signers[] = {&first.keys.identity.key, &second.identity.key};
    out.certificate = ledger::sign_certificate(offer.body, signers);
  }
  return out;
}

// One write for both: nobody hears of the new device and not that the old one is revoked.
Status tell(const AssignRequest& request, const Bytes& certificate, const ledger::Hash& hash,
            ledger::Ledger& book) {
  const auto logs = book.logs();
  std::vector<ledger::Draft> drafts;
  Status problem = ledger::done();
  book.ask([&](ledger::State& state, const ledger::DeviceView& device) {
    const ledger::Roster& roster = state.roster();
    if (!roster.certified(hash)) {
      drafts.push_back(control_draft(schemas::KIND_CERTIFICATE, certificate));
    }
    if (request.reason.empty()) return;
    const Certificate* old = roster.find_alias(request.instead_of);
    if (old != nullptr && roster.revoked(old->key)) return;
    auto plan = ledger::plan_revocation(state, device, request.instead_of, request.reason, logs);
    if (plan) {
      drafts.push_back(std::move(plan->drafts.front()));
    } else {
      problem = plan.error();
    }
  });
  if (!problem || drafts.empty()) return problem;
  auto written =
      book.commit(0, [&](auto&, auto&) -> Result<std::vector<ledger::Draft>> { return drafts; });
  return written ? ledger::done() : Status(written.error());
}

std::uint64_t held_events(ledger::Ledger& book, const Certificate& device) {
  std::uint64_t out = 0;
  for (const auto& log : book.logs()) {
    if (log.name.certificate == device.hash) out += log.head.size;
  }
  return out;
}

}  // namespace

Status write_spare_keys(const Path& spare, const SpareKeys& keys,
                        std::span<const ledger::PublicKey> supervisors, ledger::Random& random) {
  Bytes passphrase(passphrase_bytes, '\0');
  random.fill({reinterpret_cast<std::uint8_t*>(passphrase.data()), passphrase.size()});
  auto sealed = seal_for_two(passphrase, supervisors, random);
  if (!sealed) return sealed.error();
  if (auto status = make_directory(spare); !status) return status;
  const std::pair<const char*, Bytes> files[] = {
      {"device.key", ledger::lock_secret(ledger::view(keys.key.seed()), passphrase, random)},
      {"tls.key", ledger::lock_secret(keys.tls_key_pem, passphrase, random)},
      {sealed_file, *sealed},
  };
  for (const auto& [name, bytes] : files) {
    if (auto status = write_file(spare / name, bytes, true); !status) return status;
  }
  if (!keys.band_keys) return ledger::done();
  return write_band_keys(spare, *keys.band_keys, passphrase, random);
}

Status write_offer(const Path& spare, const std::string& stand, const schemas::Certificate& body,
                   const SigningKey& office, const std::string& tls_certificate_pem) {
  schemas::SignedCertificate offer;
  offer.set_certificate(body.SerializeAsString());
  auto* word = offer.add_signature();
  word->set_key(ledger::to_bytes(office.public_key()));
  word->set_signature(ledger::to_bytes(office.sign(offer_context, offer.certificate())));
  const Path directory = spare / "stands" / stand;
  if (auto status = make_directory(directory); !status) return status;
  if (auto status = write_file(directory / "tls.crt", tls_certificate_pem); !status) return status;
  return write_file(directory / "offer", offer.SerializeAsString());
}

Status take_spare(const Path& spare, const Path& home, const std::string& stand) {
  const Path path = spare / taken_file;
  const std::string note = place(home) + "\n" + stand + "\n";
  if (!path_exists(path)) return write_file(path, note);
  auto earlier = read_file(path);
  if (!earlier) return earlier.error();
  if (*earlier == note) return ledger::done();
  const auto line = earlier->find('\n');
  const std::string where = earlier->substr(0, line), at = earlier->substr(line + 1);
  return Error{Errc::bad_input, spare.string() + ": was taken already, to make " + where +
                                    (at.size() < 2 ? "" : " at " + at.substr(0, at.size() - 1))};
}

bool is_sealed(const Path& spare) {
  return path_exists(spare / sealed_file);
}

bool is_taken(const Path& spare) {
  return path_exists(spare / taken_file);
}

bool is_taken_for(const Path& spare, const Path& home) {
  const auto note = read_file(spare / taken_file);
  return note && note->starts_with(place(home) + "\n");
}

Result<Assigned> assign_spare(const AssignRequest& request, OpenHome& first, const HomeKeys& second,
                              const ledger::Clock& clock, ledger::Random& random,
                              const MakeStep& step) {
  ledger::Ledger& book = *first.ledger;
  if (!is_sealed(request.spare) && !is_taken(request.spare)) {
    return Error{Errc::storage, request.spare.string() + ": no spare is here"};
  }
  auto status =
      are_two_supervisors(book, first.keys.identity.certificate, second.identity.certificate);
  if (!status) return status.error();
  std::string stand = request.stand;
  std::optional<Certificate> old;
  if (!request.instead_of.empty()) {
    auto found = find_device(book, request.instead_of);
    if (!found) return found.error();
    old = found.take();
    if (stand.empty()) stand = old->stand;
  }
  auto offer = find_offer(request, stand, book);
  if (!offer) return offer.error();
  if (old && old->role != offer->body.role()) {
    return Error{Errc::bad_input, request.spare.string() + ": is a " +
                                      ledger::role_name(offer->body.role()) + ", and " +
                                      old->alias + " a " + ledger::role_name(old->role)};
  }
  if (old && ledger::view(old->key) == offer->body.key()) {
    return Error{Errc::bad_input, old->alias + " cannot take its own place"};
  }
  if (old && !request.reason.empty() && held_events(book, *old) == 0) {
    return ledger::refuse(Refusal::not_ready,
                          "nothing that " + old->alias +
                              " wrote is held here, so none of it would count: let a node revoke "
                              "it that holds more (--node), or assign the spare alone");
  }
  if (status = is_free(book, *offer); !status) return status.error();
  const auto finished = read_home(request.home);
  const bool made = finished && finished->identity.certificate.hash == offer->hash;
  if (!made && is_enrolled(request.home)) return enrolled_already(request.home);
  if (status = may_begin(request.home, offer->hash); !status) return status.error();
  auto lock = FileLock::take(request.spare / "lock", false);
  if (!lock) return lock.error();
  if (is_taken(request.spare)) {  // for this home?
    if (status = take_spare(request.spare, request.home, stand); !status) return status.error();
  }
  std::optional<NewHome> parts;  // of a home that is still to be made
  Bytes certificate;
  if (made) {
    auto bytes = read_file(request.home / "certificate");
    if (!bytes) return bytes.error();
    certificate = bytes.take();
  } else {
    auto opened = open_keys(request, *offer, first, second);
    if (!opened) return opened.error();
    certificate = opened->certificate;
    parts = opened.take();
  }
  if (status = go_on(step, "take the spare"); !status) return status.error();
  if (status = take_spare(request.spare, request.home, stand); !status) return status.error();
  if (parts) {
    if (status = go_on(step, "write the home"); !status) return status.error();
    status = begin_home(request.home, "device assign " + request.spare.string(), *parts, random);
    if (!status) return status.error();
  }
  if (status = go_on(step, "tell it"); !status) return status.error();
  if (status = tell(request, certificate, offer->hash, book); !status) return status.error();
  if (parts) {
    if (status = go_on(step, "finish the home"); !status) return status.error();
    if (status = finish_home(request.home, book, clock, random); !status) return status.error();
  }
  if (status = go_on(step, "destroy the seal"); !status) return status.error();
  if (status = shred_file(request.spare / sealed_file); !status) return status.error();
  auto keys = read_home(request.home);
  if (!keys) return keys.error();
  Assigned out{keys->identity.certificate, {}};
  if (old && !request.reason.empty()) out.counting = held_events(book, *old);
  return out;
}

}  // namespace verbena::node
