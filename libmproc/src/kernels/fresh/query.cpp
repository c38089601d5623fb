#include "mproc/kernels/fresh/query.hpp"

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "mproc/kernels/fresh/arithmetic.hpp"

namespace mproc::kernels::fresh {
namespace {

// To mean 0 and deviation 1; all 0 if constant. False where values are not finite.
bool normalize(std::span<const double> from, std::vector<double>& to) {
  const double centre = mean(from), deviation = std::sqrt(variance(from, centre));
  to.resize(from.size());
  for (std::size_t i = 0; i < to.size(); ++i) to[i] = deviation == 0 ? 0 : (from[i] - centre) / deviation;
  return std::isfinite(centre) && std::isfinite(deviation);
}

}  // namespace

double query_similarity_count(std::span<const double> values, std::span<const double> query,
                              double threshold) {
  const std::size_t m = query.size();
  if (m < 3 || values.size() < m) return std::numeric_limits<double>::quiet_NaN();
  std::vector<double> wanted, stretch;
  if (!normalize(query, wanted)) return 0;
  std::size_t count = 0;
  for (std::size_t begin = 0; begin + m <= values.size(); ++begin) {
    if (!normalize(values.subspan(begin, m), stretch)) continue;
    const double square =
        sum_of(m, [&](std::size_t i) { return (stretch[i] - wanted[i]) * (stretch[i] - wanted[i]); });
    count += std::sqrt(square) <= threshold;
  }
  return static_cast<double>(count);
}

}  // namespace mproc::kernels::fresh
