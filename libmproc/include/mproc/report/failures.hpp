#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "mproc/journal/index.hpp"

namespace mproc::report {

/// Failures grouped by what they say, each with its first one in full.
class Failures {
 public:
  struct Group {
    std::string summary;
    std::uint64_t count = 0;
    std::vector<std::uint64_t> tasks;  ///< the first ones
    base::StageKey stage;              ///< of the first task
    base::Failure first;
  };
  static constexpr std::size_t most_groups = 1000, most_tasks = 12;

  /// Failed tasks of all stages.
  static Failures of(const journal::Index& index);
  /// Attempts that failed and were made again.
  static Failures of_retried(const journal::Index& index);

  void add(base::StageKey stage, std::uint64_t task, const base::Failure& failure);

  /// Most frequent first.
  std::vector<Group> groups() const;
  std::uint64_t count() const { return count_; }
  /// Failures beyond `most_groups` kinds: they are counted only.
  std::uint64_t others() const { return others_; }

 private:
  std::map<std::string, Group> groups_;
  std::uint64_t count_ = 0, others_ = 0;
};

}  // namespace mproc::report
