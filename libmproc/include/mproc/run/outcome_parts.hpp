#pragma once

#include <vector>

#include "mproc/base/msgpack.hpp"
#include "mproc/run/stage.hpp"

namespace mproc::run {

using base::failure_of;

/// The failures among a block's values. Throws DecodeError where there is something else.
std::vector<FailedTask> failures_in(const base::OutcomeBlock& block, base::ByteView values);

/// An encoded block of one task that failed outside of an executor, now.
base::Bytes failure_block(std::uint64_t task, const base::Failure& failure);

/// The block without the tasks at the positions `left_out` (ascending): the runs of tasks between them.
std::vector<base::OutcomeBlock> split_block(const base::OutcomeBlock& block, base::ByteView values,
                                            const std::vector<std::uint32_t>& left_out);

/// Calls use(encoded block, its tasks) for what has its final outcome: the block as it came, or the runs of
/// tasks between those that are retried.
template <class Use>
void for_each_final(const Outcomes& outcomes, Use use) {
  if (outcomes.retried.empty()) return use(outcomes.block, outcomes.tasks);
  base::ByteView values;
  const base::OutcomeBlock block = base::decode_block_header(outcomes.block, values);
  for (const auto& part : split_block(block, values, outcomes.retried)) {
    base::Bytes encoded;
    base::encode_block(encoded, part);
    use(base::PayloadView(encoded), part.tasks);
  }
}

}  // namespace mproc::run
