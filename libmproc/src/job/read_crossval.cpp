#include <algorithm>
#include <cmath>

#include "mproc/base/nearest.hpp"
#include "mproc/job/crossval.hpp"
#include "parse.hpp"
#include "paths.hpp"
#include "read_parts.hpp"

namespace mproc::job {
namespace {

namespace crossval = kernels::crossval;

constexpr std::uint64_t default_seed = 42;  // as the KX toolkit has it

bool read_flag(const Spot& spot) {
  spot.check(spot.value().is_boolean(), "has to be true or false, not {}", kind(spot.value()));
  return spot.value().get<bool>();
}

double read_share(const Spot& spot) {
  const Json& value = spot.value();
  const double share = value.is_number() ? value.get<double>() : -1;
  spot.check(share > 0 && share < 1, "has to be a share of the samples, between 0 and 1, not {}",
             value.dump());
  return share;
}

crossval::SplitSpec named_split(const Spot& section) {
  if (!section.has("split")) return {};
  const Spot spot = section.member("split");
  const auto split = crossval::split_named(spot.text());
  spot.check(split.has_value(), "has to be one of {}, not \"{}\"{}", fmt::join(crossval::split_names(), ", "),
             spot.text(), base::did_you_mean(spot.text(), crossval::split_names()));
  return *split;
}

void refuse_where(bool wrong, const Spot& section, const std::string& key, const char* why) {
  if (wrong && section.has(key)) section.member(key).refuse(why);
}

crossval::SplitSpec read_split(const Spot& section) {
  using crossval::SplitKind;
  crossval::SplitSpec split = named_split(section);
  const bool by_share = split.kind == SplitKind::percentage || split.kind == SplitKind::monte_carlo;
  refuse_where(by_share, section, "k", "is for splits into folds; this one has a share and repeats");
  refuse_where(!by_share, section, "share",
               "is for split = \"percentage\" and \"monte-carlo\"; others have k");
  refuse_where(split.kind != SplitKind::kfold_stratified, section, "shuffle",
               "is for split = \"kfold-stratified\"; take split = \"kfold-shuffled\" for folds in any order");
  if (section.has("k")) split.k = section.member("k").count(2);
  if (section.has("repeats")) split.repeats = section.member("repeats").count(1);
  if (section.has("share")) split.share = read_share(section.member("share"));
  if (section.has("shuffle")) split.shuffle = read_flag(section.member("shuffle"));
  if (section.has("gap")) split.gap = section.member("gap").count();
  if (section.has("embargo")) split.embargo = section.member("embargo").count();
  return split;
}

std::optional<crossval::HalvingPlan> read_halving(const Spot& section) {
  const bool halving = section.has("search") && section.member("search").value() == "halving";
  for (const char* key : {"factor", "resource", "min-resource", "max-resource"})
    refuse_where(!halving, section, key, "is for search = \"halving\"");
  if (!halving) return std::nullopt;
  crossval::HalvingPlan plan;
  if (section.has("factor")) plan.factor = section.member("factor").count(2);
  if (section.has("min-resource")) plan.min_resource = section.member("min-resource").count(1);
  if (section.has("max-resource")) plan.max_resource = section.member("max-resource").count(1);
  if (!section.has("resource") || section.member("resource").text() == "samples") return plan;
  const Spot resource = section.member("resource");
  plan.parameter = resource.text();
  resource.check(!section.member("params").has(plan.parameter),
                 "is among crossval.params, too: its values are those of the rungs; remove it there");
  resource.check(plan.max_resource > 0,
                 "is a parameter, whose most is not known; add max-resource, or take resource = \"samples\"");
  return plan;
}

/// What a scorer is called in the table.
std::string short_name(const std::string& scorer) {
  return scorer.substr(scorer.find(':') + 1);
}

std::vector<std::string> read_scoring(const Spot& section) {
  if (!section.has("scoring")) return {};
  const Spot spot = section.member("scoring");
  std::vector<std::string> scorers =
      spot.value().is_string() ? std::vector<std::string>{spot.text()} : spot.texts();
  spot.check(!scorers.empty(), "is empty; leave it out for the estimator's own score");
  std::vector<std::string> names;
  for (const std::string& scorer : scorers) {
    spot.check(!std::count(names.begin(), names.end(), short_name(scorer)), "has '{}' twice",
               short_name(scorer));
    names.push_back(short_name(scorer));
  }
  return scorers;
}

/// What is fitted, for the Python function of a cell.
Json read_args(const Spot& section, const std::vector<std::string>& scoring) {
  section.check(section.has("estimator") || section.has("function"),
                "says not what to fit; add estimator = \"module:Class\", or function = \"module:function\"");
  Json args = Json::object();
  const char* key = section.has("estimator") ? "estimator" : "function";
  const Spot spot = section.member(key);
  spot.check(is_function_name(spot.text()), "has to be \"module:{}\", or a name from init code, not \"{}\"",
             section.has("estimator") ? "Class" : "function", spot.text());
  args[key] = spot.text();
  if (section.has("estimator")) {
    refuse_where(true, section, "function", "and 'crossval.estimator' exclude each other; keep one");
  } else {
    for (const char* other : {"scoring", "model"})
      refuse_where(true, section, other, "is for an estimator; a function does all of that itself");
  }
  if (section.has("args")) args["args"] = section.member("args").table("args = { name = value }");
  if (!scoring.empty()) args["scoring"] = scoring;
  return args;
}

/// A parameter cannot come from both sides.
void check_args(const Spot& section) {
  if (!section.has("args") || !section.has("params")) return;
  for (const auto& entry : section.member("args").value().items())
    section.member("args")
        .member(entry.key())
        .check(!section.member("params").has(entry.key()), "is among crossval.params, too; keep one");
}

crossval::Sets sets_of(const Spot& section, const CrossvalPlan& plan, const CrossvalData& data) {
  try {
    return make_sets(plan.sets, {data.samples, data.classes, data.groups, data.label_starts, data.label_ends},
                     plan.candidates.items.count());
  } catch (const base::UserError& error) {
    section.refuse(fmt::format("cannot be divided so: {}", printable(error.what())));
  }
}

}  // namespace

CrossvalPlan read_crossval_plan(const Spot& section, std::optional<std::uint64_t> seed) {
  CrossvalPlan plan;
  plan.candidates = read_candidates(section, seed.value_or(default_seed));
  plan.sets.split = read_split(section);
  plan.sets.split.seed = seed.value_or(default_seed);
  plan.sets.halving = read_halving(section);
  refuse_where(!section.has("holdout"), section, "holdout-shuffle", "needs a holdout; add holdout = 0.2");
  if (section.has("holdout")) plan.sets.holdout = read_share(section.member("holdout"));
  if (section.has("holdout-shuffle"))
    plan.sets.shuffle_holdout = read_flag(section.member("holdout-shuffle"));
  return plan;
}

Crossval read_crossval(const Spot& section, std::optional<std::uint64_t> seed) {
  Crossval out;
  const std::vector<std::string> scoring = read_scoring(section);
  out.args = read_args(section, scoring);
  check_args(section);
  for (const std::string& scorer : scoring) out.scorers.push_back(short_name(scorer));
  if (section.has("model")) {
    out.model = output_path(section.member("model"));
    section.member("model").check(out.model != "-", "is a file of its own; give it a path");
  }
  out.plan = read_crossval_plan(section, seed);
  out.plan.sets.refit = !out.model.empty();
  out.data = read_crossval_data(section);
  out.sets = sets_of(section, out.plan, out.data);
  return out;
}

CrossvalSearch search_of(const Crossval& crossval) {
  const auto& halving = crossval.plan.sets.halving;
  return {crossval.plan.candidates.items, crossval.sets, halving ? halving->parameter : std::string(),
          !crossval.model.empty()};
}

}  // namespace mproc::job
