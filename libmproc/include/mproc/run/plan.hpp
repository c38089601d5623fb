#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mproc/base/error.hpp"
#include "mproc/base/time.hpp"
#include "mproc/job/items.hpp"
#include "mproc/job/job.hpp"
#include "mproc/journal/index.hpp"
#include "mproc/journal/run_directory.hpp"
#include "mproc/run/observer.hpp"

namespace mproc::run {

/// Where all tasks of a job are.
inline constexpr base::StageKey only_stage{};

/// What the user asked of a run, besides the job.
struct RunOptions {
  std::filesystem::path runs_root;
  bool fresh = false;                            ///< always a new run
  bool retry_failed = false;                     ///< failed tasks are not done
  bool no_output = false;                        ///< outputs are not rendered
  std::vector<base::TaskRange> tasks;            ///< only these; empty: all
  std::chrono::nanoseconds time_limit{0};        ///< after it no task begins, as in a drain; 0: none
  std::int64_t began_ns = base::monotonic_ns();  ///< what the job's walltime counts from: the command's start
  std::int64_t end_ns = 0;                ///< by when Slurm wants us gone, as base::monotonic_ns(); 0: never
  std::chrono::nanoseconds kill_wait{0};  ///< from Slurm's request to stop to its kill; 0: there is none
  std::string started_again;              ///< why the launcher did so; empty: the user's command
};

/// Whether a job starts a new run, goes on with its last one, or has nothing to do.
struct Plan {
  enum class Kind { start, go_on, nothing } kind = Kind::start;
  std::optional<journal::RunDirectory> run;             ///< to go on with, or that is finished
  std::unique_ptr<journal::Index> index;                ///< of that run
  std::string last;                                     ///< name of the newest run of the job's name, if any
  std::string note;                                     ///< one line for the user; may be empty
  base::ExitStatus status = base::ExitStatus::success;  ///< with nothing to do
};

/// Reads the last run of the job's name. Items of a generator are not compared here (they need an
/// interpreter) but as they come. Throws UserError where that run cannot be read.
Plan make_plan(const job::Job& job, const RunOptions& options);

/// Says the plan's note, and what of the run's journal is damaged.
void say(const Plan& plan, Observer& observer);

/// What becomes the run directory's job.json: the job, its identity, where it came from.
/// `seed`: the job's, or the one that was drawn for the run.
std::string provenance(const job::Job& job, std::uint64_t seed);

/// The same of a run that goes on with items appended, or another [output]: origin and seed stay.
std::string renewed_provenance(const std::string& before, const job::Job& job);

/// Whether the run is of the same job, items excepted.
bool is_run_of(const journal::RunDirectory& run, const job::Job& job);

/// Which parts of the job differ from those of the run, items excepted, as "init code, args"; empty: none.
std::string changes(const journal::RunDirectory& run, const job::Job& job);

/// The job document that a run was started with. Throws UserError or a JSON exception for a damaged job.json.
job::Document recorded_document(const journal::RunDirectory& run);

/// The run's items where its job document gives them again; null where the journal holds them.
std::unique_ptr<job::ItemSource> recorded_items(const journal::RunDirectory& run);

/// Reads "0-9,20,30-" (both ends included). Throws UserError that calls it `what`.
std::vector<base::TaskRange> parse_tasks(const std::string& text, const std::string& what = "--tasks");

}  // namespace mproc::run
