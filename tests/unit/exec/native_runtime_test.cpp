#include "mproc/exec/native_runtime.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "mproc/job/encode.hpp"
#include "mproc/job/ndarray.hpp"
#include "support/values.hpp"

namespace mproc::exec {
namespace {

using job::Json;
using ::testing::HasSubstr;

struct BlockLog : BlockSink {
  void deliver(const base::OutcomeBlock& block) override { blocks.push_back(block); }
  std::string take_capture() override { return {}; }
  std::vector<base::OutcomeBlock> blocks;
};

struct Outcome {
  Json result;
  std::optional<base::Failure> failure;
  std::string said() const { return failure ? failure->summary() : result.dump(); }
};

/// Arrays as {"dtype", "shape", "data"}.
Json value_of(const Json& value) {
  if (value.is_structured()) {
    Json out = value;
    for (auto& element : out) element = value_of(element);
    return out;
  }
  if (!value.is_binary() || !value.get_binary().has_subtype()) return value;
  const auto& body = value.get_binary();
  const auto array = job::decode_ndarray(std::as_bytes(std::span(body.data(), body.size())));
  Json out{{"dtype", array.dtype}, {"shape", array.shape}, {"data", Json::array()}};
  for (std::size_t i = 0; array.dtype == "<f8" && i < array.data.size() / 8; ++i) {
    double element = 0;
    std::memcpy(&element, array.data.data() + i * 8, 8);
    out["data"].push_back(element);
  }
  return out;
}

class NativeRuntimeTest : public ::testing::Test {
 protected:
  static job::MapSpec spec(const std::string& function, const Json& args = nullptr) {
    job::MapSpec s;
    s.kernel = static_cast<std::uint8_t>(job::MapSpec::Kernel::native);
    s.function = function.find(".so") == function.npos ? MPROC_TEST_KERNELS ":" + function : function;
    s.seed = 42;
    s.encoding = static_cast<std::uint8_t>(job::Encoding::journal);
    if (!args.is_null()) {
      base::Bytes bytes;
      job::append_value(bytes, args);
      s.args = base::text(bytes);
    }
    return s;
  }
  static base::Bytes encoded(const Json& item) {
    base::Bytes bytes;
    job::append_value(bytes, item);
    return bytes;
  }
  std::string refusal(const job::MapSpec& map) {
    const auto refused = runtime_.prepare(map);
    return refused ? std::string(base::name(refused->kind)) + ": " + refused->message : "no refusal";
  }
  std::string refusal(const std::string& function, const Json& first_item = nullptr) {
    auto map = spec(function);
    if (!first_item.is_null()) map.first_item = base::text(encoded(first_item));
    return refusal(map);
  }
  Outcome run_bytes(const job::MapSpec& map, const base::Bytes& item, std::uint64_t index = 0) {
    const auto refused = runtime_.prepare(map);
    if (refused) return {nullptr, refused};
    Claim claim;
    TaskStamp stamp;
    BlockLog sink;
    claim.open(1);
    const base::TaskRange tasks{index, 1};
    TaskLoop loop(tasks, claim, stamp, sink);
    runtime_.run({{}, tasks, item}, loop);
    const base::Bytes& values = sink.blocks.at(0).values;
    EXPECT_EQ(base::skip_value(values, 0), values.size());
    const auto value = Json::from_msgpack(base::text(values));
    if (value.is_binary() && value.get_binary().subtype() == static_cast<int>(base::Ext::failure))
      return {nullptr, base::unpack_as<base::Failure>(std::as_bytes(std::span(value.get_binary())))};
    return {value_of(value), std::nullopt};
  }
  Outcome run(const std::string& function, const Json& item, const Json& args = nullptr) {
    return run_bytes(spec(function, args), encoded(item));
  }
  Json result(const std::string& function, const Json& item, const Json& args = nullptr) {
    const Outcome outcome = run(function, item, args);
    EXPECT_FALSE(outcome.failure) << outcome.failure->summary();
    return outcome.result;
  }
  /// An array of doubles as a value, `shift` bytes from where it would be aligned.
  static base::Bytes array(const std::vector<double>& elements, std::vector<std::uint64_t> shape) {
    base::Bytes bytes;
    job::append_ndarray(bytes, "<f8", shape, std::as_bytes(std::span(elements)));
    return bytes;
  }

