#include <fmt/format.h>

#include <utility>

#include "catalogue.hpp"
#include "kx_entry.hpp"

namespace mproc::kernels::fresh {
namespace {

using Names = std::pair<const char*, const char*>;  // KX's and ours

constexpr Names lag_aggregates[] = {
    {"mean", "mean"}, {"variance", "var"}, {"median", "median"}, {"dev", "std"}};
constexpr Names line_attributes[] = {{"rval", "rvalue"}, {"intercept", "intercept"}, {"slope", "slope"}};
constexpr Names chunk_aggregates[] = {{"max", "max"}, {"min", "min"}, {"var", "var"}, {"avg", "mean"}};
constexpr Names change_aggregates[] = {{"max", "max"},      {"min", "min"},       {"mean", "mean"},
                                       {"variance", "var"}, {"median", "median"}, {"stdev", "std"}};

std::vector<KxPart> aggregated_lags(const Parameters&) {
  std::vector<KxPart> parts;
  for (const auto& [name, f_agg] : lag_aggregates)
    parts.push_back({name, "agg_autocorrelation", {{"f_agg", f_agg}, {"maxlag", 40}}});
  return parts;
}

std::vector<KxPart> chunk_trends(const Parameters& given) {
  std::vector<KxPart> parts;
  for (const auto& [name, attr] : line_attributes)
    for (const auto& [suffix, f_agg] : chunk_aggregates)
      parts.push_back({fmt::format("{}_{}", name, suffix),
                       "agg_linear_trend",
                       {{"attr", attr}, {"chunk_len", given.at("chunkLen")}, {"f_agg", f_agg}}});
  return parts;
}

std::vector<KxPart> unit_root(const Parameters&) {
  std::vector<KxPart> parts;
  for (const char* attr : {"teststat", "pvalue", "usedlag"})
    parts.push_back({attr, "augmented_dickey_fuller", {{"attr", attr}, {"autolag", "AIC"}}});
  return parts;
}

std::vector<KxPart> corridor_changes(const Parameters& given) {
  std::vector<KxPart> parts;
  for (const auto& [name, f_agg] : change_aggregates)
    parts.push_back({name,
                     "change_quantiles",
                     {{"f_agg", f_agg},
                      {"isabs", given.at("isAbs") == 1},
                      {"qh", given.at("upperQuant")},
                      {"ql", given.at("lowerQuant")}}});
  return parts;
}

std::vector<KxPart> chunk_energies(const Parameters& given) {
  const auto segments = given.at("numSeg").get<std::size_t>();
  std::vector<KxPart> parts;
  for (std::size_t i = 0; i < segments; ++i)
    parts.push_back({fmt::format("chunk_{}_{}", i, segments),
                     "kx_energy_ratio_by_chunks",
                     {{"num_segments", segments}, {"segment_focus", i}}});
  return parts;
}

std::vector<KxPart> spectrum_shape(const Parameters&) {
  std::vector<KxPart> parts;
  for (const char* aggtype : {"centroid", "variance", "skew"})
    parts.push_back({aggtype, "fft_aggregated", {{"aggtype", aggtype}}});
  parts.push_back({"kurtosis", "kx_fft_aggregated_kurtosis", Parameters::object()});
  return parts;
}

std::vector<KxPart> spectrum_lines(const Parameters& given) {
  std::vector<KxPart> parts;
  for (const char* attr : {"angle", "real", "imag", "abs"})
    for (std::size_t k = 0; k < given.at("coeff").get<std::size_t>(); ++k)
      parts.push_back(
          {fmt::format("coeff_{}_{}", k, attr), "fft_coefficient", {{"attr", attr}, {"coeff", k}}});
  return parts;
}

std::vector<KxPart> line_parts_of_all(const Parameters&) {
  std::vector<KxPart> parts;
  for (const auto& [name, attr] : line_attributes) parts.push_back({name, "linear_trend", {{"attr", attr}}});
  return parts;
}

std::vector<KxPart> partial_lags(const Parameters& given) {
  std::vector<KxPart> parts;
  for (std::size_t lag = 1; lag <= given.at("lag").get<std::size_t>(); ++lag)
    parts.push_back({fmt::format("lag_{}", lag), "partial_autocorrelation", {{"lag", lag}}});
  return parts;
}

std::vector<KxPart> counts_in_range(const Parameters& given) {
  return {{"", "range_count", {{"max", given.at("maxVal")}, {"min", given.at("minVal")}}}};
}

}  // namespace

void add_kx_dictionaries(std::vector<KxEntry>& to) {
  constexpr double most_parts = 1e4;
  const Parameters none = Parameters::object();
  to.push_back({{"aggAutoCorr", {}, none}, aggregated_lags});
  to.push_back({{"aggLinTrend", {integer("chunkLen", 1)}, {{"chunkLen", {5, 10, 50}}}}, chunk_trends});
  to.push_back({{"augFuller", {}, none}, unit_root});
  to.push_back({{"changeQuant",
                 {real("lowerQuant", 0, 1), real("upperQuant", 0, 1), integer("isAbs", 0, 1)},
                 {{"lowerQuant", {0.1, 0.2}}, {"upperQuant", {0.9, 0.8}}, {"isAbs", {0, 1}}}},
                corridor_changes});
  to.push_back({{"eRatioByChunk", {integer("numSeg", 1, most_parts)}, {{"numSeg", 3}}}, chunk_energies});
  to.push_back({{"fftAggreg", {}, none}, spectrum_shape});
  to.push_back({{"fftCoeff", {integer("coeff", 1, most_parts)}, {{"coeff", 10}}}, spectrum_lines});
  to.push_back({{"linTrend", {}, none}, line_parts_of_all});
  to.push_back({{"partAutoCorrelation", {integer("lag", 1, most_parts)}, {{"lag", 6}}}, partial_lags});
  to.push_back(
      {{"rangeCount", {real("minVal"), real("maxVal")}, {{"minVal", -1}, {"maxVal", 1}}}, counts_in_range});
}

}  // namespace mproc::kernels::fresh
