#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "mproc/job/items.hpp"
#include "mproc/journal/index.hpp"

namespace mproc::run {

/// A stage after a job's first, whose items are made of what the stages before it gave.
struct LaterStage {
  base::StageKey key;  ///< another one for other items: what is journalled of those does not count
  job::MapSpec spec;
  std::uint64_t tasks = 0;
  std::function<std::unique_ptr<job::ItemSource>()> items;
};

/// The stage that comes after `before` stages, which are complete: each task has its outcome. `tasks`: of the
/// first one. Nothing where there are no more. Throws UserError where the results so far do not allow it.
std::optional<LaterStage> later_stage(const job::Job& job, std::size_t before, const journal::Index& index,
                                      std::uint64_t tasks);

/// Whether all stages after a first one that is complete are so, too.
bool stages_complete(const job::Job& job, const journal::Index& index, std::uint64_t tasks);

}  // namespace mproc::run
