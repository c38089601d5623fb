#include <cmath>

#include "mproc/job/ndarray.hpp"
#include "runtime_fixture.hpp"

namespace mproc::pyembed {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class Result : public RuntimeTest {
 protected:
  void encoding(job::Encoding encoding) { spec_.encoding = static_cast<std::uint8_t>(encoding); }
  /// The outcome of a task that returns the expression.
  Outcome of(const std::string& expression) {
    return result_of("import datetime, collections, enum, sys\ndef f(x): return " + expression);
  }
  std::string misfit(const std::string& expression) {
    const Outcome out = of(expression);
    EXPECT_TRUE(out.failed) << out.value;
    EXPECT_EQ(out.failure.kind, FailureKind::encode);
    return out.failure.message;
  }
  void expect_extension(const std::string& expression, Ext type, const std::string& body) {
    const Outcome out = of(expression);
    ASSERT_TRUE(out.value.is_binary()) << expression << ' ' << out.failure.message;
    EXPECT_EQ(out.value.get_binary().subtype(), static_cast<std::uint64_t>(type)) << expression;
    EXPECT_EQ(out.text, body) << expression;
  }
};

TEST_F(Result, scalars) {
  EXPECT_EQ(of("None").value, nullptr);
  EXPECT_EQ(of("True").value, true);
  EXPECT_EQ(of("1.5").value, 1.5);
  EXPECT_EQ(of("1e308").value, 1e308);
  EXPECT_EQ(of("-5").value, -5);
  EXPECT_EQ(of("2**63 - 1").value, std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(of("-2**63").value, std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(of("2**64 - 1").value, std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(of("'\\u00e4\\U0001F600'").value, "\xc3\xa4\xf0\x9f\x98\x80");
  EXPECT_TRUE(std::isnan(of("float('nan')").value.get<double>()));
  EXPECT_EQ(of("-float('inf')").value.get<double>(), -INFINITY);
}

TEST_F(Result, whole_floats_stay_floats) {
  EXPECT_TRUE(of("2.0").value.is_number_float());
  EXPECT_TRUE(of("-0.0").value.is_number_float());
  EXPECT_TRUE(of("[2.0]").value[0].is_number_float());
  init("import numpy as np");
  EXPECT_TRUE(of("np.float64(2)").value.is_number_float());
  EXPECT_TRUE(of("np.float32(2)").value.is_number_float());
  EXPECT_TRUE(of("2").value.is_number_integer());
}

TEST_F(Result, integers_beyond_64_bits_keep_their_digits) {
  expect_extension("2**64", Ext::bigint, "18446744073709551616");
  expect_extension("-2**63 - 1", Ext::bigint, "-9223372036854775809");
  expect_extension("10**4000", Ext::bigint, "1" + std::string(4000, '0'));
  EXPECT_THAT(misfit("10**5000"), HasSubstr("digits"));
}

TEST_F(Result, containers) {
  EXPECT_EQ(of("[1, (2, 'a'), {'k': [None]}, [], {}]").value, R"([1, [2, "a"], {"k": [null]}, [], {}])"_json);
  EXPECT_EQ(of("list(range(70000))").value.size(), 70000u);
  EXPECT_EQ(of("{str(i): i for i in range(70000)}").value.size(), 70000u);
}

TEST_F(Result, subclasses_are_taken_as_what_they_extend) {
  EXPECT_EQ(of("collections.OrderedDict(a=1)").value, R"({"a": 1})"_json);
  EXPECT_EQ(of("collections.namedtuple('P', 'x y')(1, 2)").value, "[1, 2]"_json);
  EXPECT_EQ(of("enum.IntEnum('E', 'A B').B").value, 2);
}

TEST_F(Result, dates_and_complex_numbers) {
  expect_extension("datetime.datetime(2024, 2, 29, 12)", Ext::datetime, "2024-02-29T12:00:00");
  expect_extension("datetime.date(2024, 2, 29)", Ext::datetime, "2024-02-29");
  expect_extension("1 - 2j", Ext::complex, std::string("\0\0\0\0\0\0\xf0\x3f\0\0\0\0\0\0\0\xc0", 16));
}

TEST_F(Result, a_set_is_refused_with_what_to_return) {
  EXPECT_EQ(misfit("{1}"),
            "result of type 'set' does not fit jsonl and csv output; return lists, dicts, numbers, strings "
            "or arrays, "
            "or choose a .pickle output");
  EXPECT_EQ(misfit("[0, {'a': {1}}]"),
            "result holds a value of type 'set', which does not fit jsonl and csv output; return lists, "
            "dicts, numbers, "
            "strings or arrays, or choose a .pickle output");
}

TEST_F(Result, other_types_without_a_neutral_form_are_refused) {
  for (const char* expression :
       {"b'a'", "bytearray(b'a')", "object()", "iter([])", "sys", "lambda: 0", "Ellipsis",
        "datetime.timedelta(1)", "frozenset()", "range(3)", "(i for i in [])"})
    EXPECT_THAT(misfit(expression), HasSubstr("does not fit jsonl and csv output")) << expression;
  EXPECT_EQ(misfit("{1: 2}"),
            "result has a dict with a key of type 'int', which does not fit jsonl and csv output; use "
            "strings as keys");
}

TEST_F(Result, that_contains_itself_or_is_too_deep_is_refused) {
  EXPECT_EQ(result_of("def f(x):\n  a = []\n  a.append(a)\n  return a").failure.message,
            "result is nested more than 256 deep, or contains itself");
  EXPECT_EQ(result_of("def f(x):\n  a = {}\n  a['a'] = a\n  return a").failure.kind, FailureKind::encode);
  EXPECT_EQ(result_of("def f(x):\n  a = 1\n  for _ in range(256): a = [a]\n  return a").failed, false);
  EXPECT_EQ(result_of("def f(x):\n  a = 1\n  for _ in range(100000): a = (a,)\n  return a").failed, true);
}

TEST_F(Result, with_a_lone_surrogate_is_refused) {
  EXPECT_THAT(misfit("'a\\ud800'"),
              StartsWith("result has text that is not valid Unicode (a lone surrogate)"));
  EXPECT_THAT(misfit("{'\\ud800': 1}"), HasSubstr("lone surrogate"));
}

TEST_F(Result, whose_methods_raise_is_refused) {
  const std::string hostile =
      "class Hostile:\n"
      "  def __repr__(self): raise KeyboardInterrupt('repr')\n"
      "  __str__ = __reduce_ex__ = __getattr__ = __eq__ = __repr__\n"
      "  @property\n"
      "  def __class__(self): raise SystemExit(5)\n"
      "def f(x): return Hostile()\n";
  for (const auto e :
       {job::Encoding::neutral, job::Encoding::array, job::Encoding::any, job::Encoding::journal}) {
    encoding(e);
    const Outcome out = result_of(hostile);
    EXPECT_EQ(out.failure.kind, FailureKind::encode) << out.failure.message;
    EXPECT_THAT(out.failure.message, HasSubstr("'Hostile'"));
  }
}

TEST_F(Result, that_changes_while_it_is_encoded_is_refused) {
  EXPECT_THAT(result_of("import datetime\n"
                        "class D(datetime.date):\n"
                        "  def isoformat(self):\n"
                        "    everything.clear()\n"
                        "    return ''\n"
                        "everything = []\n"
                        "def f(x):\n"
                        "  everything.extend([D(1, 1, 1), 1, 2])\n"
                        "  return everything")
                  .failure.message,
              HasSubstr("changed while it was encoded"));
}

TEST_F(Result, after_a_refused_one_the_next_is_whole) {
  init("def f(x): return [1, 2, {3}] if x else 'fine'");
  prepare("f");
  const auto out = run("[1, 0]"_json);
  EXPECT_TRUE(out[0].failed);
  EXPECT_EQ(out[1].value, "fine");
}

TEST_F(Result, numpy_scalars_become_pythons) {
  init("import numpy as np");
  EXPECT_EQ(of("np.float64(1.5)").value, 1.5);
  EXPECT_EQ(of("np.float32(1.5)").value, 1.5);
  EXPECT_EQ(of("np.int8(-3)").value, -3);
  EXPECT_EQ(of("np.uint64(2**64 - 1)").value, std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(of("np.bool_(True)").value, true);
  EXPECT_EQ(of("np.str_('a')").value, "a");
  EXPECT_EQ(of("{np.str_('k'): [np.int64(1)]}").value, R"({"k": [1]})"_json);
  expect_extension("np.datetime64('2024-02-29T12:00:00.000000001')", Ext::datetime,
                   "2024-02-29T12:00:00.000000001");
  EXPECT_THAT(misfit("np.longdouble(1)"), HasSubstr("does not fit jsonl and csv output"));
  EXPECT_THAT(misfit("np.zeros(1, 'i4,f8')[0]"), StartsWith("result of type 'numpy.void' does not fit"));
}

TEST_F(Result, arrays_keep_type_shape_and_order) {
  init("import numpy as np");
  const auto array = [&](const std::string& expression) {
    const Outcome out = of(expression);
    EXPECT_FALSE(out.failed) << expression << ' ' << out.failure.message;
    EXPECT_EQ(out.value.get_binary().subtype(), static_cast<std::uint64_t>(Ext::ndarray));
    const auto view = job::decode_ndarray(base::view(out.text));
    return fmt::format("{} [{}] {}", view.dtype, fmt::join(view.shape, ","), view.data.size());
  };
  EXPECT_EQ(array("np.zeros((2, 3))"), "<f8 [2,3] 48");
  EXPECT_EQ(array("np.zeros((2, 3), 'f2').T"), "<f2 [3,2] 12");
  EXPECT_EQ(array("np.array(['a', 'bcd'])"), "<U3 [2] 24");
  EXPECT_EQ(array("np.array([b'ab'])"), "|S2 [1] 2");
  EXPECT_EQ(array("np.array([True])"), "|b1 [1] 1");
  EXPECT_EQ(array("np.zeros(2, 'c16')"), "<c16 [2] 32");
  EXPECT_EQ(array("np.zeros((0, 4))"), "<f8 [0,4] 0");
  EXPECT_EQ(array("np.array(1.5)"), "<f8 [] 8");
  EXPECT_EQ(array("np.zeros(3, '>i4')"), "<i4 [3] 12");
  const Outcome strided = of("np.arange(8, dtype='>u1')[::-2].astype('>u2')");
  EXPECT_EQ(job::decode_ndarray(base::view(strided.text)).data.size(), 8u);
  const std::string expected("\7\0\5\0\3\0\1\0", 8);
  EXPECT_EQ(base::text(job::decode_ndarray(base::view(strided.text)).data), expected);
  EXPECT_EQ(base::text(job::decode_ndarray(base::view(of("np.array([[1, 2], [3, 4]], 'u1').T").text)).data),
            "\1\3\2\4");
}

TEST_F(Result, arrays_without_a_neutral_form_are_refused) {
  init("import numpy as np");
  for (const char* expression : {"np.array([None, {}])", "np.zeros(2, 'i4,f8')", "np.zeros(2, 'M8[s]')",
                                 "np.zeros(2, np.longdouble)", "np.ma.masked_array([1], [True])"})
    EXPECT_THAT(misfit(expression), HasSubstr("does not fit")) << expression;
}

TEST_F(Result, for_array_output_is_numbers_strings_and_arrays) {
  encoding(job::Encoding::array);
  EXPECT_EQ(of("[[1, 2.5], [True, 'a']]").value, R"([[1, 2.5], [true, "a"]])"_json);
  EXPECT_EQ(misfit("{'a': 1}"),
            "result of type 'dict' does not fit npy and npz output; return numbers, booleans, strings or "
            "arrays, or "
            "choose a .jsonl or .pickle output");
  for (const char* expression : {"None", "b'a'", "[None]", "datetime.date(1, 1, 1)", "2**70"})
    EXPECT_THAT(misfit(expression), HasSubstr("npy and npz output")) << expression;
}

TEST_F(Result, for_pickle_output_is_always_a_pickle) {
  encoding(job::Encoding::any);
  const Outcome out = of("None");
  EXPECT_EQ(out.value.get_binary().subtype(), static_cast<std::uint64_t>(Ext::pickle));
  EXPECT_EQ(out.text.substr(0, 2), "\x80\x05");
  EXPECT_THAT(of("{1, 2}").text, HasSubstr("\x8f"));  // pickle's empty set
  EXPECT_THAT(misfit("(i for i in [])"), StartsWith("result of type 'generator' cannot be pickled: "));
}

TEST_F(Result, without_output_is_neutral_where_it_fits_and_else_a_pickle) {
  encoding(job::Encoding::journal);
  EXPECT_EQ(of("[1, {'a': 2}]").value, R"([1, {"a": 2}])"_json);
  EXPECT_EQ(of("b'ab'").value, Json::binary({'a', 'b'}));
  EXPECT_EQ(of("[1, {2}]").value.get_binary().subtype(), static_cast<std::uint64_t>(Ext::pickle));
  EXPECT_EQ(of("{1: 2}").value.get_binary().subtype(), static_cast<std::uint64_t>(Ext::pickle));
  EXPECT_THAT(misfit("(i for i in [])"), StartsWith("result of type 'generator' cannot be pickled: "));
}

}  // namespace
}  // namespace mproc::pyembed
