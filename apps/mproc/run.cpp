#include <memory>

#include "commands.hpp"

namespace mproc::app {

void add_run(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("run", "run a job; an unfinished run of the same job goes on");
  struct Options {
    std::string job;
    RunArguments run;
  };
  auto options = std::make_shared<Options>();
  command->add_option("JOB", options->job, "job file, TOML or JSON; - reads standard input")->required();
  add_run_arguments(*command, options->run);
  command->add_option("--set", options->run.settings, "replace a value of the job: --set task.args.tol=1e-3")
      ->allow_extra_args(false);
  command->add_option("--tasks", options->run.tasks, "only these tasks: 0-9,20,30-");
  command->add_flag("--fresh", options->run.fresh, "a new run, whatever there is");
  command->add_flag("--retry-failed", options->run.retry_failed,
                    "take up the failed tasks of the last run again");
  command->footer(
      "examples:\n"
      "  mproc run sweep.toml -j 4\n"
      "  mproc run sweep.toml --set seed=7 --tasks 0-99\n"
      "  mpirun -n 5 mproc run sweep.toml       central and four workers, started by you");
  command->callback([options, &context] {
    context.status = run_document([&] { return job::Document::read(options->job); }, options->run, context);
  });
}

}  // namespace mproc::app
