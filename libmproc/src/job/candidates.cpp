#include <algorithm>
#include <array>
#include <bit>
#include <boost/random/sobol.hpp>
#include <limits>
#include <string_view>
#include <unordered_set>

#include "mproc/base/error.hpp"
#include "mproc/base/msgpack.hpp"
#include "mproc/base/nearest.hpp"
#include "mproc/job/search_space.hpp"
#include "mproc/kernels/crossval/random.hpp"

namespace mproc::job {
namespace {

using kernels::crossval::Random;

using Point = std::vector<std::uint64_t>;

constexpr std::uint64_t default_trials = 16;
constexpr std::array<std::string_view, 4> searches{"grid", "random", "sobol", "halving"};

/// The sets of so many points, each once; next(point) makes the next point.
template <class Next>
Candidates different_sets(const ParameterSpace& space, std::uint64_t trials, const Next& next) {
  Candidates out;
  std::unordered_set<std::string> seen;
  Point point(space.size());
  for (std::uint64_t i = 0; i < trials; ++i) {
    next(point);
    base::Bytes set;
    space.append(set, point);
    if (!seen.emplace(base::text(set)).second) continue;
    base::append(out.items.data.bytes, set);
    out.items.ends.push_back(out.items.data.bytes.size());
  }
  if (seen.size() < trials)
    out.notes.push_back(fmt::format("{} trials gave {} different parameter sets; repeated ones are left out",
                                    trials, seen.size()));
  return out;
}

std::uint64_t read_trials(const Spot& crossval) {
  return crossval.has("trials") ? crossval.member("trials").count(1, most_candidates) : default_trials;
}

std::string read_search(const Spot& crossval) {
  if (!crossval.has("search")) return "grid";
  const Spot spot = crossval.member("search");
  const std::string& name = spot.text();
  spot.check(std::find(searches.begin(), searches.end(), name) != searches.end(),
             "has to be \"grid\", \"random\", \"sobol\" or \"halving\", not \"{}\"{}", name,
             base::did_you_mean(name, searches));
  return name;
}

/// Whether items.grid would take each of them.
bool lists_only(const Spot& params) {
  const Json& table = params.table("[crossval.params]");
  return std::all_of(table.begin(), table.end(), [](const Json& value) {
    return value.is_array() || (value.is_object() && (value.contains("range") || value.contains("linspace")));
  });
}

/// Spaces that a grid would take for misspelt.
void refuse_draws(const Spot& params) {
  for (const auto& entry : params.value().items())
    for (const auto* draw : {"uniform", "loguniform", "integer", "choice", "boolean"})
      if (const Spot spot = params.member(entry.key()); spot.has(draw))
        spot.member(draw).refuse("is not for search = \"grid\"; write a list, or take search = \"random\"");
}

Candidates one_without_parameters() {
  Candidates out;
  base::BytesSink sink(out.items.data.bytes);
  msgpack::packer(sink).pack_map(0);
  out.items.ends = {out.items.data.bytes.size()};
  return out;
}

Candidates read_sobol(const Spot& crossval, std::uint64_t seed) {
  const std::uint64_t trials = read_trials(crossval);
  if (!std::has_single_bit(trials))
    crossval.member("trials").refuse(
        fmt::format("has to be a power of two for search = \"sobol\", not {}; take {} or {}", trials,
                    std::bit_floor(trials), std::bit_ceil(trials)));
  const Spot params = crossval.member("params");
  const ParameterSpace space(params);
  params.check(space.size() <= max_sobol,
               "has {} parameters, more than the {} that search = \"sobol\" knows; take \"random\"",
               space.size(), max_sobol);
  return sobol_candidates(space, trials, seed);
}

}  // namespace

Candidates grid_candidates(const Spot& params) {
  params.check(!params.table("[crossval.params] with name = [1, 2, 3]").empty(),
               "is empty; add a parameter, like name = [1, 2, 3]");
  refuse_draws(params);
  const auto source = open_grid(params);
  const std::uint64_t count = source->count().value();
  params.check(count <= most_candidates, "has {} combinations, more than {}; take search = \"random\"", count,
               most_candidates);
  Candidates out;
  source->read(out.items, count, std::numeric_limits<std::size_t>::max());
  return out;
}

Candidates random_candidates(const ParameterSpace& space, std::uint64_t trials, std::uint64_t seed) {
  Random random(seed, Random::Purpose::candidates, 0);
  return different_sets(space, trials, [&](Point& point) {
    for (std::uint64_t& fraction : point) fraction = random.word();
  });
}

Candidates sobol_candidates(const ParameterSpace& space, std::uint64_t trials, std::uint64_t seed) {
  Random random(seed, Random::Purpose::sobol, 0);
  Point shift(space.size());
  for (std::uint64_t& fraction : shift) fraction = random.word();
  boost::random::sobol_engine<std::uint64_t, 64> sequence(space.size());  // begins behind the point of zeros
  bool first = true;
  return different_sets(space, trials, [&](Point& point) {
    for (std::size_t i = 0; i < point.size(); ++i) point[i] = shift[i] ^ (first ? 0 : sequence());
    first = false;
  });
}

Candidates read_candidates(const Spot& crossval, std::uint64_t seed) {
  const std::string search = read_search(crossval);
  if (search == "grid" && crossval.has("trials"))
    crossval.member("trials").refuse(
        "is not for search = \"grid\", which tries every combination; remove it, or take "
        "search = \"random\"");
  if (!crossval.has("params")) {
    if (search != "grid")
      crossval.member("search").refuse("needs parameters to search for; add [crossval.params]");
    return one_without_parameters();
  }
  if (search == "sobol") return read_sobol(crossval, seed);
  const Spot params = crossval.member("params");
  if (search == "grid" || (search == "halving" && !crossval.has("trials") && lists_only(params)))
    return grid_candidates(params);
  return random_candidates(ParameterSpace(params), read_trials(crossval), seed);
}

}  // namespace mproc::job
