// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "ledger/core/bytes.h"
#include "schemas/sync.pb.h"

// Moves frames. What they mean is the session's matter.
namespace verbena::replication {

using LinkId = std::uint64_t;

// What is sent arrives in order and once, until the link closes.
class Link {
 public:
  virtual ~Link() = default;
  virtual LinkId id() const = 0;
  virtual const std::string& address() const = 0;  // dialled links only
  virtual const ledger::Hash& peer() const = 0;    // the peer's certificate, as TLS proved it
  virtual void send(schemas::Frame frame) = 0;
  virtual void read_next() = 0;  // a link delivers one frame at a time
  virtual void close() = 0;
};

// Where a transport delivers; called from any thread, must not block.
class Inbox {
 public:
  virtual ~Inbox() = default;
  virtual void opened(std::shared_ptr<Link> link) = 0;
  virtual void received(LinkId link, schemas::Frame frame) = 0;
  virtual void closed(LinkId link, const std::string& address, const std::string& reason) = 0;
};

class Transport {
 public:
  virtual ~Transport() = default;
  virtual void dial(const std::string& address) = 0;
};

}  // namespace verbena::replication
