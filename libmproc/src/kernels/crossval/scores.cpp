#include "mproc/kernels/crossval/scores.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "mproc/kernels/fresh/arithmetic.hpp"

namespace mproc::kernels::crossval {

bool better(double mean, double other) {
  return !std::isnan(mean) && (std::isnan(other) || mean > other);
}

std::vector<Score> score_table(std::span<const double> scores, std::size_t splits) {
  std::vector<Score> table(scores.size() / splits);
  for (std::size_t i = 0; i < table.size(); ++i) {
    const std::span<const double> row = scores.subspan(i * splits, splits);
    table[i].mean = fresh::mean(row);
    table[i].deviation = std::sqrt(fresh::variance(row, table[i].mean));
  }
  std::vector<std::size_t> order(table.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return better(table[a].mean, table[b].mean); });
  for (std::size_t i = 0; i < order.size(); ++i) {
    const bool tied = i > 0 && !better(table[order[i - 1]].mean, table[order[i]].mean);
    table[order[i]].rank = tied ? table[order[i - 1]].rank : i + 1;
  }
  return table;
}

std::optional<std::size_t> best(std::span<const Score> table) {
  for (std::size_t i = 0; i < table.size(); ++i)
    if (table[i].rank == 1 && !std::isnan(table[i].mean)) return i;
  return std::nullopt;
}

}  // namespace mproc::kernels::crossval
