#include <array>

#include "mproc/job/ndarray.hpp"
#include "runtime_fixture.hpp"

namespace mproc::pyembed {
namespace {

using ::testing::HasSubstr;

class Item : public RuntimeTest {
 protected:
  /// repr() of what the function gets for one msgpack value.
  std::string seen(const std::string& bytes) {
    init("def f(x): return repr(x)");
    call(job::Call::item);
    prepare("f");
    const auto out = run_bytes(bytes, 1);
    EXPECT_EQ(out.size(), 1u);
    if (out.empty()) return {};
    EXPECT_FALSE(out[0].failed) << out[0].failure.message;
    return out[0].failed ? "" : out[0].value.get<std::string>();
  }
  std::string seen(const Json& value) { return seen(packed(value)); }
  static std::string extension(Ext type, const std::string& body) {
    base::Bytes bytes;
    base::BytesSink sink(bytes);
    msgpack::packer packer(sink);
    packer.pack_ext(body.size(), static_cast<std::int8_t>(type));
    packer.pack_ext_body(body.data(), static_cast<std::uint32_t>(body.size()));
    return std::string(base::text(bytes));
  }
  void call(job::Call mode) { spec_.call = static_cast<std::uint8_t>(mode); }
};

TEST_F(Item, integers_of_every_width) {
  for (const std::int64_t n : {0L,
                               127L,
                               128L,
                               255L,
                               256L,
                               65535L,
                               65536L,
                               4294967295L,
                               4294967296L,
                               -1L,
                               -32L,
                               -33L,
                               -128L,
                               -129L,
                               -32768L,
                               -32769L,
                               -2147483648L,
                               -2147483649L,
                               std::numeric_limits<long>::max(),
                               std::numeric_limits<long>::min()})
    EXPECT_EQ(seen(Json(n)), std::to_string(n));
  EXPECT_EQ(seen(Json(std::numeric_limits<std::uint64_t>::max())), "18446744073709551615");
}

TEST_F(Item, other_scalars) {
  EXPECT_EQ(seen(Json(nullptr)), "None");
  EXPECT_EQ(seen(Json(true)), "True");
  EXPECT_EQ(seen(Json(false)), "False");
  EXPECT_EQ(seen(Json(1.5)), "1.5");
  EXPECT_EQ(seen(Json(1e308)), "1e+308");
  EXPECT_EQ(seen(std::string("\xca\x3f\xc0\x00\x00", 5)), "1.5");  // a 32-bit float
  EXPECT_EQ(seen(Json("\xc3\xa4")), "'\xc3\xa4'");
  EXPECT_EQ(seen(Json::binary({0, 255})), "b'\\x00\\xff'");
}

TEST_F(Item, strings_and_containers_of_every_length_class) {
  for (const std::size_t n : {0u, 31u, 32u, 255u, 256u, 65535u, 65536u}) {
    EXPECT_EQ(seen(Json(std::string(n, 'a'))), "'" + std::string(n, 'a') + "'");
    init("def f(x): return len(x)");
    prepare("f");
    EXPECT_EQ(run(Json::array({std::vector<int>(n, 7)}))[0].value, n);
    EXPECT_EQ(run(Json::array({Json::binary(std::vector<std::uint8_t>(n, 7))}))[0].value, n);
  }
  EXPECT_EQ(seen(R"({"a": [1, {"b": null}], "c": []})"_json), "{'a': [1, {'b': None}], 'c': []}");
}

TEST_F(Item, named_of_every_length_class) {
  init("def f(**kw): return len(kw)");
  prepare("f");
  for (const int n : {0, 15, 16, 65536}) {
    Json item = Json::object();
    for (int i = 0; i < n; ++i) item["k" + std::to_string(i)] = i;
    EXPECT_EQ(run(Json::array({item}))[0].value, n);
  }
}

TEST_F(Item, extension_types) {
  EXPECT_EQ(seen(extension(Ext::bigint, "-123456789012345678901234567890")),
            "-123456789012345678901234567890");
  EXPECT_EQ(seen(extension(Ext::datetime, "2024-02-29T12:00:00")), "datetime.datetime(2024, 2, 29, 12, 0)");
  EXPECT_EQ(seen(extension(Ext::datetime, "2024-02-29")), "datetime.date(2024, 2, 29)");
  EXPECT_EQ(seen(extension(Ext::datetime, "soon")), "'soon'");
  const std::array<double, 2> parts{1, -2};
  EXPECT_EQ(seen(extension(Ext::complex, {reinterpret_cast<const char*>(parts.data()), 16})), "(1-2j)");
}

TEST_F(Item, file_names_that_are_no_utf8_survive) {
  EXPECT_EQ(seen(std::string("\xa2\xff"
                             "a",
                             3)),
            "'\\udcffa'");
}

TEST_F(Item, arrays_are_writable_numpy_arrays) {
  const std::array<double, 6> data{1, 2, 3, 4, 5, 6};
  const std::array<std::uint64_t, 2> shape{2, 3};
  base::Bytes bytes;
  job::append_ndarray(bytes, "<f8", shape, std::as_bytes(std::span(data)));
  init("def f(x):\n  x[0, 0] = 10\n  return [type(x).__name__, x.dtype.str, x.tolist()]");
  prepare("f");
  EXPECT_EQ(run_bytes(std::string(base::text(bytes)), 1)[0].value,
            R"(["ndarray", "<f8", [[10, 2, 3], [4, 5, 6]]])"_json);
}

TEST_F(Item, arrays_without_elements_or_dimensions) {
  const std::array<std::uint64_t, 2> none{0, 3};
  base::Bytes bytes;
  job::append_ndarray(bytes, "<i4", none, {});
  const double one = 1.5;
  job::append_ndarray(bytes, "<f8", {}, std::as_bytes(std::span(&one, 1)));
  init("def f(x): return [list(x.shape), x.tolist()]");
  prepare("f");
  const auto out = run_bytes(std::string(base::text(bytes)), 2);
  EXPECT_EQ(out.at(0).value, "[[0, 3], []]"_json);
  EXPECT_EQ(out.at(1).value, "[[], 1.5]"_json);
}

TEST_F(Item, pickles_are_refused) {
  init("def f(x): return x");
  prepare("f");
  const auto out = run_bytes(extension(Ext::pickle, "\x80\x05N.") + packed(1), 2);
  EXPECT_EQ(out.at(0).failure.kind, FailureKind::item);
  EXPECT_EQ(out.at(0).failure.message, "item is a pickle, which items may not be");
}

TEST_F(Item, damaged_bytes_fail_their_task_and_all_after_it) {
  init("def f(x): return x");
  prepare("f");
  for (const std::string& damage :
       {std::string("\xc1"),
        std::string("\xda\xff\xff"
                    "abc"),
        std::string("\xdd\xff\xff\xff\xff"), std::string("\xc7"), std::string("")}) {
    const auto out = run_bytes(packed(1) + damage, 3);
    ASSERT_EQ(out.size(), 3u);
    EXPECT_EQ(out[0].value, 1);
    EXPECT_EQ(out[1].failure.kind, FailureKind::item);
    EXPECT_EQ(out[2].failure.kind, FailureKind::item);
  }
}

TEST_F(Item, nested_without_end_is_refused) {
  init("def f(x): return x");
  prepare("f");
  EXPECT_EQ(run_bytes(std::string(100'000, '\x91'), 1).at(0).failure.message, "item nested too deeply");
}

TEST_F(Item, named_ones_become_keywords_and_others_the_one_argument) {
  init("def f(*a, **k): return [list(a), k]");
  prepare("f");
  const auto out = run(R"([{"a": 1}, 5, [1, 2], {}])"_json);
  EXPECT_EQ(out[0].value, R"([[], {"a": 1}])"_json);
  EXPECT_EQ(out[1].value, "[[5], {}]"_json);
  EXPECT_EQ(out[2].value, "[[[1, 2]], {}]"_json);
  EXPECT_EQ(out[3].value, "[[], {}]"_json);
}

TEST_F(Item, a_map_whose_keys_are_no_names_is_the_one_argument) {
  init("def f(x): return repr(x)");
  prepare("f");
  EXPECT_EQ(run_bytes("\x81\x01\x02", 1).at(0).value, "{1: 2}");
}

TEST_F(Item, call_item_gives_the_whole_item) {
  init("def f(x): return x");
  call(job::Call::item);
  prepare("f");
  EXPECT_EQ(run(R"([{"a": 1}])"_json)[0].value, R"({"a": 1})"_json);
}

TEST_F(Item, call_star_gives_the_elements) {
  init("def f(a, b): return a - b");
  call(job::Call::star);
  prepare("f");
  const auto out = run("[[5, 3], 7, [1, 2, 3]]"_json);
  EXPECT_EQ(out[0].value, 2);
  EXPECT_EQ(out[1].failure.kind, FailureKind::item);
  EXPECT_EQ(out[1].failure.message,
            R"(call = "star" needs items that are lists, and this one is of type 'int')");
  EXPECT_EQ(out[2].failure.kind, FailureKind::exception);
}

TEST_F(Item, call_kwargs_needs_names) {
  init("def f(a): return a");
  call(job::Call::kwargs);
  prepare("f");
  const auto out = run(R"([{"a": 1}, 7])"_json);
  EXPECT_EQ(out[0].value, 1);
  EXPECT_EQ(out[1].failure.message,
            R"(call = "kwargs" needs items with names, and this one is of type 'int')");
}

TEST_F(Item, args_are_keywords_in_every_mode) {
  init("def f(x, *, tol): return [x, tol]\ndef g(a, b, tol): return [a, b, tol]");
  spec_.args = packed(R"({"tol": 0.5})"_json);
  prepare("f");
  EXPECT_EQ(run("[1]"_json)[0].value, Json({1, 0.5}));
  EXPECT_EQ(run(R"([{"x": 2}])"_json)[0].value, Json({2, 0.5}));
  call(job::Call::star);
  prepare("g");
  EXPECT_EQ(run("[[1, 2]]"_json)[0].value, Json({1, 2, 0.5}));
}

TEST_F(Item, args_that_a_task_changes_are_fresh_for_the_next) {
  init("def f(x, seen):\n  seen.append(x)\n  return seen");
  spec_.args = packed(R"({"seen": [0]})"_json);
  prepare("f");
  const auto out = run("[1, 2]"_json);
  EXPECT_EQ(out[0].value, Json({0, 1}));
  EXPECT_EQ(out[1].value, Json({0, 2}));
}

TEST_F(Item, damaged_args_are_refused) {
  init("def f(x): return x");
  spec_.args = "\x81";
  EXPECT_TRUE(try_prepare("f"));
  spec_.args = packed(5);
  EXPECT_TRUE(try_prepare("f"));
}

TEST_F(Item, maps_prepared_together_keep_their_own_functions) {
  init("def f(x): return x\ndef g(x): return -x");
  prepare("f");
  spec_.map = 1;
  prepare("g");
  EXPECT_EQ(run("[1]"_json)[0].value, -1);
  spec_.map = 0;
  EXPECT_EQ(run("[1]"_json)[0].value, 1);
  spec_.map = 9;
  EXPECT_EQ(run("[1]"_json)[0].failure.message, "map 9 was not prepared here");
}

}  // namespace
}  // namespace mproc::pyembed
