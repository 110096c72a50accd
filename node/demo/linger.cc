// SPDX-License-Identifier: Apache-2.0
#include "node/demo/linger.h"

#include <nlohmann/json.hpp>

#include "node/demo/dice.h"
#include "node/demo/festival.h"
#include "node/demo/haste.h"
#include "node/http/totp.h"
#include "node/http/wall_people.h"
#include "node/system_clock.h"

namespace verbena::node {

using schemas::OperateRequest;

namespace {

constexpr std::uint64_t pause_ms = 400;       // between two sales
constexpr std::uint64_t restock_sales = 100;  // so often every stand is given more
constexpr std::uint32_t restock_units = 60;
constexpr int restock_tries = 50;
constexpr std::uint64_t lost_sales = 10;  // so often somebody tries the band that was lost
constexpr std::uint64_t top_up_minor = 2'000;
constexpr std::uint64_t tray_minor[] = {4'000, 1'200, 300};  // the last band stays empty

class Traffic {
 public:
  Traffic(Ground& ground, const schemas::Festival& festival)
      : ground_(ground), festival_(festival), dice_(clock_.wall_ms()) {
    std::size_t i = 0;
    for (const auto amount : tray_minor) {
      const Path& band = ground_.screens().tray[i++];
      (void)ground_.desk().client->operate(top_up(amount), band);
    }
  }

  // Whatever fails here fails alone: the next sale comes anyway.
  void sell() {
    GroundDevice& pos = *ground_.pos()[dice_.below(ground_.pos().size())];
    const auto* stand = ledger::find_stand(festival_, pos.stand);
    if (pos.destroyed || stand == nullptr || stand->item_size() == 0) return;
    if (++sales_ % restock_sales == 0) restock();
    const bool by_band = dice_.below(10) < 7;
    const std::size_t lost = ground_.lost_band();
    const bool by_finder = by_band && sales_ % lost_sales == 0;
    const std::size_t band = by_finder ? lost : dice_.below(lost);
    OperateRequest request;
    request.set_intent(1 + dice_.below(UINT64_MAX));
    request.mutable_sell()->set_tender(by_band ? "purse" : "cash");
    auto* line = request.mutable_sell()->add_line();
    const auto at = dice_.below(static_cast<std::uint64_t>(stand->item_size()));
    line->set_sku(ledger::find_item(festival_, stand->item(static_cast<int>(at)))->sku());
    line->set_quantity(static_cast<std::uint32_t>(1 + dice_.below(2)));
    const auto tapped = by_band ? std::optional(band) : std::nullopt;
    const auto leaves = by_band ? haste_.next() : Leaves::afterwards;
    auto reply = ground_.operate(pos, request, tapped, leaves);
    if (is_torn(reply)) reply = ground_.operate(pos, request, tapped);
    if (reply && reply->refused().code() == "insufficient-funds") {
      (void)ground_.operate(ground_.desk(), top_up(top_up_minor), band);
    }
  }

 private:
  static OperateRequest top_up(std::uint64_t amount_minor) {
    OperateRequest request;
    request.mutable_top_up()->set_amount_minor(amount_minor);
    request.mutable_top_up()->set_tender("cash");
    return request;
  }

  void restock() {
    for (auto* pos : ground_.pos()) {
      const auto* stand = ledger::find_stand(festival_, pos->stand);
      if (pos->destroyed || stand == nullptr) continue;
      const auto move = [&](GroundDevice& device, const char* action, const std::string& to) {
        OperateRequest request;
        request.mutable_stock()->set_action(action);
        request.mutable_stock()->set_to(to);
        for (const auto number : stand->item()) {
          auto* line = request.mutable_stock()->add_line();
          line->set_sku(ledger::find_item(festival_, number)->sku());
          line->set_quantity(restock_units);
        }
        const ledger::SigningKey* approver = &ground_.supervisor().identity.key;
        for (int i = 0; i < restock_tries; ++i) {  // a dispatch must have been heard of
          const auto reply = device.client->operate_approved(request, {}, {&approver, 1});
          if (!reply || reply->refused().code() != "no-dispatch") break;
          sleep_ms(20);
        }
      };
      move(ground_.store(), "deliver", "");
      move(ground_.store(), "dispatch", pos->stand);
      move(*pos, "receive", "");
    }
  }

  Ground& ground_;
  const schemas::Festival& festival_;
  SystemClock clock_;
  Dice dice_;
  Haste haste_;
  std::uint64_t sales_ = 0;
};

}  // namespace

std::string screens_page(Ground& ground, const Output& output) {
  const Screens& screens = ground.screens();
  return std::string(output.text("Till      ", "Caja      ")) + ground.pos().front()->url +
         output.text("   touch the staff band ", "   toque la pulsera de personal ") +
         std::string(demo_seller) + ", PIN " + screens.pin + "\n" +
         output.text("Wall      ", "Panel     ") + ground.hub().url +
         output.text("   alias ", "   alias ") + std::string(demo_supervisor) +
         output.text(", passphrase ", ", contraseña ") + screens.passphrase +
         output.text(", code: below, or by app from ", ", código: abajo, o por app con ") +
         screens.otpauth + "\n" + output.text("Approvals ", "Aprobar   ") + ground.approver().url +
         output.text(
             "   a supervisor's own device, signed in like the wall: a cash drop of the "
             "till waits for a yes here\n",
             "   dispositivo propio de un supervisor, se entra como en el panel: una "
             "retirada de efectivo de la caja espera aquí su sí\n") +
         output.text(
             "The browser does not know this festival's authority yet and warns once: go on, or "
             "import ",
             "El navegador aún no conoce la autoridad de esta feria y avisa una vez: continúe, o "
             "importe ") +
         (ground.hub().home / "ca.crt").string() + "\n" +
         output.text("Ctrl-C ends the festival and clears it away.",
                     "Ctrl-C termina la feria y la recoge.");
}

nlohmann::ordered_json screens_json(Ground& ground) {
  const Screens& screens = ground.screens();
  return {{"till", ground.pos().front()->url},
          {"seller", demo_seller},
          {"pin", screens.pin},
          {"wall", ground.hub().url},
          {"approvals", ground.approver().url},
          {"supervisor", demo_supervisor},
          {"passphrase", screens.passphrase},
          {"otpauth", screens.otpauth},
          {"authority", (ground.hub().home / "ca.crt").string()}};
}

void linger(Ground& ground, const schemas::Festival& festival, const Output& output,
            StopSignal& stop) {
  const SystemClock clock;
  const auto person = find_wall_person(ground.hub().home, std::string(demo_supervisor));
  Traffic traffic(ground, festival);
  while (!stop.wait_for_ms(pause_ms)) {
    traffic.sell();
    if (!person || !*person) continue;
    const std::uint64_t now = clock.wall_ms();
    const std::uint64_t left_s = (http::totp_step_ms - now % http::totp_step_ms) / 1000;
    output.progress(output.text("code for the wall: ", "código para el panel: ") +
                    http::totp_code((*person)->code_secret, now / http::totp_step_ms) + "  (" +
                    std::to_string(left_s) + " s)");
  }
  output.progress("");
}

}  // namespace verbena::node
