#include <array>

#include "catalogue.hpp"
#include "mproc/kernels/fresh/trends.hpp"

namespace mproc::kernels::fresh {
namespace {

using Attribute = double TrendLine::*;
constexpr std::array<std::string_view, 5> attribute_names{"pvalue", "rvalue", "intercept", "slope", "stderr"};
constexpr std::array<Attribute, 5> attributes{&TrendLine::pvalue, &TrendLine::rvalue, &TrendLine::intercept,
                                              &TrendLine::slope, &TrendLine::stderror};

Attribute attribute_of(const Parameters& given) {
  return attributes[choice_of<std::size_t>(given, "attr", attribute_names)];
}

struct ChunkTrend {
  std::size_t chunk_len;
  Aggregate f_agg;
  Attribute attribute;
};

ChunkTrend chunk_trend_of(const Parameters& given) {
  return {size_of(given, "chunk_len"), f_agg_of(given), attribute_of(given)};
}

// Each line is computed once for all that is asked of it.
void trends_of_chunks(Series& series, std::span<const ChunkTrend> chosen, std::span<double> to) {
  std::vector<std::pair<ChunkTrend, TrendLine>> lines;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const ChunkTrend& one = chosen[i];
    auto found = std::find_if(lines.begin(), lines.end(), [&one](const auto& line) {
      return line.first.chunk_len == one.chunk_len && line.first.f_agg == one.f_agg;
    });
    if (found == lines.end())
      found = lines.insert(found, {one, agg_linear_trend(series.values(), one.chunk_len, one.f_agg)});
    to[i] = found->second.*one.attribute;
  }
}

template <class Line>
Calculator trend(std::string_view name, Line line) {
  return together(name, {text("attr", attribute_names)}, {.value = 2, .feature = 100}, attribute_of,
                  [line](Series& series, std::span<const Attribute> chosen, std::span<double> to) {
                    const TrendLine found = line(series);
                    for (std::size_t i = 0; i < chosen.size(); ++i) to[i] = found.*chosen[i];
                  });
}

}  // namespace

void add_trends(std::vector<Calculator>& to) {
  to.push_back(trend("linear_trend", [](Series& series) { return linear_trend(series.values()); }));
  to.push_back(trend("linear_trend_timewise",
                     [](Series& series) { return linear_trend_timewise(series.hours(), series.values()); }));
  to.push_back(
      together("agg_linear_trend",
               {text("attr", attribute_names), integer("chunk_len", 1), text("f_agg", aggregate_names)},
               {.both = 0.7, .feature = 50}, chunk_trend_of, trends_of_chunks));
}

}  // namespace mproc::kernels::fresh
