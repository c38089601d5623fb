#pragma once

#include <complex>
#include <cstddef>
#include <span>
#include <vector>

#include "mproc/kernels/fresh/duplicates.hpp"
#include "mproc/kernels/fresh/template_entropy.hpp"

namespace mproc::kernels::fresh {

// What is computed when it is first asked for, into storage that is kept.
template <class T>
class Lazy {
 public:
  template <class Fill>
  T& get(const Fill& fill) {
    if (!ready_) fill(value_);
    ready_ = true;
    return value_;
  }
  void forget() { ready_ = false; }

 private:
  T value_{};
  bool ready_ = false;
};

// One series' values, and what several calculators need of them: computed once, when first asked for. Made
// once and assigned series after series, it keeps its buffers. Not for several threads at a time.
class Series {
 public:
  Series() = default;
  explicit Series(std::span<const double> values, std::span<const double> hours = {}) {
    assign(values, hours);
  }
  // Takes up another series. Both spans have to live as long as it is used; hours are the values' times, or
  // none.
  void assign(std::span<const double> values, std::span<const double> hours = {});

  std::span<const double> values() const { return values_; }
  std::span<const double> hours() const { return hours_; }
  std::size_t size() const { return values_.size(); }

  // Of no values: sum 0, the others NaN. Where there is a NaN, all are NaN.
  double sum();
  double mean();
  double variance();   // ddof 0
  double deviation();  // the variance's square root
  double minimum();
  double maximum();
  double median();  // the mean of the middle two for an even number

  double energy();  // sum of squares

  // The values in ascending order, NaNs last.
  std::span<const double> sorted();
  // The sorted values that are not NaN.
  std::span<const double> sorted_numbers();
  const Duplicates& duplicates();
  // x[i + 1] - x[i]
  std::span<const double> changes();
  // Lines 0 to n / 2 of the discrete Fourier transform, and how large they are.
  std::span<const std::complex<double>> spectrum();
  std::span<const double> magnitudes();
  // Lines of the power spectral density (welch_density).
  std::span<const double> welch();
  // lagged_products for lags 0 to longest at least, as far as there are values.
  std::span<const double> lagged_products(std::size_t longest);
  // friedrich_coefficients
  std::span<const double> drift(std::size_t m, std::size_t r);
  // Of these values.
  TemplateMatches& templates();

 private:
  struct Extremes {
    double minimum, maximum;
  };
  const Extremes& extremes();

  std::span<const double> values_, hours_;
  Lazy<double> sum_, variance_, energy_;
  Lazy<Extremes> extremes_;
  Lazy<Duplicates> duplicates_;
  Lazy<std::vector<double>> sorted_, changes_, magnitudes_, welch_;
  Lazy<std::vector<std::complex<double>>> spectrum_;
  Lazy<TemplateMatches> templates_;
  std::vector<double> products_, drift_;
  std::size_t drift_m_ = 0, drift_r_ = 0;  // what drift_ is of; 0: of nothing
};

}  // namespace mproc::kernels::fresh
