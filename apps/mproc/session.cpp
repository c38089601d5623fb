#include <fmt/format.h>

#include <cstdlib>
#include <memory>

#include "commands.hpp"
#include "mproc/base/say.hpp"
#include "mproc/launch/placement.hpp"

namespace mproc::app {
namespace {

/// A driver's own Python may be another than executors can run: they take the one that mproc was built for.
void choose_python() {
  try {
    python_environment();
  } catch (const base::UserError& missing) {
    ::unsetenv("VIRTUAL_ENV");
    ::unsetenv("CONDA_PREFIX");
    const auto instead = python_environment();
    base::say(fmt::format("{}; until then executors run {} (Python {}) without that environment's packages",
                          missing.what(), instead.executable.string(), instead.version));
  }
}

}  // namespace

/// What a driver starts: central and its workers, which serve it until it goes. Not for users.
void add_session(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("session", "")->group("");
  struct Options {
    std::string socket;
    std::uint32_t executors = 0;
    std::vector<std::string> settings;
  };
  auto options = std::make_shared<Options>();
  command->add_option("SOCKET", options->socket, "where the driver listens")->required();
  command->add_option("-j,--executors", options->executors)->check(CLI::Range(1u, 1u << 20));
  command->add_option("--set", options->settings, "of its executors: --set task.memory=2GiB")
      ->allow_extra_args(false);
  command->callback([options, &context] {
    run::Request request = run::session_request(options->socket, options->settings);
    choose_python();
    const auto result = launch::launch_session(request, options->executors);
    if (!result.text.empty()) base::say(result.text);
    context.status = static_cast<int>(result.status);
  });
}

}  // namespace mproc::app
