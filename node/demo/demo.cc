// SPDX-License-Identifier: Apache-2.0
#include "node/demo/demo.h"

#include <algorithm>
#include <set>
#include <thread>

#include "ledger/core/money.h"
#include "node/demo/dice.h"
#include "node/demo/festival.h"
#include "node/demo/haste.h"
#include "node/demo/keep.h"
#include "node/demo/trace.h"
#include "node/demo/weigh.h"
#include "node/festival_file.h"
#include "node/system_clock.h"

namespace verbena::node {

using ledger::Errc;
using ledger::Error;
using ledger::Result;
using ledger::Status;
using schemas::OperateReply;
using schemas::OperateRequest;

namespace {

constexpr std::uint64_t convergence_timeout_ms = 60'000;
constexpr std::uint64_t isolated_sales = 8;  // of the POS that is smashed, after its last link
constexpr std::uint64_t lost_band_minor = 2'000;
constexpr std::uint64_t stock_spare = 100;  // units of each item that lie at a stand at the end

class Story {
 public:
  Story(const DemoOptions& options, const Output& output)
      : options_(options), output_(output), dice_(options.seed) {}

  Result<DemoResult> tell(const Path& directory) {
    const std::uint64_t began = clock_.monotonic_ms();
    if (auto status = read_files(directory); !status) return status.error();
    ground_ = std::make_unique<Ground>(directory);
    output_.progress(output_.text("enrolling devices ...", "dando de alta los dispositivos ..."));
    auto status = ground_->open(directory / "festival.toml", festival_,
                                {customers(), options_.emulator, options_.linger});
    if (!status) return status.error();
    result_.devices = static_cast<int>(ground_->pos().size()) + 3;
    result_.sales_requested = options_.sales;
    result_.emulator = options_.emulator;
    if (status = hand_out_stock(); !status) return status.error();
    if (status = lose_band(); !status) return status.error();
    if (status = trade(); !status) return status.error();
    if (status = close_stands(); !status) return status.error();
    if (status = converge(); !status) return status.error();
    if (status = replay(directory); !status) return status.error();
    if (!options_.keep.empty()) {
      output_.progress(output_.text("sealing the archive ...", "sellando el archivo ..."));
      auto bytes = seal_ground(
          *ground_,
          options_.linger ? directory / (ground_->hub().alias + ".bundle") : ground_->hub().home,
          directory / kept_archive);
      if (!bytes) return bytes.error();
      result_.archive = (directory / kept_archive).string();
      result_.archive_bytes = *bytes;
    }
    std::sort(latencies_us_.begin(), latencies_us_.end());
    if (!latencies_us_.empty()) {
      result_.sale_p50_us = latencies_us_[latencies_us_.size() / 2];
      result_.sale_p99_us = latencies_us_[latencies_us_.size() * 99 / 100];
    }
    result_.wall_ms = clock_.monotonic_ms() - began;
    output_.progress("");
    return result_;
  }
  Ground& ground() { return *ground_; }
  const schemas::Festival& festival() const { return festival_; }

 private:
  // ---- before the day ----

  // The festival and, where one is given, the recorded day to play.
  Status read_files(const Path& directory) {
    std::string text = demo_festival(options_.devices - 3);
    std::string name = "festival.toml";
    if (!options_.trace.empty()) {
      auto csv = read_file(options_.trace, std::size_t{1} << 30);
      if (!csv) return csv.error();
      auto trace = read_trace(*csv, options_.trace);
      if (!trace) return trace.error();
      trace_ = trace.take();
      options_.sales = trace_.size();
      text = festival_for(trace_) + std::string(demo_staff);
    }
    if (!options_.festival.empty()) {
      auto given = read_file(options_.festival);
      if (!given) return given.error();
      text = given.take();
      name = options_.festival;
    }
    auto festival = parse_festival(text, name);
    if (!festival) return festival.error();
    festival_ = festival.take();
    const int stands = festival_.stand_size();
    if (stands < (options_.faults ? demo_devices_min - 3 : 1) || stands > demo_devices_max - 3) {
      return Error{Errc::bad_input, name + ": the demo needs " +
                                        std::to_string(demo_devices_min - 3) + " to " +
                                        std::to_string(demo_devices_max - 3) +
                                        " stands; with --no-faults one is enough"};
    }
    for (const auto& stand : festival_.stand()) {
      if (stand.item_size() == 0) {
        return Error{Errc::bad_input, name + ": " + stand.name() + " sells nothing"};
      }
    }
    if (auto status = check_trace(); !status) return status;
    return write_file(directory / "festival.toml", text);
  }

