#include "catalogue.hpp"
#include "mproc/kernels/fresh/cwt.hpp"
#include "mproc/kernels/fresh/cwt_peaks.hpp"

namespace mproc::kernels::fresh {
namespace {

struct WaveletTerm {
  std::size_t coeff;
  double w;
};

WaveletTerm wavelet_term_of(const Parameters& given) {
  return {size_of(given, "coeff"), number_of(given, "w")};
}

// Each width once.
void wavelet_terms(Series& series, std::span<const WaveletTerm> chosen, std::span<double> to) {
  std::vector<bool> done(chosen.size());
  std::vector<double> coefficients;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    if (done[i]) continue;
    std::size_t last = 0;
    for (const WaveletTerm& term : chosen.subspan(i))
      if (term.w == chosen[i].w) last = std::max(last, term.coeff);
    coefficients.resize(last + 1);
    cwt_coefficients(series.values(), chosen[i].w, coefficients);
    for (std::size_t k = i; k < chosen.size(); ++k) {
      if (chosen[k].w != chosen[i].w) continue;
      to[k] = coefficients[chosen[k].coeff];
      done[k] = true;
    }
  }
}

std::string no_such_width(const Parameters& given) {
  const base::Json& widths = given.at("widths");
  const auto is_w = [&given](const base::Json& width) {
    return width.get<double>() == number_of(given, "w");
  };
  if (std::any_of(widths.begin(), widths.end(), is_w)) return {};
  return fmt::format("'w' is {}; it has to be one of 'widths', {}", given.at("w").dump(), widths.dump());
}

// The function that counts shares the work of ascending numbers.
void wavelet_peaks(Series& series, std::span<const std::size_t> chosen, std::span<double> to) {
  std::vector<std::size_t> ascending(chosen.begin(), chosen.end());
  std::sort(ascending.begin(), ascending.end());
  std::vector<double> peaks(ascending.size());
  number_cwt_peaks(series.values(), ascending, peaks);
  for (std::size_t i = 0; i < chosen.size(); ++i)
    to[i] = peaks[static_cast<std::size_t>(std::lower_bound(ascending.begin(), ascending.end(), chosen[i]) -
                                           ascending.begin())];
}

}  // namespace

void add_wavelets(std::vector<Calculator>& to) {
  const Parameter widths{
      .name = "widths", .type = Parameter::Type::numbers, .least = 1e-3, .most = most_integer};
  to.push_back(together("cwt_coefficients", {integer("coeff", 0, 1e6), real("w", 1e-3, most_integer), widths},
                        wavelet_term_of, wavelet_terms));
  to.back().objection = no_such_width;
  to.push_back(together(
      "number_cwt_peaks", {integer("n", 1, 1e3)}, [](const Parameters& given) { return size_of(given, "n"); },
      wavelet_peaks));
}

}  // namespace mproc::kernels::fresh
