#pragma once

#include <memory>
#include <string>
#include <vector>

#include "mproc/base/ids.hpp"
#include "mproc/base/node_memory.hpp"
#include "mproc/job/job.hpp"

namespace mproc::run {

/// An array that central shares, in memory of its node.
struct LoadedArray {
  job::ArraySpec array;
  std::shared_ptr<const base::NodeMemory> memory;
};

/// What the job shares: its files, read into memory, and the sets of [crossval]. Throws UserError for a file
/// that has changed since the job was read.
std::vector<LoadedArray> load_data(const job::Job& job);

/// Equal for processes that can open each other's memory: one kernel, one numbering of processes. For tests,
/// MPROC_TEST_RANKS_PER_NODE makes several nodes of one.
std::string node_of(base::Rank rank);

}  // namespace mproc::run
