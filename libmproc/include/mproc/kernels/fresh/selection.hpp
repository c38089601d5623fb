#pragma once

#include <cstddef>
#include <vector>

#include "mproc/kernels/fresh/relevance.hpp"

namespace mproc::kernels::fresh {

// Each gives the columns of the features to keep. Constant features are never among them.

/// Those that the table calls relevant, in its order.
std::vector<std::size_t> relevant_features(const RelevanceTable& table);

/// The k with the smallest p-values in their order, or all where there are fewer: the KX toolkit's kSigFeat.
std::vector<std::size_t> k_best(const RelevanceTable& table, std::size_t k);

/// Those with p-values up to that quantile of all p-values, a share from 0 to 1, in the table's order: the KX
/// toolkit's percentile. Between two p-values the quantile is interpolated.
std::vector<std::size_t> percentile(const RelevanceTable& table, double share);

}  // namespace mproc::kernels::fresh
