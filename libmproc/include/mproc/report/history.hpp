#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "mproc/journal/index.hpp"
#include "mproc/journal/status.hpp"
#include "mproc/report/axis.hpp"
#include "mproc/report/bars.hpp"
#include "mproc/report/task_times.hpp"
#include "mproc/report/timeline.hpp"
#include "mproc/report/usage.hpp"

namespace mproc::report {

struct ExecutorName {
  std::int32_t rank = 0;
  std::uint32_t slot = 0;  ///< journal::Origin::unknown_slot: of tasks that were lost with their executor
  std::string host;        ///< the last one
};

/// When and where the tasks of a run ran, aggregated: its size does not depend on the number of tasks.
class History {
 public:
  /// Goes through the journal twice. `status`: of a run that is under way, whose last session goes on until
  /// then.
  History(const journal::Index& index, const std::optional<journal::Status>& status);

  /// Calls use(bar, epoch) for each bar of the run, in wall clock.
  void for_each_bar(const std::function<void(Bar&, base::Epoch)>& use) const;

  const Axis& axis() const { return axis_; }
  const std::vector<ExecutorName>& executors() const { return executors_; }
  const Timeline& timeline() const { return *timeline_; }
  const Usage& usage() const { return *usage_; }
  const TaskTimes& times() const { return times_; }

 private:
  void learn(const std::optional<journal::Status>& status);
  std::uint32_t place_of(const journal::Origin& origin) const;

  const journal::Index& index_;
  Axis axis_;
  std::vector<ExecutorName> executors_;
  std::map<ExecutorKey, std::uint32_t> places_;
  std::optional<Timeline> timeline_;
  std::optional<Usage> usage_;
  TaskTimes times_;
};

}  // namespace mproc::report
