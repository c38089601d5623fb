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
  add_job_arguments(*command, options->run);
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
