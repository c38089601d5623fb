#pragma once

#include "mproc/job/job.hpp"
#include "mproc/job/spot.hpp"

namespace mproc::job {

// One function a section of the job file; `section` is there and its keys are known.
std::vector<InitBlock> read_init(const Spot& section);
Task read_task(const Spot& section);
/// What [task] says of tasks that the job's kind makes: their limits.
void read_limits(const Spot& section, Task& task);
Fresh read_fresh(const Spot& section);
/// The part of [task] that is its executors'.
Demand read_demand(const Spot& section);
RunOptions read_run(const Spot& section);
Slurm read_slurm(const Spot& section);
Output read_output(const Spot& section);
std::vector<DataFile> read_data(const Spot& section);

/// A file that is written: its directory is there.
std::filesystem::path output_path(const Spot& spot);

/// "10s"
std::chrono::milliseconds read_duration(const Spot& spot);

/// Checks [items] as far as that goes without reading item files.
void check_items(const Spot& section);

/// The files that the items come from, where they do.
std::vector<std::filesystem::path> item_files(const Spot& section);

/// "module:function" or "name", with dots on both sides.
bool is_function_name(std::string_view text);
/// "module:function" only.
bool is_qualified_name(std::string_view text);

}  // namespace mproc::job
