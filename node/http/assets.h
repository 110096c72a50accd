// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

// The screens, built from node/web and kept in the binary. The table is made by
// scripts/embed_web.py.
namespace verbena::node::http {

struct Asset {
  std::string_view path;  // "/till.html", "/assets/till-1a2b.js"
  std::string_view type;
  std::string_view tag;   // entity tag: hash of the bytes
  std::string_view gzip;  // RFC 1952
};

std::span<const Asset> assets();

}  // namespace verbena::node::http
