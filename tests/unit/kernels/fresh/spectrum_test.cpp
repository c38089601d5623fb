#include "mproc/kernels/fresh/spectrum.hpp"

#include <numbers>

#include "mproc/kernels/fresh/series.hpp"
#include "random_series.hpp"

namespace mproc::kernels::fresh {
namespace {

TEST(SpectrumTest, parts_are_those_of_the_line_and_NaN_beyond_the_last) {
  const std::vector<std::complex<double>> lines{{6, 0}, {3, -4}, {-2, 0}};
  const std::vector<double> sizes{6, 5, 2};
  EXPECT_EQ(fft_coefficient(lines, sizes, 1, LinePart::real), 3);
  EXPECT_EQ(fft_coefficient(lines, sizes, 1, LinePart::imag), -4);
  EXPECT_EQ(fft_coefficient(lines, sizes, 1, LinePart::abs), 5);
  EXPECT_TRUE(same(fft_coefficient(lines, sizes, 1, LinePart::angle), -53.13010235415598));
  EXPECT_EQ(fft_coefficient(lines, sizes, 2, LinePart::angle), 180);
  EXPECT_TRUE(std::isnan(fft_coefficient(lines, sizes, 3, LinePart::abs)));
}

TEST(SpectrumTest, shapes_are_moments_of_the_lines) {
  for_each_series(finite_series(), 300, [](const std::vector<double>& values) {
    Series series(values);
    if (values.size() < 2 || series.minimum() == series.maximum()) return;
    long double m[5] = {};
    for (std::size_t k = 0; k < series.magnitudes().size(); ++k)
      for (int power = 0; power < 5; ++power)
        m[power] += series.magnitudes()[k] * std::pow(static_cast<long double>(k), power);
    for (int power = 1; power < 5; ++power) m[power] /= m[0];
    const long double variance = m[2] - m[1] * m[1];
    const long double third = m[3] - 3 * m[1] * variance - m[1] * m[1] * m[1];
    const long double fourth = m[4] - 4 * m[1] * m[3] + 6 * m[2] * m[1] * m[1];
    const SpectrumShape shape = fft_aggregated(series.magnitudes());
    EXPECT_TRUE(same(shape.centroid, static_cast<double>(m[1])));
    EXPECT_TRUE(same(shape.variance, static_cast<double>(variance), 1e-3));
    if (std::abs(variance - 0.5L) < 1e-9L) return;
    const bool none = variance < 0.5L;
    EXPECT_TRUE(same(shape.skew, none ? nan : static_cast<double>(third / std::pow(variance, 1.5L)), 1e-1));
    const long double square = variance * variance;
    EXPECT_TRUE(same(shape.kurtosis, none ? nan : static_cast<double>((fourth - 3 * m[1]) / square), 1));
    EXPECT_TRUE(
        same(shape.kx_kurtosis, none ? nan : static_cast<double>((fourth + 12 * m[1] * m[1]) / square), 1));
  });
}

TEST(SpectrumTest, first_and_middle_line_have_no_phase) {
  for_each_series(all_series(), 60, [](const std::vector<double>& values) {
    if (values.empty()) return;
    Series series(values);
    EXPECT_EQ(series.spectrum().front().imag(), 0);
    if (values.size() % 2 == 0) {
      EXPECT_EQ(series.spectrum().back().imag(), 0);
    }
  });
}

TEST(SpectrumTest, an_infinite_value_shows_in_all_lines_by_the_sign_of_its_term) {
  const std::vector<double> values{1, 2, infinity, 4, 5, 6, 7, 8};
  Series series(values);
  EXPECT_EQ(series.spectrum()[0], (std::complex<double>(infinity, 0)));
  EXPECT_TRUE(std::isnan(series.spectrum()[1].real()));  // infinity cos(pi / 2)
  EXPECT_EQ(series.spectrum()[1].imag(), -infinity);
  EXPECT_EQ(series.spectrum()[2].real(), -infinity);
  EXPECT_EQ(series.spectrum()[3].imag(), infinity);
  EXPECT_EQ(series.spectrum()[4], (std::complex<double>(infinity, 0)));
}

}  // namespace
}  // namespace mproc::kernels::fresh
