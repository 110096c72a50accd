// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "node/demo/bands.h"
#include "node/demo/process.h"
#include "node/demo/relay.h"
#include "node/demo/result.h"
#include "node/home.h"
#include "node/terminal_client.h"

namespace verbena::node {

class Office;

// One device of the demonstration: a real process with its own home.
struct GroundDevice {
  std::string alias;
  schemas::Role role = schemas::ROLE_UNSPECIFIED;
  std::string stand, zone;
  Path home;
  std::vector<std::string> dials;  // relay routes it connects out through
  std::vector<std::string> peers;  // their addresses
  std::optional<HomeKeys> keys;
  std::optional<BandKeys> band_keys;  // what its role has of them
  std::optional<Process> process;
  std::string address;
  bool has_screen = false;  // serves its page at `url`
  std::string url;
  std::unique_ptr<TerminalClient> client;
  bool destroyed = false;
  bool follows_all = true;  // as it said last
};

// What a ground has beside the devices that its festival file names.
struct GroundWish {
  std::size_t bands = 0;  // and one more, which a customer loses
  bool emulator = true;   // bands on emulated chips; false: in files
  bool screens =
      false;  // the hub and the first POS serve theirs, and so does a supervisor's device
};

// How to sign in on the screens.
struct Screens {
  std::string pin;         // of the seller's band, in the tray of the till
  std::string passphrase;  // of the supervisor, on the wall
  std::string otpauth;     // for a code app
  std::vector<Path> tray;  // customers' bands there
};

// The festival's ground: devices and the links between them, every link through the relay.
class Ground {
 public:
  explicit Ground(Path directory) : directory_(std::move(directory)) {}

  // Makes the festival, enrols a hub, a top-up desk, a store and one POS for each stand in the
  // file, and starts them. POS devices talk to the hub and to their neighbour in the zone.
  ledger::Status open(const Path& festival_file, const schemas::Festival& festival,
                      const GroundWish& wish);

  GroundDevice& hub() { return *devices_[0]; }
  GroundDevice& desk() { return *devices_[1]; }
  GroundDevice& store() { return *devices_[2]; }
  GroundDevice& approver() { return *approver_; }  // with screens only
  const std::vector<GroundDevice*>& pos() const { return pos_; }
  std::vector<GroundDevice*> alive() const;
  // The last of the bands: a customer loses it.
  std::size_t lost_band() const { return bands_->size() - 1; }
  // One intent at a device, with the band by this number where there is one. This is the reader:
  // the device's own keys open the band, and it may leave early.
  ledger::Result<schemas::OperateReply> operate(GroundDevice& device,
                                                const schemas::OperateRequest& request,
                                                std::optional<std::size_t> band,
                                                Leaves leaves = Leaves::afterwards,
                                                std::uint64_t timeout_ms = 30'000);
  // The same, with the yes of the supervisor at the office where one is needed.
  ledger::Result<schemas::OperateReply> operate_approved(GroundDevice& device,
                                                         const schemas::OperateRequest& request,
                                                         std::optional<std::size_t> band);
  const Screens& screens() const { return screens_; }
  // A supervisor at the office, who approves deliveries and counts stock with the sellers.
  const HomeKeys& supervisor() const { return *supervisor_; }
  // The supervisor who enrols, to seal the archive with the one above.
  const HomeKeys& first_supervisor() const { return *first_supervisor_; }

  void cut_zone(const std::string& zone, bool is_cut);  // its links to the hub
  void isolate(const GroundDevice& device);             // every link it has
  ledger::Status restart(GroundDevice& device);         // after a kill -9
  void destroy(GroundDevice& device);                   // kill -9 and delete its home
  // Empty until all that live hold what they follow, and those that follow all report one digest.
  std::optional<std::string> common_digest(std::vector<NodeReport>* reports);
  void stop();

 private:
  ledger::Status enrol_all(const Path& festival_file, const schemas::Festival& festival,
                           const GroundWish& wish);
  ledger::Status make_bands(Office& office, const GroundWish& wish);
  ledger::Result<std::unique_ptr<Tag>> hold(const GroundDevice& device,
                                            std::optional<std::size_t> band, Leaves leaves);
  ledger::Status open_screens(Office& office);
  ledger::Status start(GroundDevice& device);
  ledger::Status link(GroundDevice& from, GroundDevice& to);

  Path directory_;
  Relay relay_;
  std::vector<std::unique_ptr<GroundDevice>> devices_;
  std::vector<GroundDevice*> pos_;
  GroundDevice* approver_ = nullptr;
  ledger::SystemRandom random_;
  std::unique_ptr<DemoBands> bands_;
  Screens screens_;
  std::optional<HomeKeys> supervisor_, first_supervisor_;
  std::map<std::string, std::set<std::string>> routes_to_;  // device -> routes that end at it
};

}  // namespace verbena::node
