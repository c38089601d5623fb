#pragma once

#include <filesystem>

#include "mproc/job/crossval_search.hpp"
#include "mproc/job/job.hpp"

namespace mproc::journal {

/// Writes a table of cross-validation: csv and jsonl a row a line; json one object: the members of `head`,
/// then "results", a list of rows. What is null is an empty cell of csv. To a file: beside its path and
/// renamed into place; "-" is standard output. Throws UserError for other formats.
void render(const job::ResultTable& table, const job::Json& head, job::Format format,
            const std::filesystem::path& path);

}  // namespace mproc::journal
