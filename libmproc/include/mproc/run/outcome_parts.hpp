#pragma once

#include <vector>

#include "mproc/base/msgpack.hpp"
#include "mproc/run/stage.hpp"

namespace mproc::run {

/// The failure that stands in place of a result. Throws DecodeError where it is something else.
base::Failure failure_of(const msgpack::object& value);

/// The failures among a block's values. Throws DecodeError where there is something else.
std::vector<FailedTask> failures_in(const base::OutcomeBlock& block, base::ByteView values);

/// The block without the tasks at the positions `left_out` (ascending): the runs of tasks between them.
std::vector<base::OutcomeBlock> split_block(const base::OutcomeBlock& block, base::ByteView values,
                                            const std::vector<std::uint32_t>& left_out);

}  // namespace mproc::run
