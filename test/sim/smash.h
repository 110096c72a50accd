// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "test/sim/smash_crowd.h"

// What bands tell of a till that sold for an hour while it was cut off, and was smashed with its
// home: tills, desk and hub of one zone by the product's own rules, bands, sessions and fold, and
// the neighbours bring what they have seen to the hub when the day is over.
namespace verbena::sim {

struct SmashOptions {
  std::uint64_t seed = 1;
  std::uint64_t tills = 100;  // smashed, each on a day and ground of its own
  CrowdOptions crowd;
};

constexpr std::size_t sales_near_the_end = 20;  // of which p is taken

struct SmashedTill {
  std::uint64_t sales = 0;  // since anybody heard it
  std::int64_t unwitnessed_minor = 0;
  std::int64_t priced_minor = 0;    // of that, by what the hub says it misses of this till
  std::int64_t told_minor = 0;      // sold up to the last sale whose band was seen elsewhere later
  std::int64_t charged_minor = 0;   // what the hub says that purses have paid there
  std::int64_t paid_minor = 0;      // sold to bands that were seen elsewhere later
  std::uint64_t unknown_sales = 0;  // the last, which no band told of
  std::uint64_t seen_in_hour = 0;   // sales whose band was seen elsewhere later
  std::uint64_t seen_near_end = 0;  // of the last sales_near_the_end

  std::int64_t unknown_minor() const { return unwitnessed_minor - priced_minor; }
};

// Figures are statistics about money, in minor units, not money.
struct SmashResult {
  std::vector<SmashedTill> tills;
  std::vector<std::string> unexpected;  // what was refused, or is on the hub and cannot be

  // The hub says to the cent what could be known, of every till, and nothing unexpected.
  bool passed() const;
  std::uint64_t sales() const;
  std::int64_t unwitnessed_minor() const;
  std::int64_t unknown_minor() const;
  double priced_share() const;
  // How probably a sale is seen again: of the last, and of the whole hour.
  double p() const;
  double p_hour() const;
  double mean_ticket_minor() const;
  double mean_unknown_minor() const;
  double standard_error_minor() const;  // of that mean
  // (1 - p) / p tickets: what is sold after the last sale that is seen again, where each is so with
  // probability p (a geometric distribution).
  double formula_minor() const;
};

// The seed and the build decide every byte.
SmashResult run_smash(const SmashOptions& options);

std::string smash_json(const SmashOptions& options, const SmashResult& result);

}  // namespace verbena::sim
