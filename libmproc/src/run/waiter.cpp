#include "mproc/run/waiter.hpp"

#include <algorithm>

#include "mproc/base/time.hpp"

namespace mproc::run {
namespace {

using namespace std::chrono_literals;

constexpr auto spin = 20us;
constexpr std::chrono::nanoseconds transfer_nap = 50us, longest_nap = 1ms;
// MPI may hold a message back in a queue of the sender's, so even a sleeper looks now and then.
constexpr auto longest_sleep = 100ms;

}  // namespace

void Waiter::rest(bool worked, const std::vector<base::Rank>& peers, std::int64_t until) {
  if (worked) {
    idle_since_ = 0;
    return;
  }
  const std::int64_t now = base::monotonic_ns();
  if (idle_since_ == 0) idle_since_ = now;
  const std::chrono::nanoseconds idle(now - idle_since_), most(std::max<std::int64_t>(until - now, 0));
  const bool all_ring =
      std::all_of(peers.begin(), peers.end(), [&](base::Rank r) { return channel_.rings(r); });
  if (!channel_.busy() && all_ring)
    return bell_.wait(seen_, std::min<std::chrono::nanoseconds>(longest_sleep, most));
  if (idle < spin) return;
  const auto nap = channel_.busy()
                       ? transfer_nap
                       : std::clamp<std::chrono::nanoseconds>(idle / 20, transfer_nap, longest_nap);
  bell_.wait(seen_, std::min(nap, most));
}

}  // namespace mproc::run
