#include "mproc/kernels/fresh/counts.hpp"

#include <algorithm>

#include "mproc/kernels/fresh/series.hpp"
#include "random_series.hpp"

namespace mproc::kernels::fresh {
namespace {

template <class Predicate>
double count_naively(const std::vector<double>& values, const Predicate& predicate) {
  double found = 0;
  for (const double value : values) found += predicate(value) ? 1 : 0;
  return found;
}

TEST(CountsTest, values_above_below_and_between_are_counted) {
  for_each_series(all_series(), 300, [](const std::vector<double>& values) {
    const auto n = static_cast<double>(values.size());
    Series series(values);
    const double mean = series.mean(), deviation = series.deviation();
    EXPECT_EQ(count_above_mean(values, mean), count_naively(values, [&](double x) { return x > mean; }));
    EXPECT_EQ(count_below_mean(values, mean), count_naively(values, [&](double x) { return x < mean; }));
    for (const double t : {0.0, 2.5, -1.0}) {
      EXPECT_TRUE(same(count_above(values, t), count_naively(values, [t](double x) { return x >= t; }) / n));
      EXPECT_TRUE(same(count_below(values, t), count_naively(values, [t](double x) { return x <= t; }) / n));
      EXPECT_EQ(value_count(values, t), count_naively(values, [t](double x) { return x == t; }));
      EXPECT_EQ(range_count(values, -1, t),
                count_naively(values, [t](double x) { return -1 <= x && x < t; }));
    }
    EXPECT_EQ(value_count(values, nan), count_naively(values, [](double x) { return x != x; }));
    EXPECT_EQ(value_count(values, infinity), count_naively(values, [](double x) { return x == infinity; }));
    for (const double r : {0.0, 0.5, 1.0, 2.5})
      EXPECT_TRUE(
          same(ratio_beyond_r_sigma(values, mean, deviation, r),
               count_naively(values, [&](double x) { return std::abs(x - mean) > r * deviation; }) / n));
  });
}

TEST(CountsTest, strikes_are_the_longest_runs_and_crossings_the_ends_of_runs) {
  for_each_series(all_series(), 300, [](const std::vector<double>& values) {
    for (const double m : {0.0, 1.0, 2.5}) {
      std::string above, below;  // '1' for each value
      double crossings = 0;
      for (const double value : values) {
        crossings += !above.empty() && (value > m) != (above.back() == '1') ? 1 : 0;
        above += value > m ? '1' : '0';
        below += value < m ? '1' : '0';
      }
      std::size_t longest_above = 0, longest_below = 0;
      while (above.find(std::string(longest_above + 1, '1')) != above.npos) ++longest_above;
      while (below.find(std::string(longest_below + 1, '1')) != below.npos) ++longest_below;
      EXPECT_EQ(longest_strike_above_mean(values, m), static_cast<double>(longest_above));
      EXPECT_EQ(longest_strike_below_mean(values, m), static_cast<double>(longest_below));
      EXPECT_EQ(number_crossing_m(values, m), crossings);
    }
  });
}

bool is_peak(const std::vector<double>& values, std::size_t i, std::size_t support) {
  if (i < support || i + support >= values.size()) return false;
  for (std::size_t k = 1; k <= support; ++k)
    if (!(values[i] > values[i - k]) || !(values[i] > values[i + k])) return false;
  return true;
}

TEST(CountsTest, peaks_are_larger_than_all_neighbours_within_their_support) {
  const std::vector<std::size_t> supports{10, 1, 3, 50};
  for_each_series(all_series(), 300, [&supports](const std::vector<double>& values) {
    std::vector<double> peaks(supports.size());
    number_peaks(values, supports, peaks);
    for (std::size_t k = 0; k < supports.size(); ++k) {
      double expected = 0;
      for (std::size_t i = 0; i < values.size(); ++i) expected += is_peak(values, i, supports[k]) ? 1 : 0;
      EXPECT_EQ(peaks[k], expected) << supports[k];
    }
  });
}

}  // namespace
}  // namespace mproc::kernels::fresh
