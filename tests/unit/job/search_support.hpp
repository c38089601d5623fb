#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "mproc/job/search_space.hpp"
#include "unit/job/support.hpp"

namespace mproc::job {

/// A job file's [crossval]: "search = ...\n[crossval.params]\n..." is its text from the second line on.
class Section {
 public:
  explicit Section(const std::string& text)
      : document_(Document::parse_toml("[crossval]\n" + text, "sweep.toml", ".")) {}
  Spot spot() const { return Spot(document_).member("crossval"); }
  Candidates candidates(std::uint64_t seed = 42) const { return read_candidates(spot(), seed); }

 private:
  Document document_;
};

inline std::vector<Json> sets_of(const Candidates& candidates) {
  std::vector<Json> out;
  for (std::uint64_t i = 0; i < candidates.items.count(); ++i)
    out.push_back(decoded(candidates.items.item(i)));
  return out;
}

/// All values that one parameter `p` takes.
inline std::vector<Json> values_of(const std::string& parameter, std::uint64_t trials,
                                   const std::string& search = "random") {
  const Section section("search = '" + search + "'\ntrials = " + std::to_string(trials) +
                        "\nparams.p = " + parameter);
  std::vector<Json> out;
  for (const Json& set : sets_of(section.candidates())) out.push_back(set.at("p"));
  return out;
}

template <class T>
std::vector<T> numbers_of(const std::string& parameter, std::uint64_t trials,
                          const std::string& search = "random") {
  std::vector<T> out;
  for (const Json& value : values_of(parameter, trials, search)) out.push_back(value.get<T>());
  return out;
}

inline std::string refusal(const std::string& section) {
  return job::user_error([&] { Section(section).candidates(); });
}

}  // namespace mproc::job
