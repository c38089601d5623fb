#include "mproc/base/fast_clock.hpp"

#include <fstream>
#include <string>

namespace mproc::base {
namespace {

constexpr std::int64_t least_ns = 10'000'000;  // that a rate is measured over

/// The kernel does not count ticks where they are not steady, or not the same on all cores.
bool kernel_counts_ticks() {
#ifdef __x86_64__
  std::ifstream file("/sys/devices/system/clocksource/clocksource0/current_clocksource");
  std::string name;
  return file >> name && name == "tsc";
#else
  return false;
#endif
}

}  // namespace

FastClock::FastClock()
    : start_ns_(monotonic_ns()), start_ticks_(ticks()), ns_per_tick_(rate(start_ns_, start_ticks_)) {}

double FastClock::rate(std::int64_t now_ns, std::uint64_t now_ticks) {
  static const bool counts = kernel_counts_ticks();
  static const std::int64_t first_ns = now_ns;
  static const std::uint64_t first_ticks = now_ticks;
  if (!counts || now_ns - first_ns < least_ns || now_ticks <= first_ticks) return 0;
  return static_cast<double>(now_ns - first_ns) / static_cast<double>(now_ticks - first_ticks);
}

}  // namespace mproc::base
