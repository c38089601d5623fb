#include <fmt/format.h>

#include <cmath>
#include <memory>

#include "commands.hpp"
#include "mproc/launch/placement.hpp"
#include "outcomes.hpp"
#include "trial.hpp"

namespace mproc::app {
namespace {

void print_estimate(const Trial& trial, std::uint32_t executors) {
  const auto measured = trial.measured().tasks;
  if (measured.empty()) return;
  const double mean = mean_seconds(measured);
  const auto total = trial.total();
  if (!total)
    return fmt::print("about {} a task; how many tasks there are is not known before the run\n",
                      duration(mean));
  const double most = std::ceil(static_cast<double>(*total) / executors);  // of one executor
  fmt::print("about {} a task: all {} task{} take about {} on {} executor{}\n", duration(mean), *total,
             *total == 1 ? "" : "s", duration(mean * most), executors, executors == 1 ? "" : "s");
}

}  // namespace

void add_try(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand(
      "try", "run the first, the middle and the last task of a job, and estimate the whole; leaves no run");
  struct Options {
    std::string job;
    RunArguments run;
  };
  auto options = std::make_shared<Options>();
  command->add_option("JOB", options->job, "job file")->required();
  command->add_option("-j,--executors", options->run.executors, "executors that the estimate is for")
      ->check(CLI::Range(1u, 1u << 20));
  command->add_flag("--inline", options->run.inline_run, "in this process alone, without MPI");
  command->add_option("--set", options->run.settings, "replace a value of the job")->allow_extra_args(false);
  command->callback([options, &context] {
    MPROC_CHECK(!context.is_rank, "try starts mpirun itself; call it without mpirun or srun");
    Trial trial(options->job, options->run, context);
    const std::uint32_t executors = launch::executors_here(trial.job().task.demand, options->run.executors);
    context.status = trial.run(trial.few(), 1);
    if (!trial.directory()) return;
    print_outcomes(*trial.directory());
    print_estimate(trial, executors);
  });
}

}  // namespace mproc::app
