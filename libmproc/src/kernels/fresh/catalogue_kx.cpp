#include "catalogue.hpp"
#include "mproc/kernels/fresh/kx.hpp"
#include "mproc/kernels/fresh/spectrum.hpp"

namespace mproc::kernels::fresh {

void add_kx(std::vector<Calculator>& to) {
  constexpr Cost pass{.value = 1};
  to.push_back(plain("kx_last_location_of_maximum", pass,
                     [](Series& series) { return kx_location_of_last(series.values(), series.maximum()); }));
  to.push_back(plain("kx_last_location_of_minimum", pass,
                     [](Series& series) { return kx_location_of_last(series.values(), series.minimum()); }));
  to.push_back(each(
      "kx_binned_entropy", {integer("max_bins", 1, 1e6)}, {.both = 3},
      [](const Parameters& given) { return size_of(given, "max_bins"); },
      [](Series& series, std::size_t bins) {
        return kx_binned_entropy(series.values(), series.minimum(), series.maximum(), bins);
      }));
  to.push_back(plain("kx_fft_aggregated_kurtosis", {.value = 2, .sorting = 1},
                     [](Series& series) { return fft_aggregated(series.magnitudes()).kx_kurtosis; }));
}

}  // namespace mproc::kernels::fresh
