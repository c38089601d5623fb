#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mproc/job/crossval.hpp"
#include "mproc/run/later_stage.hpp"

namespace mproc::run {

/// A [crossval] job's search as far as a journal has its cells.
struct CrossvalProgress {
  std::shared_ptr<job::CrossvalSearch> search;
  std::size_t stages = 0;            ///< that are complete
  base::StageKey next;               ///< the key of the one behind them
  std::vector<std::string> scorers;  ///< names of scores, where there are several
  std::optional<std::string> model;  ///< of the last fit, pickled, where it was kept
};

/// Takes up to `most` stages, as many of them as are complete: each of their cells has its outcome.
CrossvalProgress crossval_progress(const job::Job& job, const journal::Index& index, std::size_t most);

/// The next stage behind `before` complete ones; nothing where there is none.
std::optional<LaterStage> crossval_stage(const job::Job& job, std::size_t before,
                                         const journal::Index& index);

}  // namespace mproc::run
