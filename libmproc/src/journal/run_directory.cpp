#define XXH_INLINE_ALL
#include "mproc/journal/run_directory.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <random>
#include <tuple>

#include "durable.hpp"
#include "mproc/base/fd.hpp"
#include "process_identity.hpp"
#include "segment_files.hpp"

namespace mproc::journal {
namespace {

namespace fs = std::filesystem;

struct Numbered {
  std::string name;
  std::uint64_t number = 0;
};

/// "sweep-0012" is run 12 of "sweep".
std::optional<Numbered> parse(const std::string& directory) {
  const std::size_t dash = directory.rfind('-');
  if (dash == std::string::npos || dash == 0 || directory.front() == '.') return std::nullopt;
  if (directory.size() - dash - 1 < 4) return std::nullopt;
  Numbered run{directory.substr(0, dash), 0};
  const char* const end = directory.data() + directory.size();
  const auto parsed = std::from_chars(directory.data() + dash + 1, end, run.number);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return run;
}

std::string directory_name(const std::string& name, std::uint64_t number) {
  return fmt::format("{}-{:04}", name, number);
}

bool is_run(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path / "job.json", ignored);
}

struct Entry {
  std::pair<std::int64_t, std::int64_t> made;
  Numbered run;
  fs::path path;
};

/// Whatever is named like a run: numbers are never given twice, not even after a directory that is no run.
std::vector<Entry> entries(const fs::path& root) {
  std::vector<Entry> found;
  std::error_code failure;
  for (fs::directory_iterator it(root, failure), end; !failure && it != end; it.increment(failure))
    if (auto run = parse(it->path().filename().string())) found.push_back({{}, std::move(*run), it->path()});
  if (failure && failure != std::errc::no_such_file_or_directory)
    throw base::SystemError("cannot list " + root.string(), failure.value());
  return found;
}

/// job.json keeps the time at which the run was made.
std::pair<std::int64_t, std::int64_t> time_made(const fs::path& run) {
  struct stat info {};
  if (::stat((run / "job.json").c_str(), &info) != 0) return {};
  return {info.st_mtim.tv_sec, info.st_mtim.tv_nsec};
}

std::vector<Entry> sorted_runs(const fs::path& root) {
  std::vector<Entry> runs;
  for (Entry& entry : entries(root)) {
    if (!is_run(entry.path)) continue;
    entry.made = time_made(entry.path);
    runs.push_back(std::move(entry));
  }
  std::sort(runs.begin(), runs.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.made, a.run.number, a.run.name) < std::tie(b.made, b.run.number, b.run.name);
  });
  return runs;
}

std::string list_of(const std::vector<Entry>& runs) {
  constexpr std::size_t most = 10;
  if (runs.empty()) return "there are none yet: mproc run JOB makes one";
  std::string list = "there are: ";
  std::size_t shown = 0;
  for (auto run = runs.rbegin(); run != runs.rend() && shown < most; ++run, ++shown)
    list += (shown > 0 ? ", " : "") + run->path.filename().string();
  if (runs.size() > most) list += fmt::format(" and {} more", runs.size() - most);
  return list;
}

/// A directory beside the runs that becomes one by its renaming, so that nobody ever sees half a run.
class Unborn {
 public:
  explicit Unborn(const fs::path& root) {
    remove_dead(root);
    const ProcessIdentity self = this_process();
    path_ = (root /
             fmt::format("{}{}-{}-{:08x}", names_start(self), self.pid, self.started, std::random_device{}()))
                .string();
    // Not mkdtemp, which keeps others out: runs follow the umask.
    if (::mkdir(path_.c_str(), 0777) == 0) return;
    const int failure = errno;
    path_.clear();
    throw base::SystemError("cannot create a run in " + root.string(), failure);
  }
  ~Unborn() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  Unborn(const Unborn&) = delete;
  Unborn& operator=(const Unborn&) = delete;

  const std::string& path() const { return path_; }
  /// False when the name is taken.
  bool rename_to(const fs::path& target) {
    if (::rename(path_.c_str(), target.c_str()) == 0) {
      path_.clear();
      return true;
    }
    if (errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR) return false;
    throw base::SystemError("cannot create " + target.string(), errno);
  }

