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
  std::string module, code;
  std::vector<std::string> words;  // SCRIPT and its arguments
};

constexpr const char* prompt = R"(import mproc
_session = mproc.start()
print(f"mproc: a session of {_session.executors} executors; mproc.map(f, items) runs f over them")
del _session)";

/// The Python with its words: as the user would type them, or an interactive one with a session.
std::vector<std::string> command_line(const Options& options, const std::string& python) {
  std::vector<std::string> words{python};
  if (!options.module.empty()) {
    words.insert(words.end(), {"-m", options.module});
  } else if (!options.code.empty()) {
    words.insert(words.end(), {"-c", options.code});
  } else if (options.words.empty()) {
    return {python, "-q", "-i", "-c", prompt};
  }
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
  auto* module = command->add_option("-m", options->module, "run a module, as python -m does");
  command->add_option("-c", options->code, "run a program given as text")->excludes(module);
  command->prefix_command();
  command->footer(
      "mproc's options come before SCRIPT; all behind it is the script's. Without a script: a prompt.");
  command->callback([command, options, &context] {
    options->words = command->remaining();
    const auto environment = python_environment();
    prepend("PYTHONPATH", environment.package_dir);
    ::setenv("MPROC", base::own_program().c_str(), 1);
    ::setenv("MPROC_EXECUTORS", std::to_string(options->executors).c_str(), 1);
    const auto words = command_line(*options, environment.executable);
    if (!context.is_rank) replace_process(words);
    context.status = run_as_rank(words, std::move(*context.zygote));
  });
}

}  // namespace mproc::app
