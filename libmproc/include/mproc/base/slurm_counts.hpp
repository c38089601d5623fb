#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace mproc::base {

/// Numbers by node as Slurm writes them in variables: "2(x3),1" is 2, 2, 2, 1. Ends at what is none.
std::vector<std::uint32_t> slurm_counts(std::string_view text);

}  // namespace mproc::base
