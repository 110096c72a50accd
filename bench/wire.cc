// SPDX-License-Identifier: Apache-2.0
// What a till sends a hub for its sales: the frames of a real session between two devices that
// have met, as they are and as the transport gets them: where the link keeps up, and where it is
// slow.
#include "bench/benches.h"
#include "bench/measure.h"
#include "bench/till.h"
#include "replication/pack.h"

namespace verbena::bench {

namespace {

using replication::Effort;
using Frames = std::vector<schemas::Frame>;

constexpr int items = 16;
constexpr int bands = 400;
constexpr int batch = 64;
constexpr int batches = 20;
constexpr std::uint32_t quantity_max = 3;
constexpr std::uint64_t sale_minor_max = 2 * quantity_max * 600;  // two lines of the dearest

schemas::Festival fair(test::SeededRandom& random) {
  schemas::Festival out = test::small_festival();
  out.clear_item();
  out.mutable_limits()->set_unwitnessed_count(0);
  out.mutable_limits()->set_unwitnessed_value_minor(0);
  auto* bar = out.mutable_stand(0);
  bar->clear_item();
  for (std::uint32_t number = 1; number <= items; ++number) {
    auto* item = out.add_item();
    item->set_number(number);
    item->set_sku("item-" + std::to_string(number));
    item->set_price_minor(150 + 10 * random.below(46));
    item->set_tax_basis_points(number % 2 == 0 ? 1000 : 2100);
    bar->add_item(number);
  }
  for (int i = 1; i < out.stand_size(); ++i) *out.mutable_stand(i)->mutable_item() = bar->item();
  return out;
}

struct Bytes {
  double plain = 0, quick = 0, thorough = 0, back = 0;
};

class Stand {
 public:
  explicit Stand(std::uint64_t seed) : settings_(seed), world_(seed, fair(settings_)) {
    hub_ = world_.add(schemas::HUB, "hub").ledger.get();
    auto& desk = world_.add(schemas::TOP_UP_DESK, "desk");
    pos_ = world_.add(schemas::VENDOR, "pos", "bar-1").ledger.get();
    for (int i = 0; i < bands; ++i) {
      purses_.push_back({world_.band(), 8'000 + world_.random.below(7'000)});
      need(world_.top_up(desk, purses_.back().band, purses_.back().balance_minor).has_done(),
           "a top-up was refused");
    }
    for (const char* alias : {"hub", "pos"}) {
      test::World::meet(world_.device(alias), world_.device("root"));
      test::World::meet(world_.device(alias), desk);
    }
    to_hub_.emplace(*pos_);
    to_pos_.emplace(*hub_);
    deliver(to_hub_->hello(), *to_pos_, *to_hub_);
    deliver(to_pos_->hello(), *to_hub_, *to_pos_);
    need(to_hub_->idle() && to_pos_->idle(), "till and hub did not meet");
    news_ = hub_->news();
  }

  // Mean bytes of a sale. One at a time goes out after each commit, a batch of sales together.
  Bytes sell(bool from_purse, bool one_at_a_time) {
    Bytes sum;
    int sold = 0;
    for (int i = 0; i < batches; ++i) {
      for (int n = 0; n < batch; ++n, ++sold) {
        sale(from_purse, [&] {
          if (one_at_a_time) send(sum);
        });
      }
      if (!one_at_a_time) send(sum);
      for (auto& receipt : hub_->make_receipts(news_)) {
        value_of(pos_->note_receipt(receipt));
        schemas::Frame frame;
        *frame.mutable_receipt() = std::move(receipt);
        sum.back += static_cast<double>(frame.ByteSizeLong());
      }
      news_ = hub_->news();
    }
    return {sum.plain / sold, sum.quick / sold, sum.thorough / sold, sum.back / sold};
  }

 private:
  struct Purse {
    test::Band band;
    std::uint64_t balance_minor = 0;
  };

