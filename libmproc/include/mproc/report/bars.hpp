#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "mproc/journal/index.hpp"

namespace mproc::report {

/// What an executor did without a pause: a task, or the tasks of a block that are not timed singly.
struct Bar {
  base::StageKey stage;
  base::TaskRange tasks;
  std::uint64_t failed = 0;
  std::int64_t start_ns = 0, end_ns = 0;  ///< end is not before start
  std::uint32_t executor = 0;             ///< its place among the executors
  std::int64_t length_ns() const { return end_ns - start_ns; }
  std::int64_t task_ns() const { return length_ns() / static_cast<std::int64_t>(tasks.count); }
};

/// Which executor: rank, and its place there.
using ExecutorKey = std::pair<std::int32_t, std::uint32_t>;

/// Makes bars of blocks, in wall clock.
class BarReader {
 public:
  /// Calls use(bar) for each; `executor` is left as it is. Parts of a block whose tasks are not timed have
  /// the whole block's time: the first one keeps it, the others have none.
  void read(const journal::Index::Block& block, const std::function<void(Bar&)>& use);

 private:
  std::map<ExecutorKey, std::pair<std::int64_t, std::int64_t>> last_;
};

}  // namespace mproc::report
