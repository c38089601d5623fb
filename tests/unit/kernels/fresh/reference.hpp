#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "reference_csv.hpp"

namespace mproc::kernels::fresh {

// What tsfresh 0.21.2 gave (NumPy 1.24, SciPy 1.10, statsmodels 0.13.5, pandas 1.5.3), in data/: the features
// (reference) of 68 series (series), a cell being empty where a calculator raised; which cells move by at
// most 1e-9, relative, when the input is rescaled by a few ulps and another BLAS computes them (stable_mask);
// and linear_trend_timewise, time taken as hours (timewise_reference).

struct ReferenceSeries {
  std::string id;
  std::vector<double> hours, values;
};

// In the order of their times.
inline std::vector<ReferenceSeries> reference_series() {
  std::map<int, std::vector<std::pair<double, double>>> points;
  for (const auto& row : read_table("series").rows)
    points[std::stoi(row[0])].emplace_back(reference_number(row[1]), reference_number(row[2]));
  std::vector<ReferenceSeries> all;
  for (auto& [id, of_id] : points) {
    std::stable_sort(of_id.begin(), of_id.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    all.push_back({std::to_string(id), {}, {}});
    for (const auto& [hour, value] : of_id) {
      all.back().hours.push_back(hour);
      all.back().values.push_back(value);
    }
  }
  return all;
}

}  // namespace mproc::kernels::fresh
