#include "mproc/run/failure_groups.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "mproc/run/outcome_parts.hpp"

namespace mproc::run {
namespace {

constexpr std::size_t named_tasks = 3, kept_groups = 1000;

base::Failure failure_in(base::ByteView value) {
  std::size_t offset = 0;
  return failure_of(base::unpack_value(value, offset).get());
}

}  // namespace

std::pair<std::uint64_t, std::uint64_t> outcomes_of(const journal::Index& index,
                                                    const std::vector<base::StageKey>& stages) {
  std::uint64_t succeeded = 0, failed = 0;
  for (const base::StageKey stage : stages) {
    succeeded += index.succeeded(stage);
    failed += index.failed(stage);
  }
  return {succeeded, failed};
}

FailureGroups FailureGroups::of(const journal::Index& index, const Stages& stages) {
  FailureGroups groups;
  for (const base::StageKey stage : stages) groups.add(index, stage);
  return groups;
}

FailureGroups FailureGroups::of_retried(const journal::Index& index, const Stages& stages) {
  FailureGroups groups;
  for (const base::StageKey stage : stages)
    for (const auto& [task, failure] : index.retried(stage)) groups.add(task, failure_in(failure));
  return groups;
}

void FailureGroups::add(const journal::Index& index, base::StageKey stage) {
  journal::Index::Cursor cursor(index, stage);
  for (const base::TaskRange& range : index.ranges(stage, journal::Index::State::failed))
    for (std::uint64_t task = range.first; task < range.end(); ++task)
      add(task, failure_in(cursor.at(task).value));
}

void FailureGroups::add(std::uint64_t task, const base::Failure& failure) {
  std::string key = failure.summary();
  if (groups_.size() >= kept_groups && !groups_.contains(key)) key = "other failures";
  Group& group = groups_[key];
  ++group.count;
  auto& tasks = group.first_tasks;
  const auto place = std::lower_bound(tasks.begin(), tasks.end(), task);
  if (place != tasks.end() && *place == task) return;  // another attempt
  tasks.insert(place, task);
  if (tasks.size() > named_tasks + 1) tasks.pop_back();
}

std::vector<std::pair<std::string, FailureGroups::Group>> FailureGroups::sorted() const {
  std::vector<std::pair<std::string, Group>> sorted(groups_.begin(), groups_.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second.count > b.second.count; });
  return sorted;
}

std::vector<std::string> FailureGroups::lines(std::size_t most) const {
  std::vector<std::string> lines;
  for (const auto& [text, group] : sorted()) {
    if (lines.size() == most) {
      lines.push_back(fmt::format("and {} other kinds of failure", groups_.size() - most));
      break;
    }
    const auto& tasks = group.first_tasks;
    const std::size_t named = std::min(tasks.size(), named_tasks);
    lines.push_back(
        fmt::format("{} × {} (task{} {}{})", group.count, text, tasks.size() > 1 ? "s" : "",
                    fmt::join(tasks.begin(), tasks.begin() + static_cast<std::ptrdiff_t>(named), ", "),
                    tasks.size() > named ? ", …" : ""));
  }
  return lines;
}

std::optional<std::uint64_t> FailureGroups::first_task() const {
  if (empty()) return std::nullopt;
  return sorted().front().second.first_tasks.front();
}

}  // namespace mproc::run
