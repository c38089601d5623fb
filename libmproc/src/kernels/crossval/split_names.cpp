#include <algorithm>
#include <array>

#include "mproc/kernels/crossval/split.hpp"

namespace mproc::kernels::crossval {
namespace {

constexpr std::array<SplitKind, 7> kinds{
    SplitKind::kfold,         SplitKind::kfold_shuffled, SplitKind::kfold_stratified, SplitKind::roll_forward,
    SplitKind::chain_forward, SplitKind::percentage,     SplitKind::monte_carlo};
/// In the order of the kinds: ours, then those of KX.
constexpr std::array<std::string_view, 14> names{
    "kfold",      "kfold-shuffled", "kfold-stratified", "roll-forward", "chain-forward",
    "percentage", "monte-carlo",    "kfSplit",          "kfShuff",      "kfStrat",
    "tsRolls",    "tsChain",        "pcSplit",          "mcSplit"};

}  // namespace

std::span<const std::string_view> split_names() {
  return names;
}

std::optional<SplitSpec> split_named(std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  const auto at = static_cast<std::size_t>(found - names.begin());
  SplitSpec spec;
  spec.kind = kinds[at % kinds.size()];
  spec.kx_cuts = at >= kinds.size();
  spec.shuffle = spec.kx_cuts;
  return spec;
}

}  // namespace mproc::kernels::crossval
