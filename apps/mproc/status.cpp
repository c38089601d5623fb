#include <fmt/format.h>

#include <memory>

#include "commands.hpp"
#include "mproc/base/time.hpp"
#include "mproc/journal/status.hpp"
#include "mproc/run/failure_groups.hpp"
#include "run_argument.hpp"
#include "trial.hpp"

namespace mproc::app {
namespace {

bool is_under_way(const journal::Status& status) {
  return status.state == "running" || status.state == "draining";
}

double seconds_since(std::int64_t wall_ns) {
  return static_cast<double>(base::wall_ns() - wall_ns) / 1e9;
}

void print_headline(const journal::RunDirectory& run, const journal::Status& status, bool killed) {
  const std::string total = status.total ? fmt::format(" of {}", *status.total) : "";
  fmt::print("{}: {}, {}{} tasks done ({} succeeded, {} failed), {} running\n", run.name(),
             killed ? "stopped without an end (killed?)" : status.state, status.succeeded + status.failed,
             total, status.succeeded, status.failed, killed ? 0 : status.running);
}

/// How fast it goes, and until when, at the mean rate of this session.
void print_rate(const journal::Status& status) {
  const std::uint64_t done = status.succeeded + status.failed;
  const double seconds = static_cast<double>(status.updated_ns - status.started_ns) / 1e9;
  std::string text = fmt::format("  {} rank{}, {} executor{}", status.ranks, status.ranks == 1 ? "" : "s",
                                 status.executors, status.executors == 1 ? "" : "s");
  if (done > status.done_before && seconds > 0) {
    const double rate = static_cast<double>(done - status.done_before) / seconds;
    text += fmt::format("; {:.3g} tasks a second", rate);
    if (status.total && *status.total >= done)
      text += fmt::format(", about {} left", duration(static_cast<double>(*status.total - done) / rate));
  }
  fmt::print("{}\n", text);
}

void print_central(const journal::Status& status, bool killed) {
  const std::string job = status.slurm_job.empty() ? "" : fmt::format(" (Slurm job {})", status.slurm_job);
  fmt::print("  central: pid {} on {}{}, heard of {:.0f} s ago{}\n", status.pid, status.host, job,
             seconds_since(status.updated_ns), killed ? "; the same command goes on" : "");
}

void print_failures(const journal::RunDirectory& run, const journal::Index& index) {
  const auto failures = run::FailureGroups::of(index, index.stages());
  for (const auto& line : failures.lines()) fmt::print("  {}\n", line);
  if (const auto task = failures.first_task())
    fmt::print("  see: mproc log {} {}\n", run.path().string(), *task);
}

}  // namespace

void add_status(CLI::App& app, Context&) {
  auto* command = app.add_subcommand("status", "where a run stands, while it runs too, from any host");
  auto options = std::make_shared<RunArgument>();
  options->add_run(*command);
  command->callback([options] {
    const auto run = options->find();
    const journal::Index index(run);
    warn_of_damage(run, index);
    const auto status = journal::present_status(run);
    if (!status) return fmt::print("{}: not started\n", run.name());
    const bool killed = status->state == "killed";
    print_headline(run, *status, killed);
    if (is_under_way(*status)) print_rate(*status);
    print_central(*status, killed);
    print_failures(run, index);
  });
}

}  // namespace mproc::app
