#include "mproc/kernels/fresh/kendall.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>

namespace mproc::kernels::fresh {
namespace {

// Merges two sorted neighbours, [begin, middle) and [middle, end), to `to`; how many pairs were not in order.
std::int64_t merge_ranks(std::span<const std::uint32_t> from, std::size_t middle, std::uint32_t* to) {
  std::int64_t exchanges = 0;
  std::size_t left = 0, right = middle;
  while (left < middle && right < from.size()) {
    const bool takes_right = from[right] < from[left];
    exchanges += takes_right ? static_cast<std::int64_t>(middle - left) : 0;
    *to++ = takes_right ? from[right++] : from[left++];
  }
  to = std::copy(from.begin() + static_cast<std::ptrdiff_t>(left),
                 from.begin() + static_cast<std::ptrdiff_t>(middle), to);
  std::copy(from.begin() + static_cast<std::ptrdiff_t>(right), from.end(), to);
  return exchanges;
}

// Pairs of which the first is the greater.
std::int64_t inversions(std::vector<std::uint32_t> ranks) {
  std::vector<std::uint32_t> merged(ranks.size());
  std::int64_t count = 0;
  for (std::size_t width = 1; width < ranks.size(); width *= 2) {
    for (std::size_t begin = 0; begin < ranks.size(); begin += 2 * width) {
      const std::size_t size = std::min(2 * width, ranks.size() - begin);
      count += merge_ranks(std::span(ranks).subspan(begin, size), std::min(width, size), &merged[begin]);
    }
    ranks.swap(merged);
  }
  return count;
}

// The ranks of y in the order of x, ascending where x is equal. Adds to `joint_ties` the pairs equal in both.
std::vector<std::uint32_t> ranks_along(const Ascending& x, const KendallSample& y, std::int64_t& joint_ties) {
  std::vector<std::uint32_t> ranks;
  ranks.reserve(x.rows.size());
  for (const std::uint32_t row : x.rows) ranks.push_back(y.ranks[row]);
  auto begin = ranks.begin();
  for (const std::size_t place : x.ends) {
    const auto end = ranks.begin() + static_cast<std::ptrdiff_t>(place);
    std::sort(begin, end);
    while (begin != end) {
      const auto next = std::upper_bound(begin, end, *begin);
      joint_ties += (next - begin) * (next - begin - 1) / 2;
      begin = next;
    }
  }
  return ranks;
}

// Of concordant minus discordant pairs, as SciPy computes it.
double kendall_variance(double n, const Ties& x, const Ties& y) {
  const double pairs = n * (n - 1);
  return (pairs * (2 * n + 5) - x.weighted - y.weighted) / 18 +
         2 * static_cast<double>(x.pairs) * static_cast<double>(y.pairs) / pairs +
         x.triples * y.triples / (9 * pairs * (n - 2));
}

}  // namespace

KendallSample::KendallSample(std::span<const double> values) : ranks(values.size()) {
  const Ascending sample = ascending(values);
  ties = fresh::ties(sample);
  std::size_t place = 0;
  for (std::size_t rank = 0; rank < sample.ends.size(); ++rank)
    for (; place < sample.ends[rank]; ++place) ranks[sample.rows[place]] = static_cast<std::uint32_t>(rank);
}

Kendall kendall(const Ascending& x, const KendallSample& y) {
  const auto n = static_cast<std::int64_t>(x.rows.size());
  const std::int64_t pairs = n * (n - 1) / 2;
  const Ties x_ties = ties(x);
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  if (x_ties.pairs == pairs || y.ties.pairs == pairs) return {nan, nan};
  std::int64_t joint_ties = 0;
  const std::int64_t discordant = inversions(ranks_along(x, y, joint_ties));
  const auto difference =
      static_cast<double>(pairs - x_ties.pairs - y.ties.pairs + joint_ties - 2 * discordant);
  const double z = difference / std::sqrt(kendall_variance(static_cast<double>(n), x_ties, y.ties));
  const double tau = difference / std::sqrt(static_cast<double>(pairs - x_ties.pairs)) /
                     std::sqrt(static_cast<double>(pairs - y.ties.pairs));
  return {std::clamp(tau, -1.0, 1.0), std::erfc(std::abs(z) / std::numbers::sqrt2)};
}

}  // namespace mproc::kernels::fresh
