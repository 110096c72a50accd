// SPDX-License-Identifier: Apache-2.0
#include "node/texts.h"

namespace verbena::node {

using ledger::Refusal;

namespace {

struct Row {
  Refusal refusal;
  const char* en;
  const char* es;
};

constexpr Row rows[] = {
    {Refusal::insufficient_funds, "Not enough on the band. Pay the rest in cash or top up.",
     "No hay saldo suficiente. Cobre en efectivo o recargue."},
    {Refusal::band_rolled_back,
     "This band shows an older state than is known, or is a copy. Keep it and call a supervisor.",
     "Esta pulsera muestra un estado anterior o es una copia. Reténgala y avise al supervisor."},
    {Refusal::band_damaged, "This band cannot be read. Send the customer to the help desk.",
     "No se puede leer la pulsera. Envíe al cliente a atención al público."},
    {Refusal::purse_frozen, "This band is blocked. Send the customer to the help desk.",
     "Pulsera bloqueada. Envíe al cliente a atención al público."},
    {Refusal::unknown_item, "This item is not sold here.", "Este producto no se vende aquí."},
    {Refusal::unknown_sale, "There is no such sale to void.", "No existe esa venta."},
    {Refusal::limit_purse, "A band may not hold that much.",
     "La pulsera no puede tener tanto saldo."},
    {Refusal::limit_offline,
     "Too much for a band that is new to this till. Sell less or find a connection.",
     "Demasiado para una pulsera que esta caja no conoce. Venda menos o busque conexión."},
    {Refusal::limit_issuer, "This desk has issued all it may. Call a supervisor.",
     "Este punto de recarga ha llegado a su límite. Avise al supervisor."},
    {Refusal::witness_needed,
     "This till has been alone for too long. Bring it near another, or call a supervisor.",
     "Esta caja lleva demasiado tiempo aislada. Acérquela a otra o avise al supervisor."},
    {Refusal::approval_needed, "Two supervisors must approve this.",
     "Dos supervisores deben aprobarlo."},
    {Refusal::role_denied, "This device may not do that.", "Este dispositivo no puede hacer eso."},
    {Refusal::other_festival, "This band is of another festival.",
     "Esta pulsera es de otro festival."},
    {Refusal::intent_reused, "This request number was used for something else. Start again.",
     "Ese número de operación ya se usó para otra cosa. Empiece de nuevo."},
    {Refusal::already_voided, "This sale is voided already.", "Esta venta ya está anulada."},
    {Refusal::not_here, "That belongs to another stand.", "Eso corresponde a otra barra."},
    {Refusal::empty_basket, "Nothing was chosen.", "No se ha elegido nada."},
    {Refusal::amount_out_of_range, "That amount is out of range.", "Importe fuera de rango."},
    {Refusal::not_ready, "This device is not ready: let it meet another one first.",
     "El dispositivo no está listo: deje que se sincronice con otro."},
    {Refusal::out_of_stock_account, "There is not that much in custody here.",
     "No hay tanta existencia en custodia aquí."},
    {Refusal::tap_again, "The band left too early. Tap it again.",
     "La pulsera se retiró antes de tiempo. Acérquela otra vez."},
};

}  // namespace

Language language_from(std::string_view text) {
  return text.starts_with("es") ? Language::es : Language::en;
}

const char* refusal_text(Refusal refusal, Language language) {
  for (const auto& row : rows) {
    if (row.refusal == refusal) return language == Language::es ? row.es : row.en;
  }
  return "";
}

Refusal refusal_from_code(std::string_view code) {
  for (const auto& row : rows) {
    if (ledger::refusal_code(row.refusal) == code) return row.refusal;
  }
  return Refusal::none;
}

}  // namespace verbena::node
