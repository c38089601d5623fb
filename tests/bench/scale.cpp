// What central can drive, by simulation with the real Scheduler and the costs of this machine: tasks of 10
// ms.
//
//     bench_scale [TASKS_PER_EXECUTOR]
//
// Prints a table in Markdown: for executors with a worker rank each, and for nodes of 64 executors.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

#include "mproc/run/costs.hpp"
#include "support/temp_directory.hpp"

namespace {

using namespace mproc;

void print_row(const schedule::Costs& costs, std::uint64_t tasks, std::uint32_t workers, std::uint32_t each) {
  constexpr std::int64_t task_ns = 10'000'000;
  const std::uint64_t executors = std::uint64_t{workers} * each;
  const auto run =
      schedule::simulate({.workers = workers, .executors = each, .costs = costs},
                         {.tasks = tasks * executors, .times = schedule::TaskTimes::equal(task_ns)});
  const double seconds = static_cast<double>(run.makespan_ns) / 1e9;
  fmt::print("| {} | {} | {:.1f} s | {:.3f} | {:.2f} | {:.0f} | {:.0f} k/s |\n", executors, workers, seconds,
             run.efficiency, static_cast<double>(run.central_ns) / 1e9 / seconds,
             static_cast<double>(tasks * executors) / static_cast<double>(run.chunks),
             static_cast<double>(run.events) / seconds / 1e3);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t tasks = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000;
  const testing::TempDirectory scratch;
  const schedule::Costs costs = run::measure_costs(scratch.path());
  fmt::print("{} tasks of 10 ms for each executor; a chunk takes central {:.1f} us, a message {:.1f} us.\n\n",
             tasks, costs.central_chunk / 500, costs.central_message / 500);
  fmt::print("| executors | worker ranks | time | efficiency | central works | tasks a chunk | reports |\n");
  fmt::print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n");
  for (const std::uint32_t executors : {64u, 1'024u, 10'240u, 102'400u})
    for (const std::uint32_t each : {1u, 64u}) print_row(costs, tasks, executors / each, each);
}
