#include "node_peers.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstring>
#include <random>

#include "mproc/base/error.hpp"

namespace mproc::comm {

struct NodePeers::Address {
  std::int64_t pid = 0;
  std::int64_t fd = 0;
  std::uint64_t token = 0;
};

base::Fd open_of_process(std::int64_t pid, std::int64_t fd, int flags) {
  return base::Fd(::open(fmt::format("/proc/{}/fd/{}", pid, fd).c_str(), flags | O_CLOEXEC));
}

NodePeers::NodePeers(const base::SharedMemory& bell) : own_(*bell.as<Page>()), own_fd_(bell.fd()) {
  MPROC_ASSERT(bell.size() >= sizeof(Page), "doorbell memory of {} bytes", bell.size());
  own_.token = std::random_device{}() | std::uint64_t{std::random_device{}()} << 32;
}

base::Bytes NodePeers::address() const {
  base::Bytes bytes;
  base::append_pod(bytes, Address{::getpid(), own_fd_, own_.token});
  return bytes;
}

void NodePeers::meet(base::Rank peer, const base::Bytes& bytes) {
  Address address;
  if (bytes.size() != sizeof address) return;
  std::memcpy(&address, bytes.data(), sizeof address);
  base::Fd fd = open_of_process(address.pid, address.fd, O_RDWR);
  if (!fd) return;
  try {
    auto memory = base::SharedMemory::open(std::move(fd));
    if (memory.size() < sizeof(Page) || memory.as<Page>()->token != address.token) return;
    bells_[peer] = std::move(memory);
    pids_[peer] = static_cast<int>(address.pid);
  } catch (const base::SystemError&) {
    // Not memory at all: that pid is another process, on another node.
  }
}

std::optional<int> NodePeers::pid(base::Rank peer) const {
  const auto found = pids_.find(peer);
  return found == pids_.end() ? std::nullopt : std::optional(found->second);
}

void NodePeers::ring(base::Rank peer) const {
  if (const auto found = bells_.find(peer); found != bells_.end()) found->second.as<base::Doorbell>()->ring();
}

}  // namespace mproc::comm
