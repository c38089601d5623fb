#include "mproc/run/tally.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

namespace mproc::run {
namespace {
constexpr std::uint64_t alike_from_the_start = 50;
constexpr std::size_t named_tasks = 3, named_groups = 5, kept_groups = 1000;
}  // namespace

void Tally::failed(std::uint64_t task, const base::Failure& failure) {
  ++failed_;
  const std::string key = groups_.size() < kept_groups ? failure.summary() : "other failures";
  Group& group = groups_[key];
  ++group.count;
  auto& tasks = group.first_tasks;
  tasks.insert(std::upper_bound(tasks.begin(), tasks.end(), task), task);
  if (tasks.size() > named_tasks) tasks.pop_back();
}

std::string Tally::reason_to_stop(std::uint64_t total) const {
  if (failed_ == 0) return {};
  if (limit_.count && failed_ > *limit_.count)
    return fmt::format("{} tasks failed, more than max-failures = {}", failed_, *limit_.count);
  if (limit_.share && total > 0 &&
      static_cast<double>(failed_) > std::floor(*limit_.share * static_cast<double>(total)))
    return fmt::format("{} of {} tasks failed, more than max-failures = \"{}%\"", failed_, total,
                       *limit_.share * 100);
  // Of how many tasks the share is may not be known yet.
  if (!limit_.count && (!limit_.share || total == 0) && all_alike_from_the_start())
    return fmt::format(
        "the first {} tasks all failed alike ({}); set max-failures in [run]{} to go on all the same",
        failed_, groups_.begin()->first, limit_.share ? " to a count" : "");
  return {};
}

bool Tally::all_alike_from_the_start() const {
  return first_session_ && succeeded_ == 0 && failed_ >= alike_from_the_start && groups_.size() == 1;
}

std::vector<std::string> Tally::groups() const {
  std::vector<std::pair<std::string, Group>> sorted(groups_.begin(), groups_.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second.count > b.second.count; });
  std::vector<std::string> lines;
  for (const auto& [text, group] : sorted) {
    if (lines.size() == named_groups) {
      lines.push_back(fmt::format("and {} other kinds of failure", sorted.size() - named_groups));
      break;
    }
    lines.push_back(fmt::format("{} × {} (task{} {}{})", group.count, text, group.count > 1 ? "s" : "",
                                fmt::join(group.first_tasks, ", "), group.count > named_tasks ? ", …" : ""));
  }
  return lines;
}

}  // namespace mproc::run
