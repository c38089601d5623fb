#include "mproc/exec/command_runtime.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mproc/base/error.hpp"
#include "mproc/job/encode.hpp"
#include "support/values.hpp"

namespace mproc::exec {
namespace {

using ::testing::HasSubstr;
using testing::packed;
using testing::packed_map;

std::string expanded(const std::string& word, const base::Bytes& item) {
  std::size_t offset = 0;
  const auto handle = base::unpack_value(item, offset);
  job::MapSpec spec;
  spec.command = {word};
  try {
    return Command(spec).call(handle.get(), {}).argv.at(0);
  } catch (const base::DecodeError& e) {
    return std::string("error: ") + e.what();
  }
}

TEST(CommandWord, puts_the_item_in_place_of_empty_braces) {
  EXPECT_EQ(expanded("{}", packed(std::string("a.csv"))), "a.csv");
  EXPECT_EQ(expanded("--in={}", packed(7)), "--in=7");
  EXPECT_EQ(expanded("{}", packed(-7)), "-7");
  EXPECT_EQ(expanded("{}", packed(0.5)), "0.5");
  base::Bytes whole;
  job::append_double(whole, 1);
  EXPECT_EQ(expanded("{}", whole), "1.0") << "as in tables";
  EXPECT_EQ(expanded("{}", packed(true)), "true");
  EXPECT_EQ(expanded("{}{}", packed(std::string("x"))), "xx");
}

TEST(CommandWord, puts_fields_in_place_of_their_names) {
  const auto item = packed_map({{"path", "a b.csv"}, {"n", "3"}});
  EXPECT_EQ(expanded("{path}.{n}", item), "a b.csv.3");
  EXPECT_EQ(expanded("plain", item), "plain");
}

TEST(CommandWord, doubled_braces_are_braces) {
  EXPECT_EQ(expanded("{{}}", packed(1)), "{}");
  EXPECT_EQ(expanded("{{{}}}", packed(1)), "{1}");
  EXPECT_EQ(expanded("awk {{print $1}}", packed(1)), "awk {print $1}");
}

TEST(CommandWord, a_brace_without_its_partner_is_itself) {
  EXPECT_EQ(expanded("a{b", packed(1)), "a{b");
  EXPECT_EQ(expanded("a}b", packed(1)), "a}b");
}

TEST(CommandWord, says_which_fields_there_are) {
  EXPECT_EQ(expanded("{nme}", packed_map({{"name", "x"}, {"n", "3"}})),
            "error: the item has no field 'nme'; it has: name, n");
  EXPECT_EQ(expanded("{path}", packed(1)),
            "error: the item has no fields, so {path} names nothing; write {} for the item, or {{path}} for "
            "the text "
            "{path}");
  EXPECT_EQ(expanded("{}", packed(std::vector<int>{1})),
            "error: a command's fields are numbers, strings and booleans, not lists or tables");
}

struct Sink : BlockSink {
  void deliver(const base::OutcomeBlock& block) override { blocks.push_back(block); }
  std::string take_capture() override { return {}; }
  std::vector<base::OutcomeBlock> blocks;
};

class CommandRuntimeTest : public ::testing::Test {
 protected:
  static job::MapSpec spec(std::vector<std::string> command) {
    job::MapSpec s;
    s.kernel = static_cast<std::uint8_t>(job::MapSpec::Kernel::command);
    s.command = std::move(command);
    return s;
  }
  /// What one task of the command came to.
  struct Outcome {
    std::map<std::string, msgpack::object> result;
    std::optional<base::Failure> failure;
    std::string capture;
    msgpack::object_handle handle;
    base::Bytes bytes;
    std::string text(const std::string& key) { return result.at(key).as<std::string>(); }
  };
  Outcome run(std::vector<std::string> command, const base::Bytes& item = packed(1)) {
    const auto refused = runtime_.prepare(spec(std::move(command)));
    EXPECT_FALSE(refused) << refused->message;
    Claim claim;
    TaskStamp stamp;
    Sink sink;
    claim.open(1);
    TaskLoop loop({5, 1}, claim, stamp, sink);
    runtime_.run({{}, {5, 1}, item}, loop);
    EXPECT_EQ(sink.blocks.size(), 1u);
    Outcome outcome;
    outcome.bytes = sink.blocks.at(0).values;
    if (!sink.blocks[0].captures.empty()) outcome.capture = sink.blocks[0].captures[0].text;
    std::size_t offset = 0;
    outcome.handle = base::unpack_value(outcome.bytes, offset);
    EXPECT_EQ(offset, outcome.bytes.size());
    const msgpack::object& value = outcome.handle.get();
    if (value.type == msgpack::type::EXT)
      outcome.failure = base::unpack_as<base::Failure>(
          base::ByteView(reinterpret_cast<const std::byte*>(value.via.ext.data()), value.via.ext.size));
    else
      outcome.result = value.as<std::map<std::string, msgpack::object>>();
    return outcome;
  }
  CommandRuntime runtime_;
};

TEST_F(CommandRuntimeTest, result_is_exit_status_and_output) {
  auto o = run({"sh", "-c", "printf 'hello %s' \"$0\"; echo oops >&2", "{}"}, packed(std::string("a  b'c")));
  ASSERT_FALSE(o.failure);
  EXPECT_EQ(o.result.at("exit").as<int>(), 0);
  EXPECT_EQ(o.text("stdout"), "hello a  b'c");
  EXPECT_EQ(o.text("stderr"), "oops\n");
}

TEST_F(CommandRuntimeTest, words_go_to_the_command_without_a_shell) {
  EXPECT_EQ(run({"echo", "$HOME", "*", ";", "{}"}).text("stdout"), "$HOME * ; 1\n");
}

TEST_F(CommandRuntimeTest, standard_input_is_empty) {
  EXPECT_EQ(run({"cat"}).text("stdout"), "");
}

TEST_F(CommandRuntimeTest, another_exit_status_is_a_failure_with_the_last_line_of_stderr) {
  auto o = run({"sh", "-c", "echo result; echo first >&2; echo last >&2; exit 3"});
  ASSERT_TRUE(o.failure);
  EXPECT_EQ(o.failure->kind, base::FailureKind::exit);
  EXPECT_EQ(o.failure->summary(), "exit status 3: last");
  EXPECT_EQ(o.failure->traceback, "first\nlast\n");
  EXPECT_EQ(o.capture, "result\n");
}

TEST_F(CommandRuntimeTest, a_signal_is_a_failure_that_names_it) {
  auto o = run({"sh", "-c", "kill -SEGV $$"});
  ASSERT_TRUE(o.failure);
  EXPECT_EQ(o.failure->kind, base::FailureKind::exit);
  EXPECT_EQ(o.failure->summary(), "killed by SIGSEGV");
}

TEST_F(CommandRuntimeTest, output_of_one_task_is_not_the_next_ones) {
  run({"sh", "-c", "echo first; exit 1"});
  auto o = run({"echo", "second"});
  EXPECT_EQ(o.text("stdout"), "second\n");
  EXPECT_EQ(o.text("stderr"), "");
}

TEST_F(CommandRuntimeTest, keeps_large_output) {
  const auto text = run({"sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' x"}).text("stdout");
  EXPECT_EQ(text.size(), 3'000'000u);
  EXPECT_EQ(text.find_first_not_of('x'), std::string::npos);
}

TEST_F(CommandRuntimeTest, cuts_endless_output_and_says_so) {
  const auto text = run({"sh", "-c", "head -c 17000000 /dev/zero"}).text("stdout");
  EXPECT_EQ(text.size(), (16u << 20) + 37);
  EXPECT_EQ(text.substr(8u << 20, 37), "\n[mproc: 222784 bytes of output cut]\n");
}

TEST_F(CommandRuntimeTest, an_item_that_does_not_fit_fails_its_own_task_alone) {
  ASSERT_FALSE(runtime_.prepare(spec({"echo", "{name}"})));
  Claim claim;
  TaskStamp stamp;
  Sink sink;
  claim.open(3);
  base::Bytes items = packed_map({{"name", "a"}});
  base::append(items, packed(7));
  base::append(items, packed_map({{"name", "c"}}));
  TaskLoop loop({0, 3}, claim, stamp, sink);
  runtime_.run({{}, {0, 3}, items}, loop);
  std::vector<std::uint64_t> failed;
  for (const auto& block : sink.blocks)
    for (const auto p : block.failed) failed.push_back(block.tasks.first + p);
  EXPECT_THAT(failed, ::testing::ElementsAre(1));
}

TEST_F(CommandRuntimeTest, a_program_that_is_not_there_is_refused_before_the_run) {
  const auto failure = runtime_.prepare(spec({"no-such-program-anywhere"}));
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->kind, base::FailureKind::lookup);
  EXPECT_EQ(
      failure->message,
      "the executors have no command 'no-such-program-anywhere'; give its path, or install it on every node");
  EXPECT_TRUE(runtime_.prepare(spec({"/etc/passwd"}))) << "a file that is no program";
}

TEST_F(CommandRuntimeTest, a_field_that_the_first_item_lacks_is_refused_before_the_run) {
  auto s = spec({"gzip", "{pth}"});
  const auto item = packed_map({{"path", "a.csv"}});
  s.first_item = base::text(item);
  const auto failure = runtime_.prepare(s);
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->kind, base::FailureKind::item);
  EXPECT_EQ(failure->message, "the item has no field 'pth'; it has: path");
}

