// SPDX-License-Identifier: Apache-2.0
#include "node/office.h"

#include <algorithm>

#include "ledger/purse/presence.h"
#include "ledger/store/memory_store.h"
#include "ledger/store/rocks_store.h"
#include "ledger/tap.h"
#include "node/festival_file.h"

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Result;
using ledger::SigningKey;
using ledger::Status;

namespace {

ledger::Draft control_draft(schemas::Kind kind, const std::string& payload) {
  ledger::Draft draft;
  draft.log_class = ledger::LogClass::control;
  draft.event.set_kind(kind);
  draft.event.set_payload(payload);
  return draft;
}

struct Member {
  SigningKey key;
  std::string certificate;  // signed
  std::string alias;
};

Member make_member(const SigningKey& root, std::uint64_t festival, schemas::Role role,
                   const std::string& alias, std::uint32_t number, ledger::Random& random) {
  SigningKey key = SigningKey::generate(random);
  schemas::Certificate body;
  body.set_festival(festival);
  body.set_key(ledger::to_bytes(key.public_key()));
  body.set_role(role);
  body.set_alias(alias);
  if (role == schemas::SUPERVISOR) body.set_person(alias);
  if (role == schemas::HUB) body.set_credit_limit_minor(INT64_MAX);
  body.set_number(number);
  const SigningKey* signer = &root;
  return {key, ledger::sign_certificate(body, {&signer, 1}), alias};
}

// The root's log, made once: settings and the certificates only a root can sign.
Result<std::vector<ledger::LogRun>> make_genesis(
    const ledger::Certificate& root, const SigningKey& key, const schemas::Festival& festival,
    const std::vector<Member>& members, const ledger::Clock& clock, ledger::Random& random) {
  ledger::MemoryStore store;
  auto book = ledger::Ledger::open(store, root, ledger::DeviceIdentity{root, key}, clock, random);
  if (!book) return book.error();
  auto written = (*book)->commit(0, [&](auto&, auto&) -> Result<std::vector<ledger::Draft>> {
    schemas::SignedFestival settings;
    settings.set_festival(festival.SerializeAsString());
    std::vector<ledger::Draft> drafts{
        control_draft(schemas::KIND_FESTIVAL, settings.SerializeAsString())};
    for (const auto& member : members) {
      drafts.push_back(control_draft(schemas::KIND_CERTIFICATE, member.certificate));
    }
    return drafts;
  });
  if (!written) return written.error();
  return (*book)->read(written->front().log, 0, SIZE_MAX);
}

Status write_member(const Path& home, const Member& member, const std::string& root,
                    const TlsIdentity& authority, std::uint64_t festival,
                    const std::string& passphrase, ledger::Random& random) {
  auto parsed = ledger::parse_signed_certificate(member.certificate);
  if (!parsed) return parsed.error();
  auto tls = make_tls_identity(authority, ledger::hex(parsed->certificate.hash),
                               tls_server_name(festival));
  if (!tls) return tls.error();
  return write_home(home, member.key,
                    ledger::lock_secret(ledger::view(member.key.seed()), passphrase, random),
                    member.certificate, root, *tls, authority.certificate_pem);
}

Status ingest_runs(ledger::Ledger& book, const std::vector<ledger::LogRun>& runs) {
  for (const auto& run : runs) {
    auto outcome = book.ingest(run);
    if (!outcome) return outcome.error();
  }
  return book.sync();
}

}  // namespace

