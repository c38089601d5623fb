#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "mproc/report/axis.hpp"
#include "mproc/report/bars.hpp"

namespace mproc::report {

/// Where the time of executors went, in sessions in which they had tasks. The sum is that time, unless a
/// clock was put back.
struct Shares {
  std::int64_t busy_ns = 0;
  std::int64_t before_ns = 0;  ///< from the session's begin to the executor's first task
  std::int64_t after_ns = 0;   ///< from its last task to the session's end
  std::int64_t between_ns = 0;
  std::int64_t all_ns() const { return busy_ns + before_ns + after_ns + between_ns; }
  Shares& operator+=(const Shares& other);
};

/// What each executor did in each session.
class Usage {
 public:
  explicit Usage(std::size_t executors) : executors_(executors) {}

  /// In wall clock.
  void add(base::Epoch epoch, const Bar& bar);

  std::uint64_t tasks(std::uint32_t executor) const { return executors_[executor].tasks; }
  std::uint64_t failed(std::uint32_t executor) const { return executors_[executor].failed; }
  /// That had tasks in this session.
  std::size_t executors_in(base::Epoch epoch) const;
  Shares shares(std::uint32_t executor, const Axis& axis) const;

 private:
  struct Stretch {
    std::int64_t first_ns = 0, last_ns = 0, busy_ns = 0;
  };
  struct Executor {
    std::uint64_t tasks = 0, failed = 0;
    std::map<base::Epoch, Stretch> sessions;
  };
  std::vector<Executor> executors_;
};

}  // namespace mproc::report
