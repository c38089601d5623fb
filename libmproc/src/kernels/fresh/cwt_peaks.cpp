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

// A local maximum of the transform at one width.
struct Maximum {
  std::size_t place;
  double height;
};

std::vector<double> transform_at(std::span<const double> values, std::size_t width) {
  return convolve(values, ricker(std::min(10 * width, values.size()), static_cast<double>(width)));
}

std::vector<Maximum> maxima_of(std::span<const double> transform) {
  std::vector<Maximum> maxima;
  for (std::size_t i = 1; i + 1 < transform.size(); ++i)
    if (transform[i] > transform[i - 1] && transform[i] > transform[i + 1])
      maxima.push_back({i, transform[i]});
  return maxima;
}

// The 10th percentile of the values around a place, as scipy.stats.scoreatpercentile interpolates it.
class Noise {
 public:
  explicit Noise(std::span<const double> values) : values_(values), known_(values.size()) {}

  std::size_t size() const { return values_.size(); }

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
  Maximum last;
  std::size_t maxima = 1;
  std::size_t gap = 0;  // widths since the last one
};

class Ridges {
 public:
  // Maxima at each width from 1 on.
  Ridges(std::span<const std::vector<Maximum>> maxima, Noise& noise)
      : least_((maxima.size() + 3) / 4), ridge_at_(noise.size(), none), noise_(noise) {
    for (std::size_t width = maxima.size(); width > 0; --width) {
      extend(maxima[width - 1], width / 4);
      close();
    }
    for (const Ridge& ridge : open_) peaks_ += is_peak(ridge);
  }

  std::size_t peaks() const { return peaks_; }

 private:
  static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

  // Joins each maximum to the nearest ridge within reach, ridges being where they were at the width before:
  // several maxima may join one.
  void extend(std::span<const Maximum> maxima, std::size_t reach) {
    std::fill(ridge_at_.begin(), ridge_at_.end(), none);
    for (std::size_t r = open_.size(); r-- > 0;) {
      ++open_[r].gap;
      ridge_at_[open_[r].last.place] = r;
    }
    for (const Maximum& maximum : maxima) {
      const std::size_t nearest = nearest_ridge(maximum.place, reach);
      if (nearest == none)
        open_.push_back({maximum});
      else
        open_[nearest] = {maximum, open_[nearest].maxima + 1};
    }
  }

  // The first one of those as near.
  std::size_t nearest_ridge(std::size_t place, std::size_t reach) const {
    for (std::size_t distance = 0; distance <= reach; ++distance) {
      const std::size_t left = distance <= place ? ridge_at_[place - distance] : none;
      const std::size_t right = distance < ridge_at_.size() - place ? ridge_at_[place + distance] : none;
      if (std::min(left, right) != none) return std::min(left, right);
    }
    return none;
  }

  void close() {
    const auto goes_on = [](const Ridge& ridge) { return ridge.gap <= 1; };
    const auto ended = std::stable_partition(open_.begin(), open_.end(), goes_on);
    for (auto ridge = ended; ridge != open_.end(); ++ridge) peaks_ += is_peak(*ridge);
    open_.erase(ended, open_.end());
  }

  bool is_peak(const Ridge& ridge) {
    if (ridge.maxima < least_) return false;
    return !(std::abs(ridge.last.height / noise_.at(ridge.last.place)) < 1);  // NaN is a peak's, as in SciPy
  }

  std::size_t least_;
  std::vector<std::size_t> ridge_at_;  // by place
  Noise& noise_;
  std::vector<Ridge> open_;
  std::size_t peaks_ = 0;
};

}  // namespace

void number_cwt_peaks(std::span<const double> values, std::span<const std::size_t> largest,
                      std::span<double> peaks) {
  std::fill(peaks.begin(), peaks.end(), std::numeric_limits<double>::quiet_NaN());
  std::size_t widths = 1;
  for (const std::size_t n : largest) widths = std::max(widths, n);
  const std::vector<double> narrowest = transform_at(values, 1);
  std::vector<std::vector<Maximum>> maxima{maxima_of(narrowest)};
  for (std::size_t width = 2; width <= widths; ++width)
    maxima.push_back(maxima_of(transform_at(values, width)));
  Noise noise(narrowest);
  for (std::size_t k = 0; k < largest.size(); ++k)
    if (largest[k] > 0)
      peaks[k] = static_cast<double>(Ridges(std::span(maxima).first(largest[k]), noise).peaks());
}

}  // namespace mproc::kernels::fresh
