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

using Chunks = std::pair<std::size_t, Aggregate>;

template <class Line>
Calculator trend(std::string_view name, Line line) {
  return together(name, {text("attr", attribute_names)}, attribute_of,
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
  to.push_back(parts(
      "agg_linear_trend",
      {text("attr", attribute_names), integer("chunk_len", 1), text("f_agg", aggregate_names)},
      [](const Parameters& given) {
        return std::pair(Chunks(size_of(given, "chunk_len"), f_agg_of(given)), attribute_of(given));
      },
      [](Series& series, Chunks chunks) {
        return agg_linear_trend(series.values(), chunks.first, chunks.second);
      },
      [](const TrendLine& line, Attribute attribute) { return line.*attribute; }));
}

}  // namespace mproc::kernels::fresh
