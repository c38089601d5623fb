#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "commands.hpp"
#include "mproc/job/job.hpp"
#include "mproc/launch/scratch.hpp"

namespace mproc::app {

/// A few tasks of a job, run in a folder that is gone afterwards: what try and plan share.
class Trial {
 public:
  /// Reads the job with the --set of `arguments`. Throws UserError for a job that cannot be run.
  Trial(const std::string& job_file, RunArguments arguments, Context& context);

  const job::Job& job() const { return job_; }
  const std::filesystem::path& folder() const { return folder_->path(); }
  /// How many tasks the job has, where that is known before the run.
  std::optional<std::uint64_t> total() const { return total_; }
  /// Makes it known where reading all items tells. (Not those of generators, which may do something.)
  void count_tasks();
  static constexpr std::uint64_t few_tasks = 3;
  /// The first task, the middle one and the last; the first three, where their number is not known.
  std::vector<base::TaskRange> few() const;
  /// So many tasks, evenly spread over the input in up to `places` stretches.
  std::vector<base::TaskRange> spread(std::uint64_t tasks, std::uint64_t places) const;

  /// Runs these, but for those that have run before. After `limit` no task begins; 0: no limit. Gives the
  /// exit status; what is no task's failure has been said.
  int run(const std::vector<base::TaskRange>& tasks, std::uint32_t executors,
          std::chrono::nanoseconds limit = {});
  /// Of what has run; nothing before the first task can start.
  const std::optional<std::filesystem::path>& directory() const { return directory_; }

  struct Measured {
    std::int64_t ns = 0;
    std::uint64_t result_bytes = 0;
  };
  struct Measurements {
    std::vector<Measured> tasks;  ///< those that succeeded, without the first ones, where there are others
    double warm_up_seconds = 0;   ///< what an executor's first task takes beyond others
  };
  Measurements measured() const;

 private:
  std::optional<launch::Scratch> folder_;
  RunArguments arguments_;
  Context& context_;
  job::Document document_;
  job::Job job_;
  std::optional<std::uint64_t> total_;
  std::optional<std::filesystem::path> directory_;
  std::int64_t last_begin_ns_ = 0;  // of the last run()
};

double mean_seconds(const std::vector<Trial::Measured>& tasks);

/// A time for the eye: "60 ns", "483 µs", "2.2 ms", "1.5 s", "3 min", "2.0 h".
std::string duration(double seconds);

}  // namespace mproc::app
