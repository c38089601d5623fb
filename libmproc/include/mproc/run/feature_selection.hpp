#pragma once

#include "mproc/journal/feature_table.hpp"
#include "mproc/kernels/fresh/relevance.hpp"
#include "mproc/run/later_stage.hpp"

namespace mproc::run {

/// What can be wrong with [fresh.select] before there are features: throws UserError for a target that cannot
/// be read, or be selected for. Else says what it was taken for, "y.csv: 3 rows of 2 classes"; nothing for a
/// job that does not select.
std::string check_selection(const job::Job& job);

/// The stage of a [fresh] job that tests each column of the feature table against the target. Missing and
/// infinite values are imputed, as tsfresh's extract_relevant_features does.
LaterStage selection_stage(const job::Job& job, const journal::Index& index, std::uint64_t tasks);

struct Selection {
  kernels::fresh::RelevanceTable table;
  std::vector<std::size_t> columns;  ///< of the feature table, in order of relevance
};

/// By the results of that stage. A column whose test failed counts as constant.
Selection select(const job::Job& job, const journal::FeatureTable& features, const journal::Index& index,
                 std::uint64_t tasks);

}  // namespace mproc::run
