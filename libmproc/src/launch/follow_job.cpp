#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <set>
#include <thread>

#include "ask_slurm.hpp"
#include "mproc/base/fd.hpp"
#include "mproc/base/time.hpp"
#include "mproc/journal/status.hpp"
#include "mproc/launch/batch_job.hpp"
#include "progress_line.hpp"

namespace mproc::launch {
namespace {

using namespace std::chrono_literals;

/// Of a batch job, as scontrol shows it.
struct JobState {
  std::string state, reason, nodes, exit_code, log;
  bool is_over() const {
    static const std::set<std::string> going_on{"PENDING",      "CONFIGURING",  "RUNNING",      "COMPLETING",
                                                "SUSPENDED",    "REQUEUED",     "RESIZING",     "STOPPED",
                                                "STAGE_OUT",    "SIGNALING",    "REQUEUE_HOLD", "REQUEUE_FED",
                                                "SPECIAL_EXIT", "RESV_DEL_HOLD"};
    return !state.empty() && !going_on.contains(state);
  }
};

/// What stands behind NAME=, as far as one of `ends`.
std::string field(const std::string& text, const std::string& name, const char* ends = " \n") {
  const std::size_t at = (" " + text).find(" " + name + "=");
  if (at == std::string::npos) return {};
  const std::size_t begin = at + name.size() + 1;
  return text.substr(begin, text.find_first_of(ends, begin) - begin);
}

std::optional<JobState> job_state(const std::string& id) {
  const auto shown = ask_slurm({"scontrol", "show", "job", id});
  if (!shown.ok()) return std::nullopt;
  return JobState{field(shown.out, "JobState"), field(shown.out, "Reason"), field(shown.out, "NodeList"),
                  field(shown.out, "ExitCode"), field(shown.out, "StdOut", "\n")};
}

/// Shows what is new in a file.
class Tail {
 public:
  void show(const std::string& path, ProgressLine& line) {
    if (!file_) file_.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file_) return;
    std::array<char, 4096> buffer{};
    for (ssize_t n = 0; (n = ::read(file_.get(), buffer.data(), buffer.size())) > 0;) {
      line.clear();
      std::fwrite(buffer.data(), 1, static_cast<std::size_t>(n), stderr);
    }
  }

 private:
  base::Fd file_;
};

/// How far the run is that this job writes.
void draw(const BatchJob& batch, const std::string& id, ProgressLine& line) {
  const auto run = journal::RunDirectory::last(batch.runs, batch.name);
  const auto status = run ? journal::present_status(*run) : std::nullopt;
  if (!status || status->slurm_job != id) return;
  nlohmann::json progress = {{"succeeded", status->succeeded},
                             {"failed", status->failed},
                             {"running", status->running},
                             {"executors", status->executors},
                             {"seconds", static_cast<double>(base::wall_ns() - status->started_ns) / 1e9}};
  if (status->total) progress["total"] = *status->total;
  line.draw(progress);
}

std::string describe(const JobState& job) {
  if (job.state == "PENDING" && job.reason != "None") return fmt::format("pending ({})", job.reason);
  if (job.state == "PENDING") return "pending";
  return job.state == "RUNNING" ? "running on " + job.nodes : "";
}

run::RunResult conclusion(const std::string& id, const JobState& job) {
  int status = 0, signal = 0;
  std::sscanf(job.exit_code.c_str(), "%d:%d", &status, &signal);
  run::RunResult result;
  result.status = static_cast<base::ExitStatus>(status);
  if (job.state == "COMPLETED" || (job.state == "FAILED" && signal == 0)) return result;
  // The run's own end comes before Slurm's word on it.
  if (status == 0) result.status = base::ExitStatus::incomplete;
  result.text = fmt::format("Slurm job {}: {}; mproc submit again goes on where it stopped", id, job.state);
  return result;
}

}  // namespace

run::RunResult follow(const BatchJob& batch, const std::string& id, bool draw_progress) {
  ProgressLine line(draw_progress);
  Tail log;
  std::string said;
  const std::int64_t begin = base::monotonic_ns();
  for (std::optional<JobState> last;;) {
    const auto job = job_state(id);
    if (job) last = job;
    if (!job && last)
      return {base::ExitStatus::incomplete,
              fmt::format("Slurm has forgotten job {}; see: mproc status {}", id, id),
              {}};
    if (job) {
      if (const std::string now = describe(*job); !now.empty() && now != said)
        line.note(fmt::format("Slurm job {}: {}", id, said = now));
      if (job->state == "RUNNING") draw(batch, id, line);
      log.show(job->log, line);
      if (job->is_over()) return conclusion(id, *job);
    }
    const bool young = base::monotonic_ns() - begin < 10 * base::second_ns;
    std::this_thread::sleep_for(young ? 100ms : 1000ms);
  }
}

}  // namespace mproc::launch
