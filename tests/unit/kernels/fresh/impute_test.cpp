#include "mproc/kernels/fresh/impute.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace mproc::kernels::fresh {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<double> imputed(std::vector<double> values) {
  impute(values);
  return values;
}

TEST(ImputeTest, NaN_and_infinities_become_median_and_extremes_of_the_rest) {
  const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(imputed({inf, 4, nan, -7, -inf, 1}), ElementsAre(4, 4, 1, -7, -7, 1));
  EXPECT_THAT(imputed({3, nan, 1, -nan, 2, 10}), ElementsAre(3, 2.5, 1, 2.5, 2, 10));
  EXPECT_THAT(imputed({1e308, nan, 1.5e308}), ElementsAre(1e308, 1.25e308, 1.5e308));
}

TEST(ImputeTest, a_feature_without_finite_values_becomes_zero) {
  const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(imputed({inf, nan, -inf}), Each(0));
}

TEST(ImputeTest, finite_values_stay) {
  EXPECT_THAT(imputed({3, -1, 2}), ElementsAre(3, -1, 2));
  EXPECT_THAT(imputed({}), IsEmpty());
}

}  // namespace
}  // namespace mproc::kernels::fresh
