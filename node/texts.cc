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
    {Refusal::approval_needed, "This needs the approval of others. Call a supervisor.",
     "Hace falta que otra persona lo apruebe. Avise al supervisor."},
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
    {Refusal::sale_aborted,
     "The band was used elsewhere meanwhile. This sale did not count: start again.",
     "La pulsera se usó entretanto en otro sitio. Esta venta no cuenta: empiece de nuevo."},
    {Refusal::price_changed, "Prices have changed. Look at the new total and charge again.",
     "Los precios han cambiado. Mire el nuevo total y cobre otra vez."},
    {Refusal::storage_low, "This device's storage is full. Use another till and call a supervisor.",
     "La memoria de este dispositivo está llena. Use otra caja y avise al supervisor."},
    {Refusal::no_dispatch,
     "Say which dispatch this is: none, or more than one, is on its way here.",
     "Diga de qué envío se trata: no hay ninguno en camino, o hay más de uno."},
    {Refusal::shift_open, "A shift is open on this till. Close it first.",
     "Hay un turno abierto en esta caja. Ciérrelo primero."},
    {Refusal::shift_needed, "No shift is open on this till. Open one first.",
     "No hay ningún turno abierto en esta caja. Abra uno primero."},
    {Refusal::age_check_needed, "Is the customer old enough? Look, and confirm that you did.",
     "¿Tiene edad el cliente? Compruébelo y confirme que lo ha hecho."},
    {Refusal::tip_check_needed, "The tip is more than the goods. Confirm that it is meant.",
     "La propina es mayor que la compra. Confirme que es correcta."},
    {Refusal::deposit_unknown,
     "Not so many deposits are known here. Give cash, or let this till meet another one first.",
     "Aquí no constan tantas fianzas. Devuelva en efectivo o deje que la caja se sincronice."},
    {Refusal::meals_used_up, "No crew meals are left on this band, as far as is known here.",
     "A esta pulsera no le quedan comidas de equipo, según consta aquí."},
    {Refusal::part_used, "This part payment belongs to a sale already. Void that sale first.",
     "Este pago parcial ya es de una venta. Anule antes esa venta."},
    {Refusal::device_revoked,
     "This device was revoked: nothing it writes counts. Use another one and call a supervisor.",
     "Este dispositivo está revocado: lo que registre no cuenta. Use otro y avise al supervisor."},
    {Refusal::already_blocked, "This band is blocked already.", "Esta pulsera ya está bloqueada."},
    {Refusal::already_replaced,
     "Another band has taken this one's place already. Block that one first if it is lost too.",
     "Otra pulsera ya sustituye a esta. Si también se ha perdido, bloquéela primero."},
    {Refusal::block_not_everywhere,
     "The old band is blocked. Its money can follow once every till knows: ask again later.",
     "La pulsera vieja está bloqueada. Su saldo se pasará cuando lo sepan todas las cajas: "
     "inténtelo más tarde."},
    {Refusal::voucher_invalid, "This is no good voucher. Keep it and call a supervisor.",
     "Este vale no es válido. Reténgalo y avise al supervisor."},
    {Refusal::voucher_used, "This voucher was spent already.", "Este vale ya se ha usado."},
    {Refusal::voucher_rest,
     "The voucher is worth more than the goods, and the rest is lost. Ask the customer first.",
     "El vale vale más que la compra y el resto se pierde. Pregunte antes al cliente."},
    {Refusal::chip_unfit, "This chip may not carry money. Use a band of this festival.",
     "Este chip no puede llevar dinero. Use una pulsera de este festival."},
    {Refusal::band_unfinished,
     "This band was never finished. Take it back to where bands are made; give out another.",
     "Esta pulsera no se terminó de crear. Devuélvala a quien las hace y entregue otra."},
    {Refusal::band_keys_missing,
     "This device has not the keys for that on bands with a chip. Call a supervisor.",
     "Este dispositivo no tiene las claves para eso en pulseras con chip. Avise al supervisor."},
};

struct DoorRow {
  const char* code;
  const char* en;
  const char* es;
};

// What a door says no to before any rule is asked.
constexpr DoorRow door_rows[] = {
    {"no-band", "There is no band on the reader.", "No hay ninguna pulsera en el lector."},
    {"several-bands", "There is more than one band on the reader. Leave one.",
     "Hay más de una pulsera en el lector. Deje solo una."},
    {"not-a-staff-band", "This is not a staff band. Put yours on the reader.",
     "No es una pulsera de personal. Acerque la suya."},
    {"not-a-customer-band", "This is a staff band. It cannot pay.",
     "Es una pulsera de personal. No sirve para pagar."},
    {"sign-in-refused", "That does not fit. Try again, or ask a supervisor.",
     "No coincide. Inténtelo otra vez o pregunte a un supervisor."},
    {"locked-out", "Too many tries. Wait, or ask a supervisor.",
     "Demasiados intentos. Espere o pregunte a un supervisor."},
    {"wrong-passphrase", "That is not your passphrase.", "Esa no es su contraseña."},
    {"unknown-ask", "Nobody waits for this answer any more.", "Ya nadie espera esta respuesta."},
    {"not-an-approver", "This device, or you, may not say yes to this.",
     "Este dispositivo, o usted, no puede aprobar esto."},
    {"sign-in-needed", "Sign in first.", "Inicie sesión primero."},
    {"request-forged", "This request did not come from this device's own page. Load it again.",
     "La petición no viene de la página de este dispositivo. Vuelva a cargarla."},
    {"not-found", "There is nothing at this address.", "No hay nada en esta dirección."},
    {"unknown-event", "No such event about goods or drawers is held here.",
     "Aquí no consta ese evento de género o de cajones."},
    {"too-large", "That is too much at once.", "Es demasiado de una vez."},
    {"busy", "This device is busy. Try again in a moment.",
     "El dispositivo está ocupado. Inténtelo en un momento."},
    {"bad-input", "This request cannot be understood.", "La petición no se entiende."},
    {"internal", "This device has a fault. Call a supervisor.",
     "El dispositivo ha fallado. Avise al supervisor."},
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

const char* door_text(std::string_view code, Language language) {
  for (const auto& row : door_rows) {
    if (row.code == code) return language == Language::es ? row.es : row.en;
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
