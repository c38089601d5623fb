#pragma once

#include <cstdint>
#include <map>

#include "mproc/base/ids.hpp"

namespace mproc::schedule {

/// Tasks as disjoint ranges in index order: its size is the number of gaps, not of tasks. Neighbours merge.
class IntervalSet {
 public:
  /// None of them may be in the set.
  void add(base::TaskRange tasks);
  /// Removes up to `max` consecutive tasks from the lowest one on. The set must not be empty.
  base::TaskRange take_front(std::uint64_t max);
  base::TaskRange front() const;
  bool empty() const { return ends_.empty(); }
  std::uint64_t size() const { return size_; }
  void clear();

 private:
  std::map<std::uint64_t, std::uint64_t> ends_;  // first task of a range: its end
  std::uint64_t size_ = 0;
};

}  // namespace mproc::schedule
