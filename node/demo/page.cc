// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "ledger/core/money.h"
#include "node/demo/demo.h"

namespace verbena::node {

using nlohmann::ordered_json;

namespace {

std::string milliseconds(std::uint64_t us) {
  return ledger::format_decimal(static_cast<__int128>(us / 10), 2);
}

}  // namespace

ordered_json demo_json(const DemoResult& result) {
  ordered_json out;
  out["devices"] = result.devices;
  out["sales_requested"] = result.sales_requested;
  out["sales_confirmed"] = result.sales_confirmed;
  out["events"] = result.audit.events;
  out["converged"] = result.converged;
  out["convergence_ms"] = result.convergence_ms;
  out["state_digest"] = result.state_digest;
  out["bands"] = result.emulator ? "emulator" : "file";
  out["torn_taps"] = {{"torn", result.torn}, {"completed", result.completed}};
  out["blocked"] = {{"purse", result.lost_purse},
                    {"amount_minor", result.lost_minor},
                    {"refused_at", result.lost_refused_at}};
  out["nodes"] = ordered_json::array();
  for (const auto& node : result.nodes) {
    out["nodes"].push_back(
        {{"device", node.device},
         {"events", node.events},
         {"state_digest", node.digest.empty() ? ordered_json() : ordered_json(node.digest)}});
  }
  out["partition_ms"] = result.partition_ms;
  out["partition"] = {
      {"zone", result.cut_zone}, {"sales", result.cut_sales}, {"amount_minor", result.cut_minor}};
  out["destroyed"] = {{"device", result.destroyed},
                      {"sales", result.destroyed_sales},
                      {"amount_minor", result.destroyed_minor},
                      {"recovered_minor", result.recovered_minor},
                      {"unknown_minor", result.unknown_minor}};
  out["hidden"] = {{"stand", result.hiding_stand},
                   {"sku", result.hidden_sku},
                   {"units", result.hidden_units},
                   {"amount_minor", result.hidden_minor}};
  out["conserved"] = result.audit.conserved;
  out["replays_agree"] = result.replays_agree;
  out["audit_findings"] = result.audit.faults();
  out["notices"] = result.notices;
  out["unplanted"] = result.unplanted;
  out["totals"] = totals_json(result.audit.totals);
  if (!result.archive.empty()) {
    out["archive"] = {{"file", result.archive}, {"bytes", result.archive_bytes}};
  }
  out["sale_p50_ms"] = static_cast<double>(result.sale_p50_us) / 1000.0;
  out["sale_p99_ms"] = static_cast<double>(result.sale_p99_us) / 1000.0;
  out["wall_ms"] = result.wall_ms;
  return out;
}

std::string demo_page(const DemoResult& result, const Output& output) {
  const ledger::AuditReport& audit = result.audit;
  const auto money = [&](__int128 minor) {
    return audit.currency + " " + ledger::format_decimal(minor, audit.scale);
  };
  const auto number = [](std::uint64_t value) { return std::to_string(value); };
  std::string page;
  const auto line = [&](const std::string& text) { page += text + "\n"; };
  const auto& totals = audit.totals;
  const __int128 cash = [&] {
    const auto found = audit.money.find("outside/cash");
    return found == audit.money.end() ? __int128{0} : -found->second + totals.refunds_minor;
  }();
  line(output.text("The festival is over. ", "La feria ha terminado. ") +
       number(result.sales_confirmed) + output.text(" sales on ", " ventas en ") +
       number(static_cast<std::uint64_t>(result.devices)) +
       output.text(" devices, each a process of its own.",
                   " dispositivos, cada uno un proceso propio."));
  line("");
  line(output.text("Money     ", "Dinero    ") + money(cash) +
       output.text(" taken in", " recaudado"));
  line("        = " + money(totals.sales_minor) + output.text(" spent", " gastado"));
  line("        + " + money(totals.refunds_minor) + output.text(" paid back", " devuelto"));
  line("        + " + money(totals.balances_minor) +
       output.text(" still on bands", " aún en pulseras"));
  if (totals.suspense_minor != 0) {
    line("        + " + money(totals.suspense_minor) +
         output.text(" known from bands only (the smashed till)",
                     " conocido solo por las pulseras (la caja destrozada)"));
  }
  if (!result.cut_zone.empty()) {
    line(output.text("Cut off   zone ", "Aislada   zona ") + result.cut_zone +
         output.text(" went on alone for ", " siguió sola durante ") + number(result.partition_ms) +
         " ms: " + number(result.cut_sales) + output.text(" sales, ", " ventas, ") +
         money(result.cut_minor));
  }
  if (!result.destroyed.empty()) {
    line(output.text("Smashed   ", "Destrozada ") + result.destroyed +
         output.text(" sold ", " vendió ") + money(result.destroyed_minor) +
         output.text(", recovered ", ", recuperado ") + money(result.recovered_minor) +
         output.text(", unknown ", ", desconocido ") + money(result.unknown_minor));
    line(output.text("Killed    ", "Caída     ") + result.restarted +
         output.text(" in mid-day and came back with every sale",
                     " a mitad del día y volvió con todas sus ventas"));
  }
  std::string bands = output.text("Bands     ", "Pulseras  ");
  bands += result.emulator ? output.text("NTAG 424 DNA, emulated", "NTAG 424 DNA, emuladas")
                           : output.text("in files", "en archivos");
  if (result.torn > 0) {
    bands += "; " + number(result.torn) +
             output.text(" left in mid-write, ", " retiradas a media escritura, ") +
             number(result.completed) +
             output.text(" sold once when tapped again", " cobradas una vez al tocar de nuevo");
  }
  line(bands);
  line(output.text("Blocked   a lost band with ", "Bloqueada una pulsera perdida con ") +
       money(result.lost_minor) +
       (result.lost_refused_at.empty()
            ? output.text(" was NOT refused", " NO fue rechazada")
            : output.text(" was refused at ", " fue rechazada en ") + result.lost_refused_at));
  std::string sold = "0";
  if (const auto at = audit.stock.find("sold/" + result.hiding_stand); at != audit.stock.end()) {
    if (const auto item = at->second.find(result.hidden_sku); item != at->second.end()) {
      sold = ledger::format_decimal(item->second, 0);
    }
  }
  line(output.text("Stock     ", "Merma     ") + result.hiding_stand +
       output.text(" rang up ", " registró ") + sold + " " + result.hidden_sku +
       output.text("; the count misses ", "; en el arqueo faltan ") + number(result.hidden_units) +
       ", " + money(result.hidden_minor));
  line(output.text("Agreement ", "Acuerdo   ") +
       (result.converged
            ? output.text("all ", "los ") + number(result.nodes.size()) +
                  output.text(" devices agree after ", " dispositivos coinciden tras ") +
                  number(result.convergence_ms) + " ms: " + result.state_digest.substr(0, 16)
            : output.text("the devices do NOT agree", "los dispositivos NO coinciden")));
  line(output.text("Audit     ", "Auditoría ") + number(audit.events) +
       output.text(" events replayed from zero, ", " eventos repetidos desde cero, ") +
       number(audit.faults()) + output.text(" faults, ", " fallos, ") + number(result.notices) +
       output.text(" notices", " avisos") +
       (result.replays_agree
            ? output.text(", same result on hub and ", ", mismo resultado en hub y ") +
                  result.second_replica
            : output.text(", results DIFFER", ", resultados DISTINTOS")));
  for (const auto& text : result.unplanted) line("! " + text);
  line(output.text("Speed     a sale took ", "Rapidez   una venta tardó ") +
       milliseconds(result.sale_p50_us) +
       output.text(" ms, 99 in 100 under ", " ms, 99 de 100 menos de ") +
       milliseconds(result.sale_p99_us) + " ms");
  line("");
  if (!result.archive.empty()) {
    return page +
           output.text(
               "Sealed by two supervisors. Audit it, here or on another machine: verbena "
               "audit ",
               "Sellado por dos supervisores. Audítelo, aquí o en otra máquina: verbena "
               "audit ") +
           result.archive;
  }
  page += output.text(
      "Next: verbena demo --linger, --devices 40, --seed 2, --keep DIR; then verbena audit DIR/hub",
      "Siga con: verbena demo --linger, --devices 40, --seed 2, --keep DIR; y verbena audit "
      "DIR/hub");
  return page;
}

}  // namespace verbena::node
