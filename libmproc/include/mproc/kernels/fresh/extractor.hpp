#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "mproc/kernels/fresh/feature.hpp"

namespace mproc::kernels::fresh {

// Computes features of series after series. Features of one calculator are computed together, and what
// several calculators need is computed once (Series). One for each thread.
class Extractor {
 public:
  explicit Extractor(std::vector<Feature> features);

  // In the order in which their values are given.
  const std::vector<Feature>& features() const { return features_; }

  // One value a feature, NaN where there is none; to has as many places as there are features. hours are the
  // values' times, for linear_trend_timewise, or none.
  void extract(std::span<const double> values, std::span<double> to, std::span<const double> hours = {});

 private:
  // The features of one calculator, whose parameters differ, and which result belongs in which column.
  struct Group {
    const Calculator* calculator;
    std::vector<Parameters> parameters;
    std::vector<std::pair<std::size_t, std::size_t>> columns;  // result, column
    Computation compute;
  };
  void add(std::size_t column, std::unordered_map<std::string, std::size_t>& results);

  std::vector<Feature> features_;
  std::vector<Group> groups_;
  Series series_;
  std::vector<double> results_;
};

}  // namespace mproc::kernels::fresh
