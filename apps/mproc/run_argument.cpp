#include "run_argument.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mproc/base/error.hpp"
#include "mproc/journal/status.hpp"

namespace mproc::app {
namespace {

bool says_tasks(const std::string& word) {
  return !word.empty() && word.find_first_not_of("0123456789,-") == std::string::npos && word.front() != '-';
}

/// The run that a batch job of Slurm's writes, or wrote last.
journal::RunDirectory run_of_slurm_job(const std::filesystem::path& root, const std::string& id) {
  auto runs = journal::RunDirectory::all(root);
  std::ranges::reverse(runs);
  for (const auto& run : runs)
    if (const auto status = journal::read_status(run); status && status->slurm_job == id) return run;
  throw base::UserError(fmt::format(
      "no run in {} is of Slurm job {}: it has not begun (squeue -j {} tells), or has its runs elsewhere "
      "(--runs)",
      root.string(), id, id));
}

bool names_run(const std::filesystem::path& root, const std::string& word) {
  return std::filesystem::exists(root / word / "job.json") || journal::RunDirectory::last(root, word);
}

}  // namespace

void RunArgument::add_run(CLI::App& command) {
  command.add_option("RUN", run,
                     "sweep-0001, sweep, a run directory, or a Slurm job's id; default: the last run");
  command.add_option("--runs", runs, "folder of run directories (default: $MPROC_RUNS, else ./runs)");
}

void RunArgument::add_task(CLI::App& command, const std::string& description) {
  command.add_option("TASK", task, description);
  takes_task_ = true;
}

journal::RunDirectory RunArgument::find() {
  const auto root = journal::RunDirectory::runs_root(runs);
  if (takes_task_ && run && !task && says_tasks(*run) && !names_run(root, *run)) std::swap(run, task);
  const bool is_number = run && !run->empty() && run->find_first_not_of("0123456789") == std::string::npos;
  if (is_number && !names_run(root, *run)) return run_of_slurm_job(root, *run);
  return journal::RunDirectory::find(root, run);
}

}  // namespace mproc::app
