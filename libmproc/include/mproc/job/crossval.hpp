#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mproc/job/crossval_data.hpp"
#include "mproc/job/crossval_search.hpp"
#include "mproc/job/spot.hpp"

namespace mproc::job {

/// What a [crossval] table says of candidates and sets: all but the data, what is fitted to it, and the
/// model's file.
struct CrossvalPlan {
  kernels::crossval::SetsSpec sets;
  Candidates candidates;
};
CrossvalPlan read_crossval_plan(const Spot& section, std::optional<std::uint64_t> seed);

/// [crossval]: candidates, each on every split. A task is one of these cells.
struct Crossval {
  CrossvalPlan plan;
  CrossvalData data;
  kernels::crossval::Sets sets;
  Json args;                         ///< what the Python function of a cell gets besides it
  std::vector<std::string> scorers;  ///< in the order of scores; empty: one, the estimator's own
  std::filesystem::path model;       ///< where the best model goes, as a pickle; empty: nowhere
};
Crossval read_crossval(const Spot& section, std::optional<std::uint64_t> seed);

/// As it is before any cell has been computed.
CrossvalSearch search_of(const Crossval& crossval);

/// The cells of its next stage as items. `description`: the source's.
std::unique_ptr<ItemSource> open_cells(std::shared_ptr<const CrossvalSearch> search,
                                       std::string description = {});
/// Those of the first stage.
std::unique_ptr<ItemSource> open_cells(const Crossval& crossval);

}  // namespace mproc::job
