#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "commands.hpp"
#include "mproc/job/items.hpp"
#include "mproc/journal/index.hpp"
#include "outcomes.hpp"

namespace mproc::app {
namespace {

constexpr std::uint64_t sample = 3;

/// A folder for the trial's run directory, gone afterwards.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "mproc-try-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw base::SystemError("cannot make a directory in TMPDIR", errno);
    path_ = name;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::string duration(double seconds) {
  if (seconds < 1e-3) return fmt::format("{:.0f} µs", seconds * 1e6);
  if (seconds < 1) return fmt::format("{:.1f} ms", seconds * 1e3);
  if (seconds < 120) return fmt::format("{:.1f} s", seconds);
  if (seconds < 7200) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.1f} h", seconds / 3600);
}

void print_estimate(const std::filesystem::path& run, const std::string& total, std::uint32_t executors) {
  const journal::Index index(journal::RunDirectory::find(run.parent_path(), run.string()));
  double sum = 0;
  std::uint64_t tasks = 0;
  for (std::uint64_t task = 0; task < std::min(sample, index.extent({})); ++task)
    if (const auto detail = index.detail({}, task)) {
      sum += static_cast<double>(detail->end_ns - detail->start_ns) / 1e9;
      ++tasks;
    }
  if (tasks == 0) return;
  const double mean = sum / static_cast<double>(tasks);
  if (total.empty())
    return fmt::print("about {} a task; how many tasks there are is not known before the run\n",
                      duration(mean));
  fmt::print("about {} a task: all {} tasks take about {} on {} executor{}\n", duration(mean), total,
             duration(mean * std::stod(total) / executors), executors, executors == 1 ? "" : "s");
}

}  // namespace

void add_try(CLI::App& app, Context& context) {
  auto* command =
      app.add_subcommand("try", "run the first three tasks of a job, and estimate the whole; leaves no run");
  struct Options {
    std::string job;
    RunArguments run;
  };
  auto options = std::make_shared<Options>();
  command->add_option("JOB", options->job, "job file")->required();
  command->add_option("-j,--executors", options->run.executors, "executors that the estimate is for")
      ->check(CLI::Range(1u, 1u << 20));
  command->add_flag("--inline", options->run.inline_run, "in this process alone, without MPI");
  command->add_option("--set", options->run.settings, "replace a value of the job")->allow_extra_args(false);
  command->callback([options, &context] {
    MPROC_CHECK(!context.is_rank, "try starts mpirun itself; call it without mpirun or srun");
    const ScratchFolder scratch;
    job::Document document = job::Document::read(options->job);
    for (const auto& setting : options->run.settings) document.set(setting);
    options->run.settings.clear();
    const job::Job job = job::read_job(document);
    std::string total;
    if (!job::is_generator(job))
      if (const auto count = job::make_item_source(job)->count()) total = std::to_string(*count);
    options->run.runs = scratch.path();
    options->run.tasks =
        total.empty() || std::stoull(total) >= sample ? "0-2" : fmt::format("0-{}", std::stoull(total) - 1);
    const std::uint32_t executors = executors_here(job.task.demand, options->run.executors);
    options->run.executors = 1;
    options->run.no_output = true;
    const auto show = [&](const std::filesystem::path& run) {
      print_outcomes(run);
      print_estimate(run, total, executors);
    };
    context.status = run_document([&] { return document; }, options->run, context, show);
  });
}

}  // namespace mproc::app
