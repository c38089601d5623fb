#include <fmt/format.h>

#include <cstdlib>
#include <memory>

#include "commands.hpp"
#include "foreground.hpp"
#include "mproc/base/error.hpp"
#include "mproc/base/fd.hpp"
#include "mproc/base/say.hpp"
#include "mproc/comm/mpi_channel.hpp"
#include "mproc/run/rank.hpp"

namespace mproc::app {
namespace {

struct Options {
  std::uint32_t executors = 0;
  HostArguments where;
  std::vector<std::string> words;  // for Python: its own options, SCRIPT, -m MODULE or -c CODE, and arguments
};

constexpr const char* prompt = R"(import mproc
_session = mproc.start()
print(f"mproc: a session of {_session.executors} executors; mproc.map(f, items) runs f over them")
del _session)";

/// The Python with its words: as the user would type them, or an interactive one with a session.
std::vector<std::string> command_line(const Options& options, const std::string& python) {
  if (options.words.empty()) return {python, "-q", "-i", "-c", prompt};
  std::vector<std::string> words{python};
  words.insert(words.end(), options.words.begin(), options.words.end());
  return words;
}

void prepend(const char* variable, const std::string& folder) {
  const char* before = std::getenv(variable);
  ::setenv(variable, before != nullptr && *before != 0 ? (folder + ":" + before).c_str() : folder.c_str(), 1);
}

/// Under the user's own mpirun: central starts the program as its child.
int run_as_rank(const std::vector<std::string>& words, exec::Zygote zygote) {
  const auto launched = comm::launched_as();
  MPROC_CHECK(launched.size > 1,
              "one rank alone has no worker; start mpirun with -n 2 or more, or leave mpirun out");
  run::RankSetup setup{std::move(zygote), {}, {}, [](const run::RunResult& result) {
                         if (!result.text.empty()) base::say(result.text);
                       }};
  if (launched.rank == base::central_rank.value) setup.script.emplace(words);
  return run::run_rank(std::move(setup));
}

}  // namespace

void add_python(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("python", "run a Python program that gives work to a session: a driver");
  auto options = std::make_shared<Options>();
  command
      ->add_option("-j,--executors", options->executors, "executors of its session (default: as many as fit)")
      ->check(CLI::Range(1u, 1u << 20));
  add_host_arguments(*command, options->where);
  command->prefix_command();
  command->footer(
      "Behind mproc's options comes what Python gets: SCRIPT (- reads it from standard input), -m MODULE or\n"
      "-c CODE, with its arguments, and options of Python's own before it. Without any: a prompt.\n"
      "examples:\n"
      "  mproc python -j 4 driver.py input.csv\n"
      "  mproc python -m jupyterlab                     notebooks that can import mproc\n"
      "  mpirun -n 5 mproc python driver.py             over four workers that you have started");
  command->callback([command, options, &context] {
    options->words = command->remaining();
    const auto environment = python_environment();
    prepend("PYTHONPATH", environment.package_dir);
    ::setenv("MPROC", base::own_program().c_str(), 1);
    ::setenv("MPROC_EXECUTORS", std::to_string(options->executors).c_str(), 1);
    const auto hosts = hosts_of(options->where);
    MPROC_CHECK(
        hosts.empty() || !context.is_rank,
        "--hosts is for sessions that mproc itself starts; here the ranks are given, on hosts of their own");
    if (!hosts.empty()) ::setenv("MPROC_HOSTS", launch::as_list(hosts).c_str(), 1);
    const auto words = command_line(*options, environment.executable);
    if (!context.is_rank) replace_process(words);
    context.status = run_as_rank(words, std::move(*context.zygote));
  });
}

}  // namespace mproc::app
