#include "mproc/report/failures.hpp"

#include <algorithm>

namespace mproc::report {
namespace {

base::Failure failure_in(base::ByteView value) {
  std::size_t offset = 0;
  return base::failure_of(base::unpack_value(value, offset).get());
}

}  // namespace

Failures Failures::of(const journal::Index& index) {
  Failures failures;
  for (const base::StageKey stage : index.stages()) {
    journal::Index::Cursor cursor(index, stage);
    for (const base::TaskRange& range : index.ranges(stage, journal::Index::State::failed))
      for (std::uint64_t task = range.first; task < range.end(); ++task)
        failures.add(stage, task, failure_in(cursor.at(task).value));
  }
  return failures;
}

Failures Failures::of_retried(const journal::Index& index) {
  Failures failures;
  for (const base::StageKey stage : index.stages())
    for (const auto& [task, failure] : index.retried(stage)) failures.add(stage, task, failure_in(failure));
  return failures;
}

void Failures::add(base::StageKey stage, std::uint64_t task, const base::Failure& failure) {
  ++count_;
  std::string summary = failure.summary();
  auto found = groups_.find(summary);
  if (found == groups_.end()) {
    if (groups_.size() >= most_groups) {
      ++others_;
      return;
    }
    found = groups_.emplace(summary, Group{summary, 0, {}, stage, failure}).first;
  }
  Group& group = found->second;
  ++group.count;
  if (group.tasks.size() < most_tasks && std::ranges::count(group.tasks, task) == 0)
    group.tasks.push_back(task);
}

std::vector<Failures::Group> Failures::groups() const {
  std::vector<Group> groups;
  for (const auto& [summary, group] : groups_) groups.push_back(group);
  std::stable_sort(groups.begin(), groups.end(),
                   [](const Group& a, const Group& b) { return a.count > b.count; });
  return groups;
}

}  // namespace mproc::report
