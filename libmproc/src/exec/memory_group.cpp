#include "mproc/exec/memory_group.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>
#include <utility>

#include "mproc/job/units.hpp"

namespace mproc::exec {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t second_ns = 1'000'000'000;
constexpr std::uint64_t beyond_any_machine = std::uint64_t{1}
                                             << 60;  // how version 1 says that there is no limit

/// Whether a list such as "cpu,memory" has the word.
bool has_word(const std::string& list, std::string_view word) {
  std::istringstream words(list);
  for (std::string one; std::getline(words, one, ',');)
    if (one == word) return true;
  return false;
}

/// The path of the process's group in the hierarchy that has the memory controller.
std::optional<std::string> path_of_group(const fs::path& self, bool first_version) {
  std::ifstream file(self / "cgroup");
  for (std::string line;
       std::getline(file, line);) {  // number:controllers:path; version 2 has no controllers
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == line.npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    if (first_version ? has_word(controllers, "memory") : controllers.empty()) return line.substr(second + 1);
  }
  return std::nullopt;
}

struct Mount {
  fs::path root, point;
};

std::optional<Mount> mount_of(const fs::path& self, bool first_version) {
  std::ifstream file(self / "mountinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t dash = line.find(" - ");
    if (dash == line.npos) continue;
    std::istringstream front(line), back(line.substr(dash + 3));
    std::string skipped, root, point, type, source, options;
    front >> skipped >> skipped >> skipped >> root >> point;
    back >> type >> source >> options;
    if (first_version ? type == "cgroup" && has_word(options, "memory") : type == "cgroup2")
      return Mount{root, point};
  }
  return std::nullopt;
}

/// A file with one number. Nothing for "max".
std::optional<std::uint64_t> only_number(const fs::path& path) {
  std::ifstream file(path);
  std::uint64_t number = 0;
  return file >> number ? std::optional(number) : std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> number_behind(const fs::path& path, const std::string& word) {
  std::ifstream file(path);
  std::uint64_t number = 0;
  for (std::string read; file >> read;)
    if (read == word) return file >> number ? std::optional(number) : std::nullopt;
  return std::nullopt;
}

MemoryGroup::MemoryGroup(const fs::path& self) {
  for (const bool first_version : {true, false}) {
    const auto path = path_of_group(self, first_version);
    const auto mount = mount_of(self, first_version);
    if (!path || !mount) continue;
    // A container may see its own group as the top, by another path than the process's.
    const fs::path below = fs::path(*path).lexically_relative(mount->root);
    const bool outside = below.empty() || *below.begin() == "..";
    top_ = mount->point;
    group_ = outside ? top_ : (top_ / below).lexically_normal();
    first_version_ = first_version;
    return;
  }
}

std::optional<std::uint64_t> MemoryGroup::kills() const {
  if (group_.empty()) return std::nullopt;
  return number_behind(group_ / (first_version_ ? "memory.oom_control" : "memory.events"), "oom_kill");
}

std::optional<std::uint64_t> MemoryGroup::limit() const {
  std::uint64_t least = beyond_any_machine;
  const char* name = first_version_ ? "memory.limit_in_bytes" : "memory.max";
  for (fs::path group = group_; !group.empty(); group = group.parent_path()) {
    least = std::min(least, only_number(group / name).value_or(least));
    if (group == top_ || group == group.parent_path()) break;
  }
  return least < beyond_any_machine ? std::optional(least) : std::nullopt;
}

KernelKills::KernelKills(fs::path vmstat, MemoryGroup group)
    : vmstat_(std::move(vmstat)), group_(std::move(group)), before_(count()), latest_(before_) {}

void KernelKills::look(std::int64_t now_ns) {
  if (now_ns < next_ns_) return;
  next_ns_ = now_ns + second_ns;
  before_ = std::exchange(latest_, count());
}

std::string KernelKills::cause() const {
  if (count() <= before_) return {};
  if (!group_.kills()) return "killed by SIGKILL, it seems by the kernel's OOM killer";
  const auto limit = group_.limit();
  return "killed by the kernel's OOM killer" +
         (limit ? fmt::format(" (its cgroup may have {})", job::size_text(*limit)) : "");
}

std::uint64_t KernelKills::count() const {
  if (const auto kills = group_.kills()) return *kills;
  return number_behind(vmstat_, "oom_kill").value_or(0);
}

}  // namespace mproc::exec
