#include "mproc/kernels/fresh/energy.hpp"

#include <algorithm>
#include <limits>

#include "mproc/kernels/fresh/moments.hpp"

namespace mproc::kernels::fresh {

Segment array_split(std::size_t n, std::size_t count, std::size_t segment) {
  const std::size_t length = n / count, longer = n % count;
  const auto begin_of = [=](std::size_t i) { return i * length + std::min(i, longer); };
  return {begin_of(segment), begin_of(segment + 1)};
}

Segment floor_split(std::size_t n, std::size_t count, std::size_t segment) {
  // i n / count without overflow
  const auto begin_of = [=](std::size_t i) { return n / count * i + n % count * i / count; };
  return {begin_of(segment), begin_of(segment + 1)};
}

double energy_ratio(std::span<const double> values, Segment segment, double energy) {
  if (energy == 0) return std::numeric_limits<double>::quiet_NaN();
  return abs_energy(values.subspan(segment.begin, segment.end - segment.begin)) / energy;
}

}  // namespace mproc::kernels::fresh
