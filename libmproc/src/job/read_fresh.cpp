#include <fmt/ranges.h>

#include <array>

#include "mproc/base/error.hpp"
#include "mproc/base/nearest.hpp"
#include "mproc/kernels/fresh/feature_set.hpp"
#include "parse.hpp"
#include "paths.hpp"
#include "read_parts.hpp"

namespace mproc::job {
namespace {

bool flag(const Spot& spot) {
  spot.check(spot.value().is_boolean(), "has to be true or false");
  return spot.value().get<bool>();
}

std::string column(const Spot& section, const char* key) {
  if (!section.has(key)) return {};
  const Spot spot = section.member(key);
  spot.check(!spot.text().empty(), "has to be the name of a column");
  return spot.text();
}

std::vector<std::string> columns(const Spot& spot) {
  if (spot.value().is_string()) return {spot.text()};
  auto names = spot.texts();
  spot.check(!names.empty(), "names no column; leave it out for all columns that are nothing else");
  return names;
}

SeriesSpec read_series(const Spot& section) {
  section.check(section.has("input"), "has no input; add input = \"series.csv\"");
  SeriesSpec spec;
  spec.input = existing_file(section.member("input").text(), section.member("input"));
  spec.wide = section.has("wide") && flag(section.member("wide"));
  spec.id = column(section, "id");
  spec.sort = column(section, "sort");
  spec.kind = column(section, "kind");
  if (section.has("values")) spec.values = columns(section.member("values"));
  return spec;
}

double share(const Spot& spot) {
  const Json& value = spot.value();
  spot.check(value.is_number() && value.get<double>() > 0 && value.get<double>() <= 1,
             "has to be a number above 0 and up to 1");
  return value.get<double>();
}

template <class Value, std::size_t count>
Value named(const Spot& spot, const std::array<std::pair<std::string_view, Value>, count>& known) {
  std::vector<std::string_view> names;
  for (const auto& [name, value] : known) {
    if (spot.text() == name) return value;
    names.push_back(name);
  }
  spot.refuse(fmt::format("has to be {} or {}, not \"{}\"{}", fmt::join(names.begin(), names.end() - 1, ", "),
                          names.back(), spot.text(), base::did_you_mean(spot.text(), names)));
}

void read_relevance(const Spot& section, Select& select) {
  auto& options = select.options;
  if (section.has("fdr")) options.fdr = share(section.member("fdr"));
  if (section.has("independent")) options.independent = flag(section.member("independent"));
  if (section.has("multiclass")) options.multiclass = flag(section.member("multiclass"));
  if (section.has("n-significant")) {
    const Spot spot = section.member("n-significant");
    spot.check(options.multiclass, "is for multiclass = true");
    options.n_significant = spot.count(1);
  }
  if (section.has("best")) select.best = section.member("best").count(1);
  if (section.has("percentile")) {
    section.member("percentile").check(!select.best, "and 'fresh.select.best' exclude each other; keep one");
    select.percentile = share(section.member("percentile"));
  }
}

Select read_select(const Spot& section) {
  using kernels::fresh::LabelTest;
  using kernels::fresh::MlTask;
  section.check(section.has("target"),
                "has no target; add target = \"y.csv\", with a column of ids and one of values");
  Select select;
  select.target = existing_file(section.member("target").text(), section.member("target"));
  select.id = column(section, "id");
  select.column = column(section, "column");
  if (section.has("ml-task"))
    select.ml_task =
        named(section.member("ml-task"),
              std::array<std::pair<std::string_view, MlTask>, 3>{{{"auto", MlTask::automatic},
                                                                  {"classification", MlTask::classification},
                                                                  {"regression", MlTask::regression}}});
  if (section.has("test"))
    select.label_test =
        named(section.member("test"),
              std::array<std::pair<std::string_view, LabelTest>, 2>{
                  {{"mann", LabelTest::mann_whitney}, {"smir", LabelTest::kolmogorov_smirnov}}});
  read_relevance(section, select);
  if (section.has("table")) {
    const Spot spot = section.member("table");
    select.table = output_path(spot);
    spot.check(select.table != "-", "is a file beside the features; give it a path");
  }
  return select;
}

}  // namespace

Fresh read_fresh(const Spot& section) {
  Fresh fresh;
  fresh.series = read_series(section);
  fresh.features = section.has("features") ? section.member("features").value() : Json("efficient");
  try {
    for (const auto& feature : kernels::fresh::features_of(fresh.features))
      fresh.names.push_back(feature.name);
  } catch (const base::UserError& error) {
    const Spot spot = section.member("features");  // with the default nothing is wrong
    throw base::UserError(fmt::format("{}: '{}': {}", spot.where(), spot.key(), printable(error.what())));
  }
  if (fresh.names.empty())
    section.member("features").refuse("names no feature; leave it out for the efficient set");
  if (section.has("select")) fresh.select = read_select(section.member("select"));
  return fresh;
}

}  // namespace mproc::job
