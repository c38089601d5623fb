#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mproc/job/data.hpp"
#include "mproc/job/spot.hpp"

namespace mproc::job {

/// Features and target of a [crossval] job, looked through; elements are read later by read_elements().
struct CrossvalData {
  std::vector<DataFile> arrays;  ///< "crossval.X" of n rows, "crossval.y" of n
  std::uint64_t samples = 0;     ///< n, at least 1
  /// Of y where it is one integer, truth or text a sample: numbers of its values in ascending order, from 0.
  std::vector<std::int64_t> classes;
  std::vector<std::int64_t> groups;  ///< the same of the groups
  /// Times as seconds since 1970 where the file has dates and times (see SeriesSpec), else as they are there.
  std::vector<double> label_starts, label_ends;
  std::string describe;  ///< "X.npy: 1797 x 64 of <f8; y.npy: 10 different values"
};

/// By the keys features, columns, target, group, label-start and label-end of a [crossval] table. Needs
/// memory for all but the features. Throws UserError at the place of what is wrong.
CrossvalData read_crossval_data(const Spot& crossval);

}  // namespace mproc::job
