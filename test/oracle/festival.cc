// SPDX-License-Identifier: Apache-2.0
// A random festival as a file, for tools that are not ours:
//
//   oracle_festival SALES SEED DIR   writes DIR/festival.bundle, DIR/fingerprint, and
//                                    DIR/balances: a line for each account, UNIT PATH BALANCE,
//                                    unit and path in hex, as the hub that was there holds them
#include <fstream>
#include <iostream>

#include "ledger/core/money.h"
#include "replication/bundle.h"
#include "test/support/field_device.h"

using namespace verbena;
using test::Band;
using test::Device;
using test::World;

namespace {

// Codes that an accounting program could take for something else.
schemas::Festival odd_festival() {
  schemas::Festival out = test::small_festival();
  std::uint64_t price = 100;
  for (const char* sku : {"beer-50", "123", "h", "m", "-", "eur"}) {
    auto* item = out.add_item();
    item->set_number(static_cast<std::uint32_t>(out.item_size()));
    item->set_sku(sku);
    item->set_price_minor(price += 25);
    item->set_tax_basis_points(1000);
    for (auto& stand : *out.mutable_stand()) stand.add_item(item->number());
  }
  out.add_stand()->set_name("b\xc3\xa1r; 1  x");
  out.mutable_limits()->set_unwitnessed_count(1'000'000);
  out.mutable_limits()->set_unwitnessed_value_minor(1'000'000'000);
  return out;
}

class Festival {
 public:
  explicit Festival(std::uint64_t seed) : world_(seed, odd_festival()) {
    for (int i = 1; i <= 8; ++i) {
      pos_.push_back(&world_.add(schemas::VENDOR, "pos-" + std::to_string(i),
                                 "bar-" + std::to_string(1 + i % 4)));
    }
    pos_.push_back(&world_.add(schemas::VENDOR, "pos-9", "b\xc3\xa1r; 1  x"));
    gather();
    for (int i = 0; i < 40; ++i) bands_.push_back(world_.band());
  }

  void gather() {
    for (auto* device : others_) World::meet(hub_, *device);
    for (auto* device : pos_) World::meet(hub_, *device);
  }

  void run(std::uint64_t sales) {
    for (std::uint64_t i = 0; sold_.size() < sales; ++i) {
      step();
      if (i % 400 == 399) gather();
    }
    oddities();
    gather(), gather();
  }

  // What honest devices never do, and what happens once.
  void oddities() {
    Device& last = *pos_.back();
    odd_postings(last);
    schemas::OperateRequest request;
    request.mutable_revoke()->set_alias("pos-8");
    request.mutable_revoke()->set_reason("stolen");
    node::TapSession session(*sup_.ledger, world_.random, schemas::SUPERVISOR);
    session.begin(request);
    World::meet(hub_, sup_);
    for (int i = 0; i < 3; ++i) world_.sell_cash(*pos_[7], "beer");
    auto twin = world_.clone(*pos_[0]);
    world_.sell_cash(*pos_[0], "beer", 2);
    world_.sell_cash(*twin, "water", 3);
    World::meet(hub_, *twin);
    Device& sup_two = world_.add(schemas::SUPERVISOR, "sup-two");
    test::enrol_on_the_field(world_, hub_, schemas::VENDOR, "field-till", {&sup_});
    test::enrol_on_the_field(world_, hub_, schemas::TOP_UP_DESK, "field-desk", {&sup_, &sup_two});
    Band band = world_.band();
    world_.top_up(desk_, band, 5000);
    World::meet(hub_, desk_), World::meet(hub_, last);
    World::meet(hub_, *pos_[1]);
    World::meet(hub_, *pos_[2]);
    world_.sell(*pos_[1], band, "beer");
    pos_.erase(pos_.begin() + 1);  // the smashed till: only the band knows of its last sale
    world_.sell(*pos_[1], band, "water");
  }

  void write(const std::string& directory) {
    const auto save = [&](const char* name, std::string_view bytes) {
      std::ofstream(directory + "/" + name, std::ios::binary) << bytes;
    };
    std::string bundle, balances;
    const auto status =
        replication::export_bundle(*hub_.ledger, world_.signed_root, [&](std::string_view bytes) {
          bundle = bytes;
          return ledger::done();
        });
    VERBENA_CHECK(status.ok());
    hub_.ledger->ask([&](ledger::State& state, const auto&) {
      for (const auto& account : state.accounts().all()) {
        balances += ledger::hex(account.unit) + ' ' + ledger::hex(account.path) + ' ' +
                    ledger::format_decimal(account.balance, 0) + '\n';
      }
    });
    save("festival.bundle", bundle);
    save("balances", balances);
    save("fingerprint", ledger::hex(ledger::key_id(world_.root.key)) + "\n");
  }

 private:
  void step() {
    auto& random = world_.random;
    Band& band = bands_[random.below(bands_.size())];
    Device& till = *pos_[random.below(pos_.size() - 1)];
    const char* skus[] = {"beer", "water", "beer-50", "123", "h", "m", "-", "eur"};
    const char* sku = skus[random.below(std::size(skus))];
    const auto quantity = static_cast<std::uint32_t>(1 + random.below(3));
    switch (random.below(24)) {
      case 0:
      case 1:
      case 2: world_.top_up(desk_, band, 500 + random.below(30) * 100); break;
      case 3: {  // a copied band
        Band copy = band;
        world_.sell(till, copy, sku);
        break;
      }
      case 4:
        if (!sold_.empty()) world_.void_sale(till, sold_[random.below(sold_.size())]);
        break;
      case 5: world_.refund(desk_, band); break;
      case 6: world_.stock(store_, "deliver", sku, quantity * 50); break;
      case 7: world_.stock(store_, "dispatch", sku, quantity * 20, stand_of(till)); break;
      case 8: world_.stock(till, "receive", sku, quantity * 10); break;
      case 9: world_.stock(till, "waste", sku, 1); break;
      case 10: world_.stock(till, "count", sku, quantity * 7); break;
      case 11: world_.clock.now_ms += 3'600'000; break;
      case 12:
      case 13:
      case 14: remember(world_.sell_cash(till, sku, quantity)); break;
      default: remember(world_.sell(till, band, sku, quantity));
    }
  }

  static std::string stand_of(const Device& device) { return device.identity.certificate.stand; }

  void remember(const schemas::OperateReply& reply) {
    if (reply.has_done()) sold_.push_back(ledger::hex(reply.done().id()));
  }

  void odd_postings(Device& till) {
    for (const char* currency : {"USD", "x;\"\n y", "#3", "#x", "#01", "EURO", "eur"}) {
      auto written =
          till.ledger->commit(0, [&](auto&, auto&) -> ledger::Result<std::vector<ledger::Draft>> {
            ledger::Draft draft;
            draft.event.set_kind(schemas::KIND_SALE);
            auto* posting = draft.event.add_posting();
            posting->set_from(schemas::OUTSIDE);
            posting->set_from_id("a/b//c;  d\n(e) [f] = 1.00 EUR");
            posting->set_to(schemas::STAND);
            posting->set_amount_minor(321);
            posting->set_currency(currency);
            auto* tip = draft.event.add_posting();
            tip->set_from(schemas::OUTSIDE);
            tip->set_to(schemas::TIP);
            tip->set_to_id("");
            tip->set_amount_minor(7);
            return std::vector{draft};
          });
      VERBENA_CHECK(written.ok());
    }
  }

  World world_;
  Device& hub_ = world_.add(schemas::HUB, "hub");
  Device& desk_ = world_.add(schemas::TOP_UP_DESK, "desk");
  Device& sup_ = world_.add(schemas::SUPERVISOR, "sup");
  Device& store_ = world_.add(schemas::STORE, "store", "store");
  std::vector<Device*> others_{&desk_, &sup_, &store_};
  std::vector<Device*> pos_;
  std::vector<Band> bands_;
  std::vector<std::string> sold_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: oracle_festival SALES SEED DIR\n";
    return 2;
  }
  Festival festival(std::stoull(argv[2]));
  festival.run(std::stoull(argv[1]));
  festival.write(argv[3]);
  return 0;
}
