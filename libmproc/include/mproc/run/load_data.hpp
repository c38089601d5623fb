#pragma once

#include <memory>
#include <string>
#include <vector>

#include "mproc/base/ids.hpp"
#include "mproc/base/node_memory.hpp"
#include "mproc/job/data.hpp"

namespace mproc::run {

/// An array that central shares, in memory of its node.
struct LoadedArray {
  job::ArraySpec array;
  std::shared_ptr<const base::NodeMemory> memory;
};

/// Reads the files into memory. Throws UserError for one that has changed since the job was read.
std::vector<LoadedArray> load_data(const std::vector<job::DataFile>& files);

/// Equal for processes that can open each other's memory: one kernel, one numbering of processes. For tests,
/// MPROC_TEST_RANKS_PER_NODE makes several nodes of one.
std::string node_of(base::Rank rank);

}  // namespace mproc::run
