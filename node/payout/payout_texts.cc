// SPDX-License-Identifier: Apache-2.0
#include "node/payout/payout_texts.h"

namespace verbena::node {

namespace {

struct Row {
  std::string_view code;
  const char* en;
  const char* es;
};

constexpr Row answers[] = {
    {"claim-noted", "Noted. The money goes out with the next payout.",
     "Anotado. El dinero sale con el próximo pago."},
    {"claim-refused", "Number and secret do not belong together. Look at the paper and try again.",
     "El número y la clave no se corresponden. Mire el papel e inténtelo otra vez."},
    {"claim-locked", "Too many tries. Ask the festival's office.",
     "Demasiados intentos. Pregunte en la oficina del festival."},
};

constexpr Row notices[] = {
    {"gap-credit", "topped up with nobody's event: the band shows it, the festival bears it",
     "recargado sin evento: lo muestra la pulsera y lo asume el festival"},
    {"gap-debit", "spent with nobody's event: the band shows it",
     "gastado sin evento: lo muestra la pulsera"},
    {"suspense", "taken in by who could not count any more; not in this balance, ask the desk",
     "cobrado por quien ya no contaba; no está en este saldo, pregunte al punto de recarga"},
    {"frozen", "the purse is blocked", "el monedero está bloqueado"},
    {"replaced", "left on a lost band that this one took the place of: paid with this one",
     "quedaba en una pulsera perdida que esta sustituyó: se paga con esta"},
    {"double-spend", "spent twice at one step: the band was copied",
     "gastado dos veces en un paso: se copió la pulsera"},
    {"overdrawn", "overdrawn: nobody is debited, the festival bears it",
     "en descubierto: no se cobra a nadie, lo asume el festival"},
    {"overpaid", "paid more than the books owe now: nobody is debited",
     "pagado más de lo que ahora se debe: no se cobra a nadie"},
    {"gift-unknown", "the band alone tells of its last step: what is left of gifts is unknown",
     "solo la pulsera cuenta su último paso: no se sabe qué queda de los regalos"},
    {"other-currency", "something is left in another currency, which is not paid here",
     "queda algo en otra moneda, que aquí no se paga"},
    {"never-used", "claimed, and in no log", "reclamado, y en ningún registro"},
    {"too-large", "too much for one transfer: pay it by hand",
     "demasiado para una transferencia: páguelo a mano"},
};

const char* in(const Row& row, Language language) {
  return language == Language::es ? row.es : row.en;
}

}  // namespace

const char* claim_code(ClaimWord word) {
  switch (word) {
    case ClaimWord::noted: return "claim-noted";
    case ClaimWord::refused: return "claim-refused";
    case ClaimWord::locked: return "claim-locked";
  }
  return "";
}

const char* claim_text(ClaimWord word, Language language) {
  for (const auto& row : answers) {
    if (row.code == claim_code(word)) return in(row, language);
  }
  return "";
}

std::string_view notice_text(std::string_view kind, Language language) {
  for (const auto& row : notices) {
    if (row.code == kind) return in(row, language);
  }
  return kind;
}

}  // namespace verbena::node
