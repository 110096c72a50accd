// SPDX-License-Identifier: Apache-2.0
// A chip in the virtual reader of a running pcscd, moved by commands on standard input:
//   vpcd_card CHIP [PORT] [IMAGE]
// CHIP is ntag215, ntag216, ntag424, desfire-light, desfire-ev3 or desfire-ev1; IMAGE is a band to
// put on an NTAG21x first.
//   in | out | tear before N | tear after N | tear write N BYTES | memory | flip FILE BYTE
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

const std::map<std::string, test::SmartCard (*)(ledger::Random&)> smart_cards = {
    {"ntag424", test::SmartCard::ntag424},
    {"desfire-light", test::SmartCard::desfire_light},
    {"desfire-ev3", test::SmartCard::desfire_ev3},
    {"desfire-ev1", test::SmartCard::desfire_ev1}};

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
  const auto with_keys = smart_cards.find(kind);
  const bool has_pages = kind == "ntag215" || kind == "ntag216";
  if ((!has_pages && with_keys == smart_cards.end()) || port == 0 || port > 0xffff) {
    std::cerr << "usage: vpcd_card CHIP [PORT] [IMAGE]\n";
    return 2;
  }
  ledger::SystemRandom random;
  test::NtagCard pages(kind == "ntag215" ? test::Ntag::Model::ntag215 : test::Ntag::Model::ntag216);
  test::SmartCard smart = has_pages ? test::SmartCard::ntag424(random) : with_keys->second(random);
  test::Card& card = has_pages ? static_cast<test::Card&>(pages) : smart;
  if (count > 3 && (!has_pages || !write_band(card, words[3]))) return 2;
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
    } else if (command == "flip") {
      int file = 0;
      std::size_t at = 0;
      rest >> file >> at;
      const bool there = smart.files.contains(file) && at < smart.files[file].data.size();
      if (there) smart.files[file].data[at] ^= 1;
      std::cout << (there ? "flipped" : "no such byte") << std::endl;
    } else if (command == "memory") {
      if (has_pages) std::cout << ledger::hex(pages.chip.memory) << std::endl;
      for (const auto& [number, file] : smart.files) {
        if (!has_pages) std::cout << number << " " << ledger::hex(file.data) << std::endl;
      }
    } else {
      std::cout << "in, out, tear, memory or flip" << std::endl;
    }
  }
}
