#include "mproc/exec/built_in_runtime.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstring>

#include "mproc/job/encode.hpp"
#include "mproc/job/ndarray.hpp"
#include "support/block_log.hpp"

namespace mproc::exec {
namespace {

using job::Json;
using ::testing::HasSubstr;

Json array_of(const std::vector<double>& values) {
  base::Bytes bytes;
  job::append_ndarray(bytes, "<f8", std::array<std::uint64_t, 1>{values.size()},
                      std::as_bytes(std::span(values)));
  return Json::from_msgpack(base::text(bytes));
}

std::vector<double> reals(const Json& value) {
  const auto& body = value.get_binary();
  const auto array = job::decode_ndarray(std::as_bytes(std::span(body.data(), body.size())));
  std::vector<double> out(array.data.size() / sizeof(double));
  std::memcpy(out.data(), array.data.data(), array.data.size());
  return out;
}

class BuiltInRuntimeTest : public ::testing::Test {
 protected:
  std::string prepare(const std::string& function, const Json& args) {
    job::MapSpec spec;
    spec.kernel = static_cast<std::uint8_t>(job::MapSpec::Kernel::built_in);
    spec.function = function;
    base::Bytes bytes;
    job::append_value(bytes, args);
    spec.args = base::text(bytes);
    const auto failure = runtime_.prepare(spec);
    return failure ? failure->message : "";
  }
  /// The results of one chunk, or what its tasks' failures say.
  std::vector<Json> run(const std::vector<Json>& items) {
    base::Bytes bytes;
    for (const Json& item : items) job::append_value(bytes, item);
    Claim claim;
    TaskStamp stamp;
    testing::BlockLog log;
    claim.open(static_cast<std::uint32_t>(items.size()));
    const base::TaskRange tasks{0, items.size()};
    TaskLoop loop(tasks, claim, stamp, log);
    runtime_.run({{}, tasks, bytes}, loop);
    std::vector<Json> out;
    const base::Bytes& values = log.blocks.at(0).values;
    for (std::size_t at = 0, end = 0; at < values.size(); at = end) {
      end = base::skip_value(values, at);
      out.push_back(Json::from_msgpack(base::text(base::ByteView(values).subspan(at, end - at))));
      if (out.back().is_binary())
        out.back() =
            base::unpack_as<base::Failure>(std::as_bytes(std::span(out.back().get_binary()))).summary();
    }
    return out;
  }
  BuiltInRuntime runtime_;
};

TEST_F(BuiltInRuntimeTest, features_of_a_series_come_with_its_names) {
  ASSERT_EQ(prepare("fresh.extract", {{"features", {{"mean", true}, {"length", true}}}}), "");
  const auto results = run({{{"id", "a"}, {"column", "x"}, {"values", array_of({1, 2, 6})}},
                            {{"id", "b"}, {"column", "x"}, {"values", array_of({})}}});
  EXPECT_EQ(results.at(0)["id"], "a");
  EXPECT_EQ(results.at(0)["column"], "x");
  EXPECT_EQ(reals(results.at(0)["values"]), (std::vector<double>{3, 3}));
  EXPECT_EQ(reals(results.at(1)["values"])[1], 0);
}

TEST_F(BuiltInRuntimeTest, an_item_that_is_no_series_fails_alone) {
  ASSERT_EQ(prepare("fresh.extract", {{"features", "minimal"}}), "");
  const auto results =
      run({{{"id", "a"}, {"column", "x"}},
           {{"id", "a"}, {"column", "x"}, {"values", 5}},
           {{"id", 7}, {"column", "x"}, {"values", array_of({1})}},
           {{"id", "a"}, {"column", "x"}, {"values", array_of({1, 2})}, {"hours", array_of({0})}},
           {{"id", "a"}, {"column", "x"}, {"values", array_of({1})}},
           5});
  ASSERT_EQ(results.size(), 6u);
  EXPECT_THAT(results[0], HasSubstr("there is no 'values'"));
  EXPECT_THAT(results[1], HasSubstr("'values' is no array"));
  EXPECT_THAT(results[2], HasSubstr("'id' is no text"));
  EXPECT_THAT(results[3], HasSubstr("1 hours for 2 values"));
  EXPECT_EQ(results[4]["id"], "a");
  EXPECT_THAT(results[5], HasSubstr("there is no 'values'"));
}

TEST_F(BuiltInRuntimeTest, a_feature_is_tested_against_a_target) {
  ASSERT_EQ(prepare("fresh.test", {{"target", {"no", "no", "yes", "yes"}}}), "");
  const auto results = run({{{"feature", "f"}, {"values", array_of({0, 0, 1, 1})}},
                            {{"feature", "g"}, {"values", array_of({5, 5, 5, 5})}},
                            {{"feature", "h"}, {"values", array_of({5, 5})}}});
  EXPECT_EQ(results.at(0)["type"], "binary");
  const auto p_values = reals(results.at(0)["p_values"]);
  ASSERT_EQ(p_values.size(), 2u) << "one a label";
  EXPECT_NEAR(p_values[0], 1.0 / 3, 1e-12) << "Fisher's exact test";
  EXPECT_EQ(results.at(1)["type"], "constant");
  EXPECT_THAT(results.at(2), HasSubstr("feature 'h' has 2 values for 4 rows of the target"));
}

TEST_F(BuiltInRuntimeTest, kernels_and_features_that_are_not_there_are_named) {
  EXPECT_EQ(prepare("fresh.extrac", Json::object()),
            "mproc has no kernel 'fresh.extrac'; it has fresh.extract and fresh.test");
  EXPECT_THAT(prepare("fresh.extract", {{"features", {{"maen", true}}}}), HasSubstr("did you mean 'mean'?"));
  EXPECT_EQ(prepare("fresh.extract", Json::object()), "fresh.extract has to be told the features");
  EXPECT_EQ(prepare("fresh.test", Json::object()), "fresh.test has to be told the target");
}

}  // namespace
}  // namespace mproc::exec