 private:
  /// Of processes whose numbers mean something here.
  static std::string names_start(const ProcessIdentity& self) {
    const std::string scope = self.host + self.boot;
    return fmt::format(".new-{:08x}-", XXH3_64bits(scope.data(), scope.size()) & 0xffffffff);
  }
  /// Those of processes that were killed meanwhile.
  static void remove_dead(const fs::path& root) {
    const std::string start = names_start(this_process());
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(root, ignored)) {
      const std::string name = entry.path().filename();
      long long pid = 0;
      unsigned long long started = 0;
      if (name.starts_with(start) &&
          std::sscanf(name.c_str() + start.size(), "%lld-%llu", &pid, &started) == 2 &&
          start_time(pid) != started)
        fs::remove_all(entry.path(), ignored);
    }
  }

  std::string path_;
};

}  // namespace

fs::path RunDirectory::runs_root(const std::optional<std::string>& option) {
  if (option) return *option;
  const char* const variable = std::getenv("MPROC_RUNS");
  return variable != nullptr && *variable != '\0' ? variable : "runs";
}

std::optional<RunDirectory> RunDirectory::last(const fs::path& root, const std::string& name) {
  return last_below(root, name, std::numeric_limits<std::uint64_t>::max());
}

std::optional<RunDirectory> RunDirectory::last_below(const fs::path& root, const std::string& name,
                                                     std::uint64_t number) {
  std::optional<Entry> newest;
  for (Entry& entry : entries(root))
    if (entry.run.name == name && entry.run.number < number && is_run(entry.path) &&
        (!newest || entry.run.number > newest->run.number))
      newest = std::move(entry);
  if (!newest) return std::nullopt;
  return RunDirectory(newest->path);
}

std::optional<RunDirectory> RunDirectory::previous() const {
  const auto run = parse(name());
  return run ? last_below(path_.parent_path(), run->name, run->number) : std::nullopt;
}

std::vector<RunDirectory> RunDirectory::all(const fs::path& root) {
  std::vector<RunDirectory> runs;
  for (Entry& entry : sorted_runs(root)) runs.push_back(RunDirectory(std::move(entry.path)));
  return runs;
}

RunDirectory RunDirectory::find(const fs::path& root, const std::optional<std::string>& run) {
  if (!run) {
    const auto runs = sorted_runs(root);
    MPROC_CHECK(!runs.empty(), "no runs in {}; mproc run JOB makes one, --runs DIR looks elsewhere",
                root.string());
    return RunDirectory(runs.back().path);
  }
  // "runs/sweep-0001/" names the same directory.
  fs::path path = fs::path(*run).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  if (is_run(root / path)) return RunDirectory(root / path);
  if (!run->empty() && is_run(path)) return RunDirectory(path);
  if (auto newest = last(root, *run)) return *newest;
  MPROC_CHECK(run->find('/') == std::string::npos, "{} is not a run directory (it has no job.json)", *run);
  throw base::UserError(
      fmt::format("no run '{}' in {}; {}", *run, root.string(), list_of(sorted_runs(root))));
}

RunDirectory RunDirectory::create(const fs::path& root, const std::string& name,
                                  const std::string& job_json) {
  MPROC_CHECK(!name.empty() && name.front() != '.' && name.find('/') == std::string::npos,
              "'{}' cannot name a run: use a name without '/' that does not start with '.'", name);
  std::error_code failure;
  fs::create_directories(root, failure);
  if (failure) throw base::SystemError("cannot create " + root.string(), failure.value());
  Unborn unborn(root);
  base::write_file_atomically(fs::path(unborn.path()) / "job.json", job_json);
  fs::create_directory(fs::path(unborn.path()) / "segments");
  make_durable(fs::path(unborn.path()) / "job.json");
  make_durable(unborn.path());
  std::uint64_t number = 1;
  for (const Entry& entry : entries(root))
    if (entry.run.name == name) number = std::max(number, entry.run.number + 1);
  while (!unborn.rename_to(root / directory_name(name, number))) ++number;
  make_durable(root);
  return RunDirectory(root / directory_name(name, number));
}

std::string RunDirectory::job_json() const {
  return base::read_file(path_ / "job.json");
}

void RunDirectory::replace_job_json(const std::string& text) const {
  const fs::path file = path_ / "job.json", beside = path_ / "job.json.new";
  base::write_file_atomically(beside, text);
  fs::last_write_time(beside, fs::last_write_time(file));  // when the run was made
  make_durable(beside);
  fs::rename(beside, file);
  make_durable(path_);
}

std::uint64_t RunDirectory::journal_size() const {
  std::uint64_t size = 0;
  for (const SegmentFile& file : segment_files(*this)) size += fs::file_size(file.path);
  return size;
}

}  // namespace mproc::journal
