#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "mproc/exec/zygote.hpp"
#include "mproc/job/document.hpp"
#include "mproc/journal/index.hpp"
#include "mproc/launch/hosts.hpp"
#include "mproc/pyembed/environment.hpp"
#include "mproc/run/plan.hpp"

namespace mproc::app {

/// What commands share: the process's exit status, and what must be made before anything else in main.
struct Context {
  int status = 0;
  bool is_rank = false;                    ///< mpirun or srun started us as one of several ranks
  std::optional<exec::Zygote> zygote;      ///< then: forked first thing
  std::vector<std::string> input_sources;  ///< of map: ::: and what follows, which is no option
};

/// The runtime factory for Python kernels: the active environment's plugin.
const exec::PythonFactory& python_factory();

/// The Python of tasks, of the active environment. Throws UserError.
pyembed::Environment python_environment();

/// Where executors are, in the place of this host: --hosts or --hostfile.
struct HostArguments {
  std::string hosts, hostfile;
};
void add_host_arguments(CLI::App& command, HostArguments& arguments);
/// Empty: this host.
std::vector<launch::Host> hosts_of(const HostArguments& arguments);

/// How a job is to be run: the options that run, try and map share.
struct RunArguments : HostArguments {
  std::uint32_t executors = 0;  ///< -j; 0: as many as fit
  bool inline_run = false;
  std::vector<std::string> settings;  ///< --set
  std::optional<std::string> runs;    ///< --runs
  std::string tasks;
  bool fresh = false, retry_failed = false;
  std::uint32_t requeue = 0;               ///< how often Slurm may be asked to; 0: never
  bool no_output = false;                  ///< the journal alone, whatever the job says
  std::chrono::nanoseconds time_limit{0};  ///< after it no task begins; 0: none
};
void add_run_arguments(CLI::App& command, RunArguments& arguments);
/// What only runs of job files have.
void add_job_arguments(CLI::App& command, RunArguments& arguments);

/// Runs the job in whatever way this process was started: as a rank, in place, or by starting mpirun.
/// `document` is called once, by central alone among ranks. Prints notes and the summary to stderr; with
/// `show` only what went wrong, and calls it with the run's directory where there is one.
int run_document(const std::function<job::Document()>& document, const RunArguments& arguments,
                 Context& context, const std::function<void(const std::filesystem::path& run)>& show = {});

/// A line on stderr for each damaged place of the run's journal.
void warn_of_damage(const journal::RunDirectory& run, const journal::Index& index);

void add_run(CLI::App& app, Context& context);
void add_map(CLI::App& app, Context& context);
void add_check(CLI::App& app, Context& context);
void add_try(CLI::App& app, Context& context);
void add_plan(CLI::App& app, Context& context);
void add_results(CLI::App& app, Context& context);
void add_status(CLI::App& app, Context& context);
void add_report(CLI::App& app, Context& context);
void add_log(CLI::App& app, Context& context);
void add_debug(CLI::App& app, Context& context);
void add_new(CLI::App& app, Context& context);
void add_submit(CLI::App& app, Context& context);
void add_python(CLI::App& app, Context& context);
void add_rank(CLI::App& app, Context& context);
void add_watch_batch_node(CLI::App& app, Context& context);
void add_session(CLI::App& app, Context& context);

}  // namespace mproc::app
