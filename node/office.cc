// SPDX-License-Identifier: Apache-2.0
#include "node/office.h"

#include <algorithm>

#include "ledger/core/money.h"
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

constexpr const char* numbers_file = "numbers";

bool sells(schemas::Role role) {
  return role == schemas::VENDOR || role == schemas::STAND_LEAD;
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

// What a member's folder has in clear, and its TLS key.
struct MemberTls {
  ledger::Certificate certificate;
  TlsIdentity identity;
};

Result<MemberTls> member_tls(const Member& member, const TlsIdentity& authority) {
  auto parsed = ledger::parse_signed_certificate(member.certificate);
  if (!parsed) return parsed.error();
  auto tls = make_tls_identity(authority, ledger::hex(parsed->certificate.hash),
                               tls_server_name(parsed->certificate.festival));
  if (!tls) return tls.error();
  return MemberTls{parsed->certificate, tls.take()};
}

// A supervisor's home: its keys are the person's, locked under the passphrase.
Status write_supervisor(const Path& home, const Member& member, const std::string& root,
                        const TlsIdentity& authority, const std::string& passphrase,
                        ledger::Random& random) {
  auto tls = member_tls(member, authority);
  if (!tls) return tls.error();
  const auto lock = [&](std::string_view secret) {
    return ledger::lock_secret(secret, passphrase, random);
  };
  return write_home(home, member.key, lock(ledger::view(member.key.seed())), member.certificate,
                    root, {lock(tls->identity.key_pem), tls->identity.certificate_pem},
                    authority.certificate_pem);
}

Status write_spare_hub(const Path& spare, const Member& member, const TlsIdentity& authority,
                       const BandKeys& band_keys, std::span<const ledger::PublicKey> supervisors,
                       ledger::Random& random) {
  auto tls = member_tls(member, authority);
  if (!tls) return tls.error();
  auto status = write_spare_keys(
      spare, {member.key, tls->identity.key_pem, share_of(band_keys, schemas::HUB)}, supervisors,
      random);
  if (!status) return status;
  status = write_file(spare / "tls.crt", tls->identity.certificate_pem);
  return status ? write_file(spare / "certificate", member.certificate) : status;
}

Status ingest_runs(ledger::Ledger& book, const std::vector<ledger::LogRun>& runs) {
  for (const auto& run : runs) {
    auto outcome = book.ingest(run);
    if (!outcome) return outcome.error();
  }
  return book.sync();
}

// The certificate of a home of this kind that was begun; empty where it must be begun, or begun
// anew.
Result<std::optional<std::string>> begun_home(const Path& home, const EnrolRequest& request,
                                              ledger::Ledger& book) {
  const auto anew = std::optional<std::string>();
  if (!is_unfinished(home)) return anew;
  const auto keys = read_unfinished_home(home);
  if (!keys) return anew;  // cut short among its files: nobody was told of it
  const ledger::Certificate& device = keys->identity.certificate;
  if (device.festival != book.festival() || device.role != request.role ||
      device.stand != request.stand || (!request.alias.empty() && device.alias != request.alias)) {
    return may_begin(home, {}).error();
  }
  bool told = false, given_away = false;
  book.ask([&](ledger::State& state, const ledger::DeviceView&) {
    told = state.roster().certified(device.hash);
    for (const auto& [hash, other] : state.roster().all()) {
      given_away |= other->number == device.number || other->alias == device.alias;
    }
  });
  if (!told && given_away) return anew;
  auto certificate = read_file(home / "certificate");
  if (!certificate) return certificate.error();
  return std::optional(certificate.take());
}

Status publish(ledger::Ledger& book, const ledger::Hash& hash, const std::string& certificate) {
  bool told = false;
  book.ask([&](ledger::State& state, const ledger::DeviceView&) {
    told = state.roster().certified(hash);
  });
  if (told) return ledger::done();
  auto written = book.commit(0, [&](auto&, auto&) -> Result<std::vector<ledger::Draft>> {
    return std::vector{control_draft(schemas::KIND_CERTIFICATE, certificate)};
  });
  return written ? ledger::done() : Status(written.error());
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
  const BandKeys band_keys = make_band_keys(out.tag, random);
  std::vector<ledger::PublicKey> supervisors;
  for (std::size_t i = 0; i < members.size(); ++i) {
    const bool is_supervisor = i < 1 + spare_supervisors;
    if (is_supervisor) supervisors.push_back(members[i].key.public_key());
    const Path home = i == 0 ? directory / "office" : directory / "spares" / members[i].alias;
    auto status =
        is_supervisor
            ? write_supervisor(home, members[i], root_bytes, *authority, passphrase, random)
            : write_spare_hub(home, members[i], *authority, band_keys, supervisors, random);
    if (!status) return status.error();
  }
  auto status = write_band_keys(directory / "office", band_keys, passphrase, random);
  if (!status) return status.error();
  auto office = open_home(directory / "office", clock, random, passphrase);
  if (!office) return office.error();
  if (status = ingest_runs(*office->ledger, *genesis); !status) return status.error();
  // Written last: a directory with a fingerprint is a festival.
  if (status = write_file(directory / "fingerprint", out.fingerprint + "\n"); !status) {
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

Result<HomeKeys> Office::second_supervisor(const EnrolRequest& request) {
  if (!request.approve) {
    return Error{Errc::bad_input, std::string("a ") + ledger::role_name(request.role) +
                                      " device needs a second supervisor: --approve HOME"};
  }
  auto second = read_home(*request.approve, request.approve_passphrase.value_or(passphrase_));
  if (!second) return second.error();
  auto status =
      are_two_supervisors(ledger(), home_.keys.identity.certificate, second->identity.certificate);
  if (!status) return status.error();
  return second;
}

// Hubs and supervisors are certified by the root at init; the field only takes them into use.
Result<std::string> Office::enrol_spare(const EnrolRequest& request, const Path& home,
                                        const MakeStep& step) {
  auto second = second_supervisor(request);
  if (!second) return second.error();
  const std::string role = ledger::role_name(request.role);
  const bool finished = is_enrolled(home);
  for (const Path& spare : list_directory(directory_ / "spares")) {
    const std::string alias = spare.filename().string();
    if (!alias.starts_with(role + "-")) continue;
    const bool again = is_taken_for(spare, home) &&
                       (request.role == schemas::SUPERVISOR ? !finished : is_sealed(spare));
    if ((finished || is_taken(spare)) && !again) continue;
    if (!request.alias.empty() && request.alias != alias) continue;
    if (request.role == schemas::SUPERVISOR) return enrol_supervisor(spare, home, step);
    auto assigned = assign_spare({spare, home, {}, {}, {}}, home_, *second, clock_, random_, step);
    if (!assigned) return assigned.error();
    return assigned->device.alias;
  }
  return Error{Errc::bad_input, "no spare " + role +
                                    (request.alias.empty() ? "" : " called " + request.alias) +
                                    " is left: they are made at init"};
}

// The spare stays what it was, the person's own key under the person's own passphrase; the home is
// that of a device that runs.
Result<std::string> Office::enrol_supervisor(const Path& spare, const Path& home,
                                             const MakeStep& step) {
  auto keys = read_home(spare, passphrase_);
  if (!keys) return keys.error();
  auto certificate = read_file(spare / "certificate");
  auto root = read_file(spare / "root");
  if (!certificate || !root) return (!certificate ? certificate : root).error();
  if (auto status = may_begin(home, keys->identity.certificate.hash); !status) {
    return status.error();
  }
  if (auto status = go_on(step, "take the spare"); !status) return status.error();
  if (auto status = take_spare(spare, home, {}); !status) return status.error();
  if (auto status = go_on(step, "write the home"); !status) return status.error();
  auto status = begin_home(
      home, "enrol", {keys->identity.key, *certificate, *root, keys->tls, keys->authority_pem, {}},
      random_);
  if (!status) return status.error();
  if (status = go_on(step, "finish the home"); !status) return status.error();
  if (status = finish_home(home, ledger(), clock_, random_); !status) return status.error();
  return keys->identity.certificate.alias;
}

Result<std::uint32_t> Office::next_number() {
  std::uint32_t number = 0;
  ledger().ask([&](ledger::State& state, const ledger::DeviceView&) {
    for (const auto& [hash, certificate] : state.roster().all()) {
      number = std::max<std::uint32_t>(number, certificate->number);
    }
  });
  const Path path = directory_ / "spares" / numbers_file;
  if (!path_exists(path)) return number + 1;
  auto text = read_file(path);
  if (!text) return text.error();
  const auto given = ledger::parse_decimal(text->substr(0, text->find('\n')), 0);
  if (!given || *given > UINT16_MAX) return Error{Errc::damaged, path.string() + ": is damaged"};
  return std::max(number, static_cast<std::uint32_t>(*given)) + 1;
}

// What the device is to be; nobody's key yet.
Result<schemas::Certificate> Office::plan_device(const EnrolRequest& request) {
  auto number = next_number();
  if (!number) return number.error();
  schemas::Certificate body;
  body.set_festival(ledger().festival());
  body.set_number(*number);
  body.set_role(request.role);
  body.set_stand(request.stand);
  body.set_alias(request.alias.empty()
                     ? std::string(ledger::role_name(request.role)) + "-" + std::to_string(*number)
                     : request.alias);
  if (ledger::role_credits(request.role)) {
    body.set_credit_limit_minor(request.credit_limit_minor);
  }
  std::string problem;
  ledger().ask([&](ledger::State& state, const ledger::DeviceView&) {
    const auto* festival = state.festival();
    const auto* stand = festival ? ledger::find_stand(*festival, request.stand) : nullptr;
    if (!request.stand.empty() && stand == nullptr) {
      problem = "the festival has no stand called \"" + request.stand + "\"";
    }
    for (const auto& [hash, certificate] : state.roster().all()) {
      if (certificate->alias != body.alias()) continue;
      problem = "a device called \"" + body.alias() + "\" exists already";
    }
    if (stand != nullptr) body.set_zone(stand->zone());
  });
  if (problem.empty() && body.alias().starts_with(spare_alias_prefix)) {
    problem =
        "names that begin with \"" + std::string(spare_alias_prefix) + "\" are for spare tills";
  }
  if (problem.empty() && !ledger::is_alias(body.alias())) {
    problem = "\"" + body.alias() + "\" must match [a-z0-9-]{1,32}";
  }
  if (problem.empty() && request.stand.empty() && sells(request.role)) {
    problem = "a device that sells needs --stand";
  }
  if (!problem.empty()) return Error{Errc::bad_input, problem};
  return body;
}

Result<std::string> Office::enrol(const EnrolRequest& request, const Path& home,
                                  const MakeStep& step) {
  if (request.role == schemas::HUB || request.role == schemas::SUPERVISOR) {
    return enrol_spare(request, home, step);
  }
  if (is_enrolled(home)) return enrolled_already(home);
  std::vector<SigningKey> signers{home_.keys.identity.key};
  if (request.approve || ledger::supervisors_needed(request.role) > 1) {
    auto second = second_supervisor(request);
    if (!second) return second.error();
    signers.push_back(second->identity.key);
  }
  auto begun = begun_home(home, request, ledger());
  if (!begun) return begun.error();
  std::string certificate = begun->value_or("");
  if (certificate.empty()) {
    auto body = plan_device(request);
    if (!body) return body.error();
    const SigningKey key = SigningKey::generate(random_);
    body->set_key(ledger::to_bytes(key.public_key()));
    std::vector<const SigningKey*> pointers;
    for (const auto& signer : signers) pointers.push_back(&signer);
    certificate = ledger::sign_certificate(*body, pointers);
    auto parsed = ledger::parse_signed_certificate(certificate);
    if (!parsed) return parsed.error();
    auto tls = make_tls_identity(authority_, ledger::hex(parsed->certificate.hash),
                                 tls_server_name(ledger().festival()));
    if (!tls) return tls.error();
    auto root = read_file(directory_ / "office" / "root");
    if (!root) return root.error();
    auto share = band_share(request.role);
    if (!share) return share.error();
    if (auto status = go_on(step, "write the home"); !status) return status.error();
    auto status =
        begin_home(home, "enrol",
                   {key, certificate, *root, *tls, authority_.certificate_pem, *share}, random_);
    if (!status) return status.error();
  }
  auto parsed = ledger::parse_signed_certificate(certificate);
  if (!parsed) return parsed.error();
  if (auto status = go_on(step, "tell it"); !status) return status.error();
  if (auto status = publish(ledger(), parsed->certificate.hash, certificate); !status) {
    return status.error();
  }
  if (auto status = go_on(step, "finish the home"); !status) return status.error();
  if (auto status = finish_home(home, ledger(), clock_, random_); !status) return status.error();
  return parsed->certificate.alias;
}

Result<std::vector<std::string>> Office::make_spares(schemas::Role role, std::size_t count,
                                                     const Path& box) {
  if (!sells(role)) {
    return Error{Errc::bad_input,
                 "spares are made for roles that sell, vendor or stand-lead; hubs "
                 "and supervisors have theirs since init"};
  }
  std::vector<std::pair<std::string, std::string>> stands;  // with zone
  std::vector<ledger::PublicKey> supervisors;
  ledger().ask([&](ledger::State& state, const ledger::DeviceView&) {
    if (const auto* festival = state.festival()) {
      for (const auto& stand : festival->stand()) stands.emplace_back(stand.name(), stand.zone());
    }
    for (const auto& hash : state.roster().certified()) {
      const auto certificate = state.roster().find(hash);
      if (!state.roster().approver(certificate->key).empty()) {
        supervisors.push_back(certificate->key);
      }
    }
  });
  if (count == 0 || count > spares_max || stands.empty() ||
      count * stands.size() > spare_certificates_max) {
    return Error{Errc::bad_input,
                 "from 1 to " + std::to_string(spares_max) + " spares are made at once, and of " +
                     std::to_string(stands.size()) + " stands and so many spares no more than " +
                     std::to_string(spare_certificates_max) + " pairs"};
  }
  auto share = band_share(role);
  if (!share) return share.error();
  auto first = next_number();
  if (!first) return first.error();
  if (*first + count - 1 > UINT16_MAX) return Error{Errc::bad_input, "no numbers are left"};
  // Given away before anything has them: a box that was cut short wastes numbers, no more.
  auto status =
      write_file(directory_ / "spares" / numbers_file, std::to_string(*first + count - 1) + "\n");
  if (!status) return status.error();
  std::vector<std::string> out;
  for (std::uint32_t number = *first; number < *first + count; ++number) {
    schemas::Certificate body;
    const SigningKey key = SigningKey::generate(random_);
    body.set_festival(ledger().festival());
    body.set_key(ledger::to_bytes(key.public_key()));
    body.set_role(role);
    body.set_alias(spare_alias_prefix + std::to_string(number));
    body.set_number(number);
    auto tls_key = make_tls_key();
    if (!tls_key) return tls_key.error();
    const Path spare = box / body.alias();
    status = write_spare_keys(spare, {key, *tls_key, *share}, supervisors, random_);
    if (!status) return status.error();
    for (const auto& [stand, zone] : stands) {
      body.set_stand(stand);
      body.set_zone(zone);
      auto tls = certify_tls_key(authority_, *tls_key,
                                 ledger::hex(ledger::sha256({body.SerializeAsString()})),
                                 tls_server_name(ledger().festival()));
      if (!tls) return tls.error();
      status = write_offer(spare, stand, body, home_.keys.identity.key, *tls);
      if (!status) return status.error();
    }
    out.push_back(body.alias());
  }
  return out;
}

Result<BandKeys> Office::band_keys() {
  const Path office = directory_ / "office";
  auto known = read_band_keys(office, passphrase_);
  if (!known) return known.error();
  if (*known) return **known;
  return Error{Errc::damaged, (office / band_keys_file).string() + ": is missing"};
}

Result<std::optional<BandKeys>> Office::band_share(schemas::Role role) {
  auto all = band_keys();
  if (!all) return all.error();
  return share_of(*all, role);
}

Result<bool> Office::share_band_keys(const Path& home, schemas::Role role) {
  auto share = band_share(role);
  if (!share) return share.error();
  if (!*share) return false;
  if (auto status = write_band_keys(home, **share, {}, random_); !status) return status.error();
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
  return node::copy_control_logs(ledger(), *opened->ledger);
}

Result<std::string> Office::new_band(bool is_short, bool proves_presence) {
  return ledger::new_band(ledger::purse_number(random_.u64(), proves_presence), home_.keys.identity,
                          is_short);
}

Result<StaffBand> Office::new_staff_band(const std::string& alias, const std::string& pin) {
  return issue_staff_band(ledger(), random_, alias, pin);
}

}  // namespace verbena::node
