#include "numpy_order.hpp"

#include <algorithm>
#include <bit>
#include <numeric>
#include <utility>

namespace mproc::kernels::crossval {
namespace {

/// Quicksort about the median of first, middle and last, down to pieces of 16 that are sorted by insertion.
class Argsort {
 public:
  explicit Argsort(std::span<const std::uint64_t> values) : values_(values), order_(values.size()) {
    std::iota(order_.begin(), order_.end(), 0U);
    if (!order_.empty()) sort(0, order_.size() - 1, 2 * static_cast<int>(std::bit_width(order_.size()) - 1));
  }
  std::vector<std::uint32_t> take() { return std::move(order_); }

 private:
  bool less(std::size_t a, std::size_t b) const { return values_[order_[a]] < values_[order_[b]]; }

  void sort(std::size_t first, std::size_t last, int depth) {
    while (last - first >= small) {
      if (depth-- < 0) return sort_stably(first, last);
      const std::size_t middle = partition(first, last);
      if (middle > first) sort(first, middle - 1, depth);
      if (middle == last) return;
      first = middle + 1;
    }
    sort_stably(first, last);
  }

  /// Where the pivot has come to stand.
  std::size_t partition(std::size_t first, std::size_t last) {
    const std::size_t middle = first + (last - first) / 2;
    if (less(middle, first)) swap(middle, first);
    if (less(last, middle)) swap(last, middle);
    if (less(middle, first)) swap(middle, first);
    const std::uint64_t pivot = values_[order_[middle]];
    std::size_t i = first, j = last - 1;
    swap(middle, j);
    while (true) {
      while (values_[order_[++i]] < pivot) {
      }
      while (pivot < values_[order_[--j]]) {
      }
      if (i >= j) break;
      swap(i, j);
    }
    swap(i, last - 1);
    return i;
  }

  /// As insertion does.
  void sort_stably(std::size_t first, std::size_t last) {
    const auto at = [this](std::size_t i) { return order_.begin() + static_cast<std::ptrdiff_t>(i); };
    std::stable_sort(at(first), at(last + 1),
                     [this](std::uint32_t a, std::uint32_t b) { return values_[a] < values_[b]; });
  }

  void swap(std::size_t a, std::size_t b) { std::swap(order_[a], order_[b]); }

  static constexpr std::size_t small = 16;  // values
  std::span<const std::uint64_t> values_;
  std::vector<std::uint32_t> order_;
};

}  // namespace

std::vector<std::uint32_t> numpy_argsort(std::span<const std::uint64_t> values) {
  return Argsort(values).take();
}

}  // namespace mproc::kernels::crossval
