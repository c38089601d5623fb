#pragma once

#include <vector>

#include "mproc/run/stage.hpp"

namespace mproc::run {

/// The failures among a block's values. Throws DecodeError where there is something else.
std::vector<FailedTask> failures_in(const base::OutcomeBlock& block, base::ByteView values);

/// The block without the tasks at the positions `left_out` (ascending): the runs of tasks between them.
std::vector<base::OutcomeBlock> split_block(const base::OutcomeBlock& block, base::ByteView values,
                                            const std::vector<std::uint32_t>& left_out);

}  // namespace mproc::run
