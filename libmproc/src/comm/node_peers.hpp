#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "mproc/base/bytes.hpp"
#include "mproc/base/doorbell.hpp"
#include "mproc/base/fd.hpp"
#include "mproc/base/ids.hpp"
#include "mproc/base/shared_memory.hpp"

namespace mproc::comm {

/// A descriptor of another process of this node, opened here; empty with errno where that cannot be.
base::Fd open_of_process(std::int64_t pid, std::int64_t fd, int flags);

/// The other ranks of this node: their processes and doorbells. Ranks tell each other the address of their
/// doorbell; where it leads to the memory that it speaks of, they are on one node.
class NodePeers {
 public:
  /// `bell`: memory of this rank's Doorbell, which stays open for as long as this lives.
  explicit NodePeers(const base::SharedMemory& bell);
  /// What other ranks need to ring this one.
  base::Bytes address() const;
  /// Takes another rank's address. Of another node, or damaged, it is ignored.
  void meet(base::Rank peer, const base::Bytes& address);
  bool contains(base::Rank peer) const { return bells_.contains(peer); }
  /// Also of a peer that was forgotten.
  std::optional<int> pid(base::Rank peer) const;
  /// Nothing where the peer is of another node.
  void ring(base::Rank peer) const;
  void forget(base::Rank peer) { bells_.erase(peer); }

 private:
  /// What the memory of a doorbell holds.
  struct Page {
    base::Doorbell bell;  // first: executors know the page as a Doorbell alone
    std::uint64_t token;  // proves that what is found at an address is what was meant
  };
  struct Address;

  Page& own_;
  int own_fd_;
  std::map<base::Rank, base::SharedMemory> bells_;
  std::map<base::Rank, int> pids_;
};

}  // namespace mproc::comm
