#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "commands.hpp"
#include "mproc/base/fd.hpp"
#include "mproc/base/say.hpp"
#include "mproc/base/time.hpp"
#include "mproc/comm/mpi_channel.hpp"
#include "mproc/exec/node.hpp"
#include "mproc/job/task_array.hpp"
#include "mproc/journal/run_directory.hpp"
#include "mproc/launch/launcher.hpp"
#include "mproc/launch/placement.hpp"
#include "mproc/launch/requeue.hpp"
#include "mproc/launch/scratch.hpp"
#include "mproc/pyembed/environment.hpp"
#include "mproc/run/feature_selection.hpp"
#include "mproc/run/observers.hpp"
#include "mproc/run/output.hpp"
#include "mproc/run/rank.hpp"

namespace mproc::app {
namespace {

constexpr std::chrono::seconds time_to_requeue{5};  // of an allocation, at its end

std::vector<std::filesystem::path> plugin_dirs() {
  return {base::own_program().parent_path().parent_path() / MPROC_PLUGIN_SUBDIR};
}

run::Request make_request(const std::function<job::Document()>& read, const RunArguments& arguments) {
  run::Request request;
  job::Document document = read();
  for (const auto& setting : arguments.settings) document.set(setting);
  request.document = std::move(document);
  request.options.runs_root = journal::RunDirectory::runs_root(arguments.runs);
  request.options.fresh = arguments.fresh;
  request.options.no_output = arguments.no_output;
  request.options.retry_failed = arguments.retry_failed;
  request.options.time_limit = arguments.time_limit;
  const launch::SlurmLimits slurm = launch::slurm_limits();
  if (slurm.left)
    request.options.end_ns =
        base::monotonic_ns() + std::chrono::nanoseconds(*slurm.left - time_to_requeue).count();
  request.options.kill_wait = slurm.kill_wait.value_or(std::chrono::seconds(0));
  if (!arguments.tasks.empty()) request.options.tasks = run::parse_tasks(arguments.tasks);
  return request;
}

void say(const std::string& text) {
  if (!text.empty()) base::say(text);
}

/// That there is a plugin for the active Python, where the job needs one: before anything starts.
void check_python(const job::Job& job) {
  if (job::needs_python(job)) python_environment();
}

/// What we take care of so that the user need not know, and what he may not have meant: said once.
void say_what_is_handled(std::uint32_t executors, std::uint32_t cpus, bool quiet) {
  if (quiet) return;
  const bool root = ::getuid() == 0;
  const std::size_t cores = exec::own_cores().size();
  std::string what;
  if (executors > cores) what = fmt::format("{} executors on {} cores", executors, cores);
  if (root) what += std::string(what.empty() ? "" : ", ") + "run as root";
  if (!what.empty()) say(what + ": Open MPI is told that this is meant");
  if (cpus > 1 && std::size_t{executors} * cpus > cores)
    say(fmt::format("warning: {} executors of task.cpus = {} share {} cores; -j {} gives each its own",
                    executors, cpus, cores, cores / cpus));
}

std::string describe(const launch::Allocation& allocation) {
  std::uint64_t cores = 0;
  for (const auto& node : allocation.nodes) cores += node.cpus;
  return fmt::format("Slurm job {}: {} nodes with {} cores", allocation.job, allocation.nodes.size(), cores);
}

/// As many executors as -j says (0: as many as fit), but no more than an array's %N.
std::uint32_t asked_for(const job::Job& job, std::uint32_t executors,
                        const std::vector<launch::Host>& hosts) {
  const auto array = job::task_array(job);
  if (!array || array->at_a_time == 0) return executors;
  const std::uint32_t most = array->at_a_time;
  if (executors > 0 || !hosts.empty()) return executors > 0 ? std::min(executors, most) : most;
  const std::uint32_t here = launch::executors_here(job.task.demand, 0);
  const auto allocation = launch::own_allocation();
  if (most <= here || !allocation || allocation->nodes.size() == 1) return std::min(here, most);
  std::uint32_t fit = 0;
  for (const auto& node : allocation->nodes) fit += std::max(1u, node.cpus / job.task.demand.cpus);
  if (fit <= most) return 0;
  // Nodes get even parts.
  const auto nodes = static_cast<std::uint32_t>(allocation->nodes.size());
  return most < nodes ? here : most - most % nodes;
}

/// The output, to standard output, of a complete run.
void print_output(const job::Job& job, const std::filesystem::path& run) {
  const auto directory = journal::RunDirectory::find(run.parent_path(), run.string());
  const journal::Index index(directory);
  say(run::write_output(job, directory, index, index.items().value_or(journal::ItemsRecord{}).count));
}

}  // namespace

pyembed::Environment python_environment() {
  return pyembed::find_environment(plugin_dirs());
}

const exec::PythonFactory& python_factory() {
  static const exec::PythonFactory factory = [] { return pyembed::load_runtime(python_environment()); };
  return factory;
}

void warn_of_damage(const journal::RunDirectory& run, const journal::Index& index) {
  for (const std::string& line : index.damage()) say(fmt::format("warning: run {}: {}", run.name(), line));
}

std::vector<launch::Host> hosts_of(const HostArguments& arguments) {
  if (!arguments.hosts.empty()) return launch::read_hosts(arguments.hosts);
  if (!arguments.hostfile.empty()) return launch::read_hostfile(arguments.hostfile);
  return {};
}

void add_host_arguments(CLI::App& command, HostArguments& a) {
  auto* list = command.add_option(
      "--hosts", a.hosts, "over these hosts, by ssh: n1,n2:4, with as many executors as fit, or so many");
  command.add_option("--hostfile", a.hostfile, "over the hosts of a file, as Open MPI has it: n2 slots=4")
      ->excludes(list);
}

void add_run_arguments(CLI::App& command, RunArguments& a) {
  command
      .add_option("-j,--executors", a.executors,
                  "executors that compute (default: as many as the usable cores and GPUs allow)")
      ->check(CLI::Range(1u, 1u << 20));
  add_host_arguments(command, a);
  command.add_flag("--inline", a.inline_run, "in this process alone, without MPI: for debuggers")
      ->excludes("--hosts", "--hostfile");
  command.add_option("--runs", a.runs, "folder of run directories (default: $MPROC_RUNS, else ./runs)");
}

void add_job_arguments(CLI::App& command, RunArguments& a) {
  command.add_option("--set", a.settings, "replace a value of the job: --set task.args.tol=1e-3")
      ->allow_extra_args(false);
  command.add_option("--tasks", a.tasks, "only these tasks: 0-9,20,30-");
  command.add_flag("--fresh", a.fresh, "a new run, whatever there is");
  command.add_flag("--retry-failed", a.retry_failed, "take up the failed tasks of the last run again");
  command.add_option(
      "--requeue", a.requeue,
      "as a Slurm batch job: stopped before the end by the time limit, a signal or lost nodes, it "
      "is requeued to go on, at most so often");
}

int run_document(const std::function<job::Document()>& document, const RunArguments& arguments,
                 Context& context, const std::function<void(const std::filesystem::path& run)>& show) {
  const bool quiet = static_cast<bool>(show);
  const auto conclude = [&](const run::RunResult& result) {
    const bool went_wrong =
        result.status == base::ExitStatus::usage || result.status == base::ExitStatus::incomplete;
    if (!quiet || went_wrong) say(result.text);
    if (show && !result.directory.empty()) show(result.directory);
    return static_cast<int>(result.status);
  };
  MPROC_CHECK(!context.is_rank || !arguments.inline_run || comm::launched_as().size == 1,
              "--inline is for one process; start mproc without mpirun or srun");
  if (context.is_rank && !arguments.inline_run) {
    MPROC_CHECK(arguments.executors == 0,
                "-j is for runs that mproc itself starts; here the ranks are given: leave -j out, or set "
                "run.executors, executors per worker rank");
    MPROC_CHECK(
        arguments.hosts.empty() && arguments.hostfile.empty(),
        "--hosts is for runs that mproc itself starts; here the ranks are given, on hosts of their own");
    run::RankSetup setup{std::move(*context.zygote), {}, {}, conclude, quiet};
    setup.request = [&] {
      run::Request request = make_request(document, arguments);
      const job::Job job = job::read_job(request.document);
      check_python(job);
      run::check_selection(job);
      request.executors_per_worker = job.run.executors;
      if (const auto array = job::task_array(job); array && array->at_a_time > 0)
        say(fmt::format("warning: %{} of the array has no effect where the ranks are given; start so many",
                        array->at_a_time));
      return request;
    };
    return run::run_rank(std::move(setup));
  }
  run::Request request = make_request(document, arguments);
  // What can be known without starting anything is said before anything starts.
  const job::Job job = job::read_job(request.document);
  check_python(job);
  const std::string target = run::check_selection(job);
  if (arguments.requeue > 0 && launch::goes_on_in_this_slurm_job(request.options.runs_root, job.name))
    request.options.fresh = request.options.retry_failed = false;
  run::StderrObserver observer(quiet);
  if (arguments.inline_run) return conclude(run::run_inline(request, python_factory(), observer));

  const run::Plan plan = run::make_plan(job, request.options);
  run::say(plan, observer);
  if (plan.kind == run::Plan::Kind::nothing) {
    launch::remove_leftovers();
    return conclude({plan.status, run::conclude_nothing(job, plan, request.options), plan.run->path()});
  }
  if (!quiet && !job::is_generator(job)) say(job::make_item_source(job)->describe());
  if (!quiet) say(target);
  const auto hosts = hosts_of(arguments);
  launch::LaunchOptions how =
      launch::place_ranks(job, asked_for(job, arguments.executors, hosts), hosts, request);
  how.is_requeued = arguments.requeue > 0;
  how.draw_progress = ::isatty(STDERR_FILENO) != 0 && !quiet;
  if (!how.allocation && how.hosts.empty())
    say_what_is_handled(request.executors, job.task.demand.cpus, quiet);
  else if (how.allocation && !quiet)
    say(describe(*how.allocation));
  // A rank's standard output is mpirun's: what belongs there is written here.
  const bool print = job.output.path == "-" && !request.options.no_output;
  request.options.no_output |= print;
  const auto result = launch::launch(request, how);
  const int status = conclude(result);
  if (arguments.requeue > 0) say(launch::requeue_if_it_helps(result, arguments.requeue));
  if (print && result.complete) print_output(job, result.directory);
  return status;
}

}  // namespace mproc::app
