#include "mproc/report/usage.hpp"

#include <algorithm>

namespace mproc::report {

Shares& Shares::operator+=(const Shares& other) {
  busy_ns += other.busy_ns;
  before_ns += other.before_ns;
  after_ns += other.after_ns;
  between_ns += other.between_ns;
  return *this;
}

void Usage::add(base::Epoch epoch, const Bar& bar) {
  Executor& executor = executors_[bar.executor];
  executor.tasks += bar.tasks.count;
  executor.failed += bar.failed;
  const auto [place, is_new] = executor.sessions.try_emplace(epoch, Stretch{bar.start_ns, bar.end_ns});
  Stretch& stretch = place->second;
  stretch.first_ns = std::min(stretch.first_ns, bar.start_ns);
  stretch.last_ns = std::max(stretch.last_ns, bar.end_ns);
  stretch.busy_ns += bar.length_ns();
}

std::size_t Usage::executors_in(base::Epoch epoch) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      executors_, [&](const Executor& executor) { return executor.sessions.contains(epoch); }));
}

Shares Usage::shares(std::uint32_t executor, const Axis& axis) const {
  Shares shares;
  for (const auto& [epoch, session] : axis.sessions()) {
    const auto& sessions = executors_[executor].sessions;
    const auto found = sessions.find(epoch);
    if (found == sessions.end()) continue;
    const Stretch& stretch = found->second;
    shares.busy_ns += stretch.busy_ns;
    shares.before_ns += stretch.first_ns - session.first_ns;
    shares.after_ns += session.last_ns - stretch.last_ns;
    shares.between_ns += std::max<std::int64_t>(stretch.last_ns - stretch.first_ns - stretch.busy_ns, 0);
  }
  return shares;
}

}  // namespace mproc::report
