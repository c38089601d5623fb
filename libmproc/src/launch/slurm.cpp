#include "mproc/launch/slurm.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <sstream>

#include "ask_slurm.hpp"
#include "mproc/base/error.hpp"
#include "mproc/base/fd.hpp"
#include "mproc/base/say.hpp"
#include "mproc/base/slurm_counts.hpp"

namespace mproc::launch {
namespace {

const char* slurm_variable(const char* name) {
  const char* text = std::getenv(name);
  return text != nullptr && *text != '\0' ? text : nullptr;
}

constexpr const char* own_step = "MPROC_ON_FIRST_NODE";  // says that mproc itself is what started the step

/// Of a step that srun started, not of a batch script or the shell of salloc.
bool is_in_step() {
  if (slurm_variable(own_step) != nullptr) return false;
  constexpr unsigned long first_special = 0xfffffff0;  // interactive and batch steps among them
  const char* step = slurm_variable("SLURM_STEP_ID");
  return step != nullptr && std::strtoul(step, nullptr, 10) < first_special;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream all(text);
  for (std::string line; std::getline(all, line);) lines.push_back(line);
  return lines;
}

/// What stands behind "NAME = " in the output of scontrol.
std::string setting(const std::string& output, const std::string& name) {
  for (const auto& line : lines_of(output)) {
    const std::size_t equals = line.find('=');
    if (!line.starts_with(name) || equals == line.npos) continue;
    return line.substr(std::min(line.find_first_not_of(' ', equals + 1), line.size()));
  }
  return {};
}

}  // namespace

std::vector<std::string> node_names(const std::string& list) {
  const auto shown = ask_slurm({"scontrol", "show", "hostnames", list});
  return shown.ok() ? lines_of(shown.out) : std::vector<std::string>{};
}

std::vector<std::string> in_step(const std::string& job, const std::string& node) {
  return {
      "srun", "--jobid=" + job, "--overlap", "--mpi=none", "--mem=0", "--cpu-bind=none", "-N1", "-n1", "-w",
      node};
}

std::optional<Allocation> own_allocation() {
  const char* job = slurm_variable("SLURM_JOB_ID");
  const char* list = slurm_variable("SLURM_JOB_NODELIST");
  const char* cpus = slurm_variable("SLURM_JOB_CPUS_PER_NODE");
  const char* node = slurm_variable("SLURM_NODEID");
  const bool is_first = node != nullptr && std::string(node) == "0";
  if (job == nullptr || list == nullptr || cpus == nullptr || !is_first || is_in_step()) return std::nullopt;
  const auto counts = base::slurm_counts(cpus);
  const auto names = counts.size() == 1 ? std::vector<std::string>{base::host_name()} : node_names(list);
  if (names.empty() || names.size() != counts.size()) return std::nullopt;
  Allocation allocation{job, {}};
  for (std::size_t i = 0; i < names.size(); ++i) allocation.nodes.push_back({names[i], counts[i]});
  return allocation;
}

void go_to_first_node(int argc, char** argv) {
  const char* job = slurm_variable("SLURM_JOB_ID");
  const char* list = slurm_variable("SLURM_JOB_NODELIST");
  // Whatever Slurm itself starts on a node of the job has its number there.
  if (job == nullptr || list == nullptr || slurm_variable("SLURM_NODEID") != nullptr) return;
  const auto names = node_names(list);
  if (names.empty()) return;
  std::vector<std::string> words = in_step(job, names.front());
  words.emplace_back("--disable-status");  // Ctrl-C is for mproc
  if (::isatty(STDIN_FILENO) && ::isatty(STDOUT_FILENO) && ::isatty(STDERR_FILENO))
    words.emplace_back("--pty");
  words.push_back(base::own_program().string());
  words.insert(words.end(), argv + 1, argv + argc);
  std::vector<char*> pointers;
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  base::say(fmt::format("Slurm job {}: going to its first node, {}", job, names.front()));
  ::setenv(own_step, "1", 1);
  ::execvp(pointers[0], pointers.data());
  throw base::SystemError("cannot start srun, to go to " + names.front(), errno);
}

Allocation without_lost_nodes(const Allocation& allocation, std::chrono::milliseconds limit) {
  Allocation left{allocation.job, {allocation.nodes.front()}};
  std::vector<std::future<bool>> answers;
  for (std::size_t i = 1; i < allocation.nodes.size(); ++i)
    answers.push_back(std::async(std::launch::async, [&, i] {
      std::vector<std::string> words = in_step(allocation.job, allocation.nodes[i].name);
      words.emplace_back("true");
      return base::run_program(words, limit).ok();
    }));
  for (std::size_t i = 0; i < answers.size(); ++i)
    if (answers[i].get()) left.nodes.push_back(allocation.nodes[i + 1]);
  return left;
}

std::optional<std::chrono::seconds> slurm_duration(const std::string& text) {
  int days = 0, length = 0;
  const char* rest = text.c_str();
  if (std::sscanf(rest, "%d-%n", &days, &length) == 1 && length > 0)
    rest += length;
  else
    days = 0;
  std::array<int, 3> parts{};
  length = 0;
  const int count =
      std::sscanf(rest, "%d%n:%d%n:%d%n", &parts[0], &length, &parts[1], &length, &parts[2], &length);
  if (count < 2 || rest[length] != '\0' || days < 0 ||
      std::ranges::any_of(parts, [](int p) { return p < 0; }))
    return std::nullopt;
  const int minutes = count == 2 ? parts[0] : parts[0] * 60 + parts[1];
  return std::chrono::hours(24 * days) + std::chrono::minutes(minutes) +
         std::chrono::seconds(parts[count - 1]);
}

SlurmLimits slurm_limits() {
  SlurmLimits limits;
  const char* job = slurm_variable("SLURM_JOB_ID");
  if (job == nullptr) return limits;
  const auto left = ask_slurm({"squeue", "-h", "-j", job, "-o", "%L"});
  if (left.ok()) limits.left = slurm_duration(left.out);
  const auto config = ask_slurm({"scontrol", "show", "config"});
  int seconds = 0;
  if (config.ok() && std::sscanf(setting(config.out, "KillWait").c_str(), "%d", &seconds) == 1 && seconds > 0)
    limits.kill_wait = std::chrono::seconds(seconds);
  return limits;
}

}  // namespace mproc::launch
