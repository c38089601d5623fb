#include "mproc/kernels/fresh/fft.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>
#include <unordered_map>
#include <unsupported/Eigen/FFT>
#include <utility>

namespace mproc::kernels::fresh {
namespace {

using Line = std::complex<double>;
using Lines = std::vector<Line>;

// Steps of the mixed radix transform, up to a factor: each value meets each prime factor once.
double mixed_radix_cost(std::size_t n) {
  double primes = 0;
  std::size_t rest = n;
  for (std::size_t prime = 2; prime * prime <= rest; ++prime)
    for (; rest % prime == 0; rest /= prime) primes += static_cast<double>(prime);
  if (rest > 1) primes += static_cast<double>(rest);
  return primes * static_cast<double>(n);
}

// The power of two that holds a convolution of n values with the chirp, which is 2n - 1 long.
std::size_t chirp_length(std::size_t n) {
  return std::bit_ceil(2 * n);
}

double chirp_cost(std::size_t n) {
  const auto length = static_cast<double>(chirp_length(n));
  return 4 * length * std::log2(length);
}

// exp(-i pi j^2 / n). The square is reduced as a whole number, so that long series lose no digits.
Line chirp(std::size_t j, std::size_t n) {
  const std::size_t turns = j * j % (2 * n);
  const long double angle =
      std::numbers::pi_v<long double> * static_cast<long double>(turns) / static_cast<long double>(n);
  return {static_cast<double>(std::cos(angle)), -static_cast<double>(std::sin(angle))};
}

// What C++ makes of a product of finite numbers, without its care for infinite ones: those give NaN.
Line times(Line a, Line b) {
  return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
}

// How one length is transformed, at least 2 values.
class Plan {
 public:
  explicit Plan(std::size_t n) : n_(n) {
    fft_.SetFlag(Eigen::FFT<double>::HalfSpectrum);
    if (chirp_cost(n) < mixed_radix_cost(n)) make_chirp();
  }

  // How many complex numbers it keeps.
  std::size_t size() const { return chirp_.empty() ? 2 * n_ : n_ + 5 * response_.size(); }

  void transform(std::span<const double> values, Lines& spectrum) {
    if (chirp_.empty())
      fft_.fwd(spectrum.data(), values.data(), static_cast<Eigen::Index>(n_));
    else
      by_chirp(values, spectrum);
    spectrum[0].imag(0);  // as it is for real values, and but for rounding here
  }

 private:
  void forward(Lines& to, const Lines& from) {
    fft_.fwd(to.data(), from.data(), static_cast<Eigen::Index>(from.size()));
  }

  // jk = (j^2 + k^2 - (k-j)^2) / 2: the transform is a convolution with the conjugate chirp.
  void make_chirp() {
    const std::size_t length = chirp_length(n_);
    chirp_.resize(n_);
    for (std::size_t j = 0; j < n_; ++j) chirp_[j] = chirp(j, n_);
    padded_.assign(length, 0);
    const double scale = 1 / static_cast<double>(length);
    for (std::size_t j = 0; j < n_; ++j) padded_[j] = std::conj(chirp_[j]) * scale;
    for (std::size_t j = 1; j < n_; ++j) padded_[length - j] = padded_[j];
    response_.resize(length);
    lines_.resize(length);
    forward(response_, padded_);
  }

  void by_chirp(std::span<const double> values, Lines& spectrum) {
    for (std::size_t j = 0; j < n_; ++j) padded_[j] = values[j] * chirp_[j];
    std::fill(padded_.begin() + static_cast<std::ptrdiff_t>(n_), padded_.end(), 0);
    forward(lines_, padded_);
    // The inverse transform is the conjugate of the forward one of conjugates: one set of twiddles serves
    // both.
    for (std::size_t k = 0; k < lines_.size(); ++k) padded_[k] = std::conj(times(lines_[k], response_[k]));
    forward(lines_, padded_);
    for (std::size_t k = 0; k < spectrum.size(); ++k) spectrum[k] = times(std::conj(lines_[k]), chirp_[k]);
  }

  std::size_t n_;
  Eigen::FFT<double> fft_;
  Lines chirp_, response_, padded_, lines_;
};

Plan& plan_of(std::size_t n) {
  constexpr std::size_t most = std::size_t{1} << 22;
  thread_local std::unordered_map<std::size_t, Plan> plans;
  thread_local std::size_t kept = 0;
  if (const auto found = plans.find(n); found != plans.end()) return found->second;
  Plan plan(n);
  if (kept + plan.size() > most) {
    plans.clear();
    kept = 0;
  }
  kept += plan.size();
  return plans.emplace(n, std::move(plan)).first->second;
}

}  // namespace

void real_fft(std::span<const double> values, std::vector<std::complex<double>>& spectrum) {
  const std::size_t n = values.size();
  constexpr std::size_t longest = std::size_t{1} << 28;
  spectrum.assign(n == 0 ? 0 : n / 2 + 1, std::numeric_limits<double>::quiet_NaN());
  if (n == 1) spectrum[0] = values[0];
  if (n > 1 && n <= longest) plan_of(n).transform(values, spectrum);
}

}  // namespace mproc::kernels::fresh
