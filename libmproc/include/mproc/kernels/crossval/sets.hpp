#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mproc/kernels/crossval/halving.hpp"
#include "mproc/kernels/crossval/split.hpp"

namespace mproc::kernels::crossval {

/// Successive halving as far as a job says it; 0: as scikit-learn has it by default.
struct HalvingPlan {
  std::uint64_t factor = 3;
  /// What grows from rung to rung is the number of samples; else a parameter of that name.
  std::string parameter;
  std::uint64_t min_resource = 0;
  std::uint64_t max_resource = 0;  ///< samples: all of them
};

struct SetsSpec {
  SplitSpec split;
  double holdout = 0;            ///< share of the samples that no candidate sees; 0: none
  bool shuffle_holdout = false;  ///< any of them; else the last ones
  bool refit = false;            ///< the best candidate is fitted to all samples where there is no holdout
  std::optional<HalvingPlan> halving;
};

/// All that candidates are trained and tested on.
struct Sets {
  std::uint64_t splits = 0;  ///< that each candidate of a rung goes through
  std::vector<Rung> rungs;   ///< one, with all candidates, where there is no halving
  /// Rung by rung the splits; behind them, where `last`, what the best candidate is fitted to, and the
  /// holdout (or nothing) as the test set.
  std::vector<Split> each;
  bool last = false;
  std::vector<std::string> notes;
};

/// The same on any machine. Throws UserError "PROBLEM; REMEDY".
Sets make_sets(const SetsSpec& spec, const Samples& samples, std::uint64_t candidates);

/// Sets as two arrays, to be sent: of each set's train and test side three numbers, form, begin and end.
/// Form 0: index[begin ... end) are its samples; form 1: they are pairs, first and end of ranges.
struct PackedSets {
  std::vector<std::int64_t> sides;
  std::vector<std::uint32_t> index;
};
PackedSets pack(const std::vector<Split>& sets);

}  // namespace mproc::kernels::crossval
