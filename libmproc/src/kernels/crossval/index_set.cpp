#include "mproc/kernels/crossval/index_set.hpp"

namespace mproc::kernels::crossval {
namespace {

/// Appends a range, to the last one where it goes on from there.
void append_range(std::vector<IndexSet::Range>& ranges, IndexSet::Range range) {
  if (range.first == range.end) return;
  if (!ranges.empty() && ranges.back().end == range.first) {
    ranges.back().end = range.end;
  } else {
    ranges.push_back(range);
  }
}

std::vector<std::uint32_t> numbers_of(const std::vector<IndexSet::Range>& ranges, std::uint64_t size) {
  std::vector<std::uint32_t> out;
  out.reserve(size);
  for (const IndexSet::Range range : ranges)
    for (std::uint32_t i = range.first; i != range.end; ++i) out.push_back(i);
  return out;
}

/// Whether so many ranges are kept as such: one is, and what takes no more memory than the numbers in them.
bool shorter(std::uint64_t ranges, std::uint64_t numbers) {
  return ranges <= 1 || ranges * sizeof(IndexSet::Range) <= numbers * sizeof(std::uint32_t);
}

std::uint64_t count_of_ranges(const std::vector<std::uint32_t>& numbers) {
  std::uint64_t count = numbers.empty() ? 0 : 1;
  for (std::size_t i = 1; i < numbers.size(); ++i) count += std::uint64_t{numbers[i - 1]} + 1 != numbers[i];
  return count;
}

}  // namespace

IndexSet IndexSet::of_ranges(const std::vector<Range>& ranges) {
  IndexSet out;
  for (const Range range : ranges) {
    append_range(out.ranges_, range);
    out.size_ += range.size();
  }
  if (shorter(out.ranges_.size(), out.size_)) return out;
  out.numbers_ = numbers_of(out.ranges_, out.size_);
  out.ranges_.clear();
  return out;
}

IndexSet::IndexSet(std::vector<std::uint32_t> numbers) : size_(numbers.size()) {
  if (shorter(count_of_ranges(numbers), size_)) {
    for (const std::uint32_t number : numbers) append_range(ranges_, {number, number + 1});
  } else {
    numbers_ = std::move(numbers);
  }
}

std::vector<std::uint32_t> IndexSet::list() const {
  return ranges_.empty() ? numbers_ : numbers_of(ranges_, size_);
}

}  // namespace mproc::kernels::crossval
