#include "mproc/kernels/fresh/relevance_csv.hpp"

#include <gtest/gtest.h>

namespace mproc::kernels::fresh {
namespace {

const std::vector<std::string> relevance_csv_names{"x__mean", "x__agg_\"y\",_z", "x__length"};

TEST(RelevanceCsvTest, is_byte_for_byte_what_the_table_says) {
  const std::vector<FeatureResult> results{{FeatureType::real, {0.1}}, {FeatureType::binary, {1.5e-300}}, {}};
  const Target target = make_target(std::vector<double>{1, 2}, MlTask::automatic);
  EXPECT_EQ(relevance_csv(relevance_table(relevance_csv_names, results, target, {})),
            "feature,type,p_value,relevant\n"
            "\"x__agg_\"\"y\"\",_z\",binary,1.5e-300,true\n"
            "x__mean,real,0.1,false\n"
            "x__length,constant,nan,false\n");
}

TEST(RelevanceCsvTest, labels_of_a_multiclass_table_have_columns_of_their_own) {
  const std::vector<FeatureResult> results{
      {FeatureType::real, {1e-9, 1, 1e-3}}, {FeatureType::binary, {0.5, 0.25, 1}}, {}};
  const Target target = make_target(std::vector<std::string>{"no", "so, so", "yes"}, MlTask::automatic);
  RelevanceOptions options;
  options.multiclass = true;
  EXPECT_EQ(
      relevance_csv(relevance_table(relevance_csv_names, results, target, options)),
      "feature,type,p_value_no,relevant_no,\"p_value_so, so\",\"relevant_so, so\",p_value_yes,relevant_yes,"
      "n_significant,relevant\n"
      "x__mean,real,1e-09,true,1.0,false,0.001,true,2,true\n"
      "\"x__agg_\"\"y\"\",_z\",binary,0.5,false,0.25,false,1.0,false,0,false\n"
      "x__length,constant,nan,false,nan,false,nan,false,0,false\n");
}

}  // namespace
}  // namespace mproc::kernels::fresh
