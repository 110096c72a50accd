// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "node/http/parts.h"

namespace verbena::node::http {

// The HTTP door for browsers on the ground (docs/http.md): screens, sign-in, the till's intents,
// the wall and what is live.
class Door {
 public:
  static ledger::Result<std::unique_ptr<Door>> open(const std::string& address, DoorParts parts);
  virtual ~Door() = default;
  virtual const std::string& address() const = 0;
  virtual void stop() = 0;
};

}  // namespace verbena::node::http
