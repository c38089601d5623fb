#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "mproc/job/slurm.hpp"
#include "mproc/run/observer.hpp"

namespace mproc::launch {

/// A run as a batch job of Slurm's.
struct BatchJob {
  std::string name;                  ///< of the job, and what its files are called
  job::Slurm slurm;                  ///< the user's options go before ours
  std::vector<std::string> command;  ///< what the script becomes in the end
  std::filesystem::path directory;   ///< where that runs
  std::filesystem::path runs;        ///< folder of the run, the script and the log

  std::filesystem::path script() const;
  std::filesystem::path log(const std::string& id) const;  ///< %j: as sbatch writes it
};

/// What sbatch is given; bash runs it as well.
std::string script_of(const BatchJob& batch);

/// The long options of this machine's sbatch, plugins' among them; empty where there is no sbatch.
std::vector<std::string> options_of_sbatch();

/// What Slurm says against such a job, which it would otherwise let wait for ever; empty: nothing.
std::string objection_of_slurm(const BatchJob& batch);

/// Writes the script and submits it; the job's id. Throws UserError with what sbatch says.
std::string submit(const BatchJob& batch);

/// Waits for the end of a batch job, requeued or not; shows its log on stderr as it grows, and how far the
/// run is where `draw_progress`. The exit status is the run's, where the job came so far.
run::RunResult follow(const BatchJob& batch, const std::string& id, bool draw_progress);

}  // namespace mproc::launch
