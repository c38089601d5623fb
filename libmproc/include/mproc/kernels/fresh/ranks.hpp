#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace mproc::kernels::fresh {

/// A sample in ascending order, which the rank tests have in common. Rows are counted from 0, of which there
/// may be 2^32. Infinities are values like others, -0.0 is 0.0; NaN must not be there.
struct Ascending {
  std::vector<std::uint32_t> rows;  ///< by value; rows of equal values in their own order
  std::vector<std::size_t> ends;    ///< of each run of equal values, the place in `rows` behind its last
};

Ascending ascending(std::span<const double> values);

/// What tests need of ties: sums over the runs of equal values, t being a run's length.
struct Ties {
  std::int64_t pairs = 0;  ///< t(t-1)/2
  double triples = 0;      ///< t(t-1)(t-2)
  double weighted = 0;     ///< t(t-1)(2t+5)
  double cubes = 0;        ///< t^3-t
};

Ties ties(const Ascending& sample);

/// For each group the sum of its rows' ranks, which count from 1; equal values share the mean of their ranks.
/// `groups`: each row's group, below `count`. Exact up to 2^26 rows.
std::vector<double> rank_sums(const Ascending& sample, std::span<const std::uint32_t> groups,
                              std::size_t count);

}  // namespace mproc::kernels::fresh
