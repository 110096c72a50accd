// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "test/card_emulator/card.h"

// NTAG215 and NTAG216 as their data sheet describes them, and the reader in front of them.
namespace verbena::test {

// The chip: native commands, without checksums.
class Ntag {
 public:
  enum class Model { ntag215, ntag216 };
  explicit Ntag(Model model);

  void power();
  // One byte below 0x10 is a NAK; empty: torn.
  std::optional<ledger::Bytes> command(std::string_view bytes);

  // Persistent memory, for looking into and for configuring.
  ledger::Bytes memory;
  std::uint32_t counter = 0;  // of reads, 24 bits
  Field field;

  std::size_t pages() const { return memory.size() / 4; }
  std::size_t config_page() const { return pages() - 4; }
  ledger::Bytes uid() const;
  // AUTH0 and what it protects: writes, or reads as well.
  void protect(std::uint8_t first_page, bool reads_too, std::string_view password,
               std::string_view pack, std::uint8_t failures_max = 0);

 private:
  ledger::Bytes nak(std::uint8_t why);
  bool guarded(std::size_t page, bool writing) const;
  ledger::Bytes page(std::size_t number) const;
  std::optional<ledger::Bytes> read(std::string_view bytes);
  std::optional<ledger::Bytes> write(std::string_view bytes);
  ledger::Bytes authenticate(std::string_view bytes);
  void count_read();

  const Model model_;
  std::uint8_t failures_ = 0;  // persistent
  bool authenticated_ = false, counted_ = false, halted_ = false;
};

// The chip in a reader's field: pseudo-APDUs of PC/SC part 3 in, native commands to the chip.
class NtagCard final : public Card {
 public:
  // What the reader's firmware lets through beside READ and WRITE.
  enum class Reader { plain, transparent, pn53x };
  explicit NtagCard(Ntag::Model model, Reader reader = Reader::transparent)
      : chip(model), reader_(reader) {}

  Ntag chip;

  ledger::Bytes atr() const override;
  void power(bool on) override;
  std::optional<ledger::Bytes> apdu(std::string_view command) override;
  Field& field() override { return chip.field; }

 private:
  std::optional<ledger::Bytes> firmware(std::string_view command);
  std::optional<ledger::Bytes> transparent(std::string_view data);
  std::optional<ledger::Bytes> through_pn53x(std::string_view data);

  const Reader reader_;
};

}  // namespace verbena::test
