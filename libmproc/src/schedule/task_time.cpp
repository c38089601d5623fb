#include "task_time.hpp"

#include <algorithm>

namespace mproc::schedule {

namespace {
constexpr double forgotten_per_chunk = 0.1;
constexpr double least_kept = 0.7;
}  // namespace

void TaskTime::add(std::uint64_t tasks, std::int64_t busy_ns, std::int64_t target_chunk_ns) {
  const auto n = static_cast<double>(tasks);
  const auto busy = static_cast<double>(std::max<std::int64_t>(busy_ns, 0));
  // A task that loads a library first makes the estimate far too long. Weighing by what a report was expected
  // to take, too, lets the short tasks after it correct that within a few reports; and a single fast retry
  // among long chunks changes next to nothing.
  const double weight =
      std::max(busy, n * ns()) / static_cast<double>(std::max<std::int64_t>(target_chunk_ns, 1));
  const double kept = std::max(1 - forgotten_per_chunk * weight, least_kept);
  busy_ = busy_ * kept + busy;
  tasks_ = tasks_ * kept + n;
}

double TaskTime::ns() const {
  return known() ? std::max(busy_ / tasks_, 1.0) : 0;
}

}  // namespace mproc::schedule
