#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace mproc::report {

/// How long tasks took, in classes of a sixteenth of an octave.
class TaskTimes {
 public:
  static constexpr std::size_t classes_an_octave = 16;
  static constexpr std::size_t classes = std::size_t{63} * classes_an_octave;

  void add(std::uint64_t tasks, std::int64_t ns);

  std::uint64_t tasks() const { return tasks_; }
  std::uint64_t in_class(std::size_t index) const { return counts_[index]; }
  /// The least time of a class; 0 counts as 1 ns.
  static double least_ns(std::size_t index);
  /// What this share of the tasks does not exceed, within 5 % of the true time; 0 without tasks.
  double quantile_ns(double share) const;
  std::int64_t shortest_ns() const { return shortest_; }
  std::int64_t longest_ns() const { return longest_; }

 private:
  std::array<std::uint64_t, classes> counts_{};
  std::uint64_t tasks_ = 0;
  std::int64_t shortest_ = 0, longest_ = 0;
};

}  // namespace mproc::report
