#pragma once

#include <cstdint>
#include <vector>

#include "mproc/base/ids.hpp"

namespace mproc::schedule {

/// Durations of a stage's tasks, ns: a list that repeats from its start. A sum costs the same for any number
/// of tasks.
class TaskTimes {
 public:
  explicit TaskTimes(const std::vector<std::int64_t>& durations);
  /// Every task takes the same.
  static TaskTimes equal(std::int64_t duration) { return TaskTimes({duration}); }
  /// As many as `tasks` could be, from the durations of a few: in a random order, each as often as any other.
  static TaskTimes drawn_from(const std::vector<std::int64_t>& sample, std::uint64_t tasks,
                              std::uint64_t seed);

  std::int64_t sum(base::TaskRange tasks) const { return until(tasks.end()) - until(tasks.first); }
  std::int64_t of(std::uint64_t task) const { return sum({task, 1}); }
  /// Of the first `tasks`.
  std::int64_t longest(std::uint64_t tasks) const;

 private:
  std::int64_t until(std::uint64_t task) const;

  std::vector<std::int64_t> ends_;  // [i]: sum of the first i durations
};

}  // namespace mproc::schedule
