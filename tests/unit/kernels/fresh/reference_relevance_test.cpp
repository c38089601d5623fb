#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "mproc/kernels/fresh/relevance.hpp"
#include "reference_csv.hpp"

namespace mproc::kernels::fresh {
namespace {

/// Features and targets of one size, and what tsfresh says of them.
class ReferenceRelevanceTest : public ::testing::TestWithParam<std::string> {
 protected:
  ReferenceRelevanceTest() {
    const ReferenceTable features = read_table("sig_" + GetParam() + "_X");
    names_.assign(features.header.begin() + 1, features.header.end());
    for (std::size_t column = 1; column < features.header.size(); ++column) {
      std::vector<double>& values = features_.emplace_back();
      for (const auto& row : features.rows) values.push_back(reference_number(row[column]));
    }
  }

  Target target(const std::string& name, bool of_integers) const {
    std::vector<std::int64_t> integers;
    std::vector<double> reals;
    const std::size_t column = targets_.column(name);
    for (const auto& row : targets_.rows) {
      reals.push_back(reference_number(row[column]));
      if (of_integers) integers.push_back(static_cast<std::int64_t>(reals.back()));
    }
    return of_integers ? make_target(integers, MlTask::automatic) : make_target(reals, MlTask::automatic);
  }

  RelevanceTable table(const Target& target, LabelTest label_test, const RelevanceOptions& options) const {
    const PreparedTarget prepared(target, label_test);
    std::vector<FeatureResult> results;
    for (std::size_t i = 0; i < names_.size(); ++i) results.push_back(prepared.test(names_[i], features_[i]));
    return relevance_table(names_, results, target, options);
  }

  ReferenceTable targets_ = read_table("sig_" + GetParam() + "_y");
  std::vector<std::string> names_;
  std::vector<std::vector<double>> features_;
};

void expect_p_value(double p_value, const std::string& reference, const std::string& what) {
  const double expected = reference_number(reference);
  if (std::isnan(expected))
    EXPECT_TRUE(std::isnan(p_value)) << what;
  else
    EXPECT_LE(std::abs(p_value - expected), 1e-12 * expected)
        << what << ": " << p_value << ", not " << expected;
}

// Equal p-values have no order in the reference (its sort is not stable), so features are looked up by name,
// and the order is that of p-values.
TEST_P(ReferenceRelevanceTest, types_p_values_flags_and_order_are_tsfreshs) {
  const ReferenceTable reference = read_table("sig_" + GetParam() + "_relevance");
  const auto at = [&](std::size_t row, const char* name) {
    return reference.rows[row][reference.column(name)];
  };
  for (std::size_t first = 0; first < reference.rows.size(); first += names_.size()) {
    const Target target = this->target(at(first, "target"), at(first, "target_dtype") == "int64");
    EXPECT_EQ(target.is_classification(), at(first, "ml_task") == "classification");
    RelevanceOptions options;
    options.fdr = reference_number(at(first, "fdr_level"));
    options.independent = at(first, "hypotheses_independent") == "1";
    const auto test = at(first, "test") == "mann" ? LabelTest::mann_whitney : LabelTest::kolmogorov_smirnov;
    const RelevanceTable found = table(target, test, options);
    ASSERT_EQ(found.rows.size(), names_.size());
    std::map<std::string, std::size_t> rows;
    for (std::size_t i = 0; i < names_.size(); ++i) rows[at(first + i, "feature")] = first + i;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      const Relevance& row = found.rows[i];
      const std::size_t expected = rows.at(row.feature);
      const std::string what = at(first, "target") + ", " + row.feature;
      EXPECT_EQ(name_of(row.type), at(expected, "type")) << what;
      EXPECT_EQ(row.relevant, at(expected, "relevant") == "1") << what;
      expect_p_value(row.p_value, at(expected, "p_value"), what);
      if (target.labels.size() <= 2)
        expect_p_value(row.p_value, at(first + i, "p_value"), "order of " + what);
    }
  }
}

TEST_P(ReferenceRelevanceTest, labels_one_by_one_are_tsfreshs) {
  const ReferenceTable reference = read_table("sig_" + GetParam() + "_multiclass");
  const auto at = [&](std::size_t row, const char* name) {
    return reference.rows[row][reference.column(name)];
  };
  const Target target = this->target("y_multi", true);
  std::map<std::string, RelevanceTable> tables;
  for (const std::string n : {"1", "2", "3"}) {
    RelevanceOptions options;
    options.multiclass = true;
    options.n_significant = std::stoul(n);
    tables[n] = table(target, LabelTest::mann_whitney, options);
    EXPECT_EQ(tables[n].labels, (std::vector<std::string>{"0", "1", "2"}));
  }
  for (std::size_t i = 0; i < reference.rows.size(); ++i) {
    const std::string what = at(i, "feature") + " for " + at(i, "label") + " of " + at(i, "n_significant");
    const std::vector<Relevance>& rows = tables.at(at(i, "n_significant")).rows;
    const auto row = std::find_if(rows.begin(), rows.end(), [&](const Relevance& candidate) {
      return candidate.feature == at(i, "feature");
    });
    ASSERT_NE(row, rows.end()) << what;
    const std::size_t label = std::stoul(at(i, "label"));
    EXPECT_EQ(name_of(row->type), at(i, "type")) << what;
    expect_p_value(row->p_values.at(label), at(i, "p_value"), what);
    EXPECT_EQ(row->relevant_for.at(label), at(i, "relevant_label") == "1") << what;
    EXPECT_EQ(row->n_significant, std::stoul(at(i, "n_significant_found"))) << what;
    EXPECT_EQ(row->relevant, at(i, "relevant") == "1") << what;
    if (label == target.codes[0])  // the rows of a feature are together
      expect_p_value(rows.at(i / 3 % rows.size()).p_values.at(label), at(i, "p_value"), "order of " + what);
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, ReferenceRelevanceTest, ::testing::Values("n13", "n40", "n200"),
                         [](const auto& size) { return size.param; });

}  // namespace
}  // namespace mproc::kernels::fresh
