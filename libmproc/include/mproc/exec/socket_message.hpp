#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "mproc/base/bytes.hpp"
#include "mproc/base/fd.hpp"

namespace mproc::exec {

/// A small record over a SOCK_SEQPACKET Unix socket, with file descriptors and, in a memfd, any amount of
/// content.
struct SocketMessage {
  std::uint32_t type = 0;
  std::uint32_t slot = 0;
  std::int64_t value = 0;
  base::Bytes payload;
  std::vector<base::Fd> fds;
};

struct SocketPair {
  base::Fd here;
  base::Fd there;
};
SocketPair make_socket_pair();

/// Sends a message (`fds` are lent). False when the other side is gone. Blocks while the socket is full.
bool send_message(int socket, const SocketMessage& message, const std::vector<int>& fds = {});

/// The same at once. False when it has to be sent again later: the socket is full, or the kernel lacks
/// something.
bool offer_message(int socket, const SocketMessage& message, const std::vector<int>& fds = {});

/// Sends a descriptor. False, at once, when the socket is full or the other side gone.
bool send_descriptor(int socket, int fd);
/// The next descriptor, which is there already. Throws DecodeError when it is not.
base::Fd receive_descriptor(int socket);

enum class Received { message, nothing, closed };
/// Takes one message; with `wait`, blocks until there is one.
Received receive_message(int socket, SocketMessage& message, bool wait);

}  // namespace mproc::exec
