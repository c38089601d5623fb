#include "mproc/kernels/fresh/trends.hpp"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <numeric>

#include "mproc/kernels/fresh/energy.hpp"
#include "random_series.hpp"

namespace mproc::kernels::fresh {
namespace {

// Of three points and more: by the normal equations, in more digits.
TrendLine line_naively(const std::vector<double>& x, const std::vector<double>& y) {
  const auto n = static_cast<long double>(x.size());
  const long double mx = std::accumulate(x.begin(), x.end(), 0.0L) / n;
  const long double my = std::accumulate(y.begin(), y.end(), 0.0L) / n;
  long double xx = 0, xy = 0, yy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - mx) * (x[i] - mx);
    xy += (x[i] - mx) * (y[i] - my);
    yy += (y[i] - my) * (y[i] - my);
  }
  const long double slope = xy / xx, r = yy == 0 ? 0 : xy / std::sqrt(xx * yy);
  const long double t = std::abs(r) * std::sqrt((n - 2) / (1 - r * r));
  const boost::math::students_t distribution(static_cast<double>(n) - 2);
  const double p = std::isfinite(t) ? 2 * cdf(complement(distribution, static_cast<double>(t))) : 0;
  return {static_cast<double>(slope), static_cast<double>(my - slope * mx), static_cast<double>(r), p,
          static_cast<double>(std::sqrt((1 - r * r) * yy / xx / (n - 2)))};
}

void expect_line(const TrendLine& found, const TrendLine& expected) {
  EXPECT_TRUE(same(found.slope, expected.slope, 1e-3));
  EXPECT_TRUE(same(found.intercept, expected.intercept, 1e-1));
  EXPECT_TRUE(same(found.rvalue, expected.rvalue, 1e-3));
  EXPECT_TRUE(same(found.pvalue, expected.pvalue, 100));  // through three points in line: sqrt(1 - r)
  EXPECT_TRUE(same(found.stderror, expected.stderror, 1e-2));
}

std::vector<double> counted(std::size_t n) {
  std::vector<double> x(n);
  std::iota(x.begin(), x.end(), 0.0);
  return x;
}

TEST(TrendsTest, lines_are_those_of_least_squares) {
  for_each_series(finite_series(), 300, [](const std::vector<double>& y) {
    if (y.size() < 3) return;
    std::vector<double> hours = counted(y.size());
    for (double& hour : hours) hour = 100 + std::sqrt(hour);
    expect_line(linear_trend(y), line_naively(counted(y.size()), y));
    expect_line(linear_trend(hours, y), line_naively(hours, y));
    std::vector<double> since = hours;
    for (double& hour : since) hour -= 100;
    expect_line(linear_trend_timewise(hours, y), line_naively(since, y));
  });
}

// What SciPy 1.10 gives.
TEST(TrendsTest, p_values_are_those_of_Students_t) {
  const TrendLine weak = linear_trend(std::vector<double>{1, 3, 2, 5, 4, 4, 6, 2});
  EXPECT_TRUE(same(weak.pvalue, 0.24306081822023268));
  EXPECT_TRUE(same(weak.rvalue, 0.46725671848604855));
  const TrendLine none = linear_trend(std::vector<double>{1, 2, 1});
  EXPECT_EQ(none.pvalue, 1);
  std::vector<double> steep = counted(200);
  for (std::size_t i = 0; i < steep.size(); ++i) steep[i] += static_cast<double>(i % 3);
  EXPECT_TRUE(same(linear_trend(steep).pvalue, 0));
}

TEST(TrendsTest, one_and_two_points_have_what_is_left_of_a_line) {
  const TrendLine two = linear_trend(std::vector<double>{3, 5});
  EXPECT_EQ(two.slope, 2);
  EXPECT_EQ(two.intercept, 3);
  EXPECT_EQ(two.pvalue, 0);
  EXPECT_EQ(two.stderror, 0);
  EXPECT_EQ(linear_trend(std::vector<double>{3, 3}).pvalue, 1);
  const TrendLine one = linear_trend(std::vector<double>{3});
  EXPECT_EQ(one.rvalue, 0);
  EXPECT_TRUE(std::isnan(one.slope) && std::isnan(one.intercept) && std::isnan(one.pvalue) &&
              std::isnan(one.stderror));
  EXPECT_TRUE(std::isnan(linear_trend(std::vector<double>{}).rvalue));
}

TEST(TrendsTest, where_time_stands_still_there_is_no_line) {
  const TrendLine line = linear_trend_timewise(std::vector<double>{5, 5, 5}, std::vector<double>{1, 2, 3});
  EXPECT_TRUE(std::isnan(line.slope) && std::isnan(line.rvalue) && std::isnan(line.pvalue));
}

