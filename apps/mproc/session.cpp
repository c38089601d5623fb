#include <fmt/format.h>

#include <cstdlib>
#include <memory>

#include "commands.hpp"
#include "mproc/base/say.hpp"
#include "mproc/launch/launcher.hpp"

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

/// Executors on this host alone, or one rank on each node of the allocation: when so many are asked for, or
/// none in particular (0).
launch::LaunchOptions spread(const job::Demand& demand, std::uint32_t executors, run::Request& request) {
  // A loss ends the session: what its maps had done is with the driver, who decides.
  launch::LaunchOptions how{.relaunch = 0};
  const std::uint32_t nodes = launch::allocated_nodes();
  if (nodes == 1 || (executors > 0 && executors <= executors_here(demand, 0))) {
    how.workers = executors_here(demand, executors);
    return how;
  }
  how.workers = how.nodes = nodes;
  request.executors = executors;
  request.executors_per_worker = (executors + nodes - 1) / nodes;
  return how;
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
    const auto how = spread(job::read_session(request.document).task.demand, options->executors, request);
    const auto result = launch::launch(request, how);
    if (!result.text.empty()) base::say(result.text);
    context.status = static_cast<int>(result.status);
  });
}

}  // namespace mproc::app
