#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "mproc/kernels/crossval/split.hpp"

namespace mproc::kernels::crossval {

/// Successive halving (K. Jamieson, A. Talwalkar, AISTATS 2016) as scikit-learn's HalvingGridSearchCV does
/// it: all candidates with little of a resource (samples, or a parameter such as the number of trees), then
/// one in `factor` of them with `factor` times as much, and so on.
struct HalvingSpec {
  std::uint64_t factor = 3;
  std::uint64_t min_resource = 1;  ///< what a candidate has in the first rung, at least
  std::uint64_t max_resource = 1;  ///< what it has in the last one, at most
  bool exhaust = true;  ///< begin with more, so that the last rung has as near to the most as it can
};

struct Rung {
  std::uint64_t candidates, resource;
  friend bool operator==(const Rung&, const Rung&) = default;
};

/// As many rungs as the resource allows, and of n candidates 1 + floor(log n / log factor) at most. That is
/// exact: scikit-learn's logarithm in floating point has one rung too few for n = 243 and factor = 3. Throws
/// UserError "PROBLEM; REMEDY".
std::vector<Rung> halving_rungs(std::uint64_t candidates, const HalvingSpec& spec);

/// scikit-learn's smallest min_resource where the resource is samples: 2·splits, for each class.
/// classes: 1 where the target is none of classes.
std::uint64_t smallest_samples(std::uint64_t splits, std::uint64_t classes);

/// The positions, ascending, of the `count` best means: those that go on to the next rung. Of equal means the
/// first ones; NaN (failed) is worse than any number.
std::vector<std::uint64_t> promoted(std::span<const double> means, std::uint64_t count);

/// The split where the resource is samples: of each side floor(size·resource/samples) at random, one at
/// least, in their order. With the same seed and number (the split's), more of the resource is the same
/// samples and others.
Split with_fewer_samples(const Split& split, std::uint64_t resource, std::uint64_t samples,
                         std::uint64_t seed, std::uint64_t number);

}  // namespace mproc::kernels::crossval
