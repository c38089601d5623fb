#include "mproc/schedule/interval_set.hpp"

#include <algorithm>

#include "mproc/base/error.hpp"

namespace mproc::schedule {

void IntervalSet::add(base::TaskRange tasks) {
  if (tasks.count == 0) return;
  auto next = ends_.lower_bound(tasks.first);
  MPROC_ASSERT(next == ends_.end() || tasks.end() <= next->first, "tasks {}+{} are in the set", tasks.first,
               tasks.count);
  size_ += tasks.count;
  std::uint64_t end = tasks.end();
  if (next != ends_.end() && next->first == end) {
    end = next->second;
    next = ends_.erase(next);
  }
  if (next != ends_.begin()) {
    const auto previous = std::prev(next);
    MPROC_ASSERT(previous->second <= tasks.first, "task {} is in the set", tasks.first);
    if (previous->second == tasks.first) {
      previous->second = end;
      return;
    }
  }
  ends_.emplace_hint(next, tasks.first, end);
}

base::TaskRange IntervalSet::front() const {
  MPROC_ASSERT(!empty(), "front of no tasks");
  const auto& [first, end] = *ends_.begin();
  return {first, end - first};
}

base::TaskRange IntervalSet::take_front(std::uint64_t max) {
  const base::TaskRange range = front();
  const base::TaskRange taken{range.first, std::min(range.count, max)};
  auto node = ends_.extract(ends_.begin());
  if (taken.count < range.count) {
    node.key() = taken.end();
    ends_.insert(ends_.begin(), std::move(node));
  }
  size_ -= taken.count;
  return taken;
}

void IntervalSet::clear() {
  ends_.clear();
  size_ = 0;
}

}  // namespace mproc::schedule
