#include "mproc/kernels/fresh/fft.hpp"

#include <gtest/gtest.h>

#include <numbers>

#include "random_series.hpp"
#include "unit/kernels/fresh/some_series.hpp"

namespace mproc::kernels::fresh {
namespace {

using Lines = std::vector<std::complex<double>>;

Lines lines_of(std::span<const double> values) {
  Lines lines;
  real_fft(values, lines);
  return lines;
}

Lines by_definition(const std::vector<double>& values) {
  const std::size_t n = values.size();
  Lines lines(n / 2 + 1), turns;
  for (std::size_t t = 0; t < n; ++t)
    turns.push_back(std::polar(1.0, -2 * std::numbers::pi * static_cast<double>(t) / static_cast<double>(n)));
  for (std::size_t k = 0; k < lines.size(); ++k)
    for (std::size_t j = 0; j < n; ++j) lines[k] += values[j] * turns[j * k % n];
  return lines;
}

void expect_lines_of_the_definition(std::size_t n) {
  const auto values = noise(n);
  const Lines lines = lines_of(values), expected = by_definition(values);
  ASSERT_EQ(lines.size(), expected.size());
  for (std::size_t k = 0; k < lines.size(); ++k)
    ASSERT_LT(std::abs(lines[k] - expected[k]), 1e-13 * static_cast<double>(n))
        << "line " << k << " of " << n << " values";
}

TEST(FftTest, lines_are_those_of_the_definition_for_any_length) {
  for_each_length(expect_lines_of_the_definition);
}

TEST(FftTest, large_prime_factors_do_not_matter) {
  for (const std::size_t n : {502, 509, 514}) expect_lines_of_the_definition(n);
}

TEST(FftTest, there_are_no_lines_of_no_values) {
  EXPECT_TRUE(lines_of({}).empty());
}

TEST(FftTest, the_first_line_is_the_sum_and_real) {
  for (const std::size_t n : {2, 9, 97, 1009}) {
    const Lines lines = lines_of(std::vector<double>(n, 1));
    EXPECT_NEAR(lines[0].real(), static_cast<double>(n), 1e-9);
    EXPECT_EQ(lines[0].imag(), 0);
  }
}

// A prime number of values would take n^2 steps, minutes, by the definition.
TEST(FftTest, long_series_of_prime_length_are_quick) {
  constexpr std::size_t n = 200'003;
  std::vector<double> wave(n);
  for (std::size_t i = 0; i < n; ++i)
    wave[i] = std::cos(2 * std::numbers::pi * static_cast<double>(i * 7 % n) / static_cast<double>(n));
  const Lines lines = lines_of(wave);
  EXPECT_NEAR(lines[7].real(), n / 2.0, 1e-6);
  EXPECT_NEAR(std::abs(lines[8]), 0, 1e-6);
}

// More lengths than are kept at a time.
TEST(FftTest, lengths_that_were_given_up_are_planned_again) {
  for (int round = 0; round < 2; ++round)
    for (const std::size_t n : {48, 1 << 20, 1 << 19, 3 << 18, 5 << 17}) {
      std::vector<double> values(n);
      values[1] = 1;
      const Lines lines = lines_of(values);
      ASSERT_NEAR(std::abs(lines[n / 4] - std::complex<double>(0, -1)), 0, 1e-12) << n;
    }
}

TEST(FftTest, awkward_series_have_as_many_lines_as_others) {
  for (const auto& values : awkward_series()) {
    const Lines lines = lines_of(values);
    ASSERT_EQ(lines.size(), values.empty() ? 0 : values.size() / 2 + 1);
    if (std::any_of(values.begin(), values.end(), [](double value) { return std::isnan(value); })) {
      ASSERT_TRUE(std::isnan(lines[0].real()));
    }
  }
}

}  // namespace
}  // namespace mproc::kernels::fresh