  SharedData data_;
  NativeRuntime runtime_{data_};
};

TEST_F(NativeRuntimeTest, a_scalar_is_the_one_argument) {
  EXPECT_EQ(result("twice", 21), 42.0);
  EXPECT_EQ(result("half", 5.0), 2.5);
  EXPECT_EQ(result("nothing", 7), Json());
}

TEST_F(NativeRuntimeTest, lists_and_names_give_several_arguments) {
  EXPECT_EQ(result("scaled", {3, 4}), 12.0);
  EXPECT_EQ(result("scaled", {{"factor", 4}, {"other", "x"}, {"x", 3}}), 12.0);
  EXPECT_EQ(result("scaled", {{"x", 3}}, {{"factor", 10}}), 30.0) << "args give what the item does not";
  EXPECT_EQ(result("scaled", 3, {{"factor", 10}}), 30.0);
  EXPECT_EQ(run_bytes(spec("scaled"), array({3, 5}, {2})).result, 15.0) << "a row of a matrix";
  EXPECT_EQ(result("twice", {{"only column", 4}}), 8.0) << "by order, where parameters have no names";
}

TEST_F(NativeRuntimeTest, an_item_may_lack_what_is_optional) {
  EXPECT_EQ(result("sum", 1), 1.0);
  EXPECT_EQ(result("sum", {1, 2}), 3.0);
  EXPECT_EQ(result("sum", {{"more", {4, 5}}, {"x", 1}}), 10.0);
  EXPECT_EQ(result("sum", {{"x", 1}, {"y", nullptr}}, {{"more", {4}}}), 5.0);
  EXPECT_EQ(run("sum", {{"y", 1}}).said(),
            "sum(x: f64, y: f64 or none, more: list[f64] or none) -> f64: the item lacks 'x'");
}

TEST_F(NativeRuntimeTest, what_an_item_lacks_or_has_too_much_is_said) {
  const std::string head = "scaled(x: f64, factor: f64) -> f64: ";
  EXPECT_EQ(run("scaled", 3).said(), head + "the item lacks 'factor'");
  EXPECT_EQ(run("scaled", {1, 2, 3}).said(), head + "the item has 3 values, and it takes 2");
  EXPECT_EQ(run("scaled", {{"X", 1}, {"factor", 2}}).said(), head + "the item lacks 'x'");
  EXPECT_EQ(run("scaled", {1, "two"}).said(), head + "factor: the text \"two\" where f64 is wanted");
  EXPECT_EQ(run("twice", {{"a", 1}, {"b", 2}}).said(),
            "twice(f64) -> f64: the item has 2 values, and it takes 1; give its parameters names to choose "
            "among them");
  EXPECT_EQ(run("scaled", 3, {{"factr", 10}}).said(),
            "scaled(x: f64, factor: f64) -> f64 has no parameter 'factr', which args give");
  EXPECT_THAT(run_bytes(spec("scaled"), array({1, 2, 3, 4}, {2, 2})).said(),
              HasSubstr("the item is an array of <f8 and 2 dimensions, and it takes 2 numbers"));
  EXPECT_EQ(run("scaled", 3).failure->kind, base::FailureKind::item);
}

TEST_F(NativeRuntimeTest, numbers_are_exact_or_refused) {
  EXPECT_EQ(result("small", -128), -128);
  EXPECT_THAT(run("small", 128).said(), HasSubstr("x: the integer 128 where i8 is wanted"));
  EXPECT_THAT(run("small", 1.0).said(), HasSubstr("x: the real 1 where i8 is wanted"));
  EXPECT_THAT(run("small", true).said(), HasSubstr("x: true where i8 is wanted"));
  EXPECT_THAT(run("twice", nullptr).said(), HasSubstr("value 1: none where f64 is wanted"));
}

TEST_F(NativeRuntimeTest, arrays_and_lists_of_numbers_are_spans) {
  EXPECT_EQ(result("mean", {1, 2, 6.0}), 3.0);
  EXPECT_EQ(run_bytes(spec("mean"), array({1, 2, 6}, {3})).result, 3.0);
  EXPECT_THAT(run("mean", {1, "x"}).said(), HasSubstr("element 1: the text \"x\" where f64 is wanted"));
  EXPECT_THAT(run_bytes(spec("mean"), array({1, 2}, {1, 2})).said(),
              HasSubstr("an array of 2 dimensions where one of one is wanted"));
}

TEST_F(NativeRuntimeTest, an_array_of_the_right_type_is_not_copied) {
  const std::vector<double> elements(100'000, 1.5);
  const auto item = array(elements, {elements.size()});
  ASSERT_EQ(reinterpret_cast<std::uintptr_t>(item.data()) % 8, 0u);
  const auto address = run_bytes(spec("address"), item).result.get<std::uint64_t>();
  EXPECT_EQ(address, reinterpret_cast<std::uintptr_t>(item.data() + item.size() - elements.size() * 8));
}

TEST_F(NativeRuntimeTest, arrays_of_other_types_are_converted) {
  base::Bytes item;
  const std::vector<std::int16_t> elements{-1, 2, 5};
  job::append_ndarray(item, "<i2", std::vector<std::uint64_t>{3}, std::as_bytes(std::span(elements)));
  EXPECT_EQ(run_bytes(spec("mean"), item).result, 2.0);
  base::Bytes texts;
  job::append_ndarray(texts, "<U1", std::vector<std::uint64_t>{1}, std::as_bytes(std::span("abc", 4)));
  EXPECT_THAT(run_bytes(spec("mean"), texts).said(), HasSubstr("an array of <U1 and 1 dimension where"));
}

TEST_F(NativeRuntimeTest, any_byte_but_zero_in_an_array_of_bool_is_true) {
  const auto flags = [](const std::vector<std::uint8_t>& bytes) {
    base::Bytes item;
    job::append_ndarray(item, "|b1", std::vector<std::uint64_t>{bytes.size()},
                        std::as_bytes(std::span(bytes)));
    return item;
  };
  EXPECT_EQ(run_bytes(spec("bytes_of"), flags({0, 1, 2, 255})).result["data"], Json({0.0, 1.0, 1.0, 1.0}));
  EXPECT_EQ(run_bytes(spec("count_true"), flags({2, 0})).result, 1) << "elements as parameters";
  EXPECT_THAT(run_bytes(spec("mean"), flags({2})).said(), HasSubstr("an array of |b1 and 1 dimension where"));
}

TEST_F(NativeRuntimeTest, arrays_have_a_shape) {
  const auto out = run_bytes(spec("transposed"), array({1, 2, 3, 4, 5, 6}, {2, 3}));
  EXPECT_EQ(out.result,
            Json({{"dtype", "<f8"}, {"shape", {3, 2}}, {"data", {1.0, 4.0, 2.0, 5.0, 3.0, 6.0}}}));
  EXPECT_THAT(run("of_another_shape", 1).said(),
              HasSubstr("std::length_error: a result's shape is that of 4 elements, and it has 3"));
}

TEST_F(NativeRuntimeTest, structs_travel_with_all_that_is_in_them) {
  const Json swap = Json::parse(R"({"years": 3, "name": "s", "legs": [{"amount": 1.5, "flows": [1, 2]},
                                    {"flows": [], "amount": 2}], "unknown": 1})");
  const Json doubled = result("doubled", swap);
  EXPECT_EQ(doubled["name"], "s");
  EXPECT_EQ(doubled["years"], 3);
  EXPECT_EQ(doubled["spread"], Json());
  EXPECT_EQ(doubled["legs"][0]["amount"], 3.0);
  EXPECT_EQ(doubled["legs"][0]["flows"]["data"], Json({2.0, 4.0}));
  EXPECT_EQ(doubled["legs"][1]["flows"]["shape"], Json({0}));
  EXPECT_THAT(run("doubled", {{"name", "s"}}).said(),
              HasSubstr("the fields of finance::Swap lack years, legs"));
  EXPECT_THAT(run("doubled", Json::parse(R"({"name": "s", "years": 1, "legs": [{}]})")).said(),
              HasSubstr("swap: the fields of finance::Leg lack amount, flows"));
}

TEST_F(NativeRuntimeTest, every_type_comes_back_as_it_went) {
  const Json everything = Json::parse(
      R"([true, 255, 0.5, "text", ["a", ""], [1, -2], [0.25, false], null, {"x": [true, false], "y": []}])");
  const Json back = result("same", {everything});
  for (const std::size_t i : {0, 1, 2, 3, 4, 6, 7, 8}) EXPECT_EQ(back[i], everything[i]);
  EXPECT_EQ(back[5]["dtype"], "<i8");
  EXPECT_THAT(run("same", {Json::array({true})}).said(),
              HasSubstr("a list of 9 values is wanted, and this one has 1"));
}

TEST_F(NativeRuntimeTest, a_task_knows_its_index_and_has_random_numbers_of_its_own) {
  const auto numbers = [&](std::uint64_t index) {
    const auto outcome = run_bytes(spec("context"), encoded("x"), index);
    return outcome.result["dtype"] == "<u8" ? outcome : Outcome{};
  };
  ASSERT_EQ(numbers(5).result["shape"], Json({4}));
  std::seed_seq sequence{42u, 0u, 0u, 5u, 0u};
  std::mt19937_64 random(sequence);
  const std::uint64_t first = random();
  auto map = spec("context");
  base::Bytes item = encoded("x");
  const auto refused = runtime_.prepare(map);
  ASSERT_FALSE(refused);
  Claim claim;
  TaskStamp stamp;
  BlockLog sink;
  claim.open(1);
  TaskLoop loop({5, 1}, claim, stamp, sink);
  runtime_.run({{}, {5, 1}, item}, loop);
  const auto& values = sink.blocks.at(0).values;
  const auto body = Json::from_msgpack(base::text(values)).get_binary();
  const auto array = job::decode_ndarray(std::as_bytes(std::span(body.data(), body.size())));
  std::vector<std::uint64_t> words(4);
  std::memcpy(words.data(), array.data.data(), 32);
  EXPECT_THAT(words, ::testing::ElementsAre(5u, 42u, first, random()));
}

TEST_F(NativeRuntimeTest, shared_arrays_are_found_by_name_and_type) {
  EXPECT_THAT(run("shared", {"X", 0}).said(),
              HasSubstr("std::out_of_range: there is no shared array 'X'; there are: "));
}

TEST_F(NativeRuntimeTest, what_a_kernel_throws_is_its_tasks_failure) {
  const auto refused = run("fails", "refusal");
  EXPECT_EQ(refused.failure->kind, base::FailureKind::exception);
  EXPECT_THAT(refused.failure->type, HasSubstr("Refusal"));
  EXPECT_EQ(refused.failure->message, "it is refused");
  EXPECT_EQ(run("fails", "number").failure->message, "what was thrown is no std::exception");
  EXPECT_EQ(result("fails", "not at all"), 0) << "the next task is right";
}

TEST_F(NativeRuntimeTest, results_that_do_not_fit_the_output_are_refused) {
  EXPECT_EQ(run("text_that_is_not_utf8", 1).failure->kind, base::FailureKind::encode);
  auto map = spec("doubled");
  map.encoding = static_cast<std::uint8_t>(job::Encoding::array);
  const auto outcome = run_bytes(map, encoded({{"name", "s"}, {"years", 1}, {"legs", Json::array()}}));
  EXPECT_EQ(outcome.failure->kind, base::FailureKind::encode);
  EXPECT_THAT(outcome.said(), HasSubstr("names, which do not fit npy and npz output"));
}

TEST_F(NativeRuntimeTest, items_that_are_cut_off_fail_their_tasks) {
  base::Bytes items = encoded(1.5);
  items.resize(4);
  EXPECT_EQ(run_bytes(spec("twice"), items).failure->kind, base::FailureKind::item);
}

TEST_F(NativeRuntimeTest, libraries_and_kernels_that_are_not_there_are_named) {
  EXPECT_THAT(refusal("libnone.so:f"), HasSubstr("lookup: cannot load the library 'libnone.so': "));
  EXPECT_THAT(refusal("libnone.so:f"), HasSubstr("give its path, relative to the job file"));
  EXPECT_THAT(refusal("twise"), HasSubstr("has no kernel 'twise'; did you mean 'twice'?; it has: "));
  EXPECT_THAT(refusal("c_none() -> f64"), HasSubstr("has no function 'c_none'"));
  EXPECT_THAT(refusal("libm.so:sqrt"), HasSubstr("registers no kernels"));
  EXPECT_THAT(
      refusal(MPROC_TEST_KERNELS_OF_ANOTHER_ABI ":twice"),
      HasSubstr("was built for 'mproc kernels 0', and this mproc runs 'mproc kernels 1'; build it again"));
}

TEST_F(NativeRuntimeTest, the_first_item_is_looked_at_before_anything_runs) {
  EXPECT_EQ(refusal("twice", 1.5), "no refusal");
  EXPECT_EQ(refusal("twice", "x"), "item: twice(f64) -> f64: value 1: the text \"x\" where f64 is wanted");
  EXPECT_THAT(refusal("scaled", 1.5), HasSubstr("item: "));
  EXPECT_EQ(refusal("libm.so:fma(f64, f64, f64) -> f64", {1, 2, 3}), "no refusal");
  EXPECT_EQ(refusal("libm.so:fma(f64, f64, f64) -> f64", {1, 2}),
            "item: fma(f64, f64, f64) -> f64: the item lacks value 3");
}

TEST_F(NativeRuntimeTest, functions_of_c_are_called_by_their_signature) {
  EXPECT_EQ(result("libm.so:fma(f64, f64, f64) -> f64", {2, 3, 4}), 10.0);
  EXPECT_EQ(result("libm.so:ldexp(x: f64, n: i32) -> f64", {{"n", 3}, {"x", 1.5}}), 12.0);
  EXPECT_EQ(result("libc.so:abs(i32) -> i32", -7), 7);
  EXPECT_EQ(result("libc.so:toupper(i32) -> i32", 97), 65);
  EXPECT_EQ(result("libc.so:strlen(str) -> u64", "four"), 4);
  EXPECT_EQ(result("c_name(known: bool, name: str) -> str", {true, "x"}), "x");
  EXPECT_EQ(result("c_name(known: bool = false, name: str) -> str", "x"), Json());
  EXPECT_THAT(run("libc.so:strlen(str) -> u64", Json(std::string("a\0b", 3))).said(),
              HasSubstr("a NUL character"));
}

TEST_F(NativeRuntimeTest, arrays_of_c_bring_their_length) {
  EXPECT_EQ(result("c_sum(n: i32, x: f64[n]) -> f64", {1, 2, 3.5}), 6.5);
  EXPECT_EQ(run_bytes(spec("c_sum(n: i32, x: f64[n]) -> f64"), array({1, 2, 3.5}, {3})).result, 6.5);
  EXPECT_EQ(
      result("c_outer(n: i64, x: f64[n], m: i64, y: f64[m], xy: out f64[n, m]) -> none", {{1, 2}, {3, 4, 5}}),
      Json({{"dtype", "<f8"}, {"shape", {2, 3}}, {"data", {3.0, 4.0, 5.0, 6.0, 8.0, 10.0}}}));
  EXPECT_EQ(result("c_ramp(n: u16, y: out f32[n]) -> none", 4)["shape"], Json({4}));
  EXPECT_THAT(run("c_ramp(n: i16, y: out f32[n]) -> none", -1).said(),
              HasSubstr("n is -1, which is no length"));
}

TEST_F(NativeRuntimeTest, functions_of_fortran_take_all_by_reference) {
  const std::string axpy = "c_axpy_(n: i32*, a: f64*, x: f64[n], y: inout f64[n]) -> none";
  EXPECT_EQ(result(axpy, {10, {1, 2}, {0.5, 0.25}})["data"], Json({10.5, 20.25}));
  EXPECT_THAT(run(axpy, {10, {1, 2}, {1}}).said(), HasSubstr("y: length 1 where n is 2"));
}

TEST_F(NativeRuntimeTest, several_results_have_names) {
  EXPECT_EQ(result("c_split(x: f64, whole: out i64*, rest: out f64*) -> i8", -1.25),
            Json({{"result", -1}, {"whole", -2}, {"rest", 0.75}}));
}

TEST_F(NativeRuntimeTest, maps_that_are_forgotten_are_gone_and_others_stay) {
  auto first = spec("twice"), second = spec("half");
  second.map = 1;
  ASSERT_FALSE(runtime_.prepare(first));
  ASSERT_FALSE(runtime_.prepare(second));
  runtime_.forget(0);
  Claim claim;
  TaskStamp stamp;
  BlockLog sink;
  claim.open(1);
  TaskLoop loop({0, 1}, claim, stamp, sink);
  base::StageKey stage;
  stage.map.value = 1;
  const auto item = encoded(3);
  runtime_.run({stage, {0, 1}, item}, loop);
  EXPECT_EQ(Json::from_msgpack(base::text(sink.blocks.at(0).values)), 1.5);
}

}  // namespace
}  // namespace mproc::exec
