#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "commands.hpp"
#include "mproc/journal/run_directory.hpp"
#include "mproc/run/failure_groups.hpp"
#include "outcomes.hpp"
#include "run_argument.hpp"
#include "task_log.hpp"

namespace mproc::app {
namespace {

constexpr base::StageKey stage{};
constexpr std::uint64_t tasks_at_once = 4096;
constexpr std::size_t most_groups = 20;

using State = journal::Index::State;

const char* word_for(State state) {
  return state == State::succeeded ? "succeeded" : state == State::failed ? "failed" : "pending";
}

void print_groups(const char* title, const run::FailureGroups& groups) {
  if (groups.empty()) return;
  fmt::print("{}\n", title);
  for (const auto& line : groups.lines(most_groups)) fmt::print("  {}\n", line);
}

void print_run(const journal::RunDirectory& run, const journal::Index& index) {
  const auto stages = index.stages();
  const auto failures = run::FailureGroups::of(index, stages);
  const auto [succeeded, failed] = run::outcomes_of(index, stages);
  fmt::print("{}: {} tasks succeeded, {} failed\n", run.name(), succeeded, failed);
  print_groups("failed tasks:", failures);
  print_groups("attempts that failed and were made again:", run::FailureGroups::of_retried(index, stages));
  fmt::print("events:{}\n", index.events().empty() ? " none are recorded" : "");
  for (const auto& event : index.events()) fmt::print("  {}  {}\n", clock_time(event.time_ns), event.text);
  if (const auto task = failures.first_task())
    fmt::print("see: mproc log {} {}\n", run.path().string(), *task);
}

/// The item, where the journal or the job document has it.
std::string item_of(const std::vector<journal::Index::Detail>& tries, job::ItemSource* items,
                    std::uint64_t task) {
  for (const auto& detail : tries)
    if (!detail.outcome.item.empty()) return value_line(detail.outcome.item);
  job::ItemBatch batch;
  if (items != nullptr) {
    items->seek(task);
    if (items->read(batch, 1, 1)) return value_line(batch.item(0));
  }
  return {};
}

class TaskPrinter {
 public:
  TaskPrinter(const journal::RunDirectory& run, const journal::Index& index)
      : run_(run), index_(index), items_(run::recorded_items(run)) {
    const auto seen = index.items();
    known_ = std::max(seen ? seen->count : 0, index.extent(stage));
  }

  void print(base::TaskRange range) const {
    MPROC_CHECK(range.first < known_, "run {} knows of {} tasks, numbered from 0; there is no task {}",
                run_.name(), known_, range.first);
    const std::uint64_t end = std::min(range.end(), known_);
    for (std::uint64_t first = range.first; first < end; first += tasks_at_once) {
      const auto tries = index_.tries(stage, {first, std::min(tasks_at_once, end - first)});
      for (std::uint64_t task = first; task < std::min(first + tasks_at_once, end); ++task) {
        const auto found = tries.find(task);
        print(task, found == tries.end() ? std::vector<journal::Index::Detail>{} : found->second);
      }
    }
  }

 private:
  void print(std::uint64_t task, const std::vector<journal::Index::Detail>& tries) const {
    fmt::print("task {} of {}: {}\n", task, run_.name(), word_for(index_.state(stage, task)));
    if (const auto item = item_of(tries, items_.get(), task); !item.empty())
      fmt::print("item: {}\n", shortened(item));
    if (tries.empty()) fmt::print("nothing is recorded of it yet\n");
    for (std::size_t i = 0; i < tries.size(); ++i) fmt::print("{}", try_text(i + 1, tries[i]));
  }

  const journal::RunDirectory& run_;
  const journal::Index& index_;
  std::unique_ptr<job::ItemSource> items_;
  std::uint64_t known_ = 0;
};

}  // namespace

void add_log(CLI::App& app, Context&) {
  auto* command = app.add_subcommand(
      "log", "what went wrong in a run; of a task: each try of it, with its output and traceback");
  auto options = std::make_shared<RunArgument>();
  options->add_run(*command);
  options->add_task(*command, "a task, or some: 7, 0-9, 3,20-");
  command->footer("examples:\n  mproc log\n  mproc log sweep-0001 7\n  mproc log 0-9");
  command->callback([options] {
    const auto run = options->find();
    const journal::Index index(run);
    warn_of_damage(run, index);
    if (!options->task) return print_run(run, index);
    const TaskPrinter printer(run, index);
    for (const base::TaskRange& range : run::parse_tasks(*options->task, "TASK")) printer.print(range);
  });
}

}  // namespace mproc::app
