#include <fmt/format.h>

#include <memory>

#include "commands.hpp"
#include "mproc/base/time.hpp"
#include "mproc/journal/run_directory.hpp"
#include "mproc/journal/status.hpp"

namespace mproc::app {

void add_status(CLI::App& app, Context&) {
  auto* command = app.add_subcommand("status", "where a run stands; without RUN, the last one");
  struct Options {
    std::optional<std::string> run, runs;
  };
  auto options = std::make_shared<Options>();
  command->add_option("RUN", options->run, "sweep-0001, sweep, or a run directory");
  command->add_option("--runs", options->runs,
                      "folder of run directories (default: $MPROC_RUNS, else ./runs)");
  command->callback([options] {
    const auto run =
        journal::RunDirectory::find(journal::RunDirectory::runs_root(options->runs), options->run);
    warn_of_damage(run, journal::Index(run));
    // In this order: an owner leaves after its last status.
    const bool owned = journal::Ownership::is_held(run);
    const auto status = journal::read_status(run);
    if (!status) return fmt::print("{}: not started\n", run.name());
    const bool killed = !owned && (status->state == "running" || status->state == "draining");
    const std::string total = status->total ? fmt::format(" of {}", *status->total) : "";
    fmt::print(
        "{}: {}, {}{} tasks done ({} succeeded, {} failed), {} running; central: pid {} on {}, {:.0f} s "
        "ago{}\n",
        run.name(), killed ? "stopped without an end (killed?)" : status->state,
        status->succeeded + status->failed, total, status->succeeded, status->failed, status->running,
        status->pid, status->host, static_cast<double>(base::wall_ns() - status->updated_ns) / 1e9,
        killed ? "; the same command goes on" : "");
  });
}

}  // namespace mproc::app
