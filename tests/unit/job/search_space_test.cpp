#include <algorithm>
#include <cmath>
#include <map>

#include "search_support.hpp"

namespace mproc::job {
namespace {

/// How often a space gives each value, at 60,000 points.
std::map<std::string, int> frequencies(const std::string& parameter) {
  const Section section("params.p = " + parameter);
  const ParameterSpace space(section.spot().member("params"));
  std::map<std::string, int> out;
  for (std::uint64_t i = 0; i < 6000; ++i) {
    base::Bytes bytes;
    const std::vector<std::uint64_t> point{i * (~std::uint64_t{0} / 6000)};
    space.append(bytes, point);
    ++out[decoded(bytes).at("p").dump()];
  }
  return out;
}

TEST(SearchSpaceTest, uniform_numbers_lie_evenly_between_their_bounds) {
  const auto values = numbers_of<double>("{ uniform = [-1, 3] }", 4000);
  EXPECT_EQ(values.size(), 4000U);
  EXPECT_GE(*std::min_element(values.begin(), values.end()), -1);
  EXPECT_LE(*std::max_element(values.begin(), values.end()), 3);
  for (const double quarter : {0.0, 1.0, 2.0})
    EXPECT_NEAR(std::count_if(values.begin(), values.end(), [&](double v) { return v < quarter; }),
                1000 * (quarter + 1), 120);
}

TEST(SearchSpaceTest, logarithms_of_loguniform_numbers_lie_evenly_between_their_bounds) {
  const auto values = numbers_of<double>("{ loguniform = [1e-5, 1e2] }", 3500);
  EXPECT_GE(*std::min_element(values.begin(), values.end()), 1e-5);
  EXPECT_LE(*std::max_element(values.begin(), values.end()), 1e2);
  for (int decade = -4; decade < 2; ++decade)
    EXPECT_NEAR(
        std::count_if(values.begin(), values.end(), [&](double v) { return v < std::pow(10, decade); }),
        500 * (decade + 5), 110);
}

TEST(SearchSpaceTest, whole_numbers_are_equally_likely_with_both_bounds) {
  for (const auto* parameter : {"{ integer = [-1, 4] }", "{ uniform = [-1, 4], type = 'int' }"})
    EXPECT_THAT(frequencies(parameter),
                ::testing::ElementsAre(
                    ::testing::Pair("-1", ::testing::AllOf(::testing::Ge(999), ::testing::Le(1001))),
                    ::testing::Pair("0", ::testing::_), ::testing::Pair("1", ::testing::_),
                    ::testing::Pair("2", ::testing::_), ::testing::Pair("3", ::testing::_),
                    ::testing::Pair("4", ::testing::AllOf(::testing::Ge(999), ::testing::Le(1001)))));
  EXPECT_EQ(numbers_of<std::int64_t>("{ integer = [-9223372036854775808, 9223372036854775806] }", 8).size(),
            8U);
}

TEST(SearchSpaceTest, whole_numbers_by_logarithm_are_as_likely_as_their_share_of_it) {
  const auto seen = frequencies("{ loguniform = [1, 7], type = 'int' }");
  EXPECT_EQ(seen.size(), 7U);
  for (int i = 1; i <= 7; ++i)
    EXPECT_NEAR(seen.at(std::to_string(i)), 6000 * std::log((i + 1.0) / i) / std::log(8), 2) << i;
}

TEST(SearchSpaceTest, elements_of_choices_are_equally_likely) {
  for (const auto* parameter : {"{ choice = ['a', 'b', 3.5] }", "['a', 'b', 3.5]"}) {
    const auto seen = frequencies(parameter);
    EXPECT_EQ(seen.size(), 3U);
    for (const auto& [value, count] : seen) EXPECT_NEAR(count, 2000, 1) << value;
  }
  EXPECT_THAT(frequencies("{ boolean = true }"),
              ::testing::ElementsAre(::testing::Key("false"), ::testing::Key("true")));
  EXPECT_THAT(frequencies("{ range = [5, 8] }"),
              ::testing::ElementsAre(::testing::Key("5"), ::testing::Key("6"), ::testing::Key("7")));
  EXPECT_EQ(frequencies("{ linspace = [0, 1, 3] }").size(), 3U);
}

TEST(SearchSpaceTest, seeds_give_the_same_values_on_any_machine) {
  const Section section(
      "search = 'random'\ntrials = 2\n[crossval.params]\nlog = { loguniform = [1e-5, 1e2] }\n"
      "real = { uniform = [0, 1] }\nwhole = { integer = [1, 1000] }\n");
  EXPECT_EQ(Json(sets_of(section.candidates(42))).dump(),
            R"([{"log":0.002741192919451193,"real":0.07123168913645961,"whole":98},)"
            R"({"log":0.5365045474971845,"real":0.2753442910131144,"whole":430}])");
}

TEST(SearchSpaceTest, what_is_no_space_is_refused_at_its_place) {
  const auto refused = [](const std::string& parameter) {
    return refusal("search = 'random'\n[crossval.params]\np = " + parameter);
  };
  const std::string key = "sweep.toml:4:1: 'crossval.params.p' ";
  EXPECT_EQ(refused("3"), key + "has to be a list, or a table like { uniform = [0, 1] }, not a whole number");
  EXPECT_EQ(refused("{}"),
            key + "has to have one of uniform, loguniform, integer, choice, boolean, range or linspace");
  EXPECT_EQ(refused("{ choice = [1], boolean = true }"),
            key + "has to have one of uniform, loguniform, integer, choice, boolean, range or linspace");
  EXPECT_EQ(refused("{ unifrom = [0, 1] }"),
            "sweep.toml:4:7: unknown key 'crossval.params.p.unifrom'; did you mean 'uniform'?");
  EXPECT_EQ(refused("[]"), "sweep.toml:4:1: no items: 'crossval.params.p' is empty");
  const std::string uniform = "sweep.toml:4:7: 'crossval.params.p.uniform' ";
  EXPECT_EQ(refused("{ uniform = [0] }"), uniform + "has to be [low, high]");
  EXPECT_EQ(refused("{ uniform = 1 }"), uniform + "has to be a list, not a whole number; write [low, high]");
  EXPECT_EQ(refused("{ uniform = [1, 1] }"), uniform + "has to be [low, high], with low less than high");
  EXPECT_EQ(refused("{ uniform = [-1e308, 1e308] }"), uniform + "is wider than the range of doubles");
  EXPECT_EQ(refused("{ uniform = [0, inf] }"),
            "sweep.toml:4:21: 'crossval.params.p.uniform[1]' has to be finite");
  EXPECT_EQ(refused("{ uniform = [0.5, 1], type = 'int' }"),
            "sweep.toml:4:18: 'crossval.params.p.uniform[0]' has to be a whole number, not a number with a "
            "fraction");
  EXPECT_EQ(refused("{ uniform = [0, 1], type = 'real' }"),
            "sweep.toml:4:25: 'crossval.params.p.type' has to be \"int\" or \"float\", not \"real\"");
  EXPECT_EQ(refused("{ choice = [1], type = 'int' }"),
            "sweep.toml:4:21: 'crossval.params.p.type' is for uniform and loguniform");
  EXPECT_EQ(refused("{ loguniform = [0, 1] }"),
            "sweep.toml:4:7: 'crossval.params.p.loguniform' has to be above 0, where logarithms are");
  EXPECT_EQ(refused("{ boolean = false }"),
            "sweep.toml:4:7: 'crossval.params.p.boolean' has to be true; it draws true or false");
  EXPECT_EQ(refused("{ integer = [-9223372036854775808, 9223372036854775807] }"),
            "sweep.toml:4:7: 'crossval.params.p.integer' has more whole numbers than can be counted");
}

}  // namespace
}  // namespace mproc::job
