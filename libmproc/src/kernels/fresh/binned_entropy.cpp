#include "mproc/kernels/fresh/binned_entropy.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace mproc::kernels::fresh {
namespace {

// Bins of equal width, their edges as numpy.linspace makes them.
class Bins {
 public:
  Bins(double first, double last, std::size_t count)
      : first_(first), last_(last), count_(count), width_((last - first) / static_cast<double>(count)) {}

  // NumPy's own rule: the scaled value tells the bin, and the edges correct it by one.
  std::size_t bin_of(double value) const {
    const auto count = static_cast<double>(count_);
    const double scaled = (value - first_) * (count / (last_ - first_));
    std::size_t bin = scaled < count ? static_cast<std::size_t>(scaled) : count_ - 1;
    if (value < edge(bin) && bin > 0) --bin;
    if (value >= edge(bin + 1) && bin + 1 < count_) ++bin;
    return bin;
  }

 private:
  double edge(std::size_t k) const { return k == count_ ? last_ : static_cast<double>(k) * width_ + first_; }

  double first_, last_;
  std::size_t count_;
  double width_;
};

}  // namespace

double binned_entropy(std::span<const double> values, std::size_t bins) {
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  double first = std::numeric_limits<double>::infinity(), last = -first;
  for (const double value : values) {
    if (!std::isfinite(value)) return none;
    first = std::min(first, value);
    last = std::max(last, value);
  }
  if (values.empty() || bins == 0) return none;
  if (first == last) {
    first -= 0.5;
    last += 0.5;
  }
  if (!std::isfinite(last - first)) return none;
  const Bins edges(first, last, bins);
  std::vector<std::size_t> counts(bins);
  for (const double value : values) ++counts[edges.bin_of(value)];
  double entropy = 0;
  for (const std::size_t count : counts) {
    if (count == 0) continue;
    const double share = static_cast<double>(count) / static_cast<double>(values.size());
    entropy -= share * std::log(share);
  }
  return entropy;
}

}  // namespace mproc::kernels::fresh
