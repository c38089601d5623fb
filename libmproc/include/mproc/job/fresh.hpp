#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "mproc/base/json.hpp"
#include "mproc/job/series.hpp"
#include "mproc/kernels/fresh/relevance.hpp"

namespace mproc::job {

/// [fresh.select]: which features have to do with a target, by tests of significance.
struct Select {
  std::filesystem::path target;  ///< CSV: a row an id
  std::string id, column;        ///< its columns of ids, and of what features are selected for
  kernels::fresh::MlTask ml_task = kernels::fresh::MlTask::automatic;
  kernels::fresh::LabelTest label_test = kernels::fresh::LabelTest::mann_whitney;
  kernels::fresh::RelevanceOptions options;
  std::optional<std::size_t> best;   ///< that many, in the place of those that are relevant
  std::optional<double> percentile;  ///< or the share with the smallest p-values
  std::filesystem::path table;       ///< where the relevance table goes, as CSV; empty: nowhere
};

/// A target's column by id.
struct TargetTable {
  std::vector<std::string> ids;
  kernels::fresh::TargetColumn values;
};

/// Throws UserError "FILE:LINE: ..." for what is missing, or no table.
TargetTable read_target(const Select& select);

/// [fresh]: features of time series. A task is one series: an id's, of one column.
struct Fresh {
  SeriesSpec series;
  base::Json features;             ///< as kernels::fresh::features_of() takes it
  std::vector<std::string> names;  ///< of the features, without that of their column
  std::optional<Select> select;
};

}  // namespace mproc::job
