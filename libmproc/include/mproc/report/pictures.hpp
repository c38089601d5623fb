#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mproc/base/json.hpp"
#include "mproc/job/crossval_search.hpp"

namespace mproc::report {

/// A [crossval] run's picture: scores by parameter. `scorers`: names of the scores; none: one, "score". Of
/// very many candidates the best.
base::Json scores_picture(const job::ResultTable& table, const std::vector<std::string>& scorers);

/// A feature as it was tested against the target.
struct TestedFeature {
  std::string name;
  double p_value = 0;  ///< NaN: it is constant
  bool relevant = false;
};

/// A [fresh] run's picture: p-values in order. `features`: in that order, constant ones last. `fdr`: where
/// features were selected by it, with what the level is divided by where they are not independent.
base::Json p_values_picture(const std::vector<TestedFeature>& features, std::optional<double> fdr,
                            double divisor);

}  // namespace mproc::report
