#pragma once

#include <optional>

#include "mproc/base/bytes.hpp"
#include "mproc/base/doorbell.hpp"
#include "mproc/base/ids.hpp"
#include "mproc/base/shared_bytes.hpp"

namespace mproc::comm {

struct Message {
  base::Rank from;
  base::Bytes body;
  base::SharedBytes payload;
};

/// Whole messages between the ranks of a session: in order between any two ranks, of any size, never
/// blocking. A message's bulk may be a payload in shared memory: ranks of a node get that memory, others get
/// its bytes into memory of their own. One thread a rank.
class Channel {
 public:
  virtual ~Channel() = default;
  virtual base::Rank self() const = 0;
  virtual int size() const = 0;
  /// Takes the message over. It is on its way when receive() is called next: small ones to a rank go
  /// together.
  virtual void send(base::Rank to, base::Bytes body, base::SharedBytes payload = {}) = 0;
  /// The next message that has arrived, if any. Makes progress on everything under way.
  virtual std::optional<Message> receive() = 0;
  /// Whether a message is under way in either direction, so that receive() must be called soon.
  virtual bool busy() const = 0;
  /// Whether a peer rings our doorbell after it has sent: then one may sleep on it instead of polling.
  virtual bool rings(base::Rank peer) const = 0;
  /// The peer's process id, where it is known to live on this host.
  virtual std::optional<int> local_pid(base::Rank peer) const = 0;
  /// The peer is dead: drops what is under way to it and ignores what comes from it.
  virtual void forget(base::Rank peer) = 0;
};

}  // namespace mproc::comm
