// SPDX-License-Identifier: Apache-2.0
#include "test/card_emulator/tap_storm.h"

#include <algorithm>
#include <set>

#include "ledger/audit.h"
#include "node/nfc/band_desk.h"
#include "test/card_emulator/channel.h"
#include "test/card_emulator/ntag.h"
#include "test/card_emulator/smart_card.h"
#include "test/support/world.h"

namespace verbena::test {

using ledger::Errc;
using schemas::OperateReply;
using schemas::OperateRequest;

namespace {

constexpr std::size_t tills = 4, chips_signed = 4, chips_open = 2;
constexpr std::uint64_t one_torn_of = 4;     // taps
constexpr std::uint64_t one_crash_of = 40;   // taps
constexpr std::uint64_t one_topup_of = 5;    // taps
constexpr std::uint64_t one_meeting_of = 6;  // taps
constexpr std::uint64_t one_split_of = 60;   // taps
constexpr std::uint64_t groups_max = 3;
constexpr std::uint64_t one_walks_of = 4;  // torn taps: the customer goes elsewhere
constexpr std::uint64_t kept_open = 8;     // torn taps that a device may still be asked about
// More than a tap of either chip takes: some tears come too late to tear anything.
constexpr std::uint64_t commands_signed = 24, commands_open = 64, writes_open = 50;
constexpr std::uint64_t beer_minor = 450, water_minor = 200;

// Nobody is to stop for want of a witness or of money.
schemas::Festival storm_festival() {
  schemas::Festival out = small_festival();
  out.mutable_limits()->set_unwitnessed_count(0);
  out.mutable_limits()->set_unwitnessed_value_minor(0);
  out.mutable_limits()->set_purse_max_minor(100'000'000);
  return out;
}

struct Chip {
  std::unique_ptr<Card> card;
  bool pages = false;
  std::unique_ptr<CardChannel> channel;
  std::uint64_t purse = 0;
};

enum class Dies { no, before_write, after_write };

// What somebody asked for once, and what they were told.
struct Asked {
  std::size_t chip = 0, device = 0;
  OperateRequest request;
  std::uint64_t credit_minor = 0, debit_minor = 0;
  ledger::Bytes done;      // the id that was acknowledged; empty: nothing was
  bool lapsed = false;     // it was told to be aborted
  std::size_t counts = 0;  // in the end
};

class Storm {
 public:
  explicit Storm(const StormOptions& options)
      : options_(options),
        world_(options.seed, storm_festival()),
        random_(options.seed ^ 0x7a9570a3),
        keys_(node::make_band_keys(world_.root.festival, world_.random)) {
    devices_.push_back(&world_.add(schemas::HUB, "hub"));
    devices_.push_back(&world_.add(schemas::TOP_UP_DESK, "desk"));
    for (std::size_t i = 0; i < tills; ++i) {
      const auto number = std::to_string(i + 1);
      devices_.push_back(
          &world_.add(schemas::VENDOR, "till-" + number, "bar-" + std::to_string(1 + i % 3)));
    }
    groups_.assign(devices_.size(), 0);
    meet_all();
    for (std::size_t i = 0; i < chips_signed + chips_open; ++i) make_chip(i >= chips_signed);
  }

  StormResult run() {
    while (out_.taps < options_.taps) {
      if (random_.below(one_split_of) == 0) split();
      if (random_.below(one_meeting_of) == 0) meet_some();
      if (!open_.empty() && random_.below(3) == 0) {
        ask_again();
      } else {
        ask();
      }
    }
    settle();
    judge();
    return std::move(out_);
  }

 private:
  void violate(const std::string& what) {
    out_.violations.push_back("seed " + std::to_string(options_.seed) + ": " + what);
  }

