#include "mproc/kernels/fresh/impute.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <numeric>
#include <vector>

namespace mproc::kernels::fresh {

void impute(std::span<double> feature) {
  std::vector<double> finite;
  std::copy_if(feature.begin(), feature.end(), std::back_inserter(finite),
               [](double value) { return std::isfinite(value); });
  if (finite.size() == feature.size()) return;
  if (finite.empty()) finite.push_back(0);
  std::sort(finite.begin(), finite.end());
  const std::size_t half = finite.size() / 2;
  const double median = std::midpoint(finite[(finite.size() - 1) / 2], finite[half]);
  for (double& value : feature)
    if (!std::isfinite(value))
      value = std::isnan(value) ? median : value > 0 ? finite.back() : finite.front();
}

}  // namespace mproc::kernels::fresh
