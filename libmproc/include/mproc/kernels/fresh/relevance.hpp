#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "mproc/kernels/fresh/feature_test.hpp"
#include "mproc/kernels/fresh/target.hpp"

namespace mproc::kernels::fresh {

struct RelevanceOptions {
  double fdr = 0.05;              ///< the share of irrelevant features among the relevant that is accepted
  bool independent = false;       ///< features do not depend on each other
  bool multiclass = false;        ///< labels one by one, where there are more than two
  std::size_t n_significant = 1;  ///< multiclass: for how many labels a relevant feature is relevant
};

/// A feature's row in the table.
struct Relevance {
  std::size_t column = 0;  ///< its place among the features
  std::string feature;
  FeatureType type = FeatureType::constant;
  double p_value = 0;  ///< the smallest; NaN for a constant feature
  bool relevant = false;
  std::vector<double> p_values;    ///< for each label, or the one of a regression; NaN for a constant feature
  std::vector<bool> relevant_for;  ///< for each p-value
  std::size_t n_significant = 0;   ///< for how many
};

struct RelevanceTable {
  std::vector<std::string> labels;  ///< of a multiclass table, else none
  std::vector<Relevance> rows;
};

/// Which hypotheses are rejected at a false discovery rate of `level`: those with p-values of at most p(i), i
/// being the largest for which p(i) <= i/m * level, p(1) <= p(2) <= ... <= p(m) (Y. Benjamini and Y.
/// Hochberg, 1995); unless they are independent, the right side is divided by 1 + 1/2 + ... + 1/m (Y.
/// Benjamini and D. Yekutieli, 2001).
std::vector<bool> rejected(std::span<const double> p_values, double level, bool independent);

/// As tsfresh's calculate_relevance_table: all features but the constant ones are tested together, for each
/// label on its own. A feature is relevant when it is for any label, or in a multiclass table for
/// n_significant of them. Rows are in order of p-value, with labels that of the first row's label; among
/// equal ones, real features come before binary ones; constant features come last. `names` and `results`: of
/// all features in the same order. Throws UserError where the options do not fit the target.
RelevanceTable relevance_table(std::span<const std::string> names, std::span<const FeatureResult> results,
                               const Target& target, const RelevanceOptions& options);

}  // namespace mproc::kernels::fresh
