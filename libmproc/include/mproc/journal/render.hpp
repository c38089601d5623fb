#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "mproc/job/items.hpp"
#include "mproc/job/job.hpp"
#include "mproc/journal/index.hpp"

namespace mproc::journal {

struct Rendered {
  std::uint64_t rows = 0;
  std::uint64_t not_finite = 0;  ///< NaN and infinities that JSON has to write as null
};

/// Writes a stage's outcomes as a table in input order. Row, in every table format: `index`, the item's own
/// columns (`item` for items that are not named), the result's columns (`result` for what is not a map),
/// `status` ("ok", "failed", "pending"), `error` (Failure::summary(), none when ok). An item column that a
/// result column would hide makes the result's `result.NAME`. Columns are those of all rows, in order of
/// first appearance; what a row lacks is empty (null, None, zero or NaN in arrays). To a file: beside its
/// path and renamed into place. Path "-" is standard output (not for npy and npz). `items` is the job's
/// source, at any position, or null when the journal holds the items. It is read more than once. Throws
/// UserError when the results do not fit the format, naming one that does. Items never fail an output: one
/// that does not fit stays empty, or makes its column text in npz.
Rendered render(const Index& index, base::StageKey stage, job::Format format,
                const std::filesystem::path& path, job::ItemSource* items, std::uint64_t total);

}  // namespace mproc::journal
