#include <memory>

#include "commands.hpp"
#include "mproc/base/fd.hpp"
#include "mproc/launch/requeue.hpp"
#include "mproc/run/rank.hpp"

namespace mproc::app {

/// What the launcher starts under mpirun; not for users.
void add_rank(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("rank", "")->group("");
  struct Options {
    std::string request, control;
  };
  auto options = std::make_shared<Options>();
  command->add_option("REQUEST", options->request)->required();
  command->add_option("CONTROL", options->control)->required();
  command->callback([options, &context] {
    MPROC_CHECK(context.is_rank, "'mproc rank' is what mproc itself starts under mpirun; use 'mproc run'");
    run::RankSetup setup{std::move(*context.zygote),
                         [options] { return run::decode_request(base::read_file(options->request)); },
                         options->control,
                         {}};
    context.status = run::run_rank(std::move(setup));
  });
}

/// What the launcher starts on a second node of a Slurm job; not for users.
void add_watch_batch_node(CLI::App& app, Context&) {
  app.add_subcommand("watch-batch-node", "")->group("")->callback(launch::watch_batch_node);
}

}  // namespace mproc::app
