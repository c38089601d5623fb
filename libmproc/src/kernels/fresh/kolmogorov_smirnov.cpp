#include "mproc/kernels/fresh/kolmogorov_smirnov.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

#include "mproc/kernels/fresh/kolmogorov.hpp"

namespace mproc::kernels::fresh {
namespace {

constexpr std::uint64_t most_for_exact = 10'000;

// 2 * (C(2n,n-h) - C(2n,n-2h) + C(2n,n-3h) ...) / C(2n,n), each term as the one before it times a ratio.
double equal_sizes(std::uint64_t n, std::uint64_t h) {
  double p = 0;
  for (std::uint64_t k = n / h; k-- > 0;) {
    double ratio = 1;
    for (std::uint64_t j = 0; j < h; ++j)
      ratio = static_cast<double>(n - k * h - j) * ratio / static_cast<double>(n + k * h + j + 1);
    p = ratio * (1 - p);
  }
  return 2 * p;
}

// A path of `x` steps of the first sample and `y` of the second passes through points (i, j). It is outside
// of the band where |i * y - j * x| >= h. Of all paths to a point, the part that was outside on its way: 1
// where the point itself is, else the mean of its two neighbours', weighted by how many paths come from each.
// From one diagonal i + j to the next no point depends on another one. With sizes up to most_for_exact all
// products are below 2^31.
class PathsOutside {
 public:
  PathsOutside(int x, int y, int h)
      : x_(x), y_(y), x_step_(x / std::gcd(x, y)), y_step_(y / std::gcd(x, y)), h_(h) {}

  double part() const {
    std::vector<double> now(static_cast<std::size_t>(y_) + 2, 1), next = now;  // above the band all stay 1
    now[1] = 0;
    for (int diagonal = 1; diagonal <= x_ + y_; ++diagonal) {
      const int low = lowest(diagonal), high = highest(diagonal);
      if (low > high) return 1;
      advance(now.data(), next.data(), diagonal, low, high);
      next[static_cast<std::size_t>(low)] = 1;
      now.swap(next);
    }
    return now[static_cast<std::size_t>(y_) + 1];
  }

 private:
  // Points of a diagonal within the band: |(diagonal - j) * y_step - j * x_step| < h.
  int lowest(int diagonal) const {
    const int above = diagonal * y_step_ - h_;
    const int in_band = above < 0 ? 0 : above / (x_step_ + y_step_) + 1;
    return std::max(in_band, diagonal - x_);
  }
  int highest(int diagonal) const {
    const int in_band = (diagonal * y_step_ + h_ - 1) / (x_step_ + y_step_);
    return std::min({in_band, diagonal, y_});
  }
  // Point j lies at j + 1.
  static void advance(const double* now, double* next, int diagonal, int low, int high) {
    const auto all = static_cast<double>(diagonal);
    for (int j = low; j <= high; ++j) {
      const auto from_below = static_cast<double>(j);
      next[j + 1] = (now[j + 1] * (all - from_below) + now[j] * from_below) / all;
    }
  }

  int x_, y_, x_step_, y_step_, h_;
};

double exact(std::uint64_t first, std::uint64_t second, std::uint64_t h) {
  if (first == second) return equal_sizes(first, h);
  return PathsOutside(static_cast<int>(first), static_cast<int>(second), static_cast<int>(h)).part();
}

}  // namespace

double KolmogorovSmirnov::statistic() const {
  return static_cast<double>(gap) / static_cast<double>(first * second);
}

KolmogorovSmirnov kolmogorov_smirnov(const Ascending& sample, std::span<const std::uint32_t> groups,
                                     std::uint32_t group, std::uint64_t first) {
  const std::uint64_t second = sample.rows.size() - first;
  std::uint64_t seen = 0, gap = 0;
  std::size_t place = 0;
  for (const std::size_t end : sample.ends) {
    for (; place < end; ++place) seen += groups[sample.rows[place]] == group;
    const std::uint64_t mine = seen * second, others = (end - seen) * first;
    gap = std::max(gap, mine > others ? mine - others : others - mine);
  }
  return {first, second, gap};
}

double p_value(const KolmogorovSmirnov& test) {
  if (test.gap == 0) return 1;
  if (std::max(test.first, test.second) <= most_for_exact)
    return std::min(1.0, exact(test.first, test.second, test.gap / std::gcd(test.first, test.second)));
  const double first = static_cast<double>(test.first), second = static_cast<double>(test.second);
  const double size = std::nearbyint(first * second / (first + second));
  return kolmogorov_upper_tail(static_cast<std::uint64_t>(size), test.statistic());
}

}  // namespace mproc::kernels::fresh
