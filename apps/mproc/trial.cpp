#include "trial.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "mproc/job/items.hpp"
#include "mproc/journal/index.hpp"

namespace mproc::app {
namespace {

std::filesystem::path make_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "mproc-try-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw base::SystemError("cannot make a directory in TMPDIR", errno);
  return name;
}

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
  folder_ = make_folder();
  arguments_.settings.clear();
  arguments_.runs = folder_;
  arguments_.no_output = true;
}

Trial::~Trial() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::vector<base::TaskRange> Trial::few() const {
  if (!total_ || *total_ <= 3) return {{0, total_.value_or(3)}};
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

int Trial::run(const std::vector<base::TaskRange>& tasks, std::uint32_t executors,
               std::chrono::nanoseconds limit) {
  std::string text;
  for (const base::TaskRange& range : tasks)
    text += fmt::format("{}{}-{}", text.empty() ? "" : ",", range.first, range.end() - 1);
  arguments_.tasks = text;
  arguments_.executors = executors;
  arguments_.time_limit = limit;
  return run_document([this] { return document_; }, arguments_, context_,
                      [this](const std::filesystem::path& run) { directory_ = run; });
}

std::vector<Trial::Measured> Trial::measured() const {
  std::vector<Measured> all;
  if (!directory_) return all;
  const journal::Index index(journal::RunDirectory::find(folder_, directory_->string()));
  // Short tasks have the times of the block in which they came: each gets its share.
  std::int64_t start_ns = -1;
  std::size_t first = 0;
  const auto share = [&] {
    for (std::size_t i = first; i < all.size(); ++i)
      all[i].ns /= static_cast<std::int64_t>(all.size() - first);
    first = all.size();
  };
  for (const base::TaskRange& range : index.ranges({}, journal::Index::State::succeeded)) {
    for (std::uint64_t task = range.first; task < range.end(); ++task) {
      const auto detail = index.detail({}, task);
      if (detail->start_ns != start_ns) share();
      start_ns = detail->start_ns;
      all.push_back({detail->end_ns - detail->start_ns, detail->outcome.value.size()});
    }
  }
  share();
  return all;
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
