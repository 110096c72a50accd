// SPDX-License-Identifier: Apache-2.0
// A chip in the virtual reader of a running pcscd, moved by commands on standard input:
//   vpcd_card CHIP [PORT] [IMAGE]
// CHIP is ntag215, ntag216 or ntag424; IMAGE is a band to put on an NTAG21x first.
//   in | out | tear before N | tear after N | tear write N BYTES | memory
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>

#include "ledger/core/crypto.h"
#include "node/nfc/page_band.h"
#include "test/card_emulator/channel.h"
#include "test/card_emulator/ntag.h"
#include "test/card_emulator/smart_card.h"
#include "test/card_emulator/vpcd_link.h"

using namespace verbena;

namespace {

// "before 3", "after 3" or "write 3 2".
test::Tear read_tear(std::istringstream& words) {
  test::Tear tear;
  std::string at;
  words >> at >> tear.count >> tear.bytes;
  tear.at = at == "before"  ? test::Tear::At::before_command
            : at == "after" ? test::Tear::At::after_command
                            : test::Tear::At::in_write;
  return tear;
}

bool write_band(test::Card& card, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string image{std::istreambuf_iterator<char>(file), {}};
  test::CardChannel channel(card);
  auto chip = node::nfc::Ntag21x::open(channel);
  if (!chip) return false;
  const auto written = node::nfc::PageBand(*chip).write(image);
  if (!written) std::cerr << path << ": " << written.error().text << "\n";
  return written.ok();
}

}  // namespace

int main(int count, char** words) {
  const std::string kind = count > 1 ? words[1] : "";
  const auto port = count > 2 ? std::strtoul(words[2], nullptr, 10) : test::vpcd_port;
  const bool is_signed = kind == "ntag424";
  if ((kind != "ntag215" && kind != "ntag216" && !is_signed) || port == 0 || port > 0xffff) {
    std::cerr << "usage: vpcd_card ntag215|ntag216|ntag424 [PORT] [IMAGE]\n";
    return 2;
  }
  ledger::SystemRandom random;
  test::NtagCard pages(kind == "ntag215" ? test::Ntag::Model::ntag215 : test::Ntag::Model::ntag216);
  test::SmartCard smart = test::SmartCard::ntag424(random);
  test::Card& card = is_signed ? static_cast<test::Card&>(smart) : pages;
  if (count > 3 && (is_signed || !write_band(card, words[3]))) return 2;
  test::VpcdLink link(static_cast<std::uint16_t>(port));
  test::Tear tear;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream rest(line);
    std::string command;
    rest >> command;
    if (command == "in") {
      std::cout << (link.insert(card, std::exchange(tear, {})) ? "in" : "no reader") << std::endl;
    } else if (command == "out") {
      link.remove();
      std::cout << "out" << std::endl;
    } else if (command == "tear") {
      tear = read_tear(rest);
      std::cout << "armed for the next time in" << std::endl;
    } else if (command == "memory") {
      if (!is_signed) std::cout << ledger::hex(pages.chip.memory) << std::endl;
      for (const auto& [number, file] : smart.files) {
        if (is_signed) std::cout << number << " " << ledger::hex(file.data) << std::endl;
      }
    } else {
      std::cout << "in, out, tear or memory" << std::endl;
    }
  }
}
