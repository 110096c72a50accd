// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/store/store.h"

// Which heads of a log a store keeps besides the newest: often enough that what lies between two of
// them is always small enough to be sent, whoever signed how rarely.
namespace verbena::ledger {

constexpr std::size_t kept_bytes = 32 << 10;

// Bytes of events behind the newest kept head.
class KeptHeads {
 public:
  // Called for each append: whether the head before it is kept.
  bool keeps_previous(std::uint64_t previous_size, const LogRun& append) {
    std::size_t bytes = 0;
    for (const auto& event : append.events) bytes += event.size();
    const bool keeps = previous_size != 0 && (starts_stride(previous_size, append.head.size) ||
                                              loose_bytes_ + bytes > kept_bytes);
    loose_bytes_ = keeps ? bytes : loose_bytes_ + bytes;
    return keeps;
  }
  // After a reopen nobody knows: the next head is kept.
  void forget() { loose_bytes_ = kept_bytes; }

 private:
  std::size_t loose_bytes_ = 0;
};

}  // namespace verbena::ledger
