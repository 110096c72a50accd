// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

// The reports as tables for spreadsheets (RFC 4180), from their JSON.
namespace verbena::node {

std::string sheets_csv(const nlohmann::ordered_json& object);
std::string findings_csv(const nlohmann::ordered_json& object);
std::string settlements_csv(const nlohmann::ordered_json& object);

}  // namespace verbena::node
