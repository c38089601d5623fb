#pragma once

#include <cstddef>

namespace mproc::kernels::fresh {

// Bins of equal width from first to last, at least one, their edges as numpy.linspace makes them. first is
// below last, and their distance is finite.
class EqualBins {
 public:
  EqualBins(double first, double last, std::size_t count)
      : first_(first),
        last_(last),
        range_(last - first),
        count_(static_cast<double>(count)),
        last_bin_(count - 1) {
    width_ = range_ / count_;
    bins_a_unit_ = count_ / range_;
  }

  // The bin of a value from first to last: an edge belongs to the bin above it, the last one to the last bin.
  std::size_t edges_above(double value) const {
    std::size_t bin = about(value);
    while (bin > 0 && value < edge(bin)) --bin;
    while (bin < last_bin_ && value >= edge(bin + 1)) ++bin;
    return bin;
  }
  // The same, but an edge belongs to the bin below it, the first one to the first bin.
  std::size_t edges_below(double value) const {
    std::size_t bin = about(value);
    while (bin > 0 && value <= edge(bin)) --bin;
    while (bin < last_bin_ && value > edge(bin + 1)) ++bin;
    return bin;
  }

 private:
  // What the scaled value tells: by rounding the next bin, or any where the range is of a few denormal
  // numbers.
  std::size_t about(double value) const {
    const double scaled = (value - first_) * bins_a_unit_;
    return scaled < count_ ? static_cast<std::size_t>(scaled) : last_bin_;
  }

  double edge(std::size_t k) const {
    if (k > last_bin_) return last_;
    const auto steps = static_cast<double>(k);
    return (width_ == 0 ? steps / count_ * range_ : steps * width_) + first_;
  }

  double first_, last_, range_, count_, width_ = 0, bins_a_unit_ = 0;
  std::size_t last_bin_;
};

}  // namespace mproc::kernels::fresh
