#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mproc/base/outcome.hpp"
#include "mproc/journal/index.hpp"

namespace mproc::run {

/// How many tasks of these stages succeeded, and failed.
std::pair<std::uint64_t, std::uint64_t> outcomes_of(const journal::Index& index,
                                                    const std::vector<base::StageKey>& stages);

/// Failures grouped by what they say. Memory is bounded: of very many kinds, the late ones count as one.
class FailureGroups {
 public:
  using Stages = std::vector<base::StageKey>;
  /// The failed tasks of these stages.
  static FailureGroups of(const journal::Index& index, const Stages& stages);
  /// The attempts that failed and were made again.
  static FailureGroups of_retried(const journal::Index& index, const Stages& stages);

  void add(std::uint64_t task, const base::Failure& failure);

  std::size_t size() const { return groups_.size(); }
  bool empty() const { return groups_.empty(); }
  /// Of any one group.
  const std::string& first_summary() const { return groups_.begin()->first; }
  /// Most frequent first: "3 × ValueError: bad x (tasks 5, 17, 80)"; of more than `most`, how many more.
  std::vector<std::string> lines(std::size_t most = 5) const;
  /// The first task of the most frequent group.
  std::optional<std::uint64_t> first_task() const;

 private:
  struct Group {
    std::uint64_t count = 0;
    std::vector<std::uint64_t> first_tasks;
  };
  void add(const journal::Index& index, base::StageKey stage);
  std::vector<std::pair<std::string, Group>> sorted() const;
  std::map<std::string, Group> groups_;
};

}  // namespace mproc::run
