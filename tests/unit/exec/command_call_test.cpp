#include "mproc/exec/command_call.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "mproc/base/error.hpp"
#include "support/values.hpp"

namespace mproc::exec {
namespace {

using ::testing::ElementsAre;
using testing::packed;
using testing::packed_map;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

std::string given(const std::string& inside, const base::Bytes& item, CommandTask task = {}) {
  std::size_t offset = 0;
  const auto handle = base::unpack_value(item, offset);
  std::string all;
  for (const auto& value : replacement(inside, handle.get(), task)) all += "[" + value + "]";
  return all;
}

CommandCall call_of(const std::string& line, const base::Bytes& item, CommandTask task = {}) {
  std::size_t offset = 0;
  const auto handle = base::unpack_value(item, offset);
  job::MapSpec spec;
  spec.command = {line};
  spec.line = true;
  return Command(spec).call(handle.get(), task);
}

base::Bytes text(const char* value) {
  return packed(std::string(value));
}

/// As GNU parallel gives them.
TEST(Replacement, parts_of_a_path) {
  struct Case {
    const char *item, *dot, *slash, *slashes, *slash_dot;
  };
  for (const auto& c : std::vector<Case>{{".bashrc", "[]", "[.bashrc]", "[.]", "[]"},
                                         {"a.", "[a]", "[a.]", "[.]", "[a]"},
                                         {"d.d/f", "[d.d/f]", "[f]", "[d.d]", "[f]"},
                                         {"a.tar.gz", "[a.tar]", "[a.tar.gz]", "[.]", "[a.tar]"},
                                         {"/x", "[/x]", "[x]", "[/]", "[x]"},
                                         {"x/", "[x/]", "[]", "[.]", "[]"},
                                         {"x/.y.z", "[x/.y]", "[.y.z]", "[x]", "[.y]"},
                                         {"a/b/", "[a/b/]", "[]", "[a]", "[]"},
                                         {"/", "[/]", "[]", "[/]", "[]"},
                                         {"", "[]", "[]", "[.]", "[]"}}) {
    EXPECT_EQ(given(".", text(c.item)), c.dot) << c.item;
    EXPECT_EQ(given("/", text(c.item)), c.slash) << c.item;
    EXPECT_EQ(given("//", text(c.item)), c.slashes) << c.item;
    EXPECT_EQ(given("/.", text(c.item)), c.slash_dot) << c.item;
  }
}

TEST(Replacement, sources_have_numbers_and_fields_names) {
  const auto two = packed_map({{"1", "a/b.c"}, {"2", "d.e"}});
  EXPECT_EQ(given("", two), "[a/b.c][d.e]");
  EXPECT_EQ(given("/.", two), "[b][d]");
  EXPECT_EQ(given("1/.", two), "[b]");
  EXPECT_EQ(given("2", two), "[d.e]");
  EXPECT_EQ(given("-1.", two), "[d]");
  EXPECT_EQ(given("1", text("x")), "[x]");
  const auto row = packed_map({{"in", "p/q.r"}, {"a.", "dotted"}});
  EXPECT_EQ(given("in/", row), "[q.r]");
  EXPECT_EQ(given("2", row), "[dotted]");
  EXPECT_EQ(given("a.", row), "[dotted]") << "a field of that very name";
}

TEST(Replacement, numbers_of_the_task_and_its_executor) {
  EXPECT_EQ(given("#", text("x"), {6, 2}), "[7]");
  EXPECT_EQ(given("%", text("x"), {6, 2}), "[2]");
}

TEST(Replacement, says_what_is_not_there) {
  const auto two = packed_map({{"1", "a"}, {"2", "b"}});
  const auto error = [](const std::string& inside, const base::Bytes& item) {
    try {
      return given(inside, item);
    } catch (const base::DecodeError& e) {
      return std::string(e.what());
    }
  };
  EXPECT_EQ(error("3", two), "{3} names nothing, as the item has 2 values");
  EXPECT_EQ(error("-2.", text("x")), "{-2} names nothing, as the item has 1 value");
  EXPECT_EQ(error("name.", two), "the item has no field 'name'; it has: 1, 2");
}

TEST(CommandCall, of_a_plain_line_is_the_program_itself) {
  const auto call = call_of("printf '%s x' {} \"{.}\"", text("a b; $(c).d"), {4, 1});
  EXPECT_THAT(call.argv, ElementsAre("printf", "%s x", "a b; $(c).d", "a b; $(c)"));
  EXPECT_THAT(call.env, ElementsAre(Pair("MPROC_TASK_ID", "4")));
}

TEST(CommandCall, values_of_several_sources_are_words_of_their_own_outside_of_quotes) {
  const auto two = packed_map({{"1", "a b"}, {"2", "c"}});
  EXPECT_THAT(call_of("printf x{}y \"{}\"", two).argv, ElementsAre("printf", "xa b", "cy", "a b c"));
}

TEST(CommandCall, a_shell_gets_values_as_variables) {
  const auto call = call_of("cat {} '{}' \"{}\" | wc", text("a'b"));
  ASSERT_EQ(call.argv.size(), 3u);
  EXPECT_EQ(call.argv[1], "-c");
  EXPECT_EQ(call.argv[2], R"(cat "${MPROC_ARG_1}" ''"${MPROC_ARG_2}"'' "${MPROC_ARG_3}" | wc)");
  EXPECT_THAT(call.env, UnorderedElementsAre(Pair("MPROC_ARG_1", "a'b"), Pair("MPROC_ARG_2", "a'b"),
                                             Pair("MPROC_ARG_3", "a'b"), Pair("MPROC_TASK_ID", "0")));
}

TEST(CommandCall, of_a_line_that_is_the_item) {
  EXPECT_THAT(call_of("{}", text("printf 'a b' {}")).argv,
              ElementsAre(::testing::_, "-c", "printf 'a b' {}"));
  const auto call = call_of("{}", text("printf 'a b' c"), {2, 1});
  EXPECT_THAT(call.argv, ElementsAre("printf", "a b", "c"));
  EXPECT_THAT(call.env, UnorderedElementsAre(Pair("LAUNCHER_JID", "3"), Pair("MPROC_TASK_ID", "2")));
}

TEST(CommandCall, a_function_that_bash_exports_is_for_bash) {
  EXPECT_THAT(call_of("no_such_program {}", text("a")).argv, ElementsAre("no_such_program", "a"));
  ::setenv("BASH_FUNC_no_such_program%%", "() { echo; }", 1);
  EXPECT_THAT(call_of("no_such_program {}", text("a")).argv,
              ElementsAre(::testing::_, "-c", "no_such_program \"${MPROC_ARG_1}\""));
  ::unsetenv("BASH_FUNC_no_such_program%%");
}

}  // namespace
}  // namespace mproc::exec
