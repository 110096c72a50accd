// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node/band_keys.h"
#include "node/spare.h"
#include "node/staff_band.h"

// The desk where a festival is made and its devices are enrolled.
//   DIR/festival.toml          DIR/fingerprint
//   DIR/root/                  the root's locked key: carry it away, it is not needed on the field
//   DIR/office/                the first supervisor's home, its key locked, and all keys for the
//                              chips of bands, locked
//   DIR/spares/<alias>/        further supervisors and hubs, certified by the root: a supervisor's
//                              keys locked, a hub's sealed for two supervisors (node/spare.h)
//   DIR/spares/numbers         the greatest number of a device given to a spare till
//   DIR/ca/                    the TLS authority, its key locked
namespace verbena::node {

constexpr int spare_supervisors = 2;
constexpr int spare_hubs = 2;

struct NewFestival {
  std::uint64_t tag = 0;
  std::string fingerprint;  // of the root key
};
ledger::Result<NewFestival> init_festival(const Path& festival_file, const Path& directory,
                                          const std::string& passphrase, const ledger::Clock& clock,
                                          ledger::Random& random);

struct EnrolRequest {
  schemas::Role role = schemas::ROLE_UNSPECIFIED;
  std::string stand;
  std::string alias;            // absent: made from the role and a number
  std::optional<Path> approve;  // a second supervisor's home
  std::uint64_t credit_limit_minor = 0;
  std::optional<std::string> approve_passphrase;  // absent: the office's
};

// An unlocked office. Holds the office's home, so one at a time.
class Office {
 public:
  static ledger::Result<Office> open(const Path& directory, const std::string& passphrase,
                                     const ledger::Clock& clock, ledger::Random& random);

  // Makes a device's home; says under which alias. What was cut short is finished by the same call.
  // A hub or supervisor, and whoever takes money in, needs a second supervisor.
  ledger::Result<std::string> enrol(const EnrolRequest& request, const Path& home,
                                    const MakeStep& step = {});
  // Spare tills in `box`, each for any stand of the festival; says under which aliases.
  ledger::Result<std::vector<std::string>> make_spares(schemas::Role role, std::size_t count,
                                                       const Path& box);
  // The certificate of the device that is called so; fails where none, or more than one, is.
  ledger::Result<ledger::Certificate> enrolled(const std::string& alias);
  // The image of an empty band; a short one for chips of the `signed` profile.
  ledger::Result<std::string> new_band(bool is_short = false, bool proves_presence = false);
  // All of them, made at init.
  ledger::Result<BandKeys> band_keys();
  // Gives a home what its role has of them; false: nothing.
  ledger::Result<bool> share_band_keys(const Path& home, schemas::Role role);
  // Gives a member of the staff a band that signs in with this PIN; an earlier one ends.
  ledger::Result<StaffBand> new_staff_band(const std::string& alias, const std::string& pin);

  // Brings a home that no node runs on up to date with who belongs.
  ledger::Status copy_control_logs(const Path& home);

  ledger::Ledger& ledger() { return *home_.ledger; }

 private:
  Office(Path directory, std::string passphrase, OpenHome home, TlsIdentity authority,
         const ledger::Clock& clock, ledger::Random& random);
  ledger::Result<HomeKeys> second_supervisor(const EnrolRequest& request);
  ledger::Result<std::string> enrol_spare(const EnrolRequest& request, const Path& home,
                                          const MakeStep& step);
  ledger::Result<std::string> enrol_supervisor(const Path& spare, const Path& home,
                                               const MakeStep& step);
  // The number after all that are in use or given to spares.
  ledger::Result<std::uint32_t> next_number();
  ledger::Result<schemas::Certificate> plan_device(const EnrolRequest& request);
  ledger::Result<std::optional<BandKeys>> band_share(schemas::Role role);

  Path directory_;
  std::string passphrase_;
  OpenHome home_;
  TlsIdentity authority_;
  const ledger::Clock& clock_;
  ledger::Random& random_;
};

}  // namespace verbena::node
