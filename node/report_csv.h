// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

// The reports as tables for spreadsheets (RFC 4180), from their JSON.
namespace verbena::node {

// These columns of each row, in their order.
std::string rows_csv(const std::vector<std::string>& columns, const nlohmann::ordered_json& rows);

std::string sheets_csv(const nlohmann::ordered_json& object);
std::string findings_csv(const nlohmann::ordered_json& object);
std::string settlements_csv(const nlohmann::ordered_json& object);

}  // namespace verbena::node
