#include "mproc/kernels/fresh/cwt_peaks.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>
#include <vector>

namespace mproc::kernels::fresh {
namespace {

// 2 / (sqrt(3 width) pi^(1/4)) (1 - t^2 / width^2) exp(-t^2 / (2 width^2)), points around t = 0.
std::vector<double> ricker(std::size_t points, double width) {
  std::vector<double> wavelet(points);
  const double height = 2 / (std::sqrt(3 * width) * std::pow(std::numbers::pi, 0.25));
  for (std::size_t i = 0; i < points; ++i) {
    const double t = static_cast<double>(i) - (static_cast<double>(points) - 1) / 2;
    wavelet[i] = height * (1 - t * t / (width * width)) * std::exp(-t * t / (2 * width * width));
  }
  return wavelet;
}

// The middle of the convolution, as long as the values. All sums are in the same order, so that equal values
// give equal results, of which none is a peak; four at a time are kept in registers.
std::vector<double> convolve(std::span<const double> values, std::span<const double> kernel) {
  constexpr std::size_t together = 4;
  const std::size_t n = values.size(), margin = kernel.size() + together;
  std::vector<double> padded(n + 2 * margin), result(n + together);
  std::copy(values.begin(), values.end(), padded.begin() + static_cast<std::ptrdiff_t>(margin));
  for (std::size_t i = 0; i < n; i += together) {
    const double* data = padded.data() + margin + i + (kernel.size() - 1) / 2;
    double sums[together] = {};
    for (std::size_t k = 0; k < kernel.size(); ++k, --data)
      for (std::size_t j = 0; j < together; ++j) sums[j] += kernel[k] * data[j];
    std::copy(sums, sums + together, result.begin() + static_cast<std::ptrdiff_t>(i));
  }
  result.resize(n);
  return result;
}

// The transform at one width, and where it has local maxima.
struct Scale {
  std::vector<double> transform;
  std::vector<std::size_t> maxima;
};

Scale scale_of(std::span<const double> values, std::size_t width) {
  Scale scale;
  scale.transform = convolve(values, ricker(std::min(10 * width, values.size()), static_cast<double>(width)));
  const auto& at = scale.transform;
  for (std::size_t i = 1; i + 1 < at.size(); ++i)
    if (at[i] > at[i - 1] && at[i] > at[i + 1]) scale.maxima.push_back(i);
  return scale;
}

// The 10th percentile of the values around a place, as scipy.stats.scoreatpercentile interpolates it.
class Noise {
 public:
  explicit Noise(std::span<const double> values) : values_(values), known_(values.size()) {}

  double at(std::size_t place) {
    if (!known_[place]) known_[place] = percentile(place);
    return *known_[place];
  }

 private:
  // NumPy's order.
  static bool nan_last(double a, double b) { return a < b || (!std::isnan(a) && std::isnan(b)); }

  double percentile(std::size_t place) {
    const std::size_t window = (values_.size() + 19) / 20;
    const std::size_t begin = place - std::min(place, window / 2);
    const std::size_t end = std::min(place + window / 2 + window % 2, values_.size());
    const double position = 10 / 100. * static_cast<double>(end - begin - 1);
    const auto lower = static_cast<std::size_t>(position);
    find_smallest(values_.subspan(begin, end - begin), std::min(lower + 2, end - begin));
    const double weight = static_cast<double>(lower + 1) - position,
                 other = position - static_cast<double>(lower);
    if (other == 0) return smallest_[lower];
    return (smallest_[lower] * weight + smallest_[lower + 1] * other) / (weight + other);
  }

  // A tenth of a short window: what is larger than all of them, as most is, costs one comparison.
  void find_smallest(std::span<const double> values, std::size_t count) {
    smallest_.clear();
    for (const double value : values) {
      if (smallest_.size() == count) {
        if (!nan_last(value, smallest_.back())) continue;
        smallest_.pop_back();
      }
      smallest_.insert(std::upper_bound(smallest_.begin(), smallest_.end(), value, nan_last), value);
    }
  }

  std::span<const double> values_;
  std::vector<std::optional<double>> known_;
  std::vector<double> smallest_;
};

// Maxima that are one peak's at several widths, from large ones to the smallest.
struct Ridge {
  std::size_t scale, place;  // of the last maximum
  std::size_t maxima = 1;
  std::size_t gap = 0;  // widths since then
};

class Ridges {
 public:
  Ridges(std::span<const Scale> scales, Noise& noise) : scales_(scales), noise_(noise) {
    for (std::size_t scale = scales.size(); scale-- > 0;) {
      extend(scale);
      const auto ended = std::stable_partition(open_.begin(), open_.end(),
                                               [](const Ridge& ridge) { return ridge.gap <= 1; });
      for (auto ridge = ended; ridge != open_.end(); ++ridge) peaks_ += is_peak(*ridge);
      open_.erase(ended, open_.end());
    }
    for (const Ridge& ridge : open_) peaks_ += is_peak(ridge);
  }

  std::size_t peaks() const { return peaks_; }

 private:
  static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

  // Joins each maximum to the nearest ridge as it was at the width before; several maxima may join one.
  void extend(std::size_t scale) {
    const std::size_t reach = (scale + 1) / 4;
    ridge_at_.assign(scales_[scale].transform.size() + 2 * reach, none);
    for (std::size_t r = open_.size(); r-- > 0;) {
      ++open_[r].gap;
      ridge_at_[open_[r].place + reach] = r;
    }
    for (const std::size_t place : scales_[scale].maxima) {
      std::size_t nearest = none;
      for (std::size_t distance = 0; distance <= reach && nearest == none; ++distance)
        nearest = std::min(ridge_at_[place + reach - distance], ridge_at_[place + reach + distance]);
      if (nearest == none)
        open_.push_back({scale, place});
      else
        open_[nearest] = {scale, place, open_[nearest].maxima + 1};
    }
  }

  bool is_peak(const Ridge& ridge) {
    if (ridge.maxima < (scales_.size() + 3) / 4) return false;
    const double ratio = scales_[ridge.scale].transform[ridge.place] / noise_.at(ridge.place);
    return !(std::abs(ratio) < 1);  // NaN is a peak's, as in SciPy
  }

  std::span<const Scale> scales_;
  Noise& noise_;
  std::vector<Ridge> open_;
  std::vector<std::size_t> ridge_at_;
  std::size_t peaks_ = 0;
};

}  // namespace

void number_cwt_peaks(std::span<const double> values, std::span<const std::size_t> largest,
                      std::span<double> peaks) {
  std::fill(peaks.begin(), peaks.end(), std::numeric_limits<double>::quiet_NaN());
  std::vector<Scale> scales;
  for (const std::size_t n : largest)
    while (scales.size() < n) scales.push_back(scale_of(values, scales.size() + 1));
  if (scales.empty()) return;
  Noise noise(scales[0].transform);
  for (std::size_t k = 0; k < largest.size(); ++k)
    if (largest[k] > 0)
      peaks[k] = static_cast<double>(Ridges(std::span(scales).first(largest[k]), noise).peaks());
}

}  // namespace mproc::kernels::fresh
