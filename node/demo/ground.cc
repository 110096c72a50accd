// SPDX-License-Identifier: Apache-2.0
#include "node/demo/ground.h"

#include <nlohmann/json.hpp>

#include "node/band_file.h"
#include "node/demo/festival.h"
#include "node/http/wall_people.h"
#include "node/office.h"
#include "node/system_clock.h"

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Result;
using ledger::Status;

namespace {

constexpr std::uint64_t start_timeout_ms = 30'000;
constexpr std::uint64_t stop_timeout_ms = 10'000;
constexpr int tray_bands = 4;
constexpr std::uint64_t credit_limit_minor = 10'000'000'000;

}  // namespace

Status Ground::open(const Path& festival_file, const schemas::Festival& festival,
                    const GroundWish& wish) {
  if (auto status = enrol_all(festival_file, festival, wish); !status) return status;
  if (auto status = start(hub()); !status) return status;
  std::map<std::string, GroundDevice*> last_in_zone;
  for (auto& device : devices_) {
    if (device.get() == &hub()) continue;
    if (auto status = link(*device, hub()); !status) return status;
    if (device->role == schemas::VENDOR) {
      GroundDevice*& neighbour = last_in_zone[device->zone];
      if (neighbour != nullptr) {
        if (auto status = link(*device, *neighbour); !status) return status;
      }
      neighbour = device.get();
    }
    if (auto status = start(*device); !status) return status;
  }
  return ledger::done();
}

Status Ground::enrol_all(const Path& festival_file, const schemas::Festival& festival,
                         const GroundWish& wish) {
  const SystemClock clock;
  const std::string passphrase = ledger::hex_u64(random_.u64());
  const Path office_directory = directory_ / "festival";
  if (auto made = init_festival(festival_file, office_directory, passphrase, clock, random_);
      !made) {
    return made.error();
  }
  auto supervisor = read_home(office_directory / "spares" / "supervisor-2", passphrase);
  if (!supervisor) return supervisor.error();
  supervisor_ = supervisor.take();
  auto first = read_home(office_directory / "office", passphrase);
  if (!first) return first.error();
  first_supervisor_ = first.take();
  auto office = Office::open(office_directory, passphrase, clock, random_);
  if (!office) return office.error();
  const auto add = [&](schemas::Role role, const std::string& alias, const std::string& stand,
                       const std::string& zone) -> Status {
    auto device = std::make_unique<GroundDevice>();
    device->role = role;
    device->stand = stand;
    device->zone = zone;
    device->home = directory_ / alias;
    EnrolRequest request{role, stand, role == schemas::HUB ? "" : alias, {}, credit_limit_minor,
                         {}};
    if (ledger::supervisors_needed(role) != 1) {
      request.approve = office_directory / "spares" / "supervisor-2";
    }
    auto enrolled = office->enrol(request, device->home);
    if (!enrolled) return enrolled.error();
    device->alias = *enrolled;
    auto keys = read_home(device->home);
    if (!keys) return keys.error();
    device->keys = keys.take();
    auto band_keys = read_band_keys(device->home);
    if (!band_keys) return band_keys.error();
    device->band_keys = band_keys.take();
    devices_.push_back(std::move(device));
    return ledger::done();
  };
  if (auto status = add(schemas::HUB, "hub", "", ""); !status) return status;
  if (auto status = add(schemas::TOP_UP_DESK, "desk", "", ""); !status) return status;
  if (auto status = add(schemas::STORE, "store", "", ""); !status) return status;
  for (const auto& stand : festival.stand()) {
    const std::string alias = "pos-" + std::to_string(devices_.size() - 2);
    if (auto status = add(schemas::VENDOR, alias, stand.name(), stand.zone()); !status) {
      return status;
    }
    pos_.push_back(devices_.back().get());
  }
  if (wish.screens) {
    if (auto status = add(schemas::SUPERVISOR, "supervisor-3", "", ""); !status) return status;
    approver_ = devices_.back().get();
  }
  if (auto status = make_bands(*office, wish); !status) return status;
  return wish.screens ? open_screens(*office) : ledger::done();
}

Status Ground::make_bands(Office& office, const GroundWish& wish) {
  auto bands = wish.emulator ? open_emulated_bands(directory_ / "chips.log", random_)
                             : open_file_bands(directory_ / "bands");
  if (!bands) return bands.error();
  bands_ = bands.take();
  while (bands_->size() < wish.bands + 1) {
    if (auto status = bands_->make(office); !status) return status;
  }
  return ledger::done();
}

Result<std::unique_ptr<Tag>> Ground::hold(const GroundDevice& device,
                                          std::optional<std::size_t> band, Leaves leaves) {
  if (!band) return std::unique_ptr<Tag>();
  return bands_->hold(*band, device.band_keys, leaves);
}

Result<schemas::OperateReply> Ground::operate(GroundDevice& device,
                                              const schemas::OperateRequest& request,
                                              std::optional<std::size_t> band, Leaves leaves,
                                              std::uint64_t timeout_ms) {
  auto held = hold(device, band, leaves);
  if (!held) return held.error();
  return device.client->operate(request, held->get(), timeout_ms);
}

Result<schemas::OperateReply> Ground::operate_approved(GroundDevice& device,
                                                       const schemas::OperateRequest& request,
                                                       std::optional<std::size_t> band) {
  auto held = hold(device, band, Leaves::afterwards);
  if (!held) return held.error();
  const ledger::SigningKey* approver = &supervisor().identity.key;
  return device.client->operate_approved(request, held->get(), {&approver, 1});
}

