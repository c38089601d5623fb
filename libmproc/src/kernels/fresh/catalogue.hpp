#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mproc/kernels/fresh/aggregate.hpp"
#include "mproc/kernels/fresh/calculator.hpp"

namespace mproc::kernels::fresh {

// How calculators are written down: a name, what parameters it has, how parameters are read,
// and what it computes of a series.

inline constexpr double most_integer = 1e9;

inline Parameter integer(std::string_view name, double least, double most = most_integer) {
  return {.name = name, .type = Parameter::Type::integer, .least = least, .most = most};
}
inline Parameter real(std::string_view name) {
  return {.name = name};
}
inline Parameter real(std::string_view name, double least, double most = std::numeric_limits<double>::max()) {
  return {.name = name, .least = least, .most = most};
}
inline Parameter boolean(std::string_view name) {
  return {.name = name, .type = Parameter::Type::boolean};
}
template <class Choices>
Parameter text(std::string_view name, const Choices& choices) {
  return {.name = name, .type = Parameter::Type::text, .choices = {choices.begin(), choices.end()}};
}

inline std::size_t size_of(const Parameters& given, std::string_view name) {
  return given.at(std::string(name)).get<std::size_t>();
}
inline double number_of(const Parameters& given, std::string_view name) {
  return given.at(std::string(name)).get<double>();
}
inline bool truth_of(const Parameters& given, std::string_view name) {
  return given.at(std::string(name)).get<bool>();
}
// The enumerator whose name is chosen, of those that are named in its order.
template <class Enum, class Names>
Enum choice_of(const Parameters& given, std::string_view name, const Names& names) {
  const auto& chosen = given.at(std::string(name)).get_ref<const std::string&>();
  return static_cast<Enum>(std::find(names.begin(), names.end(), chosen) - names.begin());
}
inline Aggregate f_agg_of(const Parameters& given) {
  return choice_of<Aggregate>(given, "f_agg", aggregate_names);
}

// compute(series, chosen, to) gives one value for each of what was read of parameters.
template <class Read, class Compute>
Calculator together(std::string_view name, std::vector<Parameter> parameters, Read read, Compute compute) {
  using Chosen = std::decay_t<decltype(read(std::declval<const Parameters&>()))>;
  auto bind = [read, compute](std::span<const Parameters> given) -> Computation {
    std::vector<Chosen> chosen;
    for (const Parameters& parameters_of_one : given) chosen.push_back(read(parameters_of_one));
    return [chosen = std::move(chosen), compute](Series& series, std::span<double> to) {
      compute(series, std::span<const Chosen>(chosen), to);
    };
  };
  return {name, std::move(parameters), std::move(bind)};
}

// of(series, chosen) gives the value for what was read of one feature's parameters.
template <class Read, class Of>
Calculator each(std::string_view name, std::vector<Parameter> parameters, Read read, Of of) {
  return together(name, std::move(parameters), read, [of](Series& series, auto chosen, std::span<double> to) {
    for (std::size_t i = 0; i < chosen.size(); ++i) to[i] = of(series, chosen[i]);
  });
}

// read(parameters) gives a key and a part: result_of(series, key) is computed once for each key, in whatever
// order features come, and part_of(result, part) is a feature's value.
template <class Read, class ResultOf, class PartOf>
Calculator parts(std::string_view name, std::vector<Parameter> parameters, Read read, ResultOf result_of,
                 PartOf part_of) {
  using Chosen = std::decay_t<decltype(read(std::declval<const Parameters&>()))>;
  using Wanted = std::vector<std::pair<std::size_t, typename Chosen::second_type>>;
  auto bind = [=](std::span<const Parameters> given) -> Computation {
    std::map<typename Chosen::first_type, Wanted> wanted_of;
    for (std::size_t i = 0; i < given.size(); ++i) {
      const auto [key, part] = read(given[i]);
      wanted_of[key].emplace_back(i, part);
    }
    return [wanted_of = std::move(wanted_of), result_of, part_of](Series& series, std::span<double> to) {
      for (const auto& [key, wanted] : wanted_of) {
        const auto result = result_of(series, key);
        for (const auto& [i, part] : wanted) to[i] = part_of(result, part);
      }
    };
  };
  return {name, std::move(parameters), std::move(bind)};
}

// of(series), without parameters.
template <class Of>
Calculator plain(std::string_view name, Of of) {
  return each(
      name, {}, [](const Parameters&) { return 0; },
      [of](Series& series, int) { return static_cast<double>(of(series)); });
}

// The families.
void add_summaries(std::vector<Calculator>& to);
void add_energies(std::vector<Calculator>& to);
void add_changes(std::vector<Calculator>& to);
void add_counts(std::vector<Calculator>& to);
void add_duplicates(std::vector<Calculator>& to);
void add_quantiles(std::vector<Calculator>& to);
void add_trends(std::vector<Calculator>& to);
void add_spectra(std::vector<Calculator>& to);
void add_entropies(std::vector<Calculator>& to);
void add_memories(std::vector<Calculator>& to);
void add_wavelets(std::vector<Calculator>& to);
void add_kx(std::vector<Calculator>& to);

}  // namespace mproc::kernels::fresh
