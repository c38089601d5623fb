#include "mproc/kernels/fresh/ranks.hpp"

#include <algorithm>
#include <utility>

namespace mproc::kernels::fresh {

Ascending ascending(std::span<const double> values) {
  std::vector<std::pair<double, std::uint32_t>> sorted;
  sorted.reserve(values.size());
  for (std::size_t row = 0; row < values.size(); ++row)
    sorted.emplace_back(values[row], static_cast<std::uint32_t>(row));
  std::sort(sorted.begin(), sorted.end());
  Ascending sample;
  sample.rows.reserve(values.size());
  for (std::size_t place = 0; place < sorted.size(); ++place) {
    sample.rows.push_back(sorted[place].second);
    if (place + 1 == sorted.size() || sorted[place].first != sorted[place + 1].first)
      sample.ends.push_back(place + 1);
  }
  return sample;
}

Ties ties(const Ascending& sample) {
  Ties sums;
  std::size_t begin = 0;
  for (const std::size_t end : sample.ends) {
    const auto run = static_cast<std::int64_t>(end - begin);
    const std::int64_t pairs = run * (run - 1);
    const auto length = static_cast<double>(run);
    sums.pairs += pairs / 2;
    sums.triples += static_cast<double>(pairs) * (length - 2);
    sums.weighted += static_cast<double>(pairs) * (2 * length + 5);
    sums.cubes += static_cast<double>(pairs) * (length + 1);
    begin = end;
  }
  return sums;
}

std::vector<double> rank_sums(const Ascending& sample, std::span<const std::uint32_t> groups,
                              std::size_t count) {
  std::vector<double> sums(count);
  std::size_t begin = 0;
  for (const std::size_t end : sample.ends) {
    const double rank = static_cast<double>(begin + 1 + end) / 2;
    for (; begin < end; ++begin) sums[groups[sample.rows[begin]]] += rank;
  }
  return sums;
}

}  // namespace mproc::kernels::fresh
