// SPDX-License-Identifier: Apache-2.0
#include "test/sim/day.h"

#include <algorithm>
#include <set>

namespace verbena::sim {

namespace {

constexpr std::uint64_t tick_ms = 400;  // somebody does something about this often
constexpr std::size_t stands = 4;
constexpr std::uint64_t settle_step_ms = 500;

struct Sale {
  std::size_t node = 0;
  std::uint64_t node_life = 0;
  std::string id;
};

class Day {
 public:
  explicit Day(const DayOptions& options)
      : options_(options),
        random_(options.seed),
        world_(options.seed ^ 0x9e3779b97f4a7c15),
        network_(scheduler_, random_) {
    build();
  }

  DayResult run() {
    for (auto& node : nodes_) node->start();
    scheduler_.run_until(2'000);
    while (scheduler_.now_ms() < options_.sold_ms) {
      scheduler_.run_until(scheduler_.now_ms() + 1 + random_.below(2 * tick_ms));
      act();
      if (random_.below(12) == 0) go_wrong();
    }
    heal();
    check_all();
    result_.virtual_ms = scheduler_.now_ms();
    result_.wire_bytes = network_.bytes();
    result_.sales = sales_.size();
    return std::move(result_);
  }

 private:
  void build() {
    world_.add(schemas::HUB, "hub");
    world_.add(schemas::TOP_UP_DESK, "desk");
    aliases_ = {"hub", "desk"};
    for (std::size_t i = 2; i < options_.nodes; ++i) {
      aliases_.push_back("pos-" + std::to_string(i));
      world_.add(schemas::VENDOR, aliases_.back(), "bar-" + std::to_string(1 + i % stands));
    }
    for (int round = 0; round < 2; ++round) {
      for (const auto& alias : aliases_) test::World::meet(world_.device(alias), root());
    }
    for (const auto& alias : aliases_) {
      nodes_.push_back(std::make_unique<SimNode>(scheduler_, network_, world_.root,
                                                 world_.device(alias), random_.next()));
    }
    for (std::size_t i = 1; i < nodes_.size(); ++i) {
      nodes_[i]->add_peer("hub");
      nodes_[i]->add_peer(aliases_[1 + random_.below(nodes_.size() - 1)]);
    }
    LinkQuality quality;
    quality.delay_ms = 1 + random_.below(random_.below(4) == 0 ? 2'000 : 60);
    quality.jitter_ms = random_.below(2 * quality.delay_ms + 1);
    quality.bytes_per_ms = 8 + random_.below(1'250);
    network_.set_quality(quality);
    for (int i = 0; i < 6; ++i) bands_.push_back(world_.band().image);
    destroyed_.resize(nodes_.size());
    unsafe_.resize(nodes_.size());
  }

  test::Device& root() { return world_.device("root"); }
  SimNode& any_till() { return *nodes_[2 + random_.below(nodes_.size() - 2)]; }
  std::size_t index_of(const SimNode& node) const {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (nodes_[i].get() == &node) return i;
    }
    return 0;
  }

  SimNode::Tap any_tap() {
    switch (random_.below(20)) {
      case 0: ++result_.faults["tap torn before the write"]; return SimNode::Tap::torn_before_write;
      case 1: ++result_.faults["tap torn after the write"]; return SimNode::Tap::torn_after_write;
      default: return SimNode::Tap::whole;
    }
  }

  void act() {
    schemas::OperateRequest request;
    request.set_intent(random_.next());
    std::string& band = bands_[random_.below(bands_.size())];
    if (random_.below(6) == 0) {
      request.mutable_top_up()->set_amount_minor(500 + 100 * random_.below(20));
      request.mutable_top_up()->set_tender("cash");
      nodes_[1]->operate(request, &band, any_tap());
      return;
    }
    SimNode& till = any_till();
    if (random_.below(15) == 0 && !sales_.empty()) {
      request.mutable_void_sale()->set_sale(ledger::hex(sales_[random_.below(sales_.size())].id));
      request.mutable_void_sale()->set_reason("spilled");
      till.operate(request, nullptr, SimNode::Tap::whole);
      return;
    }
    const bool cash = random_.below(3) == 0;
    request.mutable_sell()->set_tender(cash ? "cash" : "purse");
    auto* line = request.mutable_sell()->add_line();
    line->set_sku(random_.below(2) != 0 ? "beer" : "water");
    line->set_quantity(1 + static_cast<std::uint32_t>(random_.below(2)));
    std::string copy = band;
    const bool copied = !cash && random_.below(25) == 0;
    if (copied) ++result_.faults["copied band"];
    const auto reply = till.operate(request, cash ? nullptr : copied ? &copy : &band, any_tap());
    if (reply.has_done()) sales_.push_back({index_of(till), till.life(), reply.done().id()});
  }

  void go_wrong() {
    const std::size_t which = 1 + random_.below(nodes_.size() - 1);
    SimNode& node = *nodes_[which];
    switch (random_.below(9)) {
      case 0: {
        ++result_.faults["way cut"];
        network_.cut(node.alias(), aliases_[random_.below(nodes_.size())]);
        break;
      }
      case 1: {
        ++result_.faults["zone cut off"];
        for (std::size_t i = 0; i < nodes_.size(); ++i) {
          for (std::size_t k = 0; k < i; ++k) {
            if ((i % 2) != (k % 2)) network_.cut(aliases_[i], aliases_[k]);
          }
        }
        break;
      }
      case 2: network_.heal(); break;
      case 3:
        ++result_.faults["links broken"];
        if (node.up()) network_.break_links(node.alias(), true);
        break;
      case 4:
      case 5: crash(which, random_.below(2) != 0); break;
      case 6:
        ++result_.faults["clock set wrong"];
        node.clock().wrong_by_ms = static_cast<std::int64_t>(random_.below(7'200'000)) - 3'600'000;
        break;
      case 7:
        for (std::size_t i = 2; i < nodes_.size(); ++i) {
          if (random_.below(2) != 0) backups_.insert_or_assign(i, nodes_[i]->store());
        }
        break;
      case 8:
        if (backups_.contains(which) || random_.below(3) == 0) destroy_or_restore(which);
        break;
    }
  }

  void crash(std::size_t which, bool power_cut) {
    SimNode& node = *nodes_[which];
    if (!node.up() || destroyed_[which]) return;
    ++result_.faults[power_cut ? "power cut" : "process killed"];
    node.crash(power_cut);
    scheduler_.in(100 + random_.below(20'000), [this, which, &node] {
      if (!node.up() && !destroyed_[which]) node.start();
    });
  }

  void destroy_or_restore(std::size_t which) {
    SimNode& node = *nodes_[which];
    if (which < 2 || destroyed_[which]) return;
    unsafe_[which] = true;  // what nobody else held may be gone
    if (node.up()) node.crash(false);
    const auto backup = backups_.find(which);
    if (backup == backups_.end()) {
      ++result_.faults["destroyed"];
      destroyed_[which] = true;
      return;
    }
    ++result_.faults["put back from a backup"];
    node.restore(backup->second);
    node.start();
  }

  void heal() {
    network_.heal();
    network_.set_quality({});
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (!destroyed_[i] && !nodes_[i]->up()) nodes_[i]->start();
    }
    const std::uint64_t began = scheduler_.now_ms();
    while (scheduler_.now_ms() - began < options_.heal_ms) {
      scheduler_.run_until(scheduler_.now_ms() + settle_step_ms);
      if (all_agree()) {
        result_.converged = true;
        break;
      }
    }
    result_.converge_ms = scheduler_.now_ms() - began;
    if (!result_.converged) violate("I18: the devices do not agree after they were healed");
  }

  static ledger::Hash digest_of(ledger::Ledger& ledger) {
    ledger::Hash out{};
    ledger.ask([&](ledger::State& state, const auto&) { out = state.digest(); });
    return out;
  }

  static ledger::Bytes root_of(const ledger::Ledger& ledger) {
    replication::Frontier frontier;
    frontier.pull(ledger);
    return frontier.root();
  }

  bool all_agree() {
    const auto root = root_of(nodes_[0]->ledger());
    for (std::size_t i = 1; i < nodes_.size(); ++i) {
      if (!destroyed_[i] && root_of(nodes_[i]->ledger()) != root) return false;
    }
    return true;
  }

  void violate(std::string what) { result_.violations.push_back(std::move(what)); }

  void check_all() {
    auto& hub = nodes_[0]->ledger();
    const auto digest = digest_of(hub);
    result_.digest = ledger::hex(digest);
    result_.events = hub.events();
    std::set<ledger::Bytes> held;
    for (const auto& log : hub.logs()) {
      const auto runs = hub.read(log.name, 0, SIZE_MAX);
      for (const auto& run : *runs) {
        for (const auto& event : run.events) {
          held.insert(ledger::to_bytes(ledger::leaf_hash(event)));
        }
      }
    }
    for (const auto& sale : sales_) {
      if (unsafe_[sale.node] || held.contains(sale.id)) continue;
      violate("I6: a sale that " + nodes_[sale.node]->alias() + " acknowledged is nowhere");
    }
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (!destroyed_[i]) check_node(*nodes_[i], digest);
    }
  }

