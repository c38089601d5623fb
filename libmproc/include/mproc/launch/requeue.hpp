#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "mproc/launch/slurm.hpp"
#include "mproc/run/observer.hpp"

namespace mproc::launch {

/// Has Slurm put the batch job that this process is in back into its queue, where the run has stopped before
/// its end for a reason that is over then: the time limit, a signal, lost nodes. Not if the user cancelled
/// the job, no task has ended in it, or it was requeued `most` times. Returns a line for the user, empty
/// where there is nothing to say. Slurm may end this process before this returns.
std::string requeue_if_it_helps(const run::RunResult& result, std::uint32_t most);

/// Has another node of the allocation watch over the batch node, while this process lives: Slurm leaves a job
/// of --no-kill alone whose batch node is lost, though nobody would go on there.
void have_batch_node_watched(const Allocation& allocation);

/// What runs there: once Slurm has given up the job's batch node, it is asked to requeue the job. Returns
/// when that is done, or the job has ended.
void watch_batch_node();

/// Whether the last run of a job's name was begun in this very Slurm job, before it was requeued.
bool goes_on_in_this_slurm_job(const std::filesystem::path& runs_root, const std::string& name);

}  // namespace mproc::launch
