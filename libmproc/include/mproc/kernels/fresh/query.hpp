#pragma once

#include <span>

namespace mproc::kernels::fresh {

// How many stretches of the series are like the query: whose Euclidean distance from it is at most threshold,
// both scaled to mean 0 and deviation 1 (A. Mueen et al., MASS, 2017). Of a stretch and a query that are both
// constant the distance is 0, of one that is and one that is not sqrt(length). NaN for a query of fewer than
// three values, and for a series shorter than the query; stretches and queries that are not finite are like
// nothing.
double query_similarity_count(std::span<const double> values, std::span<const double> query,
                              double threshold);

}  // namespace mproc::kernels::fresh
