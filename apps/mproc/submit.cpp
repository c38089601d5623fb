#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "commands.hpp"
#include "mproc/base/fd.hpp"
#include "mproc/base/nearest.hpp"
#include "mproc/base/say.hpp"
#include "mproc/job/spot.hpp"
#include "mproc/journal/run_directory.hpp"
#include "mproc/launch/batch_job.hpp"

namespace mproc::app {
namespace {

struct Options {
  std::string job;
  RunArguments run;
  bool dry_run = false, wait = false;
};

/// The command of the script: what the user would type, with files that are found from anywhere.
std::vector<std::string> command_of(const Options& options, const std::filesystem::path& runs) {
  const RunArguments& a = options.run;
  std::vector<std::string> words{base::own_program().string(), "run",
                                 std::filesystem::absolute(options.job).lexically_normal().string()};
  const auto add = [&](const char* option, const std::string& value) {
    words.insert(words.end(), {option, value});
  };
  if (a.executors > 0) add("-j", std::to_string(a.executors));
  for (const auto& setting : a.settings) add("--set", setting);
  if (!a.tasks.empty()) add("--tasks", a.tasks);
  if (a.fresh) words.emplace_back("--fresh");
  if (a.retry_failed) words.emplace_back("--retry-failed");
  add("--runs", runs.string());
  if (a.requeue > 0) add("--requeue", std::to_string(a.requeue));
  return words;
}

launch::BatchJob batch_of(const Options& options, const job::Job& job) {
  const auto runs =
      std::filesystem::absolute(journal::RunDirectory::runs_root(options.run.runs)).lexically_normal();
  return {job.name, job.slurm, command_of(options, runs), std::filesystem::current_path(), runs};
}

/// What would make Slurm refuse the job or let it wait for ever. False: there is no Slurm that could say.
bool check(const launch::BatchJob& batch, const job::Job& job) {
  const std::vector<std::string> known = launch::options_of_sbatch();
  if (known.empty()) return false;
  const std::vector<std::string_view> views(known.begin(), known.end());
  const job::Spot root(job.document);
  for (const auto& [option, value] : job.slurm.options)
    if (std::ranges::find(known, option) == known.end())
      root.member("slurm").member(option).refuse("is no option of this sbatch" +
                                                 base::did_you_mean(option, views));
  const std::string objection = launch::objection_of_slurm(batch);
  MPROC_CHECK(objection.empty(),
              "{}: Slurm would not run this: {}; change [slurm], sinfo tells what there is",
              job.document.name(), objection);
  return true;
}

void submit_job(const Options& options, Context& context) {
  MPROC_CHECK(options.job != "-", "a batch job reads its job file later: write it to a file");
  job::Document document = job::Document::read(options.job);
  for (const auto& setting : options.run.settings) document.set(setting);
  const job::Job job = job::read_job(std::move(document));
  if (job::needs_python(job)) python_environment();
  const launch::BatchJob batch = batch_of(options, job);
  if (options.dry_run) fmt::print("{}", launch::script_of(batch));
  const bool checked = check(batch, job);
  if (options.dry_run && !checked) base::say("there is no sbatch here to ask about [slurm]");
  if (options.dry_run) return;
  MPROC_CHECK(checked,
              "there is no sbatch on PATH: submit where Slurm is installed, on a login node of the cluster; "
              "--dry-run writes the script anywhere");
  const std::string id = launch::submit(batch);
  fmt::print("{}\n", id);
  std::fflush(stdout);
  base::say(fmt::format("submitted Slurm job {}; log: {}; see: mproc status {}; end: scancel {}", id,
                        batch.log(id).string(), id, id));
  if (!options.wait) return;
  const auto result = launch::follow(batch, id, ::isatty(STDERR_FILENO) != 0);
  if (!result.text.empty()) base::say(result.text);
  context.status = static_cast<int>(result.status);
}

}  // namespace

void add_submit(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("submit", "run a job as a batch job of Slurm's");
  auto options = std::make_shared<Options>();
  constexpr std::uint32_t requeued_at_most = 100;
  options->run.requeue = requeued_at_most;
  command
      ->add_option("JOB", options->job,
                   "job file, TOML or JSON; its [slurm] has options of sbatch, and setup")
      ->required();
  add_run_arguments(*command, options->run);
  add_job_arguments(*command, options->run);
  command->add_flag("--dry-run", options->dry_run, "show the script alone");
  command->add_flag("--wait", options->wait,
                    "until the job's end; its log comes to stderr, its exit status is this one's");
  command->footer(
      "The script goes to runs/NAME.sbatch, the log to runs/NAME-ID.log.\n"
      "examples:\n"
      "  mproc submit sweep.toml --dry-run\n"
      "  mproc submit sweep.toml --set slurm.nodes=4 --wait");
  command->callback([options, &context] { submit_job(*options, context); });
}

}  // namespace mproc::app
