#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mproc/job/job.hpp"

namespace mproc::job {

/// What sbatch's --array says: "1-10", "0-100:5", "1,3,7-9%4".
struct TaskArray {
  std::vector<std::uint32_t> ids;  ///< ascending, each once
  std::uint32_t at_a_time = 0;     ///< behind the %; 0: no limit
  std::uint32_t step() const;      ///< between all ids; 1 where that differs
};

/// Throws UserError "PROBLEM", which goes behind the key's name.
TaskArray parse_task_array(std::string_view text);

/// items.array, where the job has it.
std::optional<TaskArray> task_array(const Job& job);

/// What all scripts of the array find in their environment: SLURM_ARRAY_TASK_COUNT and the like.
std::vector<std::pair<std::string, std::string>> array_environment(const TaskArray& array);

}  // namespace mproc::job
