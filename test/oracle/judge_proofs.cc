// SPDX-License-Identifier: Apache-2.0
// What our code says of proof files: reads lines FINGERPRINT FILE-IN-HEX, answers each with
// "accept" or "refuse".
#include <iostream>

#include "ledger/proof.h"

using namespace verbena::ledger;

int main() {
  std::ios::sync_with_stdio(false);
  std::string fingerprint, text;
  while (std::cin >> fingerprint >> text) {
    const auto file = unhex(text);
    const bool proven = file && verify_proof(*file, fingerprint).ok();
    std::cout << (proven ? "accept\n" : "refuse\n");
  }
  return 0;
}
