#include "catalogue.hpp"
#include "mproc/kernels/fresh/kx.hpp"
#include "mproc/kernels/fresh/spectrum.hpp"

namespace mproc::kernels::fresh {

void add_kx(std::vector<Calculator>& to) {
  to.push_back(plain("kx_last_location_of_maximum",
                     [](Series& series) { return kx_location_of_last(series.values(), series.maximum()); }));
  to.push_back(plain("kx_last_location_of_minimum",
                     [](Series& series) { return kx_location_of_last(series.values(), series.minimum()); }));
  to.push_back(each(
      "kx_binned_entropy", {integer("max_bins", 1, 1e6)},
      [](const Parameters& given) { return size_of(given, "max_bins"); },
      [](Series& series, std::size_t bins) {
        return kx_binned_entropy(series.values(), series.minimum(), series.maximum(), bins);
      }));
  to.push_back(plain("kx_fft_aggregated_kurtosis",
                     [](Series& series) { return fft_aggregated(series.magnitudes()).kx_kurtosis; }));
}

}  // namespace mproc::kernels::fresh
