#include "runtime_fixture.hpp"

namespace mproc::pyembed {
namespace {

using job::InitBlock;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class InitCode : public RuntimeTest {
 protected:
  std::optional<Failure> module(const std::string& name) {
    return runtime_->init({.kind = static_cast<std::uint8_t>(InitBlock::Kind::module), .name = name});
  }
  std::optional<Failure> file(const std::string& name, const std::string& content) {
    return runtime_->init(
        {.kind = static_cast<std::uint8_t>(InitBlock::Kind::file), .name = name, .content = content});
  }
};

TEST_F(InitCode, blocks_share_one_namespace) {
  init("a = 1");
  ASSERT_FALSE(file("model.py", "b = a + 1\n"));
  EXPECT_EQ(result_of("def f(x): return x + a + b", 10).value, 13);
}

TEST_F(InitCode, modules_are_imported_under_their_own_name) {
  ASSERT_FALSE(module("os.path"));
  ASSERT_FALSE(module("json as j"));
  ASSERT_FALSE(module("math"));
  EXPECT_EQ(result_of("def f(x): return [os.path.basename('a/b'), j.dumps([1]), math.sqrt(4)]").value,
            Json({"b", "[1]", 2.0}));
}

TEST_F(InitCode, is_the_main_module_so_that_its_functions_can_be_pickled) {
  EXPECT_EQ(
      result_of("import pickle\ndef g(x): return x + 1\ndef f(x): return pickle.loads(pickle.dumps(g))(x)")
          .value,
      1);
}

TEST_F(InitCode, failure_has_type_message_and_the_source_line) {
  const auto failure = try_init("x = 1\nraise ValueError('bad x')\n");
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->kind, FailureKind::init);
  EXPECT_EQ(failure->type, "ValueError");
  EXPECT_EQ(failure->message, "bad x");
  EXPECT_EQ(failure->traceback,
            "Traceback (most recent call last):\n"
            "  File \"<init code>\", line 2, in <module>\n"
            "    raise ValueError('bad x')\n"
            "ValueError: bad x\n");
}

TEST_F(InitCode, tracebacks_show_the_lines_of_files_that_are_not_here) {
  const auto failure = file("deep/model.py", "def g():\n    return 1 / 0\n\ng()\n");
  ASSERT_TRUE(failure);
  EXPECT_THAT(failure->traceback, AllOf(HasSubstr("File \"deep/model.py\", line 4, in <module>\n    g()"),
                                        HasSubstr("File \"deep/model.py\", line 2, in g\n    return 1 / 0")));
}

TEST_F(InitCode, the_script_part_of_a_file_is_left_out) {
  ASSERT_FALSE(file("model.py",
                    "ran = False\n"
                    "if __name__ == \"__main__\":\n"
                    "    ran = True\n"
                    "else:\n"
                    "    other = True\n"
                    "line = __import__('sys')._getframe().f_lineno\n"));
  EXPECT_EQ(result_of("def f(x): return [ran, other, line, __file__]").value,
            Json({false, true, 6, "model.py"}));
}

TEST_F(InitCode, a_file_may_declare_its_encoding) {
  ASSERT_FALSE(file("latin.py", "# -*- coding: latin-1 -*-\ntext = '\xe4'\n"));
  EXPECT_EQ(result_of("def f(x): return text").value, "\xc3\xa4");
}

TEST_F(InitCode, syntax_errors_show_the_place) {
  const auto failure = try_init("a = 1\ndef f(:\n");
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->type, "SyntaxError");
  EXPECT_THAT(failure->traceback, AllOf(HasSubstr("File \"<init code>\", line 2"), HasSubstr("def f(:")));
}

TEST_F(InitCode, a_missing_module_is_named_with_the_python_that_lacks_it) {
  const auto failure = module("no_such_module_x");
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->kind, FailureKind::init);
  EXPECT_EQ(failure->message, "cannot import it: No module named 'no_such_module_x'; install it for " +
                                  environment_.executable.string() + ", or put it beside the job file");
}

TEST_F(InitCode, what_is_no_module_name_is_refused) {
  const auto failure = module("os; print(1)");
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->message, "'os; print(1)' is not the name of a module");
}

TEST_F(InitCode, ending_the_process_is_a_failure) {
  const auto failure = try_init("import sys\nsys.exit(3)");
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->kind, FailureKind::init);
  EXPECT_EQ(failure->message, "init code called sys.exit(3)");
}

TEST_F(InitCode, source_with_a_null_byte_is_a_failure) {
  const auto failure = try_init(std::string("a = 1\0b = 2", 11));
  ASSERT_TRUE(failure);
  EXPECT_THAT(failure->message, HasSubstr("null byte"));
}

TEST_F(InitCode, sys_path_has_the_package_and_no_current_directory) {
  const auto out = result_of("import sys, mproc\ndef f(x): return ['' in sys.path, mproc.__version__]");
  EXPECT_EQ(out.value, Json({false, MPROC_VERSION}));
}

TEST_F(InitCode, search_path_is_there_from_the_start) {
  environment_.search_path = {"/first/of/all"};
  runtime_ = load_runtime(environment_);
  EXPECT_EQ(result_of("import sys\nfirst = sys.path[0]\ndef f(x): return first").value, "/first/of/all");
}

TEST_F(InitCode, python_has_no_signal_handlers_and_writes_through) {
  const auto out = result_of(
      "import signal, sys, faulthandler\n"
      "def f(x): return [signal.getsignal(signal.SIGINT) is not signal.default_int_handler,\n"
      "  signal.getsignal(signal.SIGTERM) == signal.SIG_DFL, signal.getsignal(signal.SIGPIPE) == "
      "signal.SIG_IGN,\n"
      "  faulthandler.is_enabled(), sys.stdout.write_through]");
  EXPECT_EQ(out.value, Json({true, true, true, true, true}));
}

}  // namespace
}  // namespace mproc::pyembed
