#include "mproc/run/later_stage.hpp"

#include "mproc/run/crossval_stages.hpp"
#include "mproc/run/feature_selection.hpp"

namespace mproc::run {

std::optional<LaterStage> later_stage(const job::Job& job, std::size_t before, const journal::Index& index,
                                      std::uint64_t tasks) {
  if (job.crossval) return crossval_stage(job, before, index);
  if (before > 1 || !job.fresh || !job.fresh->select) return std::nullopt;
  return selection_stage(job, index, tasks);
}

bool stages_complete(const job::Job& job, const journal::Index& index, std::uint64_t tasks) {
  std::size_t before = 1;
  while (const auto stage = later_stage(job, before, index, tasks)) {
    if (index.succeeded(stage->key) + index.failed(stage->key) < stage->tasks) return false;
    ++before;
  }
  return true;
}

}  // namespace mproc::run
