#include "run_argument.hpp"

namespace mproc::app {
namespace {

bool says_tasks(const std::string& word) {
  return !word.empty() && word.find_first_not_of("0123456789,-") == std::string::npos && word.front() != '-';
}

bool names_run(const std::filesystem::path& root, const std::string& word) {
  return std::filesystem::exists(root / word / "job.json") || journal::RunDirectory::last(root, word);
}

}  // namespace

void RunArgument::add_run(CLI::App& command) {
  command.add_option("RUN", run, "sweep-0001, sweep, or a run directory; default: the last run");
  command.add_option("--runs", runs, "folder of run directories (default: $MPROC_RUNS, else ./runs)");
}

void RunArgument::add_task(CLI::App& command, const std::string& description) {
  command.add_option("TASK", task, description);
}

journal::RunDirectory RunArgument::find() {
  const auto root = journal::RunDirectory::runs_root(runs);
  if (run && !task && says_tasks(*run) && !names_run(root, *run)) std::swap(run, task);
  return journal::RunDirectory::find(root, run);
}

}  // namespace mproc::app