TEST_F(CommandRuntimeTest, a_program_named_by_the_item_is_looked_for_when_its_task_runs) {
  EXPECT_EQ(run({"{}", "x"}, packed(std::string("echo"))).text("stdout"), "x\n");
  auto o = run({"{}"}, packed(std::string("no-such-program-anywhere")));
  ASSERT_TRUE(o.failure);
  EXPECT_EQ(o.failure->kind, base::FailureKind::lookup);
  EXPECT_EQ(o.failure->message, "cannot start 'no-such-program-anywhere': No such file or directory");
}

TEST_F(CommandRuntimeTest, an_item_that_no_argument_can_hold_fails_its_task) {
  auto o = run({"printf", "%s", "{}"}, packed(std::string("a\0b", 3)));
  ASSERT_TRUE(o.failure) << "half of the item was taken for all of it";
  EXPECT_EQ(o.failure->kind, base::FailureKind::item);
  EXPECT_EQ(o.failure->message, "the item has a NUL character, which no command's argument can have");
  o = run({"printf", "%s", "{}"}, packed(std::string(10'000'000, 'x')));
  ASSERT_TRUE(o.failure);
  EXPECT_THAT(o.failure->message,
              HasSubstr("an argument of 10000000 bytes, where a command's may have 131071; "
                        "write it to a file, and give its path"));
  base::Bytes number;
  job::append_integer(number, "123456789012345678901234567890");
  EXPECT_EQ(run({"printf", "%s", "{}"}, number).text("stdout"), "123456789012345678901234567890");
}

TEST_F(CommandRuntimeTest, has_no_use_for_init_code) {
  const auto failure = runtime_.init({0, "numpy", ""});
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->kind, base::FailureKind::init);
}

}  // namespace
}  // namespace mproc::exec
