#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "mproc/job/job.hpp"
#include "mproc/journal/index.hpp"
#include "mproc/journal/render.hpp"
#include "mproc/run/plan.hpp"

namespace mproc::run {

/// What the user should know of an output that was written, as a line; empty: nothing.
std::string note_of(const journal::Rendered& rendered, job::Format format);

/// What a complete run writes: [output], a [fresh] job's relevance table, a [crossval] job's model.
std::vector<std::filesystem::path> output_paths(const job::Job& job);
/// "results: selected.csv and relevance.csv", without standard output; empty: no files.
std::string output_line(const job::Job& job);

/// Renders a complete run's outcomes into the job's output_paths(), and notes that in the run's directory.
/// Returns a line for the user, or nothing to say. Throws UserError where the results do not fit the format.
std::string write_output(const job::Job& job, const journal::RunDirectory& run, const journal::Index& index,
                         std::uint64_t total);

/// The line for a plan with nothing to do; writes the job's output where this run's is not there (removed,
/// asked for under another name since, or never written: the disk was full): that takes no computing.
std::string conclude_nothing(const job::Job& job, const Plan& plan, const RunOptions& options);

}  // namespace mproc::run
