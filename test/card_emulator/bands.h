// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "test/card_emulator/ntag.h"

// Bands for tests of readers: sealed as the product seals them, told apart by their counter.
namespace verbena::test {

// A band whose newest slot has this counter, and the other one the step before.
ledger::Bytes band_with(std::uint32_t counter);
// The counter of the newest slot whose seal is good; 0: there is none.
std::uint32_t counter_on(std::string_view image);

// An NTAG216 that holds the image.
NtagCard card_with(std::string_view image, NtagCard::Reader reader = NtagCard::Reader::transparent);
ledger::Bytes image_on(NtagCard& card);  // empty: no band

}  // namespace verbena::test
