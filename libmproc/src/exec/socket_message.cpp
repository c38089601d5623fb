#include "mproc/exec/socket_message.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "mproc/base/error.hpp"
#include "mproc/base/shared_memory.hpp"

namespace mproc::exec {
namespace {

constexpr std::size_t max_fds = 8;

struct Record {
  std::uint32_t type, slot;
  std::int64_t value;
  std::uint64_t payload_bytes;
};

base::SharedMemory in_memory(base::ByteView payload) {
  auto memory = base::SharedMemory::create("mproc-message", payload.size());
  std::memcpy(memory.data(), payload.data(), payload.size());
  return memory;
}

void take_fds(const msghdr& header, std::vector<base::Fd>& fds) {
  for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(const_cast<msghdr*>(&header), c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    std::array<int, max_fds> raw{};
    std::memcpy(raw.data(), CMSG_DATA(c), n * sizeof(int));
    for (std::size_t i = 0; i < n; ++i) fds.emplace_back(raw.at(i));
  }
}

}  // namespace

SocketPair make_socket_pair() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
    throw base::SystemError("cannot make a socket pair", errno);
  return {base::Fd(ends[0]), base::Fd(ends[1])};
}

namespace {

bool transmit(int socket, const SocketMessage& message, const std::vector<int>& fds, int flags) {
  base::SharedMemory content;
  std::vector<int> all = fds;
  if (!message.payload.empty()) {
    content = in_memory(message.payload);
    all.push_back(content.fd());
  }
  MPROC_ASSERT(all.size() <= max_fds, "{} descriptors in one message", all.size());
  Record record{message.type, message.slot, message.value, message.payload.size()};
  iovec part{&record, sizeof record};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(max_fds * sizeof(int))> control{};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (!all.empty()) {
    header.msg_control = control.data();
    header.msg_controllen = CMSG_SPACE(all.size() * sizeof(int));
    cmsghdr* c = CMSG_FIRSTHDR(&header);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(all.size() * sizeof(int));
    std::memcpy(CMSG_DATA(c), all.data(), all.size() * sizeof(int));
  }
  ssize_t n = 0;
  do n = ::sendmsg(socket, &header, MSG_NOSIGNAL | flags);
  while (n < 0 && errno == EINTR);
  return n >= 0;
}

}  // namespace

bool send_message(int socket, const SocketMessage& message, const std::vector<int>& fds) {
  return transmit(socket, message, fds, 0);
}

bool offer_message(int socket, const SocketMessage& message, const std::vector<int>& fds) {
  return transmit(socket, message, fds, MSG_DONTWAIT) || errno == EPIPE || errno == ECONNRESET;
}

bool send_descriptor(int socket, int fd) {
  return transmit(socket, {}, {fd}, MSG_DONTWAIT);
}

base::Fd receive_descriptor(int socket) {
  SocketMessage message;
  if (receive_message(socket, message, false) != Received::message || message.fds.size() != 1)
    throw base::DecodeError("a descriptor that was announced has not come");
  return std::move(message.fds.front());
}

Received receive_message(int socket, SocketMessage& message, bool wait) {
  Record record{};
  iovec part{&record, sizeof record};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(max_fds * sizeof(int))> control{};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  ssize_t n = 0;
  do n = ::recvmsg(socket, &header, MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT));
  while (n < 0 && errno == EINTR);
  if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return Received::nothing;
  if (n != sizeof record) return Received::closed;
  message = {record.type, record.slot, record.value, {}, {}};
  take_fds(header, message.fds);
  if (record.payload_bytes > 0) {
    if (message.fds.empty()) throw base::DecodeError("message without its content");
    const auto content = base::SharedMemory::open(std::move(message.fds.back()));
    message.fds.pop_back();
    if (content.size() < record.payload_bytes) throw base::DecodeError("message with its content cut off");
    base::append(message.payload, content.data(), record.payload_bytes);
  }
  return Received::message;
}

}  // namespace mproc::exec
