#include "catalogue.hpp"
#include "mproc/kernels/fresh/duplicates.hpp"

namespace mproc::kernels::fresh {

void add_duplicates(std::vector<Calculator>& to) {
  to.push_back(plain("has_duplicate_max",
                     [](Series& series) { return has_duplicate(series.values(), series.maximum()); }));
  to.push_back(plain("has_duplicate_min",
                     [](Series& series) { return has_duplicate(series.values(), series.minimum()); }));
  to.push_back(plain("has_duplicate", [](Series& series) { return series.duplicates().recurring > 0; }));
  to.push_back(plain("percentage_of_reoccurring_values_to_all_values", [](Series& series) {
    return percentage_of_reoccurring_values_to_all_values(series.duplicates());
  }));
  to.push_back(plain("percentage_of_reoccurring_datapoints_to_all_datapoints", [](Series& series) {
    return percentage_of_reoccurring_datapoints_to_all_datapoints(series.duplicates());
  }));
  to.push_back(
      plain("sum_of_reoccurring_values", [](Series& series) { return series.duplicates().recurring_sum; }));
  to.push_back(plain("sum_of_reoccurring_data_points",
                     [](Series& series) { return series.duplicates().recurring_points_sum; }));
  to.push_back(plain("ratio_value_number_to_time_series_length", [](Series& series) {
    return ratio_value_number_to_time_series_length(series.duplicates());
  }));
}

}  // namespace mproc::kernels::fresh
