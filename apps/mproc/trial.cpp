#include "trial.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "mproc/job/items.hpp"
#include "mproc/journal/index.hpp"

namespace mproc::app {
namespace {

constexpr std::uint64_t items_at_once = 1024;
constexpr std::size_t bytes_at_once = 4u << 20;

job::Document read(const std::string& file, const RunArguments& arguments) {
  job::Document document = job::Document::read(file);
  for (const auto& setting : arguments.settings) document.set(setting);
  return document;
}

}  // namespace

Trial::Trial(const std::string& job_file, RunArguments arguments, Context& context)
    : arguments_(std::move(arguments)),
      context_(context),
      document_(read(job_file, arguments_)),
      job_(job::read_job(document_)) {
  if (!job::is_generator(job_)) total_ = job::make_item_source(job_)->count();
  launch::remove_leftovers();
  folder_.emplace();
  arguments_.settings.clear();
  arguments_.runs = folder();
  arguments_.no_output = true;
}

void Trial::count_tasks() {
  if (total_ || job::is_generator(job_)) return;
  const auto source = job::make_item_source(job_);
  std::uint64_t tasks = 0;
  for (job::ItemBatch batch; source->read(batch, items_at_once, bytes_at_once); batch = {})
    tasks += batch.count();
  total_ = tasks;
}

std::vector<base::TaskRange> Trial::few() const {
  if (!total_ || *total_ <= few_tasks) return {{0, total_.value_or(few_tasks)}};
  return {{0, 1}, {*total_ / 2, 1}, {*total_ - 1, 1}};
}

std::vector<base::TaskRange> Trial::spread(std::uint64_t tasks, std::uint64_t places) const {
  const std::uint64_t total = total_.value_or(tasks);
  if (tasks >= total) return {{0, total}};
  const std::uint64_t stretches = std::min(tasks, places), each = tasks / stretches;
  std::vector<base::TaskRange> ranges;
  for (std::uint64_t i = 0; i < stretches; ++i)
    ranges.push_back({static_cast<std::uint64_t>(static_cast<double>(total) * static_cast<double>(i) /
                                                 static_cast<double>(stretches)),
                      each});
  return ranges;
}

double mean_seconds(const std::vector<Trial::Measured>& tasks) {
  double sum = 0;
  for (const auto& task : tasks) sum += static_cast<double>(task.ns) / 1e9;
  return tasks.empty() ? 0 : sum / static_cast<double>(tasks.size());
}

int Trial::run(const std::vector<base::TaskRange>& tasks, std::uint32_t executors,
               std::chrono::nanoseconds limit) {
  std::string text;
  for (const base::TaskRange& range : tasks)
    text += fmt::format("{}{}-{}", text.empty() ? "" : ",", range.first, range.end() - 1);
  arguments_.tasks = text;
  arguments_.executors = executors;
  arguments_.time_limit = limit;
  last_begin_ns_ = base::wall_ns();
  return run_document([this] { return document_; }, arguments_, context_,
                      [this](const std::filesystem::path& run) { directory_ = run; });
}

Trial::Measurements Trial::measured() const {
  Measurements out;
  if (!directory_) return out;
  const journal::Index index(journal::RunDirectory::find(folder(), directory_->string()));
  // Short tasks have the times of the block in which they came: each gets its share. An executor's first
  // block is set aside: imports and caches are in it that no later task pays for.
  struct Block {
    std::vector<Measured> tasks;
    std::int64_t end_ns = 0;
  };
  std::map<std::tuple<bool, std::int32_t, std::uint32_t>, std::map<std::int64_t, Block>> executors;
  for (const base::TaskRange& range : index.ranges({}, journal::Index::State::succeeded))
    for (std::uint64_t task = range.first; task < range.end(); ++task) {
      const auto detail = index.detail({}, task);
      Block& block = executors[{detail->start_ns >= last_begin_ns_, detail->origin.rank, detail->origin.slot}]
                              [detail->start_ns];
      block.tasks.push_back({0, detail->outcome.value.size()});
      block.end_ns = detail->end_ns;
    }
  std::vector<Measured> first;
  for (auto& [executor, blocks] : executors)
    for (auto& [start, block] : blocks) {
      for (Measured& task : block.tasks)
        task.ns = (block.end_ns - start) / static_cast<std::int64_t>(block.tasks.size());
      auto& to = start == blocks.begin()->first ? first : out.tasks;
      to.insert(to.end(), block.tasks.begin(), block.tasks.end());
    }
  if (out.tasks.empty()) {
    out.tasks = std::move(first);
  } else if (!first.empty()) {
    out.warm_up_seconds = std::max(0.0, mean_seconds(first) - mean_seconds(out.tasks));
  }
  return out;
}

std::string duration(double seconds) {
  if (seconds < 1e-6) return fmt::format("{:.0f} ns", seconds * 1e9);
  if (seconds < 1e-3) return fmt::format("{:.0f} µs", seconds * 1e6);
  if (seconds < 1) return fmt::format("{:.1f} ms", seconds * 1e3);
  if (seconds < 120) return fmt::format("{:.1f} s", seconds);
  if (seconds < 7200) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.1f} h", seconds / 3600);
}

}  // namespace mproc::app
