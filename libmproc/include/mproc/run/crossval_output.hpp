#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "mproc/job/job.hpp"
#include "mproc/journal/index.hpp"

namespace mproc::run {

/// Writes the table of a [crossval] job, as far as its run has come, and the model of the last fit where the
/// job names a file for it.
void render_crossval(const job::Job& job, const journal::Index& index, job::Format format,
                     const std::filesystem::path& path);

/// The same of a run that was recorded, without its model; false where it is no [crossval] run. Reads the
/// job's data.
bool render_recorded_crossval(const journal::RunDirectory& run, const journal::Index& index,
                              job::Format format, const std::filesystem::path& path);

/// The best candidates' scores as lines for the terminal, the best one, and its score on the holdout.
std::string crossval_summary(const job::Job& job, const journal::Index& index);

}  // namespace mproc::run
