#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <set>

#include "commands.hpp"
#include "input_sources.hpp"
#include "mproc/base/error.hpp"
#include "mproc/base/nearest.hpp"
#include "mproc/base/say.hpp"
#include "mproc/comm/mpi_channel.hpp"
#include "mproc/launch/slurm.hpp"

namespace {

using namespace mproc;

constexpr const char* examples = R"(examples:
  mproc new sweep                        write a commented starter job, sweep.toml
  mproc try sweep.toml                   three tasks of it, and an estimate of the whole
  mproc plan sweep.toml                  how long on 1, 2, 4 ... executors, and how many are worth it
  mproc run sweep.toml                   all of it, on all cores; again: goes on where it stopped
  mproc submit sweep.toml                the same as a batch job of Slurm's, with what [slurm] says
  mproc map --init-code 'import math' math:sqrt 1 4 9
  mproc map --command 'gzip {}' ::: *.csv
  mproc python -j 4 driver.py            a Python program of yours that gives work to a session

exit status: 0 all tasks succeeded, 1 some failed, 2 bad usage or input, 3 incomplete (run it again),
  75 stopped by a signal or its walltime (run it again), 130 interrupted)";

/// Commands that run tasks, and so may be started as ranks.
bool runs_tasks(int argc, char** argv) {
  static const std::set<std::string> commands{"run", "map", "try", "plan", "python", "rank"};
  return argc > 1 && commands.contains(argv[1]);
}

/// Of ranks, which all see the same command line, the first one speaks.
int complain(const std::string& text, base::ExitStatus status) {
  if (comm::launched_as().rank == 0) base::say(text);
  return static_cast<int>(status);
}

int usage_error(const CLI::App& app, const CLI::ParseError& error, int argc, char** argv) {
  std::string text = error.what();
  std::vector<std::string> names;
  for (const auto* sub : app.get_subcommands({})) names.push_back(sub->get_name());
  if (argc > 1 && argv[1][0] != '-' && std::find(names.begin(), names.end(), argv[1]) == names.end()) {
    text = fmt::format("there is no command '{}'", argv[1]);
    const std::vector<std::string_view> views(names.begin(), names.end());
    if (const auto near = base::nearest(argv[1], views); !near.empty())
      text += fmt::format("; did you mean '{}'?", near);
  } else {
    std::replace(text.begin(), text.end(), '\n', ' ');
    text += argc > 1 ? fmt::format("; see: mproc {} --help", argv[1]) : "; see: mproc --help";
  }
  return complain(text, base::ExitStatus::usage);
}

}  // namespace

int main(int argc, char** argv) {
  app::Context context;
  try {
    const comm::LaunchedAs launched = comm::launched_as();
    context.is_rank = launched.by_mpi && runs_tasks(argc, argv);
    MPROC_CHECK(launched.by_mpi || launched.size == 1 || !runs_tasks(argc, argv),
                "srun started {} processes that cannot find each other: add --mpi=pmix (srun --mpi=list "
                "tells what there "
                "is), use mpirun, or leave srun out: mproc starts on all nodes of the allocation by itself",
                launched.size);
    if (!launched.by_mpi && runs_tasks(argc, argv)) launch::go_to_first_node(argc, argv);
    // Before anything else: no thread, no MPI, no interpreter may be there yet.
    if (context.is_rank) context.zygote = exec::fork_zygote(app::python_factory());
    CLI::App cli{"mproc applies one function to many items, across MPI ranks."};
    cli.require_subcommand(1);
    cli.set_version_flag("--version", "mproc " MPROC_VERSION);
    cli.footer(examples);
    app::add_run(cli, context);
    app::add_map(cli, context);
    app::add_check(cli, context);
    app::add_try(cli, context);
    app::add_plan(cli, context);
    app::add_results(cli, context);
    app::add_status(cli, context);
    app::add_log(cli, context);
    app::add_report(cli, context);
    app::add_debug(cli, context);
    app::add_new(cli, context);
    app::add_submit(cli, context);
    app::add_python(cli, context);
    app::add_rank(cli, context);
    app::add_session(cli, context);
    app::add_watch_batch_node(cli, context);
    try {
      const int end = app::input_sources_begin(argc, argv);
      context.input_sources.assign(argv + end, argv + argc);
      cli.parse(end, argv);
    } catch (const CLI::Success& success) {
      return cli.exit(success);
    } catch (const CLI::ParseError& error) {
      return usage_error(cli, error, argc, argv);
    }
  } catch (const base::UserError& error) {
    return complain(error.what(), base::ExitStatus::usage);
  } catch (const std::exception& error) {
    return complain(error.what(), base::ExitStatus::incomplete);
  }
  return context.status;
}
