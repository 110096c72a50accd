// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "test/sim/clones.h"
#include "test/sim/lost_bands.h"

namespace verbena::sim {

// What people do at a festival, one thing at a time: they sell, top up, void, take back, send and
// count goods, open and empty drawers, change prices, ask twice, and ask for what they may not.
// What a device must refuse and does not is told at once.
class Work {
 public:
  explicit Work(Field& field);

  void act();
  // For a band where there is one, or in cash.
  void sell_at(std::size_t index);
  // A device whose owner cannot be found: it goes on, and hears of it or not.
  void revoke_a_till();

 private:
  void top_up();
  void refund();
  void sell() { sell_at(till_index()); }
  void sell_to_a_copy();
  void sell_though_revoked(std::size_t index, Customer& customer);
  void sell_for_both();
  void sell_in_parts();
  void give_meals();
  void issue_vouchers();
  void show_voucher();
  void eat();
  void void_sale();
  void ask_again();
  void goods();
  void deliver();
  void dispatch();
  void receive();
  void lose_goods();
  void drawer();
  void count();
  void close_lost_sheet();
  void change_prices();
  void later_version();
  void prove();

  SimNode& any_till() { return field_.node(till_index()); }
  std::size_t till_index() { return field_.first_till + random_.below(field_.tills); }
  SimNode::Tap any_tap();
  schemas::OperateRequest request();
  // Asks, and again with the yes of so many persons where it was refused for want of them.
  schemas::OperateReply approved(std::size_t index, schemas::OperateRequest& request,
                                 std::size_t persons);
  void note(std::size_t index, const schemas::OperateRequest& request,
            const schemas::OperateReply& reply, const std::string& band = {});
  // What this device knows of the purse on this band: steps beyond it are known.
  bool knows_better(SimNode& node, const std::string& band);

  Field& field_;
  Clones clones_;
  LostBands lost_bands_;
  test::SeededRandom& random_;
  const bool heavy_;  // a backlog is larger than a link's window
  std::uint32_t version_ = 1;
};

}  // namespace verbena::sim
