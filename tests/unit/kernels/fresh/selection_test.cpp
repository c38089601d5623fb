#include "mproc/kernels/fresh/selection.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mproc/base/error.hpp"

namespace mproc::kernels::fresh {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Columns 0 to 4, of which 3 is constant; in the table's order: 4, 2, 0, 1, 3.
RelevanceTable five_features() {
  const std::vector<std::string> names{"a", "b", "c", "d", "e"};
  const std::vector<FeatureResult> results{{FeatureType::real, {0.4, 0.01, 1}},
                                           {FeatureType::real, {0.6, 0.6, 0.6}},
                                           {FeatureType::binary, {0.3, 1, 1}},
                                           {},
                                           {FeatureType::real, {0.2, 1, 1}}};
  const Target target = make_target(std::vector<std::string>{"x", "y", "z"}, MlTask::automatic);
  RelevanceOptions options;
  options.fdr = 0.15;
  return relevance_table(names, results, target, options);
}

TEST(SelectionTest, relevant_features_are_in_the_tables_order) {
  EXPECT_THAT(relevant_features(five_features()), ElementsAre(0));
  RelevanceTable table = five_features();
  for (Relevance& row : table.rows) row.relevant = row.type != FeatureType::constant;
  EXPECT_THAT(relevant_features(table), ElementsAre(4, 2, 0, 1));
}

TEST(SelectionTest, the_k_best_are_those_with_the_smallest_p_values) {
  EXPECT_THAT(k_best(five_features(), 0), IsEmpty());
  EXPECT_THAT(k_best(five_features(), 3), ElementsAre(0, 4, 2));
  EXPECT_THAT(k_best(five_features(), 9), ElementsAre(0, 4, 2, 1));
}

// P-values: 0.01, 0.2, 0.3, 0.6.
TEST(SelectionTest, a_percentile_keeps_p_values_up_to_that_quantile) {
  EXPECT_THAT(percentile(five_features(), 0), ElementsAre(0));
  EXPECT_THAT(percentile(five_features(), 0.3), ElementsAre(0));
  EXPECT_THAT(percentile(five_features(), 0.34), ElementsAre(4, 0));
  EXPECT_THAT(percentile(five_features(), 0.9), ElementsAre(4, 2, 0));
  EXPECT_THAT(percentile(five_features(), 1), ElementsAre(4, 2, 0, 1));
  EXPECT_THAT(percentile(RelevanceTable{}, 0.5), IsEmpty());
}

TEST(SelectionTest, a_percentile_is_a_share) {
  EXPECT_THROW(percentile(five_features(), 5), base::UserError);
  EXPECT_THROW(percentile(five_features(), -0.1), base::UserError);
}

}  // namespace
}  // namespace mproc::kernels::fresh
