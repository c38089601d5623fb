#include "mproc/kernels/fresh/cwt_peaks.hpp"

#include <gtest/gtest.h>

#include "unit/kernels/fresh/some_series.hpp"

namespace mproc::kernels::fresh {
namespace {

double peaks_of(std::span<const double> values, std::size_t n) {
  double peaks = -1;
  number_cwt_peaks(values, {&n, 1}, {&peaks, 1});
  return peaks;
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
