#pragma once

#include <functional>
#include <string_view>

#include "mproc/journal/index.hpp"
#include "mproc/report/history.hpp"

namespace mproc::report {

/// Calls write(piece) with a trace in the JSON of Chrome and Perfetto, a piece at a time: a slice a task, or
/// a block of tasks that are not timed singly; processes are ranks, threads executors. `name`: the run's.
void write_trace(const std::string& name, const journal::Index& index, const History& history,
                 const std::function<void(std::string_view)>& write);

}  // namespace mproc::report
