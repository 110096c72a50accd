// SPDX-License-Identifier: Apache-2.0
#include "test/sim/day.h"

#include <algorithm>

#include "test/sim/checks.h"
#include "test/sim/memo.h"
#include "test/sim/work.h"

namespace verbena::sim {

namespace {

constexpr std::uint64_t tick_ms = 400;  // somebody does something about this often
constexpr std::uint64_t settle_step_ms = 500;
constexpr std::uint64_t quiet_ms = 12'000;     // what broken links still carry is through by then
constexpr std::size_t tills_left_min = 3;      // before one more is smashed
constexpr std::uint64_t throughput_share = 4;  // one act in so many is done, whoever attacks
constexpr int crash_loop_lives = 5;

class Day {
 public:
  explicit Day(const DayOptions& options)
      : field_(options), random_(field_.random), work_(field_), checks_(field_) {}

  DayResult run() {
    try {
      pass();
    } catch (const SimNode::Stopped&) {  // told as a violation
    }
    return std::move(field_.result);
  }

 private:
  void pass() {
    auto& scheduler = field_.scheduler;
    for (std::size_t i = 0; i < field_.nodes.size(); ++i) {
      if (i != field_.spare || i == 0) field_.node(i).start();
    }
    for (auto& liar : field_.hostile) liar->start();
    scheduler.run_until(2'000);
    while (scheduler.now_ms() < field_.options.sold_ms) {
      scheduler.run_until(scheduler.now_ms() + 1 + random_.below(2 * tick_ms));
      act();
      if (random_.below(12) == 0) go_wrong();
      if (random_.below(8) == 0) checks_.while_running(random_.below(field_.nodes.size()));
    }
    heal();
    bring_revoked();
    checks_.at_rest();
    auto& result = field_.result;
    if (field_.acknowledged.size() * throughput_share < acts_) {
      field_.violate("I18: of " + std::to_string(acts_) + " acts only " +
                     std::to_string(field_.acknowledged.size()) + " were done");
    }
    result.virtual_ms = scheduler.now_ms();
    result.wire_bytes = field_.network.bytes();
    for (const auto& liar : field_.hostile) {
      for (const auto& [deed, count] : liar->deeds()) result.faults["hostile: " + deed] += count;
    }
  }

  std::uint64_t not_to_grant() const {
    std::uint64_t out = 0;
    for (const auto& node : field_.nodes) out += node->not_to_grant();
    return out;
  }

  // One that came to nothing for want of a device or of a right says nothing of the others.
  void act() {
    const auto done = field_.acknowledged.size();
    const auto vain = not_to_grant();
    work_.act();
    acts_ += field_.acknowledged.size() > done || not_to_grant() == vain;
  }

  std::uint64_t& fault(const char* name) { return field_.result.faults[name]; }

  void go_wrong() {
    auto& nodes = field_.nodes;
    auto& network = field_.network;
    const std::size_t which = 1 + random_.below(nodes.size() - 1);
    SimNode& node = field_.node(which);
    const std::string& other = field_.aliases[random_.below(nodes.size())];
    switch (random_.below(15)) {
      case 14: smash(which); break;
      case 0: {
        ++fault("way cut");
        network.cut(node.alias(), other);
        break;
      }
      case 1: {
        ++fault("zone cut off");
        for (std::size_t i = 0; i < nodes.size(); ++i) {
          for (std::size_t k = 0; k < i; ++k) {
            if ((i % 2) != (k % 2)) network.cut(field_.aliases[i], field_.aliases[k]);
          }
        }
        break;
      }
      case 2: network.heal(); break;
      case 3:
        ++fault("links broken");
        if (node.up()) network.break_links(node.alias(), true);
        break;
      case 4:
      case 5: crash(which, random_.below(2) != 0); break;
      case 6:
        ++fault("clock set wrong");
        node.clock().wrong_by_ms = static_cast<std::int64_t>(random_.below(7'200'000)) - 3'600'000;
        break;
      case 7:
        for (std::size_t i = field_.first_till; i < nodes.size(); ++i) {
          if (random_.below(2) != 0) backups_.insert_or_assign(i, nodes[i]->store());
        }
        break;
      case 8:
        if (backups_.contains(which) || random_.below(3) == 0) destroy_or_restore(which);
        break;
      case 9:
        ++fault("way cut in one direction");
        network.cut_one_way(node.alias(), other);
        break;
      case 10:
        ++fault("clogged");
        network.clog(node.alias(), field_.scheduler.now_ms() + random_.below(20'000));
        break;
      case 11: crash_loop(which); break;
      case 12: lose_hub(); break;
      case 13: work_.revoke_a_till(); break;
    }
  }

  void crash(std::size_t which, bool power_cut) {
    SimNode& node = field_.node(which);
    if (!node.up() || field_.destroyed[which]) return;
    ++fault(power_cut ? "power cut" : "process killed");
    node.crash(power_cut);
    field_.scheduler.in(100 + random_.below(20'000), [this, which, &node] {
      if (!node.up() && !field_.destroyed[which]) node.start();
    });
  }

  void crash_loop(std::size_t which) {
    SimNode& node = field_.node(which);
    if (!node.up() || field_.destroyed[which]) return;
    ++fault("crash loop");
    for (int life = 0; life < crash_loop_lives; ++life) {
      node.crash(random_.below(2) != 0);
      node.start();
      field_.scheduler.run_until(field_.scheduler.now_ms() + random_.below(300));
    }
  }

  void lose_hub() {
    if (field_.spare == 0 || field_.destroyed[field_.hub]) return;
    ++fault("hub lost and replaced");
    SimNode& hub = field_.node(field_.hub);
    if (hub.up()) hub.crash(true);
    field_.destroyed[field_.hub] = field_.unsafe[field_.hub] = true;
    field_.node(field_.spare).start();
  }

  void destroy_or_restore(std::size_t which) {
    SimNode& node = field_.node(which);
    if (which < field_.first_till || field_.destroyed[which]) return;
    field_.unsafe[which] = true;  // what nobody else held may be gone
    if (node.up()) node.crash(false);
    const auto backup = backups_.find(which);
    if (backup == backups_.end()) {
      ++fault("destroyed");
      field_.destroyed[which] = true;
      return;
    }
    ++fault("put back from a backup");
    node.restore(backup->second);
    node.start();
  }

  // Out of everybody's reach, it sells, and then it is gone: bands alone tell of it.
  void smash(std::size_t which) {
    SimNode& node = field_.node(which);
    if (which < field_.first_till || field_.destroyed[which] || !node.up()) return;
    std::size_t left = 0;
    for (std::size_t i = field_.first_till; i < field_.nodes.size(); ++i) {
      left += field_.takes_part(i);
    }
    if (left < tills_left_min) return;
    ++fault("smashed after sales that nobody heard of");
    for (const auto& other : field_.aliases) field_.network.cut(node.alias(), other);
    for (int i = 0; i < 3; ++i) work_.sell_at(which);
    field_.unsafe[which] = field_.destroyed[which] = true;
    if (node.up()) node.crash(false);
  }

  bool expected(std::size_t index) const {
    const bool waits = index == field_.spare && index != 0 && !field_.destroyed[field_.hub];
    return field_.takes_part(index) && !waits;
  }

  void heal() {
    auto& network = field_.network;
    auto& scheduler = field_.scheduler;
    network.heal();
    network.set_quality({});
    network.set_repeats(false);
    for (auto& liar : field_.hostile) liar->quiet();
    for (std::size_t i = 0; i < field_.nodes.size(); ++i) {
      if (expected(i) && !field_.node(i).up()) field_.node(i).start();
    }
    const std::uint64_t began = scheduler.now_ms();
    std::uint64_t within_ms = field_.options.heal_ms;
    for (const auto& liar : field_.hostile) {  // quotas delay, they exclude nothing
      const std::uint64_t beyond = liar->lives() - std::min(liar->lives(), ledger::new_logs_burst);
      within_ms += 2 * beyond * ledger::new_log_ms;
    }
    while (scheduler.now_ms() - began < within_ms) {
      scheduler.run_until(scheduler.now_ms() + settle_step_ms);
      if ((field_.hostile.empty() || scheduler.now_ms() - began > quiet_ms) && all_agree()) {
        field_.result.converged = true;
        break;
      }
    }
    field_.result.converge_ms = scheduler.now_ms() - began;
    if (!field_.result.converged) {
      field_.violate("I18: the devices do not agree after they were healed");
    }
  }

  bool all_agree() {
    const auto& whole = field_.reference().ledger();
    for (std::size_t i = 0; i < field_.nodes.size(); ++i) {
      if (expected(i) && !agrees(field_.node(i).ledger(), whole)) return false;
    }
    return true;
  }

  // What a revoked till wrote is brought on a stick: nobody takes it over a link any more.
  void bring_revoked() {
    std::vector<ledger::LogRun> runs;
    for (std::size_t i = field_.first_till; i < field_.nodes.size(); ++i) {
      if (!field_.revoked[i] || field_.destroyed[i] || !field_.node(i).up()) continue;
      auto& ledger = field_.node(i).ledger();
      for (const auto& log : ledger.logs()) {
        if (log.name.certificate != field_.node(i).certificate()) continue;
        for (auto& run : *ledger.read(log.name, 0, SIZE_MAX)) runs.push_back(std::move(run));
      }
    }
    for (std::size_t i = 0; i < field_.nodes.size(); ++i) {
      if (!expected(i)) continue;
      for (const auto& run : runs) (void)field_.node(i).ledger().ingest(run);
    }
  }

  Field field_;
  test::SeededRandom& random_;
  Work work_;
  Checks checks_;
  std::map<std::size_t, ledger::MemoryStore> backups_;
  std::uint64_t acts_ = 0;  // that somebody could have done
};

}  // namespace

DayResult run_day(const DayOptions& options) {
  remember_signatures(!options.real_signatures);
  return Day(options).run();
}

}  // namespace verbena::sim
