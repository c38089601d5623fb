#pragma once

#include "mproc/job/job.hpp"
#include "mproc/journal/feature_table.hpp"
#include "mproc/journal/index.hpp"
#include "mproc/journal/run_directory.hpp"

namespace mproc::run {

/// The series of a [fresh] job, without what else its document names: those files may be gone. Throws
/// UserError where the input is.
std::unique_ptr<job::ItemSource> open_series_of(const job::Document& document);

/// Of a job of kind [fresh] that has `total` series. Its input is read again where a task failed, to say of
/// which series.
journal::FeatureTable feature_table(const job::Job& job, const journal::Index& index, std::uint64_t total);

/// Writes it, or of a job that selects, what was selected, and the relevance table where that was asked for;
/// in no format, the latter alone. Throws UserError where the results do not fit the format.
journal::Rendered render_features(const job::Job& job, const journal::Index& index, std::uint64_t total,
                                  job::Format format, const std::filesystem::path& path);

/// Writes all features of a run; nothing where its job is of another kind. Needs no input unless a task
/// failed.
std::optional<journal::Rendered> render_recorded_features(const journal::RunDirectory& run,
                                                          const journal::Index& index, std::uint64_t total,
                                                          job::Format format,
                                                          const std::filesystem::path& path);

}  // namespace mproc::run
