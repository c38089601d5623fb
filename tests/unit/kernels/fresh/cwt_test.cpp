#include "mproc/kernels/fresh/cwt.hpp"

#include <gtest/gtest.h>

#include <numbers>

#include "random_series.hpp"
#include "unit/kernels/fresh/some_series.hpp"

namespace mproc::kernels::fresh {
namespace {

// As PyWavelets goes about it, with all of the convolution.
std::vector<double> by_definition(const std::vector<double>& values, double width) {
  std::vector<double> integral(1024), kernel, convolution, coefficients;
  double sum = 0;
  for (std::size_t i = 0; i < 1024; ++i) {
    const double t = -8 + static_cast<double>(i) * 16 / 1023;
    sum += (1 - t * t) * std::exp(-t * t / 2) * 2 / (std::sqrt(3.0) * std::pow(std::numbers::pi, 0.25));
    integral[i] = sum * 16 / 1023;
  }
  for (std::size_t i = 0; static_cast<double>(i) < width * 16 + 1; ++i) {
    const auto place = static_cast<std::size_t>(static_cast<double>(i) / (width * 16 / 1023));
    if (place < 1024) kernel.insert(kernel.begin(), integral[place]);
  }
  convolution.resize(values.size() + kernel.size() - 1);
  for (std::size_t i = 0; i < values.size(); ++i)
    for (std::size_t k = 0; k < kernel.size(); ++k) convolution[i + k] += values[i] * kernel[k];
  const std::size_t cut = (kernel.size() - 2) / 2;
  for (std::size_t i = 0; i < values.size(); ++i)
    coefficients.push_back(-std::sqrt(width) * (convolution[cut + i + 1] - convolution[cut + i]));
  return coefficients;
}

void expect_definition(std::size_t n, double width) {
  const auto values = noise(n);
  const auto expected = by_definition(values, width);
  std::vector<double> coefficients(n);
  cwt_coefficients(values, width, coefficients);
  for (std::size_t i = 0; i < n; ++i) ASSERT_NEAR(coefficients[i], expected[i], 1e-12) << width << ", " << n;
}

TEST(CwtTest, coefficients_are_those_of_the_definition) {
  for_each_length([](std::size_t n) {
    for (const double width : {2.0, 5.0, 10.0, 20.0}) expect_definition(n, width);
  });
  for (const double width : {0.5, 1.0, 33.3})
    for (const std::size_t n : {1, 2, 14, 15, 40, 200}) expect_definition(n, width);
}

TEST(CwtTest, what_there_is_not_is_NaN) {
  std::vector<double> coefficients(8);
  cwt_coefficients(noise(5), 2, coefficients);
  EXPECT_FALSE(std::isnan(coefficients[4]));
  EXPECT_TRUE(std::isnan(coefficients[5]));
  for (const double width : {0.0, -1.0, 1e-3, 1e9, HUGE_VAL, std::nan("")}) {
    cwt_coefficients(noise(5), width, coefficients);
    EXPECT_TRUE(std::isnan(coefficients[0])) << width;
  }
}

TEST(CwtTest, awkward_series_do_no_harm) {
  std::vector<double> coefficients(15);
  for (const auto& values : awkward_series())
    for (const double width : {0.02, 2.0, 20.0}) cwt_coefficients(values, width, coefficients);
}

}  // namespace
}  // namespace mproc::kernels::fresh
