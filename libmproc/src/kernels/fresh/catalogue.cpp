#include "catalogue.hpp"

#include <algorithm>

#include "mproc/base/error.hpp"
#include "mproc/base/nearest.hpp"

namespace mproc::kernels::fresh {
namespace {

std::vector<Calculator> all_calculators() {
  std::vector<Calculator> all;
  for (const auto add : {add_summaries, add_energies, add_changes, add_counts, add_duplicates, add_quantiles,
                         add_trends, add_spectra, add_entropies, add_memories, add_wavelets, add_kx})
    add(all);
  return all;
}

}  // namespace

const std::vector<Calculator>& calculators() {
  static const std::vector<Calculator> all = all_calculators();
  return all;
}

const Calculator* find_calculator(std::string_view name) {
  const auto& all = calculators();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [name](const Calculator& calculator) { return calculator.name == name; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace mproc::kernels::fresh
