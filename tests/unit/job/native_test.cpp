#include "mproc/job/native.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/errors.hpp"
#include "support/random_bytes.hpp"

namespace mproc::job {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string problem(const std::string& text) {
  return testing::message_of<NativeProblem>([&] { parse_native(text); });
}

std::vector<std::string> types(const NativeFunction& function) {
  std::vector<std::string> out;
  for (const auto& parameter : function.parameters)
    out.push_back((parameter.name.empty() ? "" : parameter.name + ": ") + parameter.type());
  return out;
}

TEST(ParseNative, without_a_signature_is_a_kernel) {
  const auto kernel = parse_native("lib/libmine.so:price");
  EXPECT_EQ(kernel.library, "lib/libmine.so");
  EXPECT_EQ(kernel.name, "price");
  EXPECT_FALSE(kernel.is_plain);
}

TEST(ParseNative, with_one_is_a_function) {
  const auto fma = parse_native("libm.so:fma(f64, f64, f64) -> f64");
  EXPECT_TRUE(fma.is_plain);
  EXPECT_THAT(types(fma), ElementsAre("f64", "f64", "f64"));
  ASSERT_TRUE(fma.result);
  EXPECT_EQ(fma.result->type(), "f64");
  EXPECT_FALSE(parse_native("a.so:f()->none").result);
  EXPECT_TRUE(parse_native("a.so:f()->none").parameters.empty());
}

TEST(ParseNative, parameters_have_names_roles_and_constants) {
  const auto f = parse_native(
      " a.so:f(n:i32*, a : f64 = -1.5e3, x:f64[n,3], y: inout f64[n], z: out u8*, s:str)->bool ");
  EXPECT_THAT(types(f),
              ElementsAre("n: i32*", "a: f64", "x: f64[n, 3]", "y: inout f64[n]", "z: out u8*", "s: str"));
  EXPECT_TRUE(f.parameters[0].is_length);
  EXPECT_EQ(f.parameters[1].constant, "-1.5e3");
  std::vector<bool> given;
  for (const auto& parameter : f.parameters) given.push_back(parameter.is_given());
  EXPECT_THAT(given, ElementsAre(false, false, true, true, false, true));
}

TEST(ParseNative, a_length_that_no_array_of_the_item_has_is_given_by_the_item) {
  EXPECT_TRUE(parse_native("a.so:f(n: i32, y: out f64[n]) -> none").parameters[0].is_given());
  EXPECT_THAT(problem("a.so:f(y: out f64[n]) -> none"), HasSubstr("says not how long 'y: out f64[n]' is"));
}

TEST(ParseNative, says_what_is_wrong_and_what_to_write) {
  EXPECT_THAT(problem("price"), HasSubstr("has no library; write \"LIBRARY:NAME\""));
  EXPECT_THAT(problem(":price"), HasSubstr("has no library"));
  EXPECT_THAT(problem("a.so:"), HasSubstr("wants the function's name, and it ends there"));
  EXPECT_THAT(problem("a.so:f g"), HasSubstr("wants '(' after the function's name, and there is 'g'"));
  EXPECT_THAT(problem("a.so:f(f64)"),
              HasSubstr("has no result after the parameters; write -> f64, or -> none"));
  EXPECT_THAT(problem("a.so:f(f64 -> f64"),
              HasSubstr("wants ')' after the parameters, and there is '-> f64'"));
  EXPECT_THAT(problem("a.so:f(double) -> f64"), HasSubstr("has the type 'double' of C; write f64"));
  EXPECT_THAT(problem("a.so:f(f46) -> f64"), HasSubstr("has no type 'f46'; did you mean 'f64'?"));
  EXPECT_THAT(problem("a.so:f(f64) -> f64 f"), HasSubstr("ends with 'f', which is too much"));
  EXPECT_THAT(problem("a.so:f(out f64) -> none"), HasSubstr("write f64* or f64[n]"));
  EXPECT_THAT(problem("a.so:f(x: f64, x: f64) -> none"), HasSubstr("has two parameters 'x'"));
  EXPECT_THAT(problem("a.so:f(out f64*) -> f64"), HasSubstr("several results, and one without a name"));
  EXPECT_THAT(problem("a.so:f(i32 = 1.5) -> f64"),
              HasSubstr("has '1.5' where a constant of type i32 is wanted"));
  EXPECT_THAT(problem("a.so:f(i8 = 128) -> f64"),
              HasSubstr("has '128' where a constant of type i8 is wanted"));
  EXPECT_THAT(problem("a.so:f(u16 = -1) -> f64"),
              HasSubstr("has '-1' where a constant of type u16 is wanted"));
  EXPECT_EQ(parse_native("a.so:f(i8 = -128, i64 = -9223372036854775808, u32 = 4294967295) -> f64")
                .parameters.size(),
            3);
  EXPECT_THAT(problem("a.so:f(str[n]) -> f64"), HasSubstr("has an array of texts"));
  EXPECT_THAT(problem("a.so:f() -> f64[3]"), HasSubstr("arrays are out parameters"));
  EXPECT_THAT(problem("a.so:f(f64[3x]) -> f64"), HasSubstr("'3x', which is no whole number"));
}

TEST(ParseNative, takes_any_text_apart_or_refuses_it) {
  const std::string pieces[] = {"a.so", ":", "f",  "(", ")", "->",  "f64", "out ", "[", "n",   "]",
                                ",",    "=", "-1", "*", " ", "i32", "str", "3",    "",  "none"};
  std::mt19937 random(7);
  for (int i = 0; i < 20'000; ++i) {
    std::string text = i % 2 == 0 ? "a.so:f(" : "";
    for (unsigned n = random() % 12; n > 0; --n) text += pieces[random() % std::size(pieces)];
    try {
      for (const auto& parameter : parse_native(text).parameters) EXPECT_FALSE(parameter.type().empty());
    } catch (const NativeProblem& refusal) {
      EXPECT_NE(std::string(refusal.what()), "");
    }
  }
}

}  // namespace
}  // namespace mproc::job
