#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "mproc/base/bytes.hpp"
#include "mproc/base/ids.hpp"
#include "mproc/base/shared_bytes.hpp"
#include "mproc/comm/channel.hpp"

namespace mproc::comm {

/// Payloads that ranks of this node open where the sender has them, which keeps them until they are taken.
class Loans {
 public:
  /// Returns what to send in the place of body and payload.
  base::Bytes lend(base::Rank to, const base::Bytes& body, base::SharedBytes payload);
  /// The receiver holds the payload of that number.
  void taken(std::uint64_t number) { lent_.erase(number); }
  bool any() const { return !lent_.empty(); }
  void forget(base::Rank to);

 private:
  std::map<std::uint64_t, std::pair<base::Rank, base::SharedBytes>> lent_;
  std::uint64_t last_ = 0;
};

struct Borrowed {
  Message message;
  std::uint64_t number;  // what to tell the sender
};

/// Opens what another rank's lend() speaks of. Nothing when that process has ended; SystemError when the
/// memory cannot be opened for another reason.
std::optional<Borrowed> borrow(base::Rank from, const base::Bytes& lent);

}  // namespace mproc::comm
