#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "mproc/journal/run_directory.hpp"

namespace mproc::app {

/// [RUN] [TASK] and --runs, of the commands that look at a run. A single word that says tasks and names no
/// run is the TASK of the last run.
struct RunArgument {
  std::optional<std::string> run, task, runs;
  void add_run(CLI::App& command);
  /// After add_run().
  void add_task(CLI::App& command, const std::string& description);
  journal::RunDirectory find();

 private:
  bool takes_task_ = false;
};

}  // namespace mproc::app
