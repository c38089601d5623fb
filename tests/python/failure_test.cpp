#include "runtime_fixture.hpp"

namespace mproc::pyembed {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class TaskFailure : public RuntimeTest {};

TEST_F(TaskFailure, of_an_exception_has_type_message_and_the_users_frames) {
  const Outcome out = result_of("def g(x):\n    raise ValueError('bad x')\n\ndef f(x):\n    return g(x)\n");
  ASSERT_TRUE(out.failed);
  EXPECT_EQ(out.failure.kind, FailureKind::exception);
  EXPECT_EQ(out.failure.type, "ValueError");
  EXPECT_EQ(out.failure.message, "bad x");
  EXPECT_THAT(out.failure.traceback, AllOf(StartsWith("Traceback (most recent call last):\n"
                                                      "  File \"<init code>\", line 5, in f\n"
                                                      "    return g(x)\n"),
                                           EndsWith("  File \"<init code>\", line 2, in g\n"
                                                    "    raise ValueError('bad x')\n"
                                                    "ValueError: bad x\n")));
}

TEST_F(TaskFailure, types_have_their_module_unless_it_is_init_code) {
  EXPECT_EQ(result_of("class Mine(Exception): pass\ndef f(x): raise Mine()").failure.type, "Mine");
  EXPECT_EQ(result_of("import json\ndef f(x): json.loads('{')").failure.type, "json.decoder.JSONDecodeError");
}

TEST_F(TaskFailure, does_not_touch_the_next_task) {
  init("def f(x): return 6 // x");
  prepare("f");
  const auto out = run("[0, 2, 0, 3]"_json);
  EXPECT_EQ(out[0].failure.type, "ZeroDivisionError");
  EXPECT_EQ(out[1].value, 3);
  EXPECT_EQ(out[2].failure.type, "ZeroDivisionError");
  EXPECT_EQ(out[3].value, 2);
}

TEST_F(TaskFailure, ending_the_process_is_of_kind_exit) {
  const Outcome out = result_of("import sys\ndef f(x): sys.exit(3)");
  EXPECT_EQ(out.failure.kind, FailureKind::exit);
  EXPECT_EQ(out.failure.message, "the task called sys.exit(3)");
  EXPECT_EQ(result_of("def f(x): sys.exit()").failure.message, "the task called sys.exit()");
  EXPECT_EQ(result_of("def f(x): sys.exit('sorry')").failure.message, "the task called sys.exit('sorry')");
}

TEST_F(TaskFailure, raised_interrupts_are_exceptions) {
  EXPECT_EQ(result_of("def f(x): raise KeyboardInterrupt").failure.type, "KeyboardInterrupt");
  EXPECT_EQ(result_of("def f(x): raise GeneratorExit").failure.type, "GeneratorExit");
  EXPECT_EQ(result_of("def f(x): raise BaseException('b')").failure.kind, FailureKind::exception);
}

TEST_F(TaskFailure, of_endless_recursion_is_caught_and_short) {
  const Outcome out = result_of("def f(x): return f(x)");
  EXPECT_EQ(out.failure.type, "RecursionError");
  EXPECT_THAT(out.failure.traceback, HasSubstr("[Previous line repeated"));
}

TEST_F(TaskFailure, of_memory_that_is_not_there) {
  EXPECT_EQ(result_of("def f(x): return bytearray(2**60)").failure.type, "MemoryError");
}

TEST_F(TaskFailure, survives_exceptions_whose_own_methods_raise) {
  const Outcome out = result_of(
      "class Bad(Exception):\n"
      "  def __str__(self): raise KeyboardInterrupt\n"
      "  __repr__ = __str__\n"
      "def f(x): raise Bad(1)");
  EXPECT_EQ(out.failure.type, "Bad");
  EXPECT_EQ(out.failure.message, "<Bad whose __str__ raises>");
  EXPECT_EQ(
      result_of("class Code:\n  def __repr__(self): 1/0\ndef f(x): raise SystemExit(Code())").failure.message,
      "the task called sys.exit(<Code whose __repr__ raises>)");
}

TEST_F(TaskFailure, text_that_is_no_unicode_is_escaped) {
  EXPECT_EQ(result_of("def f(x): raise ValueError('a\\ud800')").failure.message, "a\\ud800");
}

TEST_F(TaskFailure, very_long_texts_keep_beginning_and_end) {
  const Outcome out = result_of("def f(x): raise ValueError('<' + '\\u00e4' * 1000000 + '>')");
  EXPECT_LE(out.failure.message.size(), 64u * 1024);
  EXPECT_EQ(out.failure.message.front(), '<');
  EXPECT_EQ(out.failure.message.back(), '>');
  EXPECT_LE(out.failure.traceback.size(), 64u * 1024);
  EXPECT_THAT(out.failure.traceback, HasSubstr("Traceback (most recent call last)"));
  EXPECT_NO_THROW((void)Json(out.failure.message + out.failure.traceback).dump());  // valid UTF-8
}

TEST_F(TaskFailure, chained_exceptions_are_all_shown) {
  const Outcome out = result_of(
      "def f(x):\n  try: 1 / 0\n  except ZeroDivisionError as e: raise RuntimeError('outer') from e");
  EXPECT_THAT(out.failure.traceback, AllOf(HasSubstr("ZeroDivisionError"), HasSubstr("direct cause"),
                                           HasSubstr("RuntimeError: outer")));
}

class Streams : public RuntimeTest {
 protected:
  /// What the tasks of f wrote to descriptors 1 and 2.
  std::string output_of(const std::string& code, const Json& items) {
    init(code);
    prepare("f");
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    outcomes_ = run(items);
    const std::string out = ::testing::internal::GetCapturedStdout();
    return out + "|" + ::testing::internal::GetCapturedStderr();
  }
  std::vector<Outcome> outcomes_;
};

TEST_F(Streams, write_through_to_the_descriptors) {
  EXPECT_EQ(output_of("import sys, os\n"
                      "def f(x):\n"
                      "  print('a')\n"
                      "  os.write(1, b'b\\n')\n"
                      "  print('c', file=sys.stderr)",
                      "[0]"_json),
            "a\nb\n|c\n");
}

TEST_F(Streams, work_again_after_a_task_closed_them) {
  EXPECT_EQ(output_of("import sys\n"
                      "def f(x):\n"
                      "  print(x)\n"
                      "  print(x, file=sys.stderr)\n"
                      "  sys.stdout.close()\n"
                      "  sys.stderr.close()",
                      "[1, 2, 3]"_json),
            "1\n2\n3\n|1\n2\n3\n");
  EXPECT_FALSE(outcomes_[2].failed);
}

TEST_F(Streams, are_back_after_a_task_replaced_them) {
  EXPECT_EQ(output_of("import sys, io\n"
                      "def f(x):\n"
                      "  print(x)\n"
                      "  sys.stdout = io.StringIO() if x == 1 else None",
                      "[1, 2, 3]"_json),
            "1\n2\n3\n|");
}

TEST_F(Streams, are_back_after_a_task_deleted_or_detached_them) {
  EXPECT_EQ(output_of("import sys\n"
                      "def f(x):\n"
                      "  print(x)\n"
                      "  if x == 1: del sys.stdout\n"
                      "  if x == 2:\n"
                      "    sys.stdout.detach()\n"
                      "    raise ValueError",
                      "[1, 2, 3]"_json),
            "1\n2\n3\n|");
}

TEST_F(Streams, are_back_after_a_task_closed_the_descriptor) {
  EXPECT_EQ(output_of("import sys, os\n"
                      "def f(x):\n"
                      "  os.write(1, b'x')\n"
                      "  os.close(1)\n"
                      "  raise ValueError",
                      "[1, 2, 3]"_json),
            "xxx|");
}

}  // namespace
}  // namespace mproc::pyembed