// A seller's band and some customers' in the tray of the first POS, a supervisor on the hub's wall
// and on that of a device of their own, whose key says yes.
Status Ground::open_screens(Office& office) {
  hub().has_screen = pos_.front()->has_screen = approver_->has_screen = true;
  screens_.pin = std::to_string(10'000 + random_.u64() % 10'000).substr(1);
  screens_.passphrase = ledger::hex_u64(random_.u64()).substr(0, passphrase_characters_min);
  auto otpauth =
      add_wall_person(hub().home, std::string(demo_supervisor), screens_.passphrase, random_);
  if (!otpauth) return otpauth.error();
  screens_.otpauth = *otpauth;
  // The same person, so the same passphrase and code on both.
  auto people = read_file(hub().home / wall_people_file);
  if (!people) return people.error();
  if (auto status = write_file(approver_->home / wall_people_file, *people, true); !status) {
    return status;
  }
  const Path tray = directory_ / "reader" / "tray";
  if (auto status = make_directory(tray); !status) return status;
  auto seller = office.new_staff_band(std::string(demo_seller), screens_.pin);
  if (!seller) return seller.error();
  if (auto status = write_file(tray / demo_seller, to_image(*seller), true); !status) return status;
  for (int i = 1; i <= tray_bands; ++i) {
    auto image = office.new_band();
    if (!image) return image.error();
    screens_.tray.push_back(tray / ("band-" + std::to_string(i)));
    if (auto status = create_band_file(screens_.tray.back(), *image); !status) return status;
  }
  // The card was written after the devices had their copies: these show the screens.
  for (auto* device : {&hub(), pos_.front(), approver_}) {
    if (auto status = office.copy_control_logs(device->home); !status) return status;
  }
  return ledger::done();
}

Status Ground::link(GroundDevice& from, GroundDevice& to) {
  const std::string route = from.alias + ">" + to.alias;
  auto address = relay_.add(route, to.address);
  if (!address) return address.error();
  from.dials.push_back(route);
  from.peers.push_back(*address);
  routes_to_[to.alias].insert(route);
  return ledger::done();
}

Status Ground::start(GroundDevice& device) {
  std::vector<std::string> arguments{"node", "--home", device.home.string(), "--listen",
                                     "127.0.0.1:0"};
  for (const auto& peer : device.peers) {
    arguments.push_back("--peer");
    arguments.push_back(peer);
  }
  if (device.has_screen) {
    arguments.insert(arguments.end(), {"--http", "127.0.0.1:0"});
    if (device.role == schemas::VENDOR) {
      arguments.insert(arguments.end(), {"--reader", "file:" + (directory_ / "reader").string()});
    }
  }
  auto process = Process::spawn_self(arguments, (directory_ / (device.alias + ".log")).string());
  if (!process) return process.error();
  device.process.emplace(process.take());
  auto line = device.process->read_line(start_timeout_ms);
  if (line && device.has_screen) {
    auto http = device.process->read_line(start_timeout_ms);
    if (!http) return http.error();
    device.url = http->substr(http->find(' ') + 1);
  }
  if (!line) {
    auto log = read_file(directory_ / (device.alias + ".log"));
    return Error{line.error().code,
                 device.alias + ": " + line.error().text + (log ? ": " + *log : std::string())};
  }
  device.address = line->substr(line->find(' ') + 1);
  device.client = std::make_unique<TerminalClient>(device.address, *device.keys);
  for (const auto& route : routes_to_[device.alias]) relay_.retarget(route, device.address);
  return ledger::done();
}

std::vector<GroundDevice*> Ground::alive() const {
  std::vector<GroundDevice*> out;
  for (const auto& device : devices_) {
    if (!device->destroyed) out.push_back(device.get());
  }
  return out;
}

void Ground::cut_zone(const std::string& zone, bool is_cut) {
  for (const auto* device : pos_) {
    if (device->zone == zone && !device->destroyed) {
      relay_.cut(device->alias + ">" + hub().alias, is_cut);
    }
  }
}

void Ground::isolate(const GroundDevice& device) {
  for (const auto& route : device.dials) relay_.cut(route, true);
  for (const auto& route : routes_to_[device.alias]) relay_.cut(route, true);
}

Status Ground::restart(GroundDevice& device) {
  device.process->kill_now();
  return start(device);
}

void Ground::destroy(GroundDevice& device) {
  device.process->kill_now();
  (void)remove_tree(device.home);
  device.destroyed = true;
}

std::optional<std::string> Ground::common_digest(std::vector<NodeReport>* reports) {
  reports->clear();
  nlohmann::json whole;  // the status of one that follows all
  std::vector<nlohmann::json> in_part;
  for (auto* device : alive()) {
    auto status = device->client->status();
    if (!status) return std::nullopt;
    auto object = nlohmann::json::parse(*status);
    const auto& digest = object["state_digest"];
    device->follows_all = !digest.is_null();
    reports->push_back({device->alias, object["events"].get<std::uint64_t>(),
                        digest.is_null() ? std::string() : digest.get<std::string>()});
    if (!device->follows_all) {
      in_part.push_back(std::move(object));
    } else if (whole.is_null()) {
      whole = std::move(object);
    } else if (whole["state_digest"] != object["state_digest"] ||
               whole["frontier_root"] != object["frontier_root"]) {
      return std::nullopt;
    }
  }
  if (whole.is_null()) return std::nullopt;
  for (const auto& device : in_part) {
    for (const auto& [scope, root] : device["scopes"].items()) {
      if (whole["scopes"].value(scope, std::string()) != root.get<std::string>())
        return std::nullopt;
    }
  }
  return whole["state_digest"].get<std::string>();
}

void Ground::stop() {
  for (auto& device : devices_) {
    if (!device->destroyed && device->process) device->process->stop(stop_timeout_ms);
  }
}

}  // namespace verbena::node
