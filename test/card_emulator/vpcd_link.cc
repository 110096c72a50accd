// SPDX-License-Identifier: Apache-2.0
#include "test/card_emulator/vpcd_link.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace verbena::test {

using ledger::Bytes;

namespace {

constexpr char power_off = 0, power_on = 1, reset = 2, get_atr = 4;

void set(int socket, int option) {
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, option, &on, sizeof on);
}

// The reader sends a length and then what it counts, in two packets: without an acknowledgement at
// once its second packet waits 40 ms for ours.
bool receive(int socket, Bytes& out) {
  for (std::size_t have = 0; have < out.size();) {
    const ssize_t now = ::recv(socket, out.data() + have, out.size() - have, 0);
    if (now <= 0) return false;
    set(socket, TCP_QUICKACK);
    have += static_cast<std::size_t>(now);
  }
  return true;
}

bool answer(int socket, const Bytes& bytes) {
  Bytes message;
  ledger::put_u16(message, static_cast<std::uint16_t>(bytes.size()));
  message += bytes;  // one packet
  return ::send(socket, message.data(), message.size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(message.size());
}

}  // namespace

bool VpcdLink::insert(Card& card, Tear tear) {
  remove();
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port_);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    ::close(socket);
    return false;
  }
  set(socket, TCP_NODELAY);
  set(socket, TCP_QUICKACK);
  card.field().place(tear);
  {
    std::lock_guard lock(mutex_);
    socket_ = socket;
  }
  thread_ = std::thread([this, &card, socket] { serve(card, socket); });
  return true;
}

void VpcdLink::remove() {
  {
    std::lock_guard lock(mutex_);
    if (socket_ >= 0) ::shutdown(socket_, SHUT_RDWR);
  }
  if (thread_.joinable()) thread_.join();
}

bool VpcdLink::inserted() {
  std::lock_guard lock(mutex_);
  return socket_ >= 0;
}

void VpcdLink::serve(Card& card, int socket) {
  Bytes length(2, '\0');
  while (receive(socket, length)) {
    Bytes message(ledger::get_be(length), '\0');
    if (!receive(socket, message)) break;
    if (message.size() == 1) {
      const char control = message[0];
      if (control == get_atr && !answer(socket, card.atr())) break;
      if (control == power_off || control == power_on || control == reset) {
        card.power(control != power_off);
      }
      continue;
    }
    const auto out = card.apdu(message);
    if (!out || !answer(socket, *out)) break;
  }
  card.power(false);
  std::lock_guard lock(mutex_);
  ::close(socket);
  socket_ = -1;
}

}  // namespace verbena::test
