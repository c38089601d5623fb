#pragma once

#include <cstdint>

namespace mproc::schedule {

/// Estimated duration of one task: a moving mean in which a report weighs as much as the time it stands for.
class TaskTime {
 public:
  void add(std::uint64_t tasks, std::int64_t busy_ns, std::int64_t target_chunk_ns);
  bool known() const { return tasks_ > 0; }
  /// At least 1 when known, else 0.
  double ns() const;

 private:
  double busy_ = 0;
  double tasks_ = 0;
};

}  // namespace mproc::schedule
