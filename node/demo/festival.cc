// SPDX-License-Identifier: Apache-2.0
#include "node/demo/festival.h"

namespace verbena::node {

namespace {

struct Product {
  const char* sku;
  const char* es;
  const char* en;
  const char* price;
};
constexpr Product products[] = {
    {"beer-50", "Cerveza 50 cl", "Beer 50 cl", "4.50"},
    {"water", "Agua", "Water", "2.00"},
    {"tinto", "Tinto de verano", "Wine and soda", "5.00"},
    {"bocadillo", "Bocadillo", "Sandwich", "6.50"},
};

}  // namespace

std::string demo_festival(int pos) {
  std::string out =
      "name = \"Feria de la Verbena\"\nid = \"feria-demo\"\ncurrency = \"EUR\"\n"
      "time_zone = \"Europe/Madrid\"\nlanguage = \"es\"\n"
      "[limits]\npurse_max = \"150.00\"\noffline_max = \"50.00\"\nunwitnessed_count = 60\n"
      "unwitnessed_value = \"600.00\"\nvoid_without_approval = \"20.00\"\n";
  std::string skus;
  for (const auto& product : products) {
    out += std::string("[[item]]\nsku = \"") + product.sku + "\"\nname = { es = \"" + product.es +
           "\", en = \"" + product.en + "\" }\nprice = \"" + product.price +
           "\"\ntax_percent = \"10\"\n";
    skus += std::string(skus.empty() ? "\"" : ", \"") + product.sku + "\"";
  }
  for (int i = 1; i <= pos; ++i) {
    out += "[[stand]]\nname = \"barra-" + std::to_string(i) + "\"\nzone = \"" +
           (i <= pos / 2 ? "norte" : "sur") + "\"\nitems = [" + skus + "]\n";
  }
  return out + std::string(demo_staff);
}

}  // namespace verbena::node