Result<NewFestival> init_festival(const Path& festival_file, const Path& directory,
                                  const std::string& passphrase, const ledger::Clock& clock,
                                  ledger::Random& random) {
  auto text = read_file(festival_file);
  if (!text) return text.error();
  auto festival = parse_festival(*text, festival_file.string());
  if (!festival) return festival.error();
  if (path_exists(directory / "fingerprint")) {
    return Error{Errc::bad_input, directory.string() + ": a festival was made here already"};
  }
  if (festival->seal_signatures() > 1 + spare_supervisors) {
    return Error{Errc::bad_input, festival_file.string() + ": \"seal_signatures\" is " +
                                      std::to_string(festival->seal_signatures()) + ", and only " +
                                      std::to_string(1 + spare_supervisors) +
                                      " supervisors are certified at init"};
  }
  NewFestival out;
  out.tag = random.u64();
  const SigningKey root_key = SigningKey::generate(random);
  out.fingerprint = ledger::hex(ledger::key_id(root_key.public_key()));
  schemas::Certificate root_body;
  root_body.set_festival(out.tag);
  root_body.set_key(ledger::to_bytes(root_key.public_key()));
  root_body.set_role(schemas::ROOT);
  root_body.set_alias("root");
  const SigningKey* root_signer = &root_key;
  const std::string root_bytes = ledger::sign_certificate(root_body, {&root_signer, 1});
  auto root = ledger::parse_signed_certificate(root_bytes);
  if (!root) return root.error();

  std::vector<Member> members;
  std::uint32_t number = 0;
  for (int i = 1; i <= 1 + spare_supervisors; ++i) {
    members.push_back(make_member(root_key, out.tag, schemas::SUPERVISOR,
                                  "supervisor-" + std::to_string(i), ++number, random));
  }
  for (int i = 1; i <= spare_hubs; ++i) {
    members.push_back(
        make_member(root_key, out.tag, schemas::HUB, "hub-" + std::to_string(i), ++number, random));
  }
  auto genesis = make_genesis(root->certificate, root_key, *festival, members, clock, random);
  if (!genesis) return genesis.error();
  auto authority = make_tls_authority(tls_server_name(out.tag));
  if (!authority) return authority.error();

  const auto lock = [&](std::string_view secret) {
    return ledger::lock_secret(secret, passphrase, random);
  };
  for (const auto& part : {directory, directory / "root", directory / "ca"}) {
    if (auto status = make_directory(part); !status) return status.error();
  }
  const std::pair<Path, std::string> files[] = {
      {directory / "root" / "root.key", lock(ledger::view(root_key.seed()))},
      {directory / "ca" / "ca.key", lock(authority->key_pem)},
      {directory / "ca" / "ca.crt", authority->certificate_pem},
      {directory / "festival.toml", *text},
  };
  for (const auto& [path, bytes] : files) {
    if (auto status = write_file(path, bytes, path.extension() == ".key"); !status) {
      return status.error();
    }
  }
  for (std::size_t i = 0; i < members.size(); ++i) {
    const Path home = i == 0 ? directory / "office" : directory / "spares" / members[i].alias;
    auto status =
        write_member(home, members[i], root_bytes, *authority, out.tag, passphrase, random);
    if (!status) return status.error();
  }
  auto office = open_home(directory / "office", clock, random, passphrase);
  if (!office) return office.error();
  if (auto status = ingest_runs(*office->ledger, *genesis); !status) return status.error();
  // Written last: a directory with a fingerprint is a festival.
  if (auto status = write_file(directory / "fingerprint", out.fingerprint + "\n"); !status) {
    return status.error();
  }
  return out;
}

Office::Office(Path directory, std::string passphrase, OpenHome home, TlsIdentity authority,
               const ledger::Clock& clock, ledger::Random& random)
    : directory_(std::move(directory)),
      passphrase_(std::move(passphrase)),
      home_(std::move(home)),
      authority_(std::move(authority)),
      clock_(clock),
      random_(random) {}

Result<Office> Office::open(const Path& directory, const std::string& passphrase,
                            const ledger::Clock& clock, ledger::Random& random) {
  if (!path_exists(directory / "fingerprint")) {
    return Error{Errc::storage, directory.string() + ": no festival was made here"};
  }
  auto home = open_home(directory / "office", clock, random, passphrase);
  if (!home) return home.error();
  auto locked = read_file(directory / "ca" / "ca.key");
  if (!locked) return locked.error();
  auto key = ledger::unlock_secret(*locked, passphrase);
  if (!key) return key.error();
  auto certificate = read_file(directory / "ca" / "ca.crt");
  if (!certificate) return certificate.error();
  return Office(directory, passphrase, home.take(), {*key, *certificate}, clock, random);
}

