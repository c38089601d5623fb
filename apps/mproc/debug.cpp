#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdlib>
#include <memory>

#include "commands.hpp"
#include "foreground.hpp"
#include "mproc/base/fd.hpp"
#include "mproc/base/say.hpp"
#include "mproc/exec/command_call.hpp"
#include "mproc/run/item_feed.hpp"
#include "mproc/run/outcome_parts.hpp"
#include "mproc/run/recorded_task.hpp"
#include "outcomes.hpp"
#include "run_argument.hpp"

namespace mproc::app {
namespace {

struct Options : RunArgument {
  bool pdb = false, gdb = false, in_place = false;
};

using base::say;

std::uint64_t task_number(const Options& options, const journal::RunDirectory& run) {
  MPROC_CHECK(options.task, "debug: no task; mproc log {} names those that failed", run.path().string());
  const auto ranges = run::parse_tasks(*options.task, "TASK");
  MPROC_CHECK(ranges.size() == 1 && ranges[0].count == 1, "debug: one task at a time, not {}", *options.task);
  return ranges[0].first;
}

std::optional<base::Failure> recorded_failure(const journal::Index& index, std::uint64_t task) {
  const auto detail = index.detail({}, task);
  if (!detail || detail->outcome.state != journal::Index::State::failed) return std::nullopt;
  std::size_t offset = 0;
  return run::failure_of(base::unpack_value(detail->outcome.value, offset).get());
}

bool is_native(const run::RecordedTask& task) {
  const auto kernel = task.spec.which();
  return kernel == job::MapSpec::Kernel::native || kernel == job::MapSpec::Kernel::built_in;
}

/// What fits how the task failed, unless the user says.
bool needs_gdb(const Options& options, const run::RecordedTask& task,
               const std::optional<base::Failure>& failure) {
  if (options.pdb || options.in_place) return false;
  const bool crashed = failure && failure->kind == base::FailureKind::crash;
  const bool stuck = is_native(task) && failure && failure->kind == base::FailureKind::timeout;
  if (!options.gdb && !crashed && !stuck) return false;
  MPROC_CHECK(
      exec::is_executable("gdb"), "{}gdb, which shows where, is not installed: install it{}",
      failure ? fmt::format("task {} failed: {}; ", task.index, failure->summary()) : "",
      is_native(task)
          ? ""
          : ", or use --pdb, which runs the task in this process (a crash ends it, with a Python stack)");
  return true;
}

/// gdb over this program, which runs the task in its own process.
[[noreturn]] void run_under_gdb(const run::RecordedTask& task, const std::string& run) {
  std::vector<std::string> words{"gdb", "-q"};
  if (is_native(task)) words.insert(words.end(), {"-ex", "catch throw"});
  words.insert(words.end(), {"-ex", "run", "--args", base::own_program().string(), "debug", "--in-place", run,
                             std::to_string(task.index)});
  replace_process(words);
}

void say_what_is_known(const run::RecordedTask& task, const std::optional<base::Failure>& failure,
                       const std::string& run) {
  if (failure) say(fmt::format("task {} of run {} failed: {}", task.index, run, failure->summary()));
  if (!task.changed.empty())
    say(fmt::format("warning: the job's {} changed since that run; here runs what is there now",
                    task.changed));
  if (const auto limits = run::limits_of_tasks(task.job); !limits.empty())
    say(fmt::format("the task runs here without {}", limits));
  if (failure && failure->kind == base::FailureKind::timeout)
    say("Ctrl-C enters the debugger where the task is");
}

int say_end(std::uint64_t task, bool failed_before, const run::InPlace& end) {
  if (end.failure) {
    say(fmt::format("task {} failed: {}", task, end.failure->summary()));
    // What was raised in the task has been shown with its debugger.
    const bool shown =
        end.failure->kind == base::FailureKind::exception || end.failure->kind == base::FailureKind::exit;
    if (!shown) fmt::print(stderr, "{}", end.failure->traceback);
    return static_cast<int>(base::ExitStatus::task_failed);
  }
  say(fmt::format("task {} {}", task,
                  failed_before ? "succeeds now; its result:" : "succeeded; its result:"));
  fmt::print("{}\n", value_line(end.result));
  return 0;
}

/// The command with its placeholders filled in, here: in the task's environment, on the user's terminal.
int run_command(const run::RecordedTask& task, bool gdb) {
  std::vector<std::string> words;
  if (gdb) words = {"gdb", "-q", "-ex", "run", "--args"};
  std::size_t offset = 0;
  const auto item = base::unpack_value(task.item, offset);
  const exec::Command command(task.spec);
  const exec::CommandTask which{task.index};
  const exec::CommandCall call = command.call(item.get(), which);
  words.insert(words.end(), call.argv.begin(), call.argv.end());
  for (const auto& variables : {run::executor_environment(task.job), call.env})
    for (const auto& [name, value] : variables) ::setenv(name.c_str(), value.c_str(), 1);
  say((gdb ? "gdb -q -ex run --args " : "") + command.text(item.get(), which));
  if (!call.directory.empty()) {
    std::filesystem::create_directories(call.directory);
    std::filesystem::current_path(call.directory);
  }
  if (gdb) replace_process(words);
  const std::string end = run_in_foreground(words);
  say(fmt::format("the command ended with {}", end));
  return end == "exit status 0" ? 0 : static_cast<int>(base::ExitStatus::task_failed);
}

int debug(Options options) {
  const auto run = options.find();
  const std::uint64_t number = task_number(options, run);
  const journal::Index index(run);
  warn_of_damage(run, index);
  const auto failure = recorded_failure(index, number);
  const std::string path = std::filesystem::absolute(run.path()).string();
  const auto directory = run::recorded_directory(run);
  MPROC_CHECK(std::filesystem::is_directory(directory), "run {} was made in {}, which is not there any more",
              run.name(), directory.string());
  std::filesystem::current_path(directory);
  const auto task = run::recorded_task(journal::RunDirectory::find({}, path), index, number);
  if (task.spec.which() == job::MapSpec::Kernel::command) {
    MPROC_CHECK(!options.pdb, "task {} is a command, which has no Python; leave --pdb out", number);
    say_what_is_known(task, failure, run.name());
    return run_command(task, options.gdb);
  }
  MPROC_CHECK(!options.pdb || !is_native(task),
              "task {} is native code, which has no Python; leave --pdb out, or use --gdb", number);
  if (needs_gdb(options, task, failure)) run_under_gdb(task, path);
  say_what_is_known(task, failure, run.name());
  return say_end(number, failure.has_value(), run::run_in_place(task, python_factory()));
}

}  // namespace

void add_debug(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand(
      "debug",
      "run one task of a run again, here, and enter a debugger where it fails; changes nothing in the run");
  auto options = std::make_shared<Options>();
  options->add_run(*command);
  options->add_task(*command, "the task's number");
  auto* pdb = command->add_flag("--pdb", options->pdb, "Python's debugger at the line that raises");
  command->add_flag("--gdb", options->gdb, "the process under gdb: for crashes and native code")
      ->excludes(pdb);
  command->add_flag("--in-place", options->in_place)->group("");  // what gdb runs
  command->footer(
      "Without --pdb and --gdb: pdb, or gdb where the task crashed. A command runs in this terminal. A "
      "native\n"
      "task runs in this process, under gdb where it crashed or was stuck.\n\n"
      "examples:\n  mproc debug 7\n  mproc debug sweep-0001 7 --gdb");
  command->callback([options, &context] { context.status = debug(*options); });
}

}  // namespace mproc::app
