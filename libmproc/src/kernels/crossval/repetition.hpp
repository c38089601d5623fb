#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mproc/kernels/crossval/split.hpp"

namespace mproc::kernels::crossval {

/// One repetition of a split whose arguments were checked, before anything is kept out of training.
std::vector<Split> repetition(const SplitSpec& spec, const Samples& samples, std::uint64_t number,
                              std::vector<std::string>& notes);

}  // namespace mproc::kernels::crossval
