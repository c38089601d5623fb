#include "mproc/job/crossval_search.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "mproc/base/msgpack.hpp"
#include "mproc/job/encode.hpp"

namespace mproc::job {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

namespace crossval = kernels::crossval;

ItemBatch depths(int count) {
  ItemBatch out;
  for (int i = 0; i < count; ++i) {
    append_value(out.data.bytes, Json{{"depth", i + 1}});
    out.ends.push_back(out.data.bytes.size());
  }
  return out;
}

crossval::Sets sets_of(std::uint64_t splits, std::vector<crossval::Rung> rungs, bool last) {
  return {splits, std::move(rungs), {}, last, {}};
}

Json cell_of(const CrossvalSearch& search, std::uint64_t cell) {
  base::Bytes item;
  search.append_cell(item, cell);
  return Json::from_msgpack(base::text(item));
}

std::vector<CellResult> scores(const std::vector<double>& values) {
  std::vector<CellResult> out;
  for (const double value : values) out.push_back({{value}, 1, 2});
  return out;
}

Json values_of(const ResultTable& table, const std::string& name) {
  for (const auto& column : table.columns)
    if (column.name == name) return column.values;
  return nullptr;
}

TEST(CrossvalSearch, GoesThroughEachCandidateOnEachSplit) {
  CrossvalSearch search(depths(2), sets_of(3, {{2, 0}}, false), "", false);
  ASSERT_EQ(search.cells(), 6u);
  EXPECT_EQ(cell_of(search, 0), (Json{{"params", {{"depth", 1}}}, {"split", 0}}));
  EXPECT_EQ(cell_of(search, 5), (Json{{"params", {{"depth", 2}}}, {"split", 2}}));
  search.take(scores({0.5, 0.6, 0.7, 0.8, 0.9, 1}));
  EXPECT_EQ(search.cells(), 0u);
  ASSERT_TRUE(search.best());
  EXPECT_EQ(search.best()->params, (Json{{"depth", 2}}));
  EXPECT_THAT(search.best()->means, ElementsAre(0.9));
}

TEST(CrossvalSearch, HasSciKitLearnsColumns) {
  CrossvalSearch search(depths(2), sets_of(2, {{2, 0}}, false), "", false);
  auto results = scores({0.5, 0.7, 0.8, 0});
  results[3].scores.clear();  // failed
  search.take(results);
  const ResultTable table = search.table({});
  std::vector<std::string> names;
  for (const auto& column : table.columns) names.push_back(column.name);
  EXPECT_THAT(names, ElementsAre("param_depth", "split0_test_score", "split1_test_score", "mean_test_score",
                                 "std_test_score", "rank_test_score", "mean_fit_time", "std_fit_time",
                                 "mean_score_time", "std_score_time"));
  EXPECT_EQ(values_of(table, "split1_test_score"), (Json{0.7, nullptr}));
  EXPECT_EQ(values_of(table, "mean_test_score"), (Json{0.6, nullptr}));
  EXPECT_EQ(values_of(table, "rank_test_score"), (Json{1, 2}));
  EXPECT_EQ(values_of(table, "mean_fit_time"), (Json{1.0, 1.0}));
}

TEST(CrossvalSearch, NamesSeveralScores) {
  CrossvalSearch search(depths(1), sets_of(1, {{1, 0}}, false), "", false);
  search.take({{{0.5, 0.25}, 0, 0}});
  const ResultTable table = search.table({"accuracy", "f1"});
  EXPECT_EQ(values_of(table, "mean_test_accuracy"), Json{0.5});
  EXPECT_EQ(values_of(table, "split0_test_f1"), Json{0.25});
}

TEST(CrossvalSearch, FitsTheBestOnceMore) {
  CrossvalSearch search(depths(2), sets_of(1, {{2, 0}}, true), "", true);
  search.take(scores({3, 1}));
  ASSERT_EQ(search.cells(), 1u);
  EXPECT_EQ(cell_of(search, 0), (Json{{"params", {{"depth", 1}}}, {"split", 1}, {"model", true}}));
  search.take(scores({7}));
  EXPECT_EQ(search.cells(), 0u);
  EXPECT_THAT(search.best()->last->scores, ElementsAre(7));
}

TEST(CrossvalSearch, HasNoBestWhereEachCandidateFailed) {
  CrossvalSearch search(depths(2), sets_of(1, {{2, 0}}, true), "", true);
  search.take({{}, {}});
  EXPECT_EQ(search.cells(), 0u);
  EXPECT_FALSE(search.best());
}

TEST(CrossvalSearch, HalvesItsCandidates) {
  CrossvalSearch search(depths(4), sets_of(2, {{4, 10}, {2, 20}}, true), "trees", false);
  EXPECT_EQ(cell_of(search, 7),
            (Json{{"params", {{"depth", 4}}}, {"split", 1}, {"resource", {{"trees", 10}}}}));
  search.take(scores({0, 0, 4, 4, 1, 1, 3, 3}));
  ASSERT_EQ(search.cells(), 4u);
  EXPECT_EQ(cell_of(search, 2),
            (Json{{"params", {{"depth", 4}}}, {"split", 2}, {"resource", {{"trees", 20}}}}));
  search.take(scores({1, 1, 2, 2}));
  EXPECT_EQ(search.best()->params, (Json{{"depth", 4}, {"trees", 20}}));
  EXPECT_EQ(cell_of(search, 0).at("split"), 4);  // behind those of both rungs
  const ResultTable table = search.table({});
  EXPECT_EQ(values_of(table, "iter"), (Json{0, 0, 0, 0, 1, 1}));
  EXPECT_EQ(values_of(table, "n_resources"), (Json{10, 10, 10, 10, 20, 20}));
  EXPECT_EQ(values_of(table, "rank_test_score"), (Json{4, 1, 3, 2, 2, 1}));
}

TEST(CrossvalSearch, HasATableOfTheRungsThatAreThrough) {
  CrossvalSearch search(depths(2), sets_of(1, {{2, 1}, {1, 3}}, false), "", false);
  EXPECT_THAT(search.table({}).columns, IsEmpty());
  search.take(scores({1, 2}));
  EXPECT_EQ(values_of(search.table({}), "param_depth"), (Json{1, 2}));
}

}  // namespace
}  // namespace mproc::job
