// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>
#include <thread>

#include "test/card_emulator/card.h"

// A card behind vsmartcard's virtual reader (vpcd), so that a real pcscd shows it to real clients.
// Protocol: doc/api.txt of vsmartcard's virtualsmartcard.
namespace verbena::test {

constexpr std::uint16_t vpcd_port = 35963;  // of the first slot of the first reader

// One slot of the virtual reader. The card is in its field as long as the connection stands.
class VpcdLink {
 public:
  explicit VpcdLink(std::uint16_t port = vpcd_port) : port_(port) {}
  ~VpcdLink() { remove(); }

  // `card` must outlive its stay. False: nobody listens there.
  bool insert(Card& card, Tear tear = {});
  void remove();
  bool inserted();  // false also once the card was torn away

 private:
  void serve(Card& card, int socket);

  const std::uint16_t port_;
  std::mutex mutex_;
  int socket_ = -1;
  std::thread thread_;
};

}  // namespace verbena::test
