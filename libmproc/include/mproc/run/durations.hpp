#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace mproc::run {

/// How long a session's tasks took, in classes an eighth wide: adding costs the same for any number of them.
class Durations {
 public:
  void add(std::uint64_t tasks, std::int64_t ns);
  /// What 99 of 100 tasks do not exceed, ns, an eighth more at most; of fewer than a hundred, the longest.
  /// `running`: how long tasks have taken that have not ended. 0: nothing is known.
  std::int64_t of_nearly_all(const std::vector<std::int64_t>& running) const;

 private:
  static constexpr std::size_t classes = std::size_t{64} * 8;
  static std::size_t class_of(std::int64_t ns);
  static std::int64_t longest_in(std::size_t index);

  std::array<std::uint64_t, classes> tasks_{};
  std::uint64_t all_ = 0;
};

}  // namespace mproc::run
