#include "mproc/schedule/task_times.hpp"

#include <algorithm>
#include <numeric>
#include <random>

#include "mproc/base/error.hpp"

namespace mproc::schedule {

namespace {
constexpr std::uint64_t longest_list = 1u << 16;
}

TaskTimes::TaskTimes(const std::vector<std::int64_t>& durations) : ends_(durations.size() + 1) {
  MPROC_ASSERT(!durations.empty(), "a stage without durations");
  std::inclusive_scan(durations.begin(), durations.end(), ends_.begin() + 1);
}

TaskTimes TaskTimes::drawn_from(const std::vector<std::int64_t>& sample, std::uint64_t tasks,
                                std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<std::int64_t> round = sample, all;
  // Whole rounds: a rare long task is neither left out by chance nor counted twice.
  do {
    std::shuffle(round.begin(), round.end(), random);
    all.insert(all.end(), round.begin(), round.end());
  } while (all.size() < std::min(tasks, longest_list));
  return TaskTimes(all);
}

std::int64_t TaskTimes::until(std::uint64_t task) const {
  const std::uint64_t length = ends_.size() - 1;
  return static_cast<std::int64_t>(task / length) * ends_.back() + ends_[task % length];
}

std::int64_t TaskTimes::longest(std::uint64_t tasks) const {
  std::int64_t most = 0;
  for (std::uint64_t i = 0; i < std::min<std::uint64_t>(tasks, ends_.size() - 1); ++i)
    most = std::max(most, of(i));
  return most;
}

}  // namespace mproc::schedule
