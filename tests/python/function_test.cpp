#include "runtime_fixture.hpp"
#include "support/temp_directory.hpp"

namespace mproc::pyembed {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

class Function : public RuntimeTest {
 protected:
  /// The failure of a preparation that must not work.
  Failure refused(const std::string& function) {
    const auto failure = try_prepare(function);
    EXPECT_TRUE(failure);
    return failure.value_or(Failure{});
  }
};

TEST_F(Function, of_a_module_is_imported) {
  prepare("math:sqrt");
  EXPECT_EQ(run("[4, 9]"_json)[1].value, 3.0);
}

TEST_F(Function, dots_go_into_attributes_on_both_sides) {
  prepare("os.path:basename");
  EXPECT_EQ(run(R"(["a/b"])"_json)[0].value, "b");
  prepare("datetime:date.fromordinal");
  EXPECT_EQ(run("[1]"_json)[0].text, "0001-01-01");
  init("class A:\n  @staticmethod\n  def g(x): return -x");
  prepare("A.g");
  EXPECT_EQ(run("[5]"_json)[0].value, -5);
}

TEST_F(Function, may_be_a_builtin) {
  prepare("len");
  EXPECT_EQ(run(R"(["abc"])"_json)[0].value, 3);
}

TEST_F(Function, of_the_namespace_hides_a_builtin) {
  EXPECT_EQ(result_of("def f(x): return x").value, 0);
  init("def len(x): return 'mine'");
  prepare("len");
  EXPECT_EQ(run(R"(["abc"])"_json)[0].value, "mine");
}

TEST_F(Function, is_found_beside_the_job_file) {
  const testing::TempDirectory dir;
  testing::put_file(dir / "mproc_beside_job.py", "def g(x): return x * 2\n");
  spec_.raw_path = {dir.path()};
  prepare("mproc_beside_job:g");
  EXPECT_EQ(run("[21]"_json)[0].value, 42);
}

TEST_F(Function, missing_is_said_exactly) {
  const Failure failure = refused("func");
  EXPECT_EQ(failure.kind, FailureKind::lookup);
  EXPECT_EQ(
      failure.message,
      R"(the executors have no function 'func'; define it in [init] code or files, or write "module:function")");
}

TEST_F(Function, missing_with_a_near_name_suggests_it) {
  init("def fnuc(x): return x");
  EXPECT_EQ(
      refused("func").message,
      R"(the executors have no function 'func'; define it in [init] code or files, or write "module:function" )"
      R"((did you mean 'fnuc'?))");
}

TEST_F(Function, missing_in_a_module_names_its_file_and_a_near_name) {
  EXPECT_THAT(
      refused("json:lods").message,
      MatchesRegex(
          R"(module 'json' \(.*json/__init__\.py\) has no function 'lods' \(did you mean 'load.?'\?\))"));
}

TEST_F(Function, of_a_missing_module_says_where_was_searched) {
  spec_.raw_path = {"/job/dir"};
  const Failure failure = refused("no_such_model:f");
  EXPECT_EQ(failure.kind, FailureKind::lookup);
  EXPECT_THAT(failure.message,
              StartsWith("there is no module 'no_such_model' for " + environment_.executable.string() +
                         "; put no_such_model.py beside the job file or install it (searched: "
                         "/job/dir, "));
}

TEST_F(Function, of_a_module_that_fails_gives_its_traceback) {
  const testing::TempDirectory dir;
  testing::put_file(dir / "mproc_broken_model.py", "import mproc_not_there_at_all\n");
  spec_.raw_path = {dir.path()};
  const Failure failure = refused("mproc_broken_model:f");
  EXPECT_EQ(failure.kind, FailureKind::lookup);
  EXPECT_EQ(failure.message,
            "importing 'mproc_broken_model' failed: No module named 'mproc_not_there_at_all'");
  EXPECT_THAT(failure.traceback, HasSubstr("mproc_broken_model.py\", line 1, in <module>"));
  EXPECT_THAT(failure.traceback, ::testing::Not(HasSubstr("importlib")));
}

TEST_F(Function, that_is_not_callable_is_refused) {
  init("func = 1.5");
  EXPECT_EQ(refused("func").message, "'func' is not a function: it is of type 'float'");
}

TEST_F(Function, half_of_a_name_is_refused) {
  EXPECT_EQ(refused("math:").message, R"('math:' is no function; write "module:function")");
}

class Signature : public Function {
 protected:
  Failure misfit(const std::string& code, const Json& item) {
    init(code);
    spec_.first_item = packed(item);
    Failure failure = refused("simulate");
    EXPECT_EQ(failure.kind, FailureKind::item);
    return failure;
  }
};

TEST_F(Signature, misfit_names_function_items_and_args) {
  spec_.args = packed(R"({"tol": 1e-6})"_json);
  EXPECT_EQ(misfit("def simulate(x: float, y, tol=1e-6) -> float: return x", R"({"alpha": 1, "n": 2})"_json)
                .message,
            "function 'simulate(x, y, tol=1e-06)' cannot take what the items give: missing a required "
            "argument: 'x' "
            "(items give: alpha, n; args give: tol)");
}

TEST_F(Signature, misfit_of_an_unnamed_item) {
  EXPECT_EQ(
      misfit("def simulate(): return 1", 3).message,
      "function 'simulate()' cannot take what the items give: too many positional arguments (items give: one "
      "value)");
}

TEST_F(Signature, misfit_of_a_starred_item) {
  spec_.call = static_cast<std::uint8_t>(job::Call::star);
  EXPECT_EQ(
      misfit("def simulate(a): return 1", "[1, 2, 3]"_json).message,
      "function 'simulate(a)' cannot take what the items give: too many positional arguments (items give: 3 "
      "values)");
}

TEST_F(Signature, name_given_by_item_and_args_is_refused) {
  spec_.args = packed(R"({"n": 1})"_json);
  EXPECT_EQ(misfit("def simulate(n): return 1", R"({"n": 2})"_json).message,
            "both the item and args give 'n'; rename one of them");
}

TEST_F(Signature, fitting_ones_pass) {
  init("def simulate(x, /, *, tol): return [x, tol]\ndef named(**kw): return kw");
  spec_.args = packed(R"({"tol": 2})"_json);
  spec_.first_item = packed(1);
  prepare("simulate");
  EXPECT_EQ(run("[1]"_json)[0].value, "[1, 2]"_json);
  spec_.first_item = packed(R"({"a": 1})"_json);
  prepare("named");
  EXPECT_EQ(run(R"([{"a": 1}])"_json)[0].value, R"({"a": 1, "tol": 2})"_json);
}

TEST_F(Signature, callables_without_one_are_not_checked) {
  spec_.first_item = packed(R"({"a": 1})"_json);
  init("simulate = dict.fromkeys");
  EXPECT_FALSE(try_prepare("max"));
}

class FirstCheck : public Signature {
 protected:
  /// What a check of this code says before a run over items like `item`.
  Failure said(const std::string& check, const Json& item = R"({"a": 1})"_json) {
    spec_.args = packed(R"({"b": 2})"_json);
    return misfit(
        "def simulate(a, b): return [a, b]\ndef check(a, b): " + check + "\nsimulate.check_first = check",
        item);
  }
};

TEST_F(FirstCheck, gets_what_the_first_task_gets_and_its_error_is_one_line) {
  const Failure failure = said("raise ValueError(f'a is {a} and b {b}')");
  EXPECT_EQ(failure.summary(), "a is 1 and b 2");
  EXPECT_EQ(failure.traceback, "");
  EXPECT_EQ(said("raise TypeError('no such type')").summary(), "no such type");
  EXPECT_EQ(said("raise LookupError('no such name')").summary(), "no such name");
}

TEST_F(FirstCheck, that_fails_itself_shows_where) {
  const Failure failure = said("1 / 0");
  EXPECT_EQ(failure.summary(), "ZeroDivisionError: division by zero");
  EXPECT_THAT(failure.traceback, HasSubstr("def check(a, b): 1 / 0"));
}

TEST_F(FirstCheck, comes_after_the_signature) {
  EXPECT_THAT(said("raise ValueError('too late')", R"({"c": 1})"_json).message,
              StartsWith("function 'simulate(a, b)' cannot take what the items give"));
}

TEST_F(FirstCheck, that_is_content_lets_tasks_run_and_needs_an_item) {
  init("looks = []\ndef f(a): return [a, looks]\nf.check_first = looks.append");
  prepare("f");
  EXPECT_EQ(run("[1]"_json)[0].value, "[1, []]"_json);
  spec_.first_item = packed(7);
  prepare("f");
  EXPECT_EQ(run("[1]"_json)[0].value, "[1, [7]]"_json);
}

class Resolve : public Function {
 protected:
  std::string value(const std::string& expression) {
    const Outcome out =
        result_of("import _mproc\ndef mine(): pass\ndef f(x):\n  try: return str(" + expression +
                  ")\n  except LookupError as error: return f'{error}, {bool(error.traceback)}'");
    return out.failed ? out.failure.summary() : out.value.get<std::string>();
  }
};

TEST_F(Resolve, gives_the_package_what_names_stand_for) {
  EXPECT_EQ(value("_mproc.resolve('os.path:basename')('a/b')"), "b");
  EXPECT_EQ(value("_mproc.resolve('mine') is mine"), "True");
}

TEST_F(Resolve, raises_what_a_missing_function_says) {
  EXPECT_EQ(
      value("_mproc.resolve('mnie')"),
      R"(the executors have no function 'mnie'; define it in [init] code or files, or write "module:function" )"
      R"((did you mean 'mine'?), False)");
  EXPECT_THAT(value("_mproc.resolve('no_such_model:f')"),
              AllOf(StartsWith("there is no module 'no_such_model' for "), ::testing::EndsWith("), True")));
}

}  // namespace
}  // namespace mproc::pyembed
