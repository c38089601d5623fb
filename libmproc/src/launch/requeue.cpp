#include "mproc/launch/requeue.hpp"

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "ask_slurm.hpp"
#include "mproc/base/fd.hpp"
#include "mproc/base/say.hpp"
#include "mproc/journal/status.hpp"

namespace mproc::launch {
namespace {

std::string variable(const char* name) {
  const char* text = std::getenv(name);
  return text != nullptr ? text : "";
}

bool has_come_further(const std::filesystem::path& run) {
  if (run.empty()) return false;
  const auto status = journal::read_status(journal::RunDirectory::find(run.parent_path(), run.string()));
  return status && status->succeeded + status->failed > status->done_before;
}

/// Slurm ends it by itself when it was cancelled: then it stays ended.
bool is_running(const std::string& job) {
  const auto shown = ask_slurm({"scontrol", "-o", "show", "job", job});
  return shown.ok() && shown.out.find("JobState=RUNNING") != std::string::npos;
}

enum class BatchNode { is_there, is_gone, unknown };

BatchNode look_for_batch_node(const std::string& job) {
  const auto queued = ask_slurm({"squeue", "-h", "-t", "RUNNING", "-j", job, "-o", "%B %N"});
  const std::size_t space = queued.out.find(' ');
  if (!queued.ok() || space == std::string::npos) return BatchNode::unknown;
  const auto names = node_names(queued.out.substr(space + 1));
  if (names.empty()) return BatchNode::unknown;
  const bool found = std::ranges::find(names, queued.out.substr(0, space)) != names.end();
  return found ? BatchNode::is_there : BatchNode::is_gone;
}

}  // namespace

void have_batch_node_watched(const Allocation& allocation) {
  std::vector<std::string> words = in_step(allocation.job, allocation.nodes.at(1).name);
  words.insert(words.end(), {base::own_program().string(), "watch-batch-node"});
  base::start_silently(words);
}

void watch_batch_node() {
  constexpr std::chrono::seconds pause{20};
  constexpr int most_unknown = 30;  // Slurm's controller may be away for a while
  const std::string job = variable("SLURM_JOB_ID");
  for (int unknown = 0; unknown < most_unknown;) {
    std::this_thread::sleep_for(pause);
    const BatchNode node = look_for_batch_node(job);
    unknown = node == BatchNode::unknown ? unknown + 1 : 0;
    if (node == BatchNode::is_gone && ask_slurm({"scontrol", "requeue", job}).ok()) return;
  }
}

bool goes_on_in_this_slurm_job(const std::filesystem::path& runs_root, const std::string& name) {
  const std::string job = variable("SLURM_JOB_ID");
  const auto run = journal::RunDirectory::last(runs_root, name);
  if (job.empty() || !run) return false;
  const auto status = journal::read_status(*run);
  return status && status->slurm_job == job;
}

std::string requeue_if_it_helps(const run::RunResult& result, std::uint32_t most) {
  const std::string job = variable("SLURM_JOB_ID");
  const bool helps = result.status == base::ExitStatus::drained ||
                     (result.status == base::ExitStatus::incomplete && result.ranks_lost);
  if (job.empty() || !helps || !is_running(job)) return {};
  if (!has_come_further(result.directory))
    return "not requeued: no task has ended in this allocation; give it more time or other nodes";
  const auto times = std::strtoul(variable("SLURM_RESTART_COUNT").c_str(), nullptr, 10);
  if (times >= most)
    return fmt::format(
        "not requeued: Slurm job {} was so {} times, which is the limit; submit it again to go on", job,
        times);
  base::say(
      fmt::format("Slurm job {} is requeued and goes on ({} of at most {} times)", job, times + 1, most));
  const auto answer = ask_slurm({"scontrol", "requeue", job});
  if (answer.ok()) return {};
  return fmt::format("Slurm has not requeued job {}: {}; submit it again to go on", job,
                     answer.err.substr(0, answer.err.find('\n')));
}

}  // namespace mproc::launch
