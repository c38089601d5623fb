#pragma once

#include <cstddef>
#include <span>

namespace mproc::kernels::fresh {

// A part of a series: the values from begin up to end.
struct Segment {
  std::size_t begin, end;
};
// One of count segments as numpy.array_split cuts: the first n mod count of them are one longer.
Segment array_split(std::size_t n, std::size_t count, std::size_t segment);
// Cut at floor(i n / count), as KX cuts.
Segment floor_split(std::size_t n, std::size_t count, std::size_t segment);

// sum(x^2) over the segment / energy, which is that of all values (abs_energy); NaN where it is 0, or both
// are infinite.
double energy_ratio(std::span<const double> values, Segment segment, double energy);

}  // namespace mproc::kernels::fresh