  // Every row must be sellable, and a customer's day is what its band is topped up with.
  Status check_trace() {
    for (const auto& sale : trace_) {
      const auto* stand = ledger::find_stand(festival_, sale.stand);
      if (stand == nullptr) {
        return Error{Errc::bad_input,
                     options_.trace + ": the festival has no stand \"" + sale.stand + "\""};
      }
      std::uint64_t sum = 0;
      for (const auto& [sku, quantity] : sale.lines) {
        const auto* item = ledger::find_item(festival_, sku);
        if (item == nullptr || std::find(stand->item().begin(), stand->item().end(),
                                         item->number()) == stand->item().end()) {
          return Error{Errc::bad_input,
                       options_.trace + ": " + sale.stand + " does not sell \"" + sku + "\""};
        }
        sum += item->price_minor() * quantity;
      }
      if (sale.customer.empty()) continue;
      band_of_.emplace(sale.customer, band_of_.size());
      spends_[sale.customer] += sum;
    }
    return ledger::done();
  }

  std::uint64_t customers() const {
    return trace_.empty() ? std::max<std::uint64_t>(20, options_.sales / 8)
                          : std::max<std::size_t>(1, band_of_.size());
  }

  // ---- the day ----

  // Each stand gets what a day takes, and something to spare.
  Status hand_out_stock() {
    output_.progress(output_.text("delivering stock ...", "repartiendo la mercancía ..."));
    const auto stock = [&](GroundDevice& device, const std::string& action, const std::string& to,
                           const std::map<std::string, std::uint64_t>& units) -> Status {
      OperateRequest request;
      request.set_intent(next_intent());
      request.mutable_stock()->set_action(action);
      request.mutable_stock()->set_to(to);
      for (const auto& [sku, count] : units) {
        auto* line = request.mutable_stock()->add_line();
        line->set_sku(sku);
        line->set_quantity(static_cast<std::uint32_t>(count));
      }
      return must(device, request, {});
    };
    std::map<std::string, std::uint64_t> all;
    for (const auto& stand : festival_.stand()) {
      for (const auto number : stand.item()) {
        const std::string& sku = ledger::find_item(festival_, number)->sku();
        // Anybody's customers may come here when their till is smashed.
        std::uint64_t units = stock_spare + (trace_.empty() ? options_.sales * 4 : 0);
        for (const auto& sale : trace_) {
          for (const auto& line : sale.lines) units += line.first == sku ? line.second : 0;
        }
        received_[stand.name()][sku] = units;
        all[sku] += units;
      }
    }
    auto status = stock(ground_->store(), "deliver", "", all);
    for (auto* pos : ground_->pos()) {
      const auto& units = received_[pos->stand];
      if (status) status = stock(ground_->store(), "dispatch", pos->stand, units);
      // The dispatch is on its way as goods are: it must have been heard of.
      const std::uint64_t began = clock_.monotonic_ms();
      while (status) {
        status = stock(*pos, "receive", "", units);
        if (status || clock_.monotonic_ms() - began > convergence_timeout_ms) break;
        if (status.error().text.find("no-dispatch") == std::string::npos) break;
        sleep_ms(20);
        status = ledger::done();
      }
      if (!status) return status;
    }
    return status;
  }

