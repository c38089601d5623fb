#pragma once

#include <string>

#include "mproc/job/items.hpp"
#include "mproc/journal/index.hpp"

namespace mproc::report {

/// Items of single tasks as short lines.
class ItemTexts {
 public:
  /// `source`: the first stage's items, or null where the journal holds them.
  ItemTexts(const journal::Index& index, job::ItemSource* source) : index_(index), source_(source) {}

  /// Empty where it is not known.
  std::string of(base::StageKey stage, std::uint64_t task);

 private:
  const journal::Index& index_;
  job::ItemSource* source_;
};

}  // namespace mproc::report
