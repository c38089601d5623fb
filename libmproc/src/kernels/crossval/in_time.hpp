#pragma once

#include <vector>

#include "mproc/kernels/crossval/split.hpp"

namespace mproc::kernels::crossval {

/// Throws UserError for label times that are none, or in no order.
void check_label_times(const Samples& samples);

/// Per sample: whether gap, embargo, purging or groups keep it out of training with these test samples.
std::vector<bool> kept_out(const IndexSet& test, const SplitSpec& spec, const Samples& samples,
                           bool by_group);

}  // namespace mproc::kernels::crossval