  void sale(bool from_purse, const std::function<void()>& woke) {
    auto& random = world_.random;
    world_.clock.now_ms += 500 + random.below(5'000);
    schemas::OperateRequest request;
    request.mutable_sell()->set_tender(from_purse ? "purse" : "cash");
    const auto first = random.below(items), second = (first + 1 + random.below(items - 1)) % items;
    for (const auto item : {first, second}) {
      auto* line = request.mutable_sell()->add_line();
      line->set_sku("item-" + std::to_string(item + 1));
      line->set_quantity(static_cast<std::uint32_t>(1 + random.below(quantity_max)));
    }
    Purse* purse = nullptr;
    while (from_purse && (purse == nullptr || purse->balance_minor < sale_minor_max)) {
      purse = &purses_[random.below(bands)];
    }
    const auto reply = tap(*pos_, random, request, purse ? &purse->band.image : nullptr, woke);
    if (purse) purse->balance_minor = static_cast<std::uint64_t>(reply.done().balance_minor());
  }

  void send(Bytes& sum) {
    const std::uint64_t had = hub_->events();
    Frames frames = to_hub_->pump();
    for (const auto& frame : frames) sum.plain += static_cast<double>(frame.ByteSizeLong());
    const std::size_t prefix = to_hub_->peer_prefix_bytes();
    for (const auto& message : thorough_.pack(frames, prefix, Effort::thorough)) {
      sum.thorough += static_cast<double>(message.ByteSizeLong());
      need(slow_hub_.unpack(message).ok(), "a thorough pack cannot be read");
    }
    for (const auto& message : quick_.pack(std::move(frames), prefix)) {
      sum.quick += static_cast<double>(message.ByteSizeLong());
      for (const auto& answer :
           back_.pack(to_pos_->receive(message), to_pos_->peer_prefix_bytes())) {
        sum.back += static_cast<double>(answer.ByteSizeLong());
        need(to_hub_->receive(answer).empty(), "a batch did not go out whole");
      }
    }
    need(hub_->events() > had && hub_->log(trade_log())->head.size == trade_size(),
         "the hub does not hold what was sold");
  }

  static void deliver(Frames frames, replication::Session& to, replication::Session& from) {
    while (!frames.empty()) {
      Frames answers;
      for (const auto& frame : frames) {
        for (auto& answer : to.receive(frame)) {
          for (auto& more : from.receive(answer)) answers.push_back(std::move(more));
        }
      }
      frames = std::move(answers);
    }
  }

  ledger::Hash trade_log() const {
    return ledger::LogName{pos_->identity()->certificate.hash, pos_->incarnation(),
                           ledger::LogClass::trade}
        .id();
  }
  std::uint64_t trade_size() const { return pos_->log(trade_log())->head.size; }

  test::SeededRandom settings_;
  test::World world_;
  ledger::Ledger* hub_ = nullptr;
  ledger::Ledger* pos_ = nullptr;
  std::vector<Purse> purses_;
  std::optional<replication::Session> to_hub_, to_pos_;
  std::uint64_t news_ = 0;
  replication::Packer quick_, thorough_, back_;
  replication::Unpacker slow_hub_;
};

void print(const std::string& what, const Bytes& bytes, const char* plain, const char* packed) {
  row(what, bytes.plain, "B", "plain", plain);
  row(what, bytes.quick, "B", "compressed", packed);
  row("  where the link is slow", bytes.thorough, "B", "compressed", packed);
  row("  acks and receipts that come back for it", bytes.back, "B", "compressed");
}

}  // namespace

void bench_wire(const Job&) {
  const std::string of = "two-item cash sale", band = "two-item band sale: prepared, confirmed";
  print(of + ", batch of 64", Stand(1).sell(false, false), "<= 110 B", "<= 30 B");
  print(of + ", sent alone", Stand(2).sell(false, true), "", "");
  print(band + ", batch of 64", Stand(3).sell(true, false), "<= 200 B", "<= 60 B");
  print(band + ", each sent alone", Stand(4).sell(true, true), "", "");
}

}  // namespace verbena::bench
