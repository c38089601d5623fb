#include <algorithm>
#include <vector>

#include "mproc/kernels/fresh/counts.hpp"

namespace mproc::kernels::fresh {
namespace {

// For each value how many neighbours in a row, going from it towards the front, are less; as far as there are
// values. Each value is pushed once onto a stack of those that nothing later exceeds, and taken off once.
void reach_to_front(std::span<const double> values, std::vector<std::size_t>& reach) {
  std::vector<std::size_t> standing;
  reach.resize(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    // A NaN is less than nothing, and nothing is less than it: it ends the reach of others and has none.
    while (!standing.empty() && values[standing.back()] < values[i]) standing.pop_back();
    reach[i] = standing.empty() ? i : i - standing.back() - 1;
    standing.push_back(i);
  }
}

}  // namespace

void number_peaks(std::span<const double> values, std::span<const std::size_t> supports,
                  std::span<double> to) {
  const std::vector<double> reversed(values.rbegin(), values.rend());
  std::vector<std::size_t> before, after;
  reach_to_front(values, before);
  reach_to_front(reversed, after);
  std::fill(to.begin(), to.end(), 0);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t support = std::min(before[i], after[values.size() - 1 - i]);
    for (std::size_t k = 0; k < supports.size(); ++k)
      if (supports[k] <= support) ++to[k];
  }
}

}  // namespace mproc::kernels::fresh
