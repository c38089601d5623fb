#pragma once

#include <cstdint>

#include "mproc/base/time.hpp"

namespace mproc::base {

/// monotonic_ns() for what asks often, at less than half the cost: counts the processor's ticks from when it
/// is made, where the kernel's own clock counts them too. It may be off by some parts in 100,000 of its age,
/// and by what the machine slept.
class FastClock {
 public:
  FastClock();
  std::int64_t now_ns() const {
    if (ns_per_tick_ == 0) return monotonic_ns();
    return start_ns_ + static_cast<std::int64_t>(static_cast<double>(ticks() - start_ticks_) * ns_per_tick_);
  }

 private:
  static std::uint64_t ticks() {
#ifdef __x86_64__
    return __builtin_ia32_rdtsc();
#else
    return 0;
#endif
  }
  /// 0: not known, or not yet.
  static double rate(std::int64_t now_ns, std::uint64_t now_ticks);

  std::int64_t start_ns_;
  std::uint64_t start_ticks_;
  double ns_per_tick_;
};

}  // namespace mproc::base
