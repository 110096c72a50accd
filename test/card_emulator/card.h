// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "ledger/core/bytes.h"

// Chips as pure state machines: a command in, an answer out, and a field that can fail at any
// point. Persistent memory outlives the field, volatile memory does not.
namespace verbena::test {

// Where the tag is torn from the field; commands and writes count from 0 since `Field::place`.
struct Tear {
  enum class At { nowhere, before_command, after_command, in_write };
  // What a byte holds that was to be programmed and was not.
  enum class Rest { old, erased, noise };
  At at = At::nowhere;
  std::size_t count = 0;
  std::size_t bytes = 0;  // in_write: programmed before the power failed
  Rest rest = Rest::old;
};

// The reader's field, seen from the chip.
class Field {
 public:
  void place(Tear tear = {});  // the chip comes into the field
  void leave() { here_ = false; }
  bool here() const { return here_; }

  bool begin_command();  // false: torn before it
  bool end_command();    // false: done, and torn before the answer
  // Programs persistent memory; false: torn meanwhile.
  bool program(char* at, std::string_view bytes);

  // Something that the chip does whole or not at all: what was done, and whether the field held.
  struct Atomic {
    bool done = true, torn = false;
  };
  Atomic atomic();

  std::size_t commands() const { return commands_; }
  std::size_t writes() const { return write_bytes_.size(); }
  // How long each write was; 1: it is done whole or not at all.
  const std::vector<std::size_t>& write_bytes() const { return write_bytes_; }

 private:
  Tear tear_;
  bool here_ = true;
  std::size_t commands_ = 0;
  std::vector<std::size_t> write_bytes_;
};

// Every place at which what took so many commands and writes can be torn: before and after each
// command, and at each byte of each write, whose other bytes keep what they held or hold noise.
// A write that is done whole is torn before its first byte, nothing of it, or later, all of it.
// Without `each_byte` a longer write is torn before its first, at its middle and after its last.
std::vector<Tear> tears_of(const Field& field, bool each_byte = true);

// What is in the field of a reader, as the computer sees it through PC/SC.
class Card {
 public:
  virtual ~Card() = default;
  virtual ledger::Bytes atr() const = 0;
  // The field goes on or off; either way volatile memory is lost.
  virtual void power(bool on) = 0;
  // Empty: torn from the field, and so is everything until it is placed again.
  virtual std::optional<ledger::Bytes> apdu(std::string_view command) = 0;
  virtual Field& field() = 0;
};

}  // namespace verbena::test
