#include "mproc/report/task_times.hpp"

#include <algorithm>
#include <cmath>

namespace mproc::report {

void TaskTimes::add(std::uint64_t tasks, std::int64_t ns) {
  if (tasks == 0) return;
  ns = std::max<std::int64_t>(ns, 1);
  const double octave = std::log2(static_cast<double>(ns));
  const auto index = static_cast<std::size_t>(octave * static_cast<double>(classes_an_octave));
  counts_[std::min(index, classes - 1)] += tasks;
  shortest_ = tasks_ == 0 ? ns : std::min(shortest_, ns);
  longest_ = std::max(longest_, ns);
  tasks_ += tasks;
}

double TaskTimes::least_ns(std::size_t index) {
  return std::exp2(static_cast<double>(index) / static_cast<double>(classes_an_octave));
}

double TaskTimes::quantile_ns(double share) const {
  const double wanted = share * static_cast<double>(tasks_);
  std::uint64_t passed = 0;
  for (std::size_t index = 0; index < classes; ++index) {
    passed += counts_[index];
    if (counts_[index] == 0 || static_cast<double>(passed) < wanted) continue;
    const double middle = least_ns(index) * std::exp2(0.5 / static_cast<double>(classes_an_octave));
    return std::clamp(middle, static_cast<double>(shortest_), static_cast<double>(longest_));
  }
  return 0;
}

}  // namespace mproc::report
