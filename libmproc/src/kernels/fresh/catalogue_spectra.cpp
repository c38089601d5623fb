#include <array>

#include "catalogue.hpp"
#include "mproc/kernels/fresh/spectrum.hpp"
#include "mproc/kernels/fresh/welch.hpp"

namespace mproc::kernels::fresh {
namespace {

constexpr std::array<std::string_view, 4> line_parts{"real", "imag", "abs", "angle"};

struct PartOfLine {
  std::size_t coeff;
  LinePart part;
};

PartOfLine part_of_line(const Parameters& given) {
  return {size_of(given, "coeff"), choice_of<LinePart>(given, "attr", line_parts)};
}

using Shape = double SpectrumShape::*;
constexpr std::array<std::string_view, 4> shape_names{"centroid", "variance", "skew", "kurtosis"};
constexpr std::array<Shape, 4> shapes{&SpectrumShape::centroid, &SpectrumShape::variance,
                                      &SpectrumShape::skew, &SpectrumShape::kurtosis};

Shape shape_of(const Parameters& given) {
  return shapes[choice_of<std::size_t>(given, "aggtype", shape_names)];
}

}  // namespace

void add_spectra(std::vector<Calculator>& to) {
  to.push_back(each("fft_coefficient", {text("attr", line_parts), integer("coeff", 0)}, part_of_line,
                    [](Series& series, PartOfLine of) {
                      return fft_coefficient(series.spectrum(), series.magnitudes(), of.coeff, of.part);
                    }));
  to.push_back(together("fft_aggregated", {text("aggtype", shape_names)}, shape_of,
                        [](Series& series, std::span<const Shape> chosen, std::span<double> results) {
                          const SpectrumShape shape = fft_aggregated(series.magnitudes());
                          for (std::size_t i = 0; i < chosen.size(); ++i) results[i] = shape.*chosen[i];
                        }));
  to.push_back(each(
      "spkt_welch_density", {integer("coeff", 0)},
      [](const Parameters& given) { return size_of(given, "coeff"); },
      [](Series& series, std::size_t coeff) { return spkt_welch_density(series.welch(), coeff); }));
}

}  // namespace mproc::kernels::fresh
