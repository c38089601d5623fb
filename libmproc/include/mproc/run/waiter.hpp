#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "mproc/base/doorbell.hpp"
#include "mproc/comm/channel.hpp"

namespace mproc::run {

/// How a rank waits when it has nothing to do: asleep on its doorbell where every peer it waits for rings it;
/// else it spins for a moment and then naps, briefly while a message is under way, longer the longer it is
/// idle.
class Waiter {
 public:
  static constexpr std::int64_t no_time = std::numeric_limits<std::int64_t>::max();

  Waiter(base::Doorbell& bell, comm::Channel& channel) : bell_(bell), channel_(channel) {}
  /// Before looking for work.
  void look() { seen_ = bell_.count(); }
  /// After looking: `worked` says whether there was anything. `peers`: whose messages are waited for. Not
  /// beyond `until`, monotonic ns.
  void rest(bool worked, const std::vector<base::Rank>& peers, std::int64_t until = no_time);

 private:
  base::Doorbell& bell_;
  comm::Channel& channel_;
  std::uint32_t seen_ = 0;
  std::int64_t idle_since_ = 0;  // monotonic ns; 0 = not idle
};

}  // namespace mproc::run