TEST(TrendsTest, without_a_time_for_each_value_there_is_no_line) {
  for (std::size_t n = 0; n < 4; ++n) {
    const std::vector<double> y(n, 1.5);
    EXPECT_TRUE(std::isnan(linear_trend_timewise(std::vector<double>(n + 1), y).rvalue));
    EXPECT_TRUE(std::isnan(linear_trend_timewise({}, y).rvalue));
  }
}

TEST(TrendsTest, values_that_are_not_finite_leave_no_line) {
  for (const double value : {nan, infinity}) {
    for (std::size_t place = 0; place < 5; ++place) {
      std::vector<double> y{1, 2, 4, 3, 5};
      y[place] = value;
      const TrendLine line = linear_trend(y);
      EXPECT_TRUE(std::isnan(line.slope) && std::isnan(line.rvalue) && std::isnan(line.pvalue)) << place;
    }
  }
}

TEST(TrendsTest, chunks_are_aggregated_with_the_shorter_last_one) {
  const std::vector<double> values{1, 5, 2, 6, 3, 7, 9};
  expect_line(agg_linear_trend(values, 2, Aggregate::maximum), line_naively(counted(4), {5, 6, 7, 9}));
  expect_line(agg_linear_trend(values, 3, Aggregate::mean), line_naively(counted(3), {8.0 / 3, 16.0 / 3, 9}));
  expect_line(agg_linear_trend(values, 3, Aggregate::variance),
              line_naively(counted(3), {26.0 / 9, 26.0 / 9, 0}));
  EXPECT_TRUE(std::isnan(agg_linear_trend(values, 7, Aggregate::mean).rvalue));
  EXPECT_FALSE(std::isnan(agg_linear_trend(values, 6, Aggregate::mean).rvalue));
}

TEST(TrendsTest, chunks_of_series_of_every_length_have_the_line_of_their_aggregates) {
  for_each_series(finite_series(), 300, [](const std::vector<double>& values) {
    for (const std::size_t length : {5, 10, 50}) {
      for (const Aggregate f_agg :
           {Aggregate::maximum, Aggregate::minimum, Aggregate::mean, Aggregate::variance}) {
        std::vector<double> aggregates;
        for (std::size_t begin = 0; begin < values.size(); begin += length) {
          const std::size_t end = std::min(begin + length, values.size());
          aggregates.push_back(aggregate(std::span(values).subspan(begin, end - begin), f_agg));
        }
        const TrendLine line = agg_linear_trend(values, length, f_agg);
        if (aggregates.size() > 2) {
          expect_line(line, line_naively(counted(aggregates.size()), aggregates));
        } else if (aggregates.size() == 2) {
          EXPECT_TRUE(same(line.slope, aggregates[1] - aggregates[0], 1e-3));
          EXPECT_TRUE(same(line.intercept, aggregates[0], 1));
          EXPECT_EQ(line.stderror, 0);
        } else {
          EXPECT_TRUE(std::isnan(line.slope) && std::isnan(line.rvalue));
        }
      }
    }
  });
}

TEST(EnergyTest, ratios_are_those_of_the_segments_of_series_of_every_length) {
  for_each_series(all_series(), 300, [](const std::vector<double>& values) {
    double energy = 0;
    for (const double value : values) energy += value * value;
    for (const auto split : {array_split, floor_split})
      for (const std::size_t count : {3, 10})
        for (std::size_t i = 0; i < count; ++i) {
          const Segment segment = split(values.size(), count, i);
          double part = 0;
          for (std::size_t k = segment.begin; k < segment.end; ++k) part += values[k] * values[k];
          EXPECT_TRUE(same(energy_ratio(values, segment, energy), energy == 0 ? nan : part / energy));
        }
  });
}

TEST(EnergyTest, segments_share_all_values_out_as_evenly_as_they_go) {
  for (std::size_t n = 0; n < 50; ++n) {
    for (std::size_t count = 1; count < 13; ++count) {
      std::size_t even = 0, kx = 0;
      for (std::size_t i = 0; i < count; ++i) {
        const Segment a = array_split(n, count, i), b = floor_split(n, count, i);
        EXPECT_EQ(a.begin, even);
        EXPECT_EQ(a.end - a.begin, n / count + (i < n % count ? 1 : 0));
        EXPECT_EQ(b.begin, kx);
        EXPECT_EQ(b.end, (i + 1) * n / count);
        even = a.end;
        kx = b.end;
      }
      EXPECT_EQ(even, n);
      EXPECT_EQ(kx, n);
    }
  }
  const std::vector<double> values{1, 2, 3};
  EXPECT_EQ(energy_ratio(values, {1, 3}, 14), 13.0 / 14);
  EXPECT_TRUE(std::isnan(energy_ratio(values, {0, 0}, 0)));
}

}  // namespace
}  // namespace mproc::kernels::fresh