// Hubs and supervisors are certified by the root at init; the field only takes them into use.
Result<std::string> Office::take_spare(const EnrolRequest& request, const Path& home) {
  const std::string prefix = std::string(ledger::role_name(request.role)) + "-";
  for (const Path& spare : list_directory(directory_ / "spares")) {
    const std::string alias = spare.filename().string();
    if (!alias.starts_with(prefix) || path_exists(spare / "taken")) continue;
    if (!request.alias.empty() && request.alias != alias) continue;
    auto keys = read_home(spare, passphrase_);
    if (!keys) return keys.error();
    auto certificate = read_file(spare / "certificate");
    auto root = read_file(spare / "root");
    if (!certificate || !root) return (!certificate ? certificate : root).error();
    auto status = write_home(home, keys->identity.key, {}, *certificate, *root, keys->tls,
                             keys->authority_pem);
    if (!status) return status.error();
    if (status = copy_control_logs(home); !status) return status.error();
    if (auto shared = share_band_keys(home, request.role); !shared) return shared.error();
    if (status = write_file(spare / "taken", home.string() + "\n"); !status) return status.error();
    return alias;
  }
  return Error{Errc::bad_input, "no spare " + std::string(ledger::role_name(request.role)) +
                                    (request.alias.empty() ? "" : " called " + request.alias) +
                                    " is left: they are made at init"};
}

Result<std::string> Office::enrol(const EnrolRequest& request, const Path& home) {
  if (path_exists(home / "certificate")) {
    return Error{Errc::bad_input, home.string() + ": a device was enrolled here already"};
  }
  if (request.role == schemas::HUB || request.role == schemas::SUPERVISOR) {
    return take_spare(request, home);
  }
  std::vector<SigningKey> signers{home_.keys.identity.key};
  if (request.approve) {
    auto second = read_home(*request.approve, passphrase_);
    if (!second) return second.error();
    if (second->identity.certificate.role != schemas::SUPERVISOR) {
      return Error{Errc::bad_input, request.approve->string() + ": not a supervisor's home"};
    }
    signers.push_back(second->identity.key);
  }
  const bool credits = ledger::role_credits(request.role);
  if ((credits || request.role == schemas::REFUND_OFFICER) && signers.size() < 2) {
    return Error{Errc::bad_input, std::string("a ") + ledger::role_name(request.role) +
                                      " device needs a second supervisor: --approve HOME"};
  }
  schemas::Certificate body;
  std::string problem;
  ledger().ask([&](ledger::State& state, const ledger::DeviceView&) {
    const auto* festival = state.festival();
    const auto* stand = festival ? ledger::find_stand(*festival, request.stand) : nullptr;
    if (!request.stand.empty() && stand == nullptr) {
      problem = "the festival has no stand called \"" + request.stand + "\"";
    }
    std::uint32_t number = 0;
    for (const auto& [hash, certificate] : state.roster().all()) {
      number = std::max<std::uint32_t>(number, certificate->number);
      if (certificate->alias == request.alias) {
        problem = "a device called \"" + request.alias + "\" exists already";
      }
    }
    body.set_number(++number);
    body.set_alias(request.alias.empty()
                       ? std::string(ledger::role_name(request.role)) + "-" + std::to_string(number)
                       : request.alias);
    if (stand != nullptr) body.set_zone(stand->zone());
  });
  if (problem.empty() && !ledger::is_alias(body.alias())) {
    problem = "\"" + body.alias() + "\" must match [a-z0-9-]{1,32}";
  }
  if (problem.empty() && request.stand.empty() &&
      (request.role == schemas::VENDOR || request.role == schemas::STAND_LEAD)) {
    problem = "a device that sells needs --stand";
  }
  if (!problem.empty()) return Error{Errc::bad_input, problem};

  const SigningKey key = SigningKey::generate(random_);
  body.set_festival(ledger().festival());
  body.set_key(ledger::to_bytes(key.public_key()));
  body.set_role(request.role);
  body.set_stand(request.stand);
  if (credits) body.set_credit_limit_minor(request.credit_limit_minor);
  std::vector<const SigningKey*> pointers;
  for (const auto& signer : signers) pointers.push_back(&signer);
  const std::string certificate = ledger::sign_certificate(body, pointers);
  auto parsed = ledger::parse_signed_certificate(certificate);
  if (!parsed) return parsed.error();
  auto written = ledger().commit(0, [&](auto&, auto&) -> Result<std::vector<ledger::Draft>> {
    return std::vector{control_draft(schemas::KIND_CERTIFICATE, certificate)};
  });
  if (!written) return written.error();

  auto tls = make_tls_identity(authority_, ledger::hex(parsed->certificate.hash),
                               tls_server_name(ledger().festival()));
  if (!tls) return tls.error();
  auto root = read_file(directory_ / "office" / "root");
  if (!root) return root.error();
  auto status = write_home(home, key, {}, certificate, *root, *tls, authority_.certificate_pem);
  if (!status) return status.error();
  if (auto shared = share_band_keys(home, request.role); !shared) return shared.error();
  if (status = copy_control_logs(home); !status) return status.error();
  return body.alias();
}

