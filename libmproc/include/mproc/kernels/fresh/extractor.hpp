#pragma once

#include <cstddef>
#include <span>
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

  // About how many nanoseconds a series of n values takes, to share out series of many lengths evenly.
  double cost(std::size_t n) const;

 private:
  // The features of one calculator, and where their values belong.
  struct Group {
    const Calculator* calculator;
    Computation compute;
    std::vector<std::size_t> columns;
  };

  std::vector<Feature> features_;
  std::vector<Group> groups_;
  Series series_;
  std::vector<double> results_;
};

}  // namespace mproc::kernels::fresh