  // A customer loses a band with money on it. A supervisor blocks it; who found it tries to spend
  // it once every till knows.
  Status lose_band() {
    const std::size_t lost = ground_->lost_band();
    if (trace_.empty()) {  // a recorded day's top-ups stay as they are
      result_.lost_minor = lost_band_minor;
      if (auto status = top_up(lost, lost_band_minor); !status) return status;
    }
    OperateRequest look;
    look.mutable_balance();
    auto seen = ground_->operate(ground_->desk(), look, lost);
    if (auto status = accepted(ground_->desk(), seen); !status) return status;
    OperateRequest block;
    block.set_intent(next_intent());
    block.mutable_block()->set_purse(seen->done().purse());
    block.mutable_block()->set_reason("lost");
    TerminalClient supervisor(ground_->hub().address, ground_->supervisor());
    auto blocked = supervisor.operate(block, nullptr);
    if (auto status = accepted(ground_->hub(), blocked); !status) return status;
    result_.lost_purse = ledger::hex_u64(seen->done().purse());
    const std::uint64_t began = clock_.monotonic_ms();
    while (!ground_->common_digest(&result_.nodes)) {
      if (clock_.monotonic_ms() - began > convergence_timeout_ms) {
        return Error{Errc::internal, "the devices do not hear of a blocked band"};
      }
      sleep_ms(20);
    }
    GroundDevice& pos = *ground_->pos().front();
    auto tried = ground_->operate(pos, sale_request(pos, "purse"), lost);
    if (!tried) return tried.error();
    if (tried->refused().code() == ledger::refusal_code(ledger::Refusal::purse_frozen)) {
      result_.lost_refused_at = pos.alias;
    }
    return ledger::done();
  }

  Status trade() {
    // The zone of the last POS is cut; its last POS is smashed; the first POS is killed.
    GroundDevice& doomed = *ground_->pos().back();
    GroundDevice& unlucky = *ground_->pos().front();
    const std::uint64_t total = options_.sales;
    const std::uint64_t cut_at = total / 4, smash_at = total * 9 / 20, heal_at = total * 6 / 10,
                        kill_at = total * 7 / 10;
    std::uint64_t cut_began_ms = 0;
    enum { calm, is_cut, smashed, healed, killed } stage = calm;
    for (std::uint64_t attempts = 0; result_.sales_confirmed < total; ++attempts) {
      if (attempts > total * 4) return Error{Errc::internal, "the demo's sales do not go through"};
      if (options_.faults) {
        const std::uint64_t now = result_.sales_confirmed;
        if (stage == calm && now >= cut_at) {
          stage = is_cut;
          result_.cut_zone = doomed.zone;
          cut_began_ms = clock_.monotonic_ms();
          ground_->cut_zone(doomed.zone, true);
        } else if (stage == is_cut && now >= smash_at) {
          stage = smashed;
          if (auto status = smash(doomed); !status) return status;
        } else if (stage == smashed && now >= heal_at) {
          stage = healed;
          ground_->cut_zone(doomed.zone, false);
          result_.partition_ms = clock_.monotonic_ms() - cut_began_ms;
        } else if (stage == healed && now >= kill_at) {
          stage = killed;
          result_.restarted = unlucky.alias;
          if (auto status = ground_->restart(unlucky); !status) return status;
        }
      }
      const TracedSale* traced =
          trace_.empty() ? nullptr : &trace_[static_cast<std::size_t>(result_.sales_confirmed)];
      GroundDevice* pos = traced != nullptr ? pos_of(*traced) : pick_pos();
      const bool in_cut_zone = (stage == is_cut || stage == smashed) && pos->zone == doomed.zone;
      auto sold = traced != nullptr ? play(*pos, *traced) : one_sale(*pos, dice_.below(10) < 7);
      if (!sold) return sold.error();
      if (in_cut_zone && *sold > 0) {
        ++result_.cut_sales;
        result_.cut_minor += *sold;
      }
      if (attempts % 20 == 0) show_progress();
    }
    return ledger::done();
  }

  GroundDevice* pick_pos() {
    for (;;) {
      GroundDevice* pos = ground_->pos()[dice_.below(ground_->pos().size())];
      if (!pos->destroyed) return pos;
    }
  }

  // The stand of the recorded sale; the next one that sells the same where its till is smashed.
  GroundDevice* pos_of(const TracedSale& sale) {
    const auto sells = [&](const GroundDevice& pos) {
      const auto& received = received_[pos.stand];
      return std::all_of(sale.lines.begin(), sale.lines.end(),
                         [&](const auto& line) { return received.contains(line.first); });
    };
    GroundDevice* other = nullptr;
    for (auto* pos : ground_->pos()) {
      if (pos->destroyed) continue;
      if (pos->stand == sale.stand) return pos;
      if (other == nullptr && sells(*pos)) other = pos;
    }
    return other != nullptr ? other : pick_pos();
  }