  void check_node(SimNode& node, const ledger::Hash& digest) {
    auto& ledger = node.ledger();
    if (result_.converged && digest_of(ledger) != digest) {
      violate("I4: " + node.alias() + " holds the same logs and has another digest");
    }
    ledger.ask([&](ledger::State& state, const auto&) {
      std::map<std::string, __int128> sums;
      for (const auto& account : state.accounts().all()) sums[account.unit] += account.balance;
      for (const auto& [unit, sum] : sums) {
        if (sum != 0) violate("I1: " + unit + " does not sum to zero at " + node.alias());
      }
      if (state.roster().fork_count() != 0) {
        violate("I11: " + node.alias() + " holds a fork proof against an honest device");
      }
    });
    ledger::MemoryStore copy = node.store();
    auto rebuilt = ledger::Ledger::open(copy, world_.root, {}, node.clock(), random_);
    if (!rebuilt || digest_of(**rebuilt) != digest_of(ledger)) {
      violate("I4: " + node.alias() + " replays to another digest than it kept");
    }
  }

  const DayOptions options_;
  test::SeededRandom random_;
  Scheduler scheduler_;
  test::World world_;
  Network network_;
  std::vector<std::string> aliases_;
  std::vector<std::unique_ptr<SimNode>> nodes_;
  std::vector<std::string> bands_;
  std::vector<bool> destroyed_, unsafe_;
  std::map<std::size_t, ledger::MemoryStore> backups_;
  std::vector<Sale> sales_;
  DayResult result_;
};

}  // namespace

DayResult run_day(const DayOptions& options) {
  return Day(options).run();
}

}  // namespace verbena::sim
