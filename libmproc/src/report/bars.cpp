#include "mproc/report/bars.hpp"

#include <algorithm>

namespace mproc::report {

void BarReader::read(const journal::Index::Block& block, const std::function<void(Bar&)>& use) {
  const base::OutcomeBlock& done = block.tasks;
  if (done.tasks.count == 0) return;
  Bar bar;
  bar.stage = block.stage;
  if (done.times.empty()) {
    const std::pair<std::int64_t, std::int64_t> time{done.start_ns, std::max(done.start_ns, done.end_ns)};
    auto& last = last_[{block.origin.rank, block.origin.slot}];
    bar.tasks = done.tasks;
    bar.failed = done.failed.size();
    bar.start_ns = last == time ? time.second : time.first;
    bar.end_ns = time.second;
    last = time;
    return use(bar);
  }
  auto failed = done.failed.begin();
  for (std::uint32_t position = 0; position < done.times.size(); ++position) {
    const bool is_failure = failed != done.failed.end() && *failed == position;
    if (is_failure) ++failed;
    bar.tasks = {done.tasks.first + position, 1};
    bar.failed = is_failure ? 1 : 0;
    bar.start_ns = done.start_ns + done.times[position].start_us * 1000;
    bar.end_ns = bar.start_ns + std::max<std::int64_t>(done.times[position].duration_us, 0) * 1000;
    use(bar);
  }
}

}  // namespace mproc::report
