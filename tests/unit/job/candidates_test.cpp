#include <set>

#include "search_support.hpp"

namespace mproc::job {
namespace {

std::string dump(const Candidates& candidates) {
  return Json(sets_of(candidates)).dump();
}

TEST(CandidatesTest, a_grid_is_every_combination_with_the_last_parameter_fastest) {
  const Section section("[crossval.params]\nz = ['gini', 'entropy']\na = { range = [3] }\n");
  EXPECT_EQ(dump(section.candidates()),
            R"([{"z":"gini","a":0},{"z":"gini","a":1},{"z":"gini","a":2},)"
            R"({"z":"entropy","a":0},{"z":"entropy","a":1},{"z":"entropy","a":2}])");
}

TEST(CandidatesTest, without_parameters_there_is_one_candidate) {
  EXPECT_EQ(dump(Section("k = 5").candidates()), "[{}]");
}

TEST(CandidatesTest, more_random_trials_begin_with_those_of_fewer) {
  const std::string params = "[crossval.params]\na = { uniform = [0, 1] }\nb = { integer = [1, 1000000] }\n";
  const auto few = sets_of(Section("search = 'random'\n" + params).candidates());
  const auto many = sets_of(Section("search = 'random'\ntrials = 40\n" + params).candidates());
  EXPECT_EQ(few.size(), 16U);
  EXPECT_EQ(many.size(), 40U);
  EXPECT_TRUE(std::equal(few.begin(), few.end(), many.begin()));
  EXPECT_NE(few, sets_of(Section("search = 'random'\n" + params).candidates(43)));
}

TEST(CandidatesTest, repeated_sets_are_left_out_and_noted) {
  for (const auto* search : {"random", "sobol"}) {
    const Section section(std::string("search = '") + search +
                          "'\ntrials = 64\n[crossval.params]\na = [1, 2]\nb = { boolean = true }\n");
    const Candidates candidates = section.candidates();
    const auto sets = sets_of(candidates);
    EXPECT_EQ(sets.size(), 4U);
    EXPECT_EQ(std::set<Json>(sets.begin(), sets.end()).size(), 4U);
    EXPECT_THAT(
        candidates.notes,
        ::testing::ElementsAre("64 trials gave 4 different parameter sets; repeated ones are left out"));
  }
}

// SciPy 1.10: (scipy.stats.qmc.Sobol(5, scramble=False).random(16) * 16).astype(int)
TEST(CandidatesTest, sobol_points_are_SciPys_but_for_a_shift) {
  const std::vector<std::vector<unsigned>> plain{
      {0, 0, 0, 0, 0},   {8, 8, 8, 8, 8},    {12, 4, 4, 4, 12},   {4, 12, 12, 12, 4},
      {6, 6, 10, 14, 6}, {14, 14, 2, 6, 14}, {10, 2, 14, 10, 10}, {2, 10, 6, 2, 2},
      {3, 5, 15, 7, 9},  {11, 13, 7, 15, 1}, {15, 1, 11, 3, 5},   {7, 9, 3, 11, 13},
      {5, 3, 5, 9, 15},  {13, 11, 13, 1, 7}, {9, 7, 1, 13, 3},    {1, 15, 9, 5, 11}};
  std::string params = "[crossval.params]\n";
  for (const char name : {'a', 'b', 'c', 'd', 'e'})
    params += std::string(1, name) + " = { integer = [0, 15] }\n";
  const auto sets = sets_of(Section("search = 'sobol'\n" + params).candidates());
  ASSERT_EQ(sets.size(), 16U);
  const auto at = [&](std::size_t i, std::size_t parameter) {
    return sets[i].at(std::string(1, static_cast<char>('a' + parameter))).get<unsigned>();
  };
  for (std::size_t i = 0; i < 16; ++i)
    for (std::size_t p = 0; p < 5; ++p) EXPECT_EQ(at(i, p) ^ at(0, p), plain[i][p]);
}

TEST(CandidatesTest, sobol_has_one_trial_in_each_equal_part_of_each_range) {
  for (const std::uint64_t seed : {1, 42, 1000}) {
    const Section section(
        "search = 'sobol'\ntrials = 128\n[crossval.params]\na = { uniform = [0, 128] }\nb = { uniform = [0, "
        "128] }\n");
    std::set<int> a, b, cells;
    for (const Json& set : sets_of(section.candidates(seed))) {
      const double x = set.at("a"), y = set.at("b");
      a.insert(static_cast<int>(x));
      b.insert(static_cast<int>(y));
      cells.insert(static_cast<int>(x / 8) * 8 + static_cast<int>(y / 16));  // 16 by 8 of them
    }
    EXPECT_EQ(a.size(), 128U);
    EXPECT_EQ(b.size(), 128U);
    EXPECT_EQ(cells.size(), 128U);
  }
}

TEST(CandidatesTest, sobol_points_follow_the_seed) {
  const Section section("search = 'sobol'\n[crossval.params]\na = { uniform = [0, 1] }\n");
  EXPECT_EQ(dump(section.candidates(1)), dump(section.candidates(1)));
  EXPECT_NE(dump(section.candidates(1)), dump(section.candidates(2)));
}

TEST(CandidatesTest, halving_begins_with_a_grid_or_with_trials) {
  const std::string lists = "[crossval.params]\na = [1, 2, 3]\nb = { range = [4] }\n";
  EXPECT_EQ(dump(Section("search = 'halving'\n" + lists).candidates()), dump(Section(lists).candidates()));
  const std::string trials = "trials = 9\n" + lists;
  EXPECT_EQ(dump(Section("search = 'halving'\n" + trials).candidates()),
            dump(Section("search = 'random'\n" + trials).candidates()));
  const std::string space = "[crossval.params]\na = [1, 2, 3]\nb = { uniform = [0, 1] }\n";
  EXPECT_EQ(sets_of(Section("search = 'halving'\n" + space).candidates()).size(), 16U);
}

TEST(CandidatesTest, searches_that_are_none_are_refused_at_their_place) {
  const std::string params = "[crossval.params]\na = [1, 2]\n";
  EXPECT_EQ(refusal("search = 'gird'\n" + params),
            "sweep.toml:2:1: 'crossval.search' has to be \"grid\", \"random\", \"sobol\" or \"halving\", not "
            "\"gird\"; did "
            "you mean 'grid'?");
  EXPECT_EQ(refusal("trials = 5\n" + params),
            "sweep.toml:2:1: 'crossval.trials' is not for search = \"grid\", which tries every combination; "
            "remove it, or "
            "take search = \"random\"");
  EXPECT_EQ(refusal("search = 'sobol'\ntrials = 20\n" + params),
            "sweep.toml:3:1: 'crossval.trials' has to be a power of two for search = \"sobol\", not 20; take "
            "16 or 32");
  EXPECT_EQ(refusal("search = 'random'\ntrials = 0\n" + params),
            "sweep.toml:3:1: 'crossval.trials' has to be 1 or more, not 0");
  EXPECT_EQ(refusal("search = 'random'"),
            "sweep.toml:2:1: 'crossval.search' needs parameters to search for; add [crossval.params]");
  for (const auto* search : {"grid", "random"})
    EXPECT_EQ(refusal(std::string("search = '") + search + "'\n[crossval.params]\n"),
              "sweep.toml:3:1: 'crossval.params' is empty; add a parameter, like name = [1, 2, 3]");
  EXPECT_EQ(refusal("[crossval.params]\na = { range = [10000] }\nb = { range = [10000] }\n"),
            "sweep.toml:2:1: 'crossval.params' has 100000000 combinations, more than 10000000; take search = "
            "\"random\"");
  EXPECT_EQ(refusal("[crossval.params]\na = { uniform = [0, 1] }\n"),
            "sweep.toml:3:7: 'crossval.params.a.uniform' is not for search = \"grid\"; write a list, or take "
            "search = \"random\"");
}

TEST(CandidatesTest, sobol_refuses_more_parameters_than_its_table_has) {
  Json tree;
  tree["crossval"]["search"] = "sobol";
  for (int i = 0; i < 3668; ++i) tree["crossval"]["params"][fmt::format("p{}", i)] = {1, 2};
  const auto document = Document::from_tree(tree, "sweep.json", ".");
  EXPECT_EQ(
      job::user_error([&] { read_candidates(Spot(document).member("crossval"), 42); }),
      "sweep.json: /crossval/params: 'crossval.params' has 3668 parameters, more than the 3667 that search = "
      "\"sobol\" knows; take \"random\"");
}

}  // namespace
}  // namespace mproc::job
