#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace mproc::kernels::crossval {

/// Numbers of samples in an order: kept as ranges where these take less memory than a list does. Of equal
/// numbers in equal order all sets are equal.
class IndexSet {
 public:
  /// first, first + 1, ..., end - 1
  struct Range {
    std::uint32_t first = 0, end = 0;
    std::uint32_t size() const { return end - first; }
    friend bool operator==(const Range&, const Range&) = default;
  };

  IndexSet() = default;
  explicit IndexSet(std::vector<std::uint32_t> numbers);
  /// The ranges one behind the other; any may be empty.
  static IndexSet of_ranges(const std::vector<Range>& ranges);

  std::uint64_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  /// All of it in one of the two; the other one is empty.
  const std::vector<Range>& ranges() const { return ranges_; }
  const std::vector<std::uint32_t>& numbers() const { return numbers_; }

  /// All of it, number by number.
  std::vector<std::uint32_t> list() const;

  template <class Each>
  void for_each(Each&& each) const {
    for (const Range range : ranges_)
      for (std::uint32_t i = range.first; i != range.end; ++i) each(i);
    for (const std::uint32_t number : numbers_) each(number);
  }

  friend bool operator==(const IndexSet&, const IndexSet&) = default;

 private:
  std::vector<Range> ranges_;
  std::vector<std::uint32_t> numbers_;
  std::uint64_t size_ = 0;
};

}  // namespace mproc::kernels::crossval