  // A recorded sale. Its customer's band is topped up once, at its first sale.
  Result<std::uint64_t> play(GroundDevice& pos, const TracedSale& sale) {
    OperateRequest request;
    request.set_intent(next_intent());
    request.mutable_sell()->set_tender(sale.customer.empty() ? "cash" : "purse");
    for (const auto& [sku, quantity] : sale.lines) {
      auto* line = request.mutable_sell()->add_line();
      line->set_sku(sku);
      line->set_quantity(quantity);
    }
    if (sale.customer.empty()) return sell(pos, request, {});
    const std::size_t band = band_of_.at(sale.customer);
    std::uint64_t unit = 10;  // 10.00 in the festival's minor units
    for (std::uint32_t i = 0; i < festival_.scale(); ++i) unit *= 10;
    if (std::uint64_t& due = spends_[sale.customer]; due > 0) {
      if (auto status = top_up(band, (due + unit - 1) / unit * unit); !status) {
        return status.error();
      }
      due = 0;
    }
    return sell(pos, request, band);
  }

  // The last link goes, it sells on, and is smashed in the middle of a sale.
  Status smash(GroundDevice& doomed) {
    ground_->isolate(doomed);
    for (std::uint64_t done = 0, tries = 0; done < isolated_sales && tries < 40; ++tries) {
      auto sold = one_sale(doomed, true);
      if (!sold) return sold.error();
      done += *sold > 0;
    }
    const std::size_t band = dice_.below(customers());
    std::thread cut_short([&] {
      const OperateRequest request = sale_request(doomed, "purse");
      (void)ground_->operate(doomed, request, band, Leaves::afterwards, 2'000);
    });
    sleep_ms(dice_.below(4));
    ground_->destroy(doomed);
    cut_short.join();
    result_.destroyed = doomed.alias;
    result_.destroyed_sales = sold_by_[doomed.alias].first;
    result_.destroyed_minor = sold_by_[doomed.alias].second;
    return ledger::done();
  }

  OperateRequest sale_request(const GroundDevice& pos, const char* tender) {
    OperateRequest request;
    request.set_intent(next_intent());
    request.mutable_sell()->set_tender(tender);
    const auto& items = ledger::find_stand(festival_, pos.stand)->item();
    std::set<std::uint32_t> chosen;
    for (std::size_t i = 0, n = 1 + dice_.below(2); i < n; ++i) {
      const auto at =
          dice_.below(2) != 0 ? 0 : dice_.below(static_cast<std::uint64_t>(items.size()));
      const std::uint32_t number = items[static_cast<int>(at)];
      const auto quantity = static_cast<std::uint32_t>(1 + dice_.below(2));
      if (!chosen.insert(number).second) continue;
      auto* line = request.mutable_sell()->add_line();
      line->set_sku(ledger::find_item(festival_, number)->sku());
      line->set_quantity(quantity);
    }
    return request;
  }

  // The amount sold; 0 where it was refused.
  Result<std::uint64_t> one_sale(GroundDevice& pos, bool by_band) {
    const std::size_t band = dice_.below(customers());
    const OperateRequest request = sale_request(pos, by_band ? "purse" : "cash");
    return sell(pos, request, by_band ? std::optional(band) : std::nullopt);
  }

  Result<std::uint64_t> sell(GroundDevice& pos, const OperateRequest& request,
                             std::optional<std::size_t> band) {
    const Leaves leaves = options_.faults && band ? haste_.next() : Leaves::afterwards;
    std::uint64_t began = clock_.monotonic_us();
    auto reply = ground_->operate(pos, request, band, leaves);
    const bool torn = is_torn(reply);
    if (torn) {
      ++result_.torn;
      began = clock_.monotonic_us();
      reply = ground_->operate(pos, request, band);
    }
    if (!reply) return reply.error();
    if (reply->has_refused()) {
      const std::string& code = reply->refused().code();
      ++result_.refusals;
      if (code == "insufficient-funds" && band) {
        if (auto status = top_up(*band, 1'000 * (2 + dice_.below(4))); !status) {
          return status.error();
        }
        return 0;
      }
      if (code == "witness-needed" || code == "not-ready") {
        sleep_ms(50);  // a neighbour hears of the last sales meanwhile
        return 0;
      }
      return Error{Errc::internal, pos.alias + " refused a sale: " + reply->refused().text()};
    }
    latencies_us_.push_back(clock_.monotonic_us() - began);
    result_.completed += torn;
    const std::uint64_t amount = reply->done().amount_minor();
    ++result_.sales_confirmed;
    auto& [count, minor] = sold_by_[pos.alias];
    ++count;
    minor += amount;
    if (trace_.empty() && !band && dice_.below(50) == 0 && amount <= 2'000) {
      return void_it(pos, *reply);
    }
    for (const auto& line : request.sell().line()) gone_[pos.stand][line.sku()] += line.quantity();
    return amount;
  }

  Result<std::uint64_t> void_it(GroundDevice& pos, const OperateReply& sale) {
    OperateRequest request;
    request.set_intent(next_intent());
    request.mutable_void_sale()->set_sale(ledger::hex(sale.done().id()));
    request.mutable_void_sale()->set_reason("wrong item");
    if (auto status = must(pos, request, {}); !status) return status.error();
    auto& [count, minor] = sold_by_[pos.alias];
    minor -= sale.done().amount_minor();
    return 0;
  }

  Status top_up(std::size_t band, std::uint64_t amount_minor) {
    OperateRequest request;
    request.set_intent(next_intent());
    request.mutable_top_up()->set_amount_minor(amount_minor);
    request.mutable_top_up()->set_tender("cash");
    return must(ground_->desk(), request, band);
  }

  // ---- the end of the day ----

  // A seller and a supervisor count what lies at each stand. One stand sold a twentieth of its beer
  // for its own pocket.
  Status close_stands() {
    GroundDevice& hiding = *ground_->pos()[ground_->pos().size() > 1 ? 1 : 0];
    const auto* item =
        ledger::find_item(festival_, ledger::find_stand(festival_, hiding.stand)->item(0));
    result_.hiding_stand = hiding.stand;
    result_.hidden_sku = item->sku();
    result_.hidden_units = std::min(gone_[hiding.stand][item->sku()] / 20 + 1, stock_spare);
    result_.hidden_minor = result_.hidden_units * item->price_minor();
    for (auto* pos : ground_->pos()) {
      if (pos->destroyed) continue;
      OperateRequest close;
      close.set_intent(next_intent());
      close.mutable_close_sheet();
      if (auto status = must(*pos, close, {}); !status) return status;
      OperateRequest count;
      count.mutable_count()->set_of("closing");
      for (const auto& [sku, received] : received_[pos->stand]) {
        const bool hides = pos == &hiding && sku == result_.hidden_sku;
        auto* line = count.mutable_count()->add_line();
        line->set_sku(sku);
        line->set_quantity(static_cast<std::uint32_t>(received - gone_[pos->stand][sku] -
                                                      (hides ? result_.hidden_units : 0)));
      }
      count.set_intent(next_intent());
      if (auto status = must(*pos, count, {}); !status) return status;
      count.set_intent(next_intent());  // blind and by two: nobody reads either before both are in
      TerminalClient second(pos->address, ground_->supervisor());
      if (auto status = accepted(*pos, second.operate(count, nullptr)); !status) return status;
    }
    for (std::size_t band = 0; band < customers(); band += 10) {
      OperateRequest request;
      request.set_intent(next_intent());
      request.mutable_refund();
      auto reply = ground_->operate(ground_->desk(), request, band);
      if (!reply) return reply.error();
      if (reply->has_refused() && reply->refused().code() != "insufficient-funds") {
        return Error{Errc::internal, "a refund was refused: " + reply->refused().text()};
      }
    }
    return ledger::done();
  }

  Status converge() {
    output_.progress(output_.text("waiting for all devices to agree ...",
                                  "esperando a que todos los dispositivos coincidan ..."));
    const std::uint64_t began = clock_.monotonic_ms();
    while (clock_.monotonic_ms() - began < convergence_timeout_ms) {
      if (auto digest = ground_->common_digest(&result_.nodes)) {
        result_.converged = true;
        result_.state_digest = *digest;
        break;
      }
      sleep_ms(20);
    }
    result_.convergence_ms = clock_.monotonic_ms() - began;
    return ledger::done();
  }

  // The first POS, or where these follow their zone only, the store.
  GroundDevice& second_replica() {
    GroundDevice& pos = *ground_->pos().front();
    return pos.follows_all ? pos : ground_->store();
  }

  // From zero, out of the homes of the hub and of one more that holds all.
  Status replay(const Path& directory) {
    if (!options_.linger) ground_->stop();
    const auto from_zero = [&](GroundDevice& device) -> Result<ledger::AuditReport> {
      if (!options_.linger) return audit_path(device.home);
      auto bundle = device.client->export_bundle();  // its node runs on
      if (!bundle) return bundle.error();
      const Path file = directory / (device.alias + ".bundle");
      if (auto status = write_file(file, *bundle); !status) return status.error();
      return audit_path(file);
    };
    auto hub = from_zero(ground_->hub());
    if (!hub) return hub.error();
    auto second = from_zero(second_replica());
    if (!second) return second.error();
    result_.second_replica = second_replica().alias;
    result_.audit = hub.take();
    result_.replays_agree = ledger::hex(result_.audit.state_digest) == result_.state_digest &&
                            ledger::hex(second->state_digest) == result_.state_digest;
    weigh(*ground_, sold_by_, result_);
    return ledger::done();
  }

  // ---- small parts ----

  Status must(GroundDevice& device, const OperateRequest& request,
              std::optional<std::size_t> band) {
    return accepted(device, ground_->operate_approved(device, request, band));
  }

  Status accepted(const GroundDevice& device, const Result<schemas::OperateReply>& reply) {
    if (!reply) return reply.error();
    if (reply->has_done()) return ledger::done();
    return Error{Errc::internal, device.alias + " refused: " + reply->refused().code() + ": " +
                                     reply->refused().text()};
  }

  std::uint64_t next_intent() { return ++intent_ << 8 | 1; }

  void show_progress() {
    std::string line = output_.text("sales ", "ventas ") + std::to_string(result_.sales_confirmed) +
                       "/" + std::to_string(options_.sales);
    if (!result_.cut_zone.empty() && result_.partition_ms == 0) {
      line += output_.text(", zone cut off: ", ", zona aislada: ") + result_.cut_zone;
    }
    if (!result_.destroyed.empty()) {
      line += output_.text(", smashed: ", ", destrozada: ") + result_.destroyed;
    }
    output_.progress(line);
  }

  DemoOptions options_;
  const Output& output_;
  Dice dice_;
  Haste haste_;
  SystemClock clock_;
  std::unique_ptr<Ground> ground_;
  DemoResult result_;
  std::uint64_t intent_ = 0;
  std::vector<std::uint64_t> latencies_us_;
  SoldBy sold_by_;
  std::map<std::string, std::map<std::string, std::uint64_t>> received_, gone_;  // stand -> SKU
  schemas::Festival festival_;
  std::vector<TracedSale> trace_;
  std::map<std::string, std::size_t> band_of_;   // customer of the trace
  std::map<std::string, std::uint64_t> spends_;  // not topped up yet, minor units
};

}  // namespace

bool DemoResult::good() const {
  return converged && audit.conserved && audit.faults() == 0 && replays_agree &&
         unplanted.empty() && torn == completed && !lost_refused_at.empty() &&
         sales_confirmed == sales_requested;
}

Result<DemoResult> run_demo(const DemoOptions& options, const Output& output,
                            const DemoEnd& at_the_end) {
  const bool keep = !options.keep.empty();
  std::error_code error;
  ledger::SystemRandom random;
  const Path directory = keep ? Path(options.keep)
                              : std::filesystem::temp_directory_path(error) /
                                    ("verbena-demo-" + ledger::hex_u64(random.u64()));
  if (path_exists(directory)) {
    return Error{Errc::bad_input, directory.string() + ": exists already"};
  }
  if (auto status = make_directory(directory); !status) return status.error();
  Story story(options, output);
  auto result = story.tell(directory);
  if (result) at_the_end(*result, story.ground(), story.festival());
  if (options.linger) story.ground().stop();  // nobody writes into what is cleared away
  if (!keep) (void)remove_tree(directory);
  return result;
}

}  // namespace verbena::node
