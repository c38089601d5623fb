#pragma once

#include <complex>
#include <cstddef>
#include <span>
#include <vector>

namespace mproc::kernels::fresh {

// What is computed when it is first asked for, into storage that is kept.
template <class T>
class Lazy {
 public:
  template <class Fill>
  const T& get(const Fill& fill) {
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

  // The values in ascending order, NaNs last.
  std::span<const double> sorted();
  // The sorted values that are not NaN.
  std::span<const double> sorted_numbers();
  // x[i + 1] - x[i]
  std::span<const double> changes();
  // Lines 0 to n / 2 of the discrete Fourier transform, and how large they are.
  std::span<const std::complex<double>> spectrum();
  std::span<const double> magnitudes();

 private:
  struct Extremes {
    double minimum, maximum;
  };
  const Extremes& extremes();

  std::span<const double> values_, hours_;
  Lazy<double> sum_, variance_;
  Lazy<Extremes> extremes_;
  Lazy<std::vector<double>> sorted_, changes_, magnitudes_;
  Lazy<std::vector<std::complex<double>>> spectrum_;
};

}  // namespace mproc::kernels::fresh
