#include "mproc/kernels/fresh/cwt_peaks.hpp"

#include <gtest/gtest.h>

#include <numbers>

#include "mproc/kernels/fresh/quantiles.hpp"
#include "random_series.hpp"
#include "unit/kernels/fresh/some_series.hpp"

namespace mproc::kernels::fresh {
namespace {

double peaks_of(std::span<const double> values, std::size_t n) {
  double peaks = -1;
  number_cwt_peaks(values, {&n, 1}, {&peaks, 1});
  return peaks;
}

// As SciPy's find_peaks_cwt goes about it: the transform at widths 1 to n, all of it.
using Transform = std::vector<std::vector<double>>;

Transform transform_by_definition(const std::vector<double>& values, std::size_t n) {
  Transform lines;
  for (std::size_t width = 1; width <= n; ++width) {
    const std::size_t points = std::min(10 * width, values.size());
    const auto w = static_cast<double>(width);
    std::vector<double> line(values.size());
    for (std::size_t i = 0; i < values.size(); ++i)
      for (std::size_t k = 0; k < points; ++k) {
        const std::size_t j = i + (points - 1) / 2 - k;  // wraps below 0
        if (j >= values.size()) continue;
        const double t = static_cast<double>(k) - (static_cast<double>(points) - 1) / 2;
        line[i] += values[j] * 2 / (std::sqrt(3 * w) * std::pow(std::numbers::pi, 0.25)) *
                   (1 - t * t / (w * w)) * std::exp(-t * t / (2 * w * w));
      }
    lines.push_back(line);
  }
  return lines;
}

struct RidgeLine {
  std::vector<std::pair<std::size_t, std::size_t>> points;  // width, place
  std::size_t gap = 0;
};

std::vector<RidgeLine> ridges_by_definition(const Transform& lines) {
  std::vector<RidgeLine> open, all;
  for (std::size_t width = lines.size(); width-- > 0;) {
    const auto& line = lines[width];
    for (RidgeLine& ridge : open) ++ridge.gap;
    std::vector<std::size_t> places;
    for (const RidgeLine& ridge : open) places.push_back(ridge.points.back().second);
    for (std::size_t i = 1; i + 1 < line.size(); ++i) {
      if (!(line[i] > line[i - 1] && line[i] > line[i + 1])) continue;
      std::size_t nearest = 0;
      const auto distance = [&](std::size_t r) { return places[r] > i ? places[r] - i : i - places[r]; };
      for (std::size_t r = 1; r < places.size(); ++r)
        if (distance(r) < distance(nearest)) nearest = r;
      if (places.empty() || 4 * distance(nearest) > width + 1) {
        open.push_back({{{width, i}}});
      } else {
        open[nearest].points.emplace_back(width, i);
        open[nearest].gap = 0;
      }
    }
    for (const RidgeLine& ridge : open)
      if (ridge.gap > 1) all.push_back(ridge);
    std::erase_if(open, [](const RidgeLine& ridge) { return ridge.gap > 1; });
  }
  all.insert(all.end(), open.begin(), open.end());
  return all;
}

double peaks_by_definition(const std::vector<double>& values, std::size_t n) {
  const Transform lines = transform_by_definition(values, n);
  double peaks = 0;
  for (const RidgeLine& ridge : ridges_by_definition(lines)) {
    if (4 * ridge.points.size() < n) continue;
    const auto [width, place] = ridge.points.back();
    const std::size_t window = (values.size() + 19) / 20;
    const auto begin = lines[0].begin() + static_cast<std::ptrdiff_t>(place - std::min(place, window / 2));
    const auto end = lines[0].begin() +
                     static_cast<std::ptrdiff_t>(std::min(place + window / 2 + window % 2, values.size()));
    std::vector<double> around(begin, end);
    std::sort(around.begin(), around.end());
    peaks += std::abs(lines[width][place] / quantile(around, 0.1)) >= 1 ? 1 : 0;
  }
  return peaks;
}

TEST(CwtPeaksTest, ridges_are_those_of_the_definition_for_every_length) {
  for_each_length([](std::size_t n) {
    for (const auto& values : {noise(n), noise(n, 2)})
      for (const std::size_t widths : {1, 5, 12})
        EXPECT_EQ(peaks_of(values, widths), peaks_by_definition(values, widths)) << widths;
  });
}

// A wave of some length, and a ripple on it.
std::vector<double> waves(std::size_t n, double length, double ripple) {
  std::vector<double> values(n);
  for (std::size_t i = 0; i < n; ++i)
    values[i] = std::sin(static_cast<double>(i) / length) + ripple * std::sin(1.7 * static_cast<double>(i));
  return values;
}

TEST(CwtPeaksTest, waves_are_counted) {
  for (const std::size_t n : {1, 5, 10}) EXPECT_EQ(peaks_of(waves(400, 8, 0), n), 8);
}

TEST(CwtPeaksTest, what_shows_at_small_widths_only_is_no_peak_of_large_ones) {
  EXPECT_GT(peaks_of(waves(400, 8, 0.2), 1), 40);
  EXPECT_EQ(peaks_of(waves(400, 8, 0.2), 20), 7);
}

TEST(CwtPeaksTest, a_series_without_maxima_has_no_peaks) {
  EXPECT_EQ(peaks_of(std::vector<double>(100, 0), 5), 0);
  EXPECT_EQ(peaks_of({}, 5), 0);
  EXPECT_EQ(peaks_of(std::vector<double>{1, 2}, 5), 0);
  EXPECT_TRUE(std::isnan(peaks_of(noise(10), 0)));
}

TEST(CwtPeaksTest, units_do_not_matter) {
  auto values = noise(300);
  const double peaks = peaks_of(values, 5);
  EXPECT_GT(peaks, 10);
  for (double& value : values) value *= 4;
  EXPECT_EQ(peaks_of(values, 5), peaks);
}

TEST(CwtPeaksTest, all_n_share_their_work) {
  const auto values = noise(200);
  const std::vector<std::size_t> largest{5, 1, 0, 9};
  std::vector<double> peaks(4);
  number_cwt_peaks(values, largest, peaks);
  EXPECT_EQ(peaks[0], peaks_of(values, 5));
  EXPECT_EQ(peaks[1], peaks_of(values, 1));
  EXPECT_TRUE(std::isnan(peaks[2]));
  EXPECT_EQ(peaks[3], peaks_of(values, 9));
}

TEST(CwtPeaksTest, awkward_series_do_no_harm) {
  for (const auto& values : awkward_series())
    for (const std::size_t n : {1, 5, 40}) {
      const double peaks = peaks_of(values, n);
      EXPECT_TRUE(peaks >= 0 && peaks <= static_cast<double>(values.size() * n));
    }
}

}  // namespace
}  // namespace mproc::kernels::fresh
