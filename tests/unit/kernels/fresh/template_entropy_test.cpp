#include "mproc/kernels/fresh/template_entropy.hpp"

#include <gtest/gtest.h>

#include "mproc/kernels/fresh/arithmetic.hpp"
#include "random_series.hpp"
#include "unit/kernels/fresh/some_series.hpp"

namespace mproc::kernels::fresh {
namespace {

// How many templates of m values are within tolerance of each.
std::vector<std::uint32_t> matches_of(const std::vector<double>& values, std::size_t m, double tolerance) {
  const std::size_t templates = values.size() - m + 1;
  std::vector<std::uint32_t> counts(templates);
  for (std::size_t i = 0; i < templates; ++i)
    for (std::size_t j = 0; j < templates; ++j) {
      bool alike = true;
      for (std::size_t k = 0; k < m && alike; ++k)
        alike = std::abs(values[i + k] - values[j + k]) <= tolerance;
      counts[i] += alike;
    }
  return counts;
}

double deviation_of(std::span<const double> values) {
  return std::sqrt(variance(values, mean(values)));
}

double phi(const std::vector<double>& values, std::size_t m, double tolerance) {
  const auto counts = matches_of(values, m, tolerance);
  const auto n = static_cast<double>(counts.size());
  double sum = 0;
  for (const auto count : counts) sum += std::log(count / n);
  return sum / n;
}

void expect_counts(const std::vector<double>& values, std::size_t m, double tolerance) {
  TemplateMatches matches;
  matches.assign(values);
  matches.count(m, tolerance);
  const auto shorter = matches_of(values, m, tolerance), longer = matches_of(values, m + 1, tolerance);
  ASSERT_TRUE(std::equal(shorter.begin(), shorter.end(), matches.shorter().begin(), matches.shorter().end()))
      << values.size() << " values, " << m << " a template, within " << tolerance;
  ASSERT_TRUE(std::equal(longer.begin(), longer.end(), matches.longer().begin(), matches.longer().end()))
      << values.size() << " values, " << m + 1 << " a template, within " << tolerance;
}

TEST(TemplateEntropyTest, matches_are_those_of_the_definition) {
  for (const std::size_t n : {2, 3, 9, 63, 64, 65, 129, 200})
    for (const std::size_t m : {std::size_t{1}, std::size_t{2}, std::min<std::size_t>(n - 1, 5)})
      for (const double tolerance : {0.0, 0.3, 1.0, 10.0}) {
        if (m >= n) continue;
        expect_counts(noise(n), m, tolerance);
        expect_counts(ties(n, 3), m, tolerance);
      }
}

// Sets of near values are in strips of 512.
TEST(TemplateEntropyTest, templates_go_on_from_strip_to_strip) {
  for (const std::size_t n : {511, 512, 513, 577, 700}) expect_counts(ties(n, 2), 2, 1);
  expect_counts(std::vector<double>(600, 1), 70, 0);
  expect_counts(ties(600, 1), 130, 1);
}

double approximate_entropy_of(const std::vector<double>& values, std::size_t m, double tolerance) {
  return values.size() <= m + 1 ? 0 : std::abs(phi(values, m, tolerance) - phi(values, m + 1, tolerance));
}

double sample_entropy_of(const std::vector<double>& values, double tolerance) {
  if (values.size() < 3) return nan;
  double pairs = 0, longer_pairs = 0;
  for (const auto count : matches_of(values, 2, tolerance)) pairs += count - 1;
  for (const auto count : matches_of(values, 3, tolerance)) longer_pairs += count - 1;
  return -std::log(longer_pairs / pairs);
}

TEST(TemplateEntropyTest, entropies_are_those_of_the_definition) {
  TemplateMatches matches;
  for_each_length([&matches](std::size_t n) {
    const auto values = n % 4 == 0 ? ties(n, 9) : noise(n);
    const double deviation = deviation_of(values);
    matches.assign(values);
    for (const double r : {0.1, 0.3, 0.5, 0.7, 0.9})
      EXPECT_NEAR(approximate_entropy(matches, deviation, 2, r),
                  approximate_entropy_of(values, 2, r * deviation), 1e-12);
    EXPECT_TRUE(same(sample_entropy(matches, deviation), sample_entropy_of(values, 0.2 * deviation)));
  });
  for (const std::size_t n : {5, 30, 150}) {
    const auto values = noise(n);
    const double deviation = deviation_of(values);
    matches.assign(values);
    for (const std::size_t m : {1, 3})
      EXPECT_NEAR(approximate_entropy(matches, deviation, m, 2),
                  approximate_entropy_of(values, m, 2 * deviation), 1e-13);
  }
}

TEST(TemplateEntropyTest, logarithms_of_long_products_do_not_underflow) {
  const auto values = noise(2000);
  TemplateMatches matches;
  matches.assign(values);
  EXPECT_NEAR(
      approximate_entropy(matches, deviation_of(values), 2, 0.1),
      std::abs(phi(values, 2, 0.1 * deviation_of(values)) - phi(values, 3, 0.1 * deviation_of(values))),
      1e-12);
}

TEST(TemplateEntropyTest, a_constant_series_holds_no_surprise) {
  TemplateMatches matches;
  const std::vector<double> values(50, 7);
  matches.assign(values);
  EXPECT_EQ(approximate_entropy(matches, 0, 2, 0.5), 0);
  EXPECT_NEAR(sample_entropy(matches, 0), std::log(49.0 * 48 / (48 * 47)), 1e-14);
}

TEST(TemplateEntropyTest, what_cannot_be_counted_is_NaN) {
  TemplateMatches matches;
  std::vector<double> values = noise(20);
  matches.assign(values);
  EXPECT_TRUE(std::isnan(approximate_entropy(matches, 1, 2, -0.1)));
  EXPECT_TRUE(std::isnan(approximate_entropy(matches, 1, 0, 0.1)));
  EXPECT_EQ(approximate_entropy(matches, 1, 19, 0.1), 0);
  values[5] = std::nan("");
  matches.assign(values);
  EXPECT_TRUE(std::isnan(approximate_entropy(matches, std::nan(""), 2, 0.1)));
  EXPECT_TRUE(std::isnan(sample_entropy(matches, std::nan(""))));
  matches.assign({});
  EXPECT_EQ(approximate_entropy(matches, std::nan(""), 2, 0.1), 0);
  EXPECT_TRUE(std::isnan(sample_entropy(matches, std::nan(""))));
}

TEST(TemplateEntropyTest, awkward_series_do_no_harm) {
  TemplateMatches matches;
  for (const auto& values : awkward_series()) {
    matches.assign(values);
    sample_entropy(matches, deviation_of(values));
    for (const std::size_t m : {0, 1, 2, 70})
      for (const double r : {0.0, 0.2, 1e308}) approximate_entropy(matches, deviation_of(values), m, r);
  }
}

}  // namespace
}  // namespace mproc::kernels::fresh