Result<BandKeys> Office::band_keys() {
  const Path office = directory_ / "office";
  auto known = read_band_keys(office, passphrase_);
  if (!known) return known.error();
  if (*known && (*known)->presence) return **known;
  BandKeys made = make_band_keys(ledger().festival(), random_);
  if (*known) {  // from before there was a key for presence
    const auto presence = made.presence;
    made = **known;
    made.presence = presence;
  }
  if (auto status = write_band_keys(office, made, passphrase_, random_); !status) {
    return status.error();
  }
  return made;
}

Result<bool> Office::share_band_keys(const Path& home, schemas::Role role) {
  auto all = band_keys();
  if (!all) return all.error();
  const auto share = share_of(*all, role);
  if (!share) return false;
  if (auto status = write_band_keys(home, *share, {}, random_); !status) return status.error();
  return true;
}

Result<ledger::Certificate> Office::enrolled(const std::string& alias) {
  std::vector<ledger::Certificate> found;
  ledger().ask([&](ledger::State& state, const ledger::DeviceView&) {
    for (const auto& [hash, certificate] : state.roster().all()) {
      if (certificate->alias == alias) found.push_back(*certificate);
    }
  });
  if (found.size() == 1) return found.front();
  return Error{Errc::bad_input,
               std::string(found.empty() ? "no device is" : "several devices are") + " called \"" +
                   alias + "\" here"};
}

// A new device starts with everything the office knows of who belongs.
Status Office::copy_control_logs(const Path& home) {
  auto opened = open_home(home, clock_, random_);
  if (!opened) return opened.error();
  std::vector<ledger::LogRun> waiting;
  for (const auto& log : ledger().logs()) {
    if (log.name.log_class != ledger::LogClass::control) continue;
    auto runs = ledger().read(log.name, 0, SIZE_MAX);
    if (!runs) return runs.error();
    std::move(runs->begin(), runs->end(), std::back_inserter(waiting));
  }
  // The root's log makes the others' authors known: go round until nothing is left.
  while (!waiting.empty()) {
    const std::size_t before = waiting.size();
    std::vector<ledger::LogRun> later;
    for (auto& run : waiting) {
      auto outcome = opened->ledger->ingest(run);
      if (outcome) continue;
      if (outcome.error().code != Errc::unknown_author) return outcome.error();
      later.push_back(std::move(run));
    }
    if (later.size() == before) return Error{Errc::internal, "a control log without an author"};
    waiting = std::move(later);
  }
  return opened->ledger->sync();
}

Result<std::string> Office::new_band(bool is_short) {
  return ledger::new_band(ledger::purse_number(random_.u64(), is_short), home_.keys.identity,
                          is_short);
}

Result<StaffBand> Office::new_staff_band(const std::string& alias, const std::string& pin) {
  return issue_staff_band(ledger(), random_, alias, pin);
}

}  // namespace verbena::node
