#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "mproc/exec/runtime_set.hpp"
#include "mproc/job/job.hpp"
#include "mproc/journal/index.hpp"
#include "mproc/journal/run_directory.hpp"

namespace mproc::run {

/// A task of a run with all that it takes to run it again: init code and seed from the run's own records,
/// modules and data from where they are.
struct RecordedTask {
  std::uint64_t index = 0;
  job::Job job;
  job::MapSpec spec;
  base::Bytes item;
  std::string changed;  ///< parts of the job that are not any more as the run had them; empty: none
};

/// Where the run was made: what tasks read and write is relative to it.
std::filesystem::path recorded_directory(const journal::RunDirectory& run);

/// Throws UserError for a task that the run does not know, or whose item it does not hold.
RecordedTask recorded_task(const journal::RunDirectory& run, const journal::Index& index, std::uint64_t task);

/// The limits that the job sets for tasks, "task.timeout, task.memory", which do not hold for those that run
/// in this process; empty: none.
std::string limits_of_tasks(const job::Job& job);

/// How a task ended that ran in this process.
struct InPlace {
  std::optional<base::Failure> failure;
  base::Bytes result;  ///< msgpack, where there is no failure
};

/// Runs the task in this process, whose standard streams are the task's own; where it raises, the user gets a
/// debugger first. Of Python and native tasks. Writes nothing into the run.
InPlace run_in_place(const RecordedTask& task, const exec::PythonFactory& python);

}  // namespace mproc::run
