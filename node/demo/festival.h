// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace verbena::node {

// Who may sign in on the demonstration's screens.
constexpr std::string_view demo_seller = "v001", demo_supervisor = "s001";
constexpr std::string_view demo_staff =
    "[[staff]]\nalias = \"v001\"\nroles = [\"vendor\"]\n"
    "[[staff]]\nalias = \"s001\"\nroles = [\"supervisor\"]\n";

// A festival file with so many stands, in two zones.
std::string demo_festival(int pos);

}  // namespace verbena::node