  void make_chip(bool pages) {
    Chip chip;
    chip.pages = pages;
    if (pages) {
      chip.card = std::make_unique<NtagCard>(Ntag::Model::ntag216);
    } else {
      chip.card = std::make_unique<SmartCard>(SmartCard::ntag424(world_.random));
    }
    chip.channel = std::make_unique<CardChannel>(*chip.card);
    chip.card->field().place();
    chip.card->power(true);
    const auto made =
        node::nfc::make_band(*chip.channel, keys_, world_.random,
                             [&](bool is_short, bool proves) -> ledger::Result<std::string> {
                               return std::string(world_.band(is_short, proves).image);
                             });
    VERBENA_CHECK(made.ok());
    chip.purse = ledger::decode_slot(ledger::decode_band(made->image)->slots[0])->head.purse;
    chips_.push_back(std::move(chip));
    // Something to spend.
    const std::size_t index = chips_.size() - 1;
    tap(asked_[begin(index, 1, 100'000)], {}, Dies::no);
  }

  // ---- partitions ------------------------------------------------------------------------------

  void split() {
    ++out_.partitions;
    const std::uint64_t groups = 1 + random_.below(groups_max);
    for (auto& group : groups_) group = random_.below(groups);
  }
  void meet_some() {
    const std::size_t a = random_.below(devices_.size()), b = random_.below(devices_.size());
    if (a != b && groups_[a] == groups_[b]) World::meet(*devices_[a], *devices_[b]);
  }
  void meet_all() {
    for (int round = 0; round < 2; ++round) {
      for (auto* device : devices_) {
        if (device != devices_.front()) World::meet(*devices_.front(), *device);
      }
    }
  }

  // ---- taps ------------------------------------------------------------------------------------

  std::uint64_t begin(std::size_t chip, std::size_t device, std::uint64_t credit_minor) {
    Asked asked;
    asked.chip = chip;
    asked.device = device;
    const std::uint64_t intent = ++intents_;
    asked.request.set_intent(intent);
    if (credit_minor > 0) {
      asked.credit_minor = credit_minor;
      asked.request.mutable_top_up()->set_amount_minor(credit_minor);
      asked.request.mutable_top_up()->set_tender("cash");
    } else {
      const bool beer = random_.below(2) == 0;
      asked.debit_minor = beer ? beer_minor : water_minor;
      asked.request.mutable_sell()->set_tender("purse");
      auto* line = asked.request.mutable_sell()->add_line();
      line->set_sku(beer ? "beer" : "water");
      line->set_quantity(1);
    }
    asked_[intent] = std::move(asked);
    return intent;
  }

  Tear any_tear(const Chip& chip) {
    if (random_.below(one_torn_of) != 0) return {};
    const std::uint64_t commands = chip.pages ? commands_open : commands_signed;
    switch (random_.below(3)) {
      case 0: return {Tear::At::before_command, random_.below(commands)};
      case 1: return {Tear::At::after_command, random_.below(commands)};
      default: {
        const auto rest = static_cast<Tear::Rest>(random_.below(3));
        const std::uint64_t writes = chip.pages ? writes_open : 2;
        return {Tear::At::in_write, random_.below(writes), random_.below(5), rest};
      }
    }
  }
  Dies any_death() {
    if (random_.below(one_crash_of) != 0) return Dies::no;
    return random_.below(2) == 0 ? Dies::before_write : Dies::after_write;
  }

  void ask() {
    const std::size_t chip = random_.below(chips_.size());
    const bool top_up = random_.below(one_topup_of) == 0;
    const std::size_t device = top_up ? 1 : 2 + random_.below(tills);
    const auto intent = begin(chip, device, top_up ? 500 + 100 * random_.below(30) : 0);
    if (!tap(asked_[intent], any_tear(chips_[chip]), any_death())) keep_open(intent);
  }
  void keep_open(std::uint64_t intent) {
    if (random_.below(one_walks_of) == 0) return;
    open_.push_back(intent);
    if (open_.size() > kept_open) open_.erase(open_.begin());
  }
  // At once, or when the band has long gone on.
  void ask_again() {
    const std::size_t which = random_.below(open_.size());
    const std::uint64_t intent = open_[which];
    auto& asked = asked_[intent];
    if (!tap(asked, any_tear(chips_[asked.chip]), any_death())) return;
    ++out_.settled;
    open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(which));
  }

  void restart(Device& device) {
    ++out_.crashes;
    device.ledger.reset();
    if (random_.below(2) == 0) device.store->power_cut();
    world_.restart(device);
  }

  // True: the device has given an answer that settles it.
  bool tap(Asked& asked, Tear tear, Dies dies) {
    ++out_.taps;
    world_.clock.now_ms += 1'000;
    Chip& chip = chips_[asked.chip];
    Device& device = *devices_[asked.device];
    const auto role = device.identity.certificate.role;
    const auto share = *node::share_of(keys_, role);
    chip.card->field().place(tear);
    chip.card->power(true);
    auto band = node::nfc::open_band(*chip.channel, &share, world_.random);
    auto image = band ? (*band)->read() : ledger::Result<ledger::Bytes>(band.error());
    if (!image) return torn(image.error(), chip);
    auto request = asked.request;
    request.set_band(*image + (*band)->proof());
    OperateReply reply;
    {
      node::TapSession session(*device.ledger, world_.random, role);
      reply = session.begin(request);
      while (reply.has_write() && dies != Dies::before_write) {
        const auto back = (*band)->write(reply.write());
        if (!back && chip.card->field().here()) violate("a band that stayed was not written");
        if (dies == Dies::after_write) break;
        reply = session.wrote(back ? *back + (*band)->proof() : std::string());
      }
    }
    if (reply.has_write()) {  // nobody heard of it
      ++out_.torn;
      restart(device);
      return false;
    }
    if (dies != Dies::no) restart(device);
    return told(asked, reply);
  }

  bool torn(const ledger::Error& error, const Chip& chip) {
    ++out_.torn;
    if (chip.card->field().here()) violate("a band that stayed was not read: " + error.text);
    if (error.code != Errc::unreachable && error.code != Errc::in_doubt) {
      violate("a torn tap was told as something else: " + error.text);
    }
    return false;
  }

  bool told(Asked& asked, const OperateReply& reply) {
    if (reply.has_done()) {
      ++out_.green;
      if (!asked.done.empty() && asked.done != reply.done().id())
        violate("I8: one intent, two ids");
      asked.done = reply.done().id();
      return true;
    }
    const auto& code = reply.refused().code();
    ++out_.refused[code];
    if (code == "tap-again") {
      ++out_.torn;
      return false;
    }
    if (code == "not-ready") return false;
    if (code != "sale-aborted") violate("an honest band was refused: " + reply.refused().text());
    asked.lapsed = true;
    return true;
  }

  // ---- the end ---------------------------------------------------------------------------------

  // Everybody meets, and a whole tap of each band settles what was open on it.
  void settle() {
    std::fill(groups_.begin(), groups_.end(), 0);
    meet_all();
    for (std::size_t i = 0; i < chips_.size(); ++i) {
      if (!tap(asked_[begin(i, 1, 100)], {}, Dies::no)) violate("a whole tap settled nothing");
    }
    meet_all();
  }

  void judge() {
    auto& hub = *devices_.front();
    const auto report = ledger::audit(*hub.store, world_.root);
    VERBENA_CHECK(report.ok());
    if (!report->conserved) violate("I1: the accounts do not sum to zero");
    for (const auto& finding : report->findings) {
      if (finding.kind != "custody-below-zero") violate(finding.kind + ": " + finding.text);
    }
    out_.events = report->events;
    const auto digest = World::digest(hub);
    for (auto* device : devices_) {
      if (World::digest(*device) != digest) violate("I4: devices that hold the same differ");
    }
    const auto written = steps_in(*hub.ledger);
    hub.ledger->ask([&](ledger::State& state, const auto&) {
      count_effects(written, state);
      judge_bands(state);
    });
    for (const auto& [intent, asked] : asked_) {
      const std::string name = "intent " + std::to_string(intent);
      if (asked.counts > 1) violate("I8: " + name + " counts twice");
      if (asked.counts == 0 && !asked.done.empty())
        violate("I8: " + name + " was done, and is lost");
      if (asked.counts > 0 && asked.lapsed) violate("I8: " + name + " was said to have lapsed");
      out_.counted_unseen += asked.done.empty() && asked.counts > 0;
      out_.lapsed += asked.done.empty() && asked.counts == 0;
    }
  }

  struct Step {
    schemas::Event event;
    ledger::Hash id{};
  };
  static std::vector<Step> steps_in(const ledger::Ledger& ledger) {
    std::vector<Step> out;
    for (const auto& log : ledger.logs()) {
      for (const auto& run : *ledger.read(log.name, 0, SIZE_MAX)) {
        for (const auto& bytes : run.events) {
          Step step;
          VERBENA_CHECK(ledger::parse_event(bytes, step.event).ok());
          step.id = ledger::leaf_hash(bytes);
          if (step.event.has_step()) out.push_back(std::move(step));
        }
      }
    }
    return out;
  }

  // Of every step anybody wrote, whether it counts; read off the logs, not off the fold's totals.
  void count_effects(const std::vector<Step>& written, ledger::State& state) {
    std::set<std::pair<std::uint64_t, std::uint32_t>> taken;
    for (const auto& [event, id] : written) {
      const auto& step = event.step();
      if (!state.purse(step.purse()).posted_ids.contains(id)) continue;
      auto& asked = asked_.at(event.intent());
      ++asked.counts;
      if (!asked.done.empty() && asked.done != ledger::to_bytes(id)) {
        violate("I8: another event counts than was acknowledged");
      }
      if (!taken.emplace(step.purse(), step.counter()).second) {
        violate("I8: two events count for one step");
      }
    }
  }

  // Band, books and what was asked for come to the same.
  void judge_bands(ledger::State& state) {
    for (std::size_t i = 0; i < chips_.size(); ++i) {
      std::uint64_t credited = 0, debited = 0;
      for (const auto& [intent, asked] : asked_) {
        if (asked.chip != i || asked.counts == 0) continue;
        credited += asked.credit_minor;
        debited += asked.debit_minor;
      }
      chips_[i].card->field().place();
      chips_[i].card->power(true);
      const auto share = *node::share_of(keys_, schemas::TOP_UP_DESK);
      auto band = node::nfc::open_band(*chips_[i].channel, &share, world_.random);
      const auto image = band ? (*band)->read() : ledger::Result<ledger::Bytes>(band.error());
      const auto reading = image ? ledger::read_band(state, *image)
                                 : ledger::Result<ledger::BandReading>(image.error());
      if (!reading) {
        violate("a band cannot be read in the end: " + reading.error().text);
        continue;
      }
      const auto& head = reading->slot.head;
      const auto& known = state.purse(chips_[i].purse);
      if (head.credited != credited || head.debited != debited) {
        violate("I1: a band holds other money than was asked for");
      }
      if (known.credited != credited || known.debited != debited) {
        violate("I1: the books hold other money than was asked for");
      }
      if (known.counter != head.counter || known.posted != head.counter) {
        violate("I8: a band has other steps than the books");
      }
      if (known.pending != 0 || !known.gaps.empty()) violate("a step is still open");
      if (known.forked || known.frozen) violate("an honest band is frozen");
      const auto balance =
          state.accounts().balance(state.currency(), "purse/" + ledger::hex_u64(chips_[i].purse));
      if (balance != static_cast<__int128>(credited) - static_cast<__int128>(debited)) {
        violate("I1: a purse's account is not what its band holds");
      }
    }
  }

  const StormOptions options_;
  World world_;
  SeededRandom random_;
  node::BandKeys keys_;
  std::vector<Device*> devices_;  // hub, desk, tills
  std::vector<std::uint64_t> groups_;
  std::vector<Chip> chips_;
  std::map<std::uint64_t, Asked> asked_;  // by intent
  std::vector<std::uint64_t> open_;       // torn, and somebody may still ask
  std::uint64_t intents_ = 0;
  StormResult out_;
};

}  // namespace

void StormResult::add(const StormResult& other) {
  taps += other.taps;
  green += other.green;
  torn += other.torn;
  settled += other.settled;
  crashes += other.crashes;
  partitions += other.partitions;
  counted_unseen += other.counted_unseen;
  lapsed += other.lapsed;
  events += other.events;
  for (const auto& [code, count] : other.refused) refused[code] += count;
  violations.insert(violations.end(), other.violations.begin(), other.violations.end());
}

StormResult run_storm(const StormOptions& options) {
  return Storm(options).run();
}

}  // namespace verbena::test
