#include <gmock/gmock.h>

#include <cmath>

#include "mproc/base/error.hpp"
#include "unit/journal/render_support.hpp"

namespace mproc::journal {
namespace {

using namespace testing;
using job::Format;

constexpr const char* show = "a = np.load(f); print(a.dtype.str, a.shape, a.tolist())\n";

std::string npy(const std::vector<Value>& values, std::uint64_t total = UINT64_MAX) {
  return Table(values, {}, total).python(Format::npy, "npy", show);
}

TEST(Npy, holds_scalars_of_each_type) {
  NEEDS_PYTHON_WITH_NUMPY;
  EXPECT_EQ(npy({value(1), value(-2)}), "<i8 (2,) [1, -2]\n");
  EXPECT_EQ(npy({value(1.5), value(2)}), "<f8 (2,) [1.5, 2.0]\n");
  EXPECT_EQ(npy({value(true), value(false)}), "|b1 (2,) [True, False]\n");
  EXPECT_EQ(npy({value(true), value(7)}), "<i8 (2,) [1, 7]\n");
  EXPECT_EQ(npy({value("a"), value("h\xc3\xa9llo")}), "<U5 (2,) ['a', 'h\xc3\xa9llo']\n");
  EXPECT_EQ(npy({value(1), value(UINT64_MAX)}), "<u8 (2,) [1, 18446744073709551615]\n");
  EXPECT_EQ(npy({value(-1), value(UINT64_MAX)}), "<f8 (2,) [-1.0, 1.8446744073709552e+19]\n");
  EXPECT_EQ(npy({complex_number(1, 2), value(3)}), "<c16 (2,) [(1+2j), (3+0j)]\n");
}

TEST(Npy, stacks_arrays_and_lists_of_one_shape) {
  NEEDS_PYTHON_WITH_NUMPY;
  EXPECT_EQ(npy({array<double>("<f8", {2}, {1, 2}), array<double>("<f8", {2}, {3, 4})}),
            "<f8 (2, 2) [[1.0, 2.0], [3.0, 4.0]]\n");
  EXPECT_EQ(npy({list({list({value(1), value(2)}), list({value(3), value(4)})})}),
            "<i8 (1, 2, 2) [[[1, 2], [3, 4]]]\n");
  EXPECT_EQ(npy({array<float>("<f4", {1}, {0.5F}), array<float>("<f4", {1}, {1.5F})}),
            "<f4 (2, 1) [[0.5], [1.5]]\n");
  EXPECT_EQ(npy({array<float>("<f4", {1}, {0.5F}), list({value(2)})}), "<f8 (2, 1) [[0.5], [2.0]]\n");
  EXPECT_EQ(npy({list({array<std::int32_t>("<i4", {2}, {1, 2}), list({value(3), value(4)})})}),
            "<i8 (1, 2, 2) [[[1, 2], [3, 4]]]\n");
  EXPECT_EQ(npy({array<char32_t>("<U2", {1}, {U'a', U'b'}), list({value("xyz")})}),
            "<U3 (2, 1) [['ab'], ['xyz']]\n");
  EXPECT_EQ(npy({list({}), list({})}), "<f8 (2, 0) [[], []]\n");
  EXPECT_EQ(npy({array<std::int64_t>("<M8[D]", {1}, {0})}), "<M8[D] (1, 1) [[datetime.date(1970, 1, 1)]]\n");
}

TEST(Npy, failed_and_pending_rows_are_nan_of_the_floats_type) {
  NEEDS_PYTHON_WITH_NUMPY;
  EXPECT_EQ(npy({value(1.5), failure("E", "x")}, 3), "<f8 (3,) [1.5, nan, nan]\n");
  EXPECT_EQ(npy({array<float>("<f4", {2}, {1, 2}), failure("E", "x")}),
            "<f4 (2, 2) [[1.0, 2.0], [nan, nan]]\n");
  EXPECT_EQ(npy({array<std::uint8_t>(">f4", {1}, {0x3f, 0x80, 0, 0}), failure("E", "x")}),
            ">f4 (2, 1) [[1.0], [nan]]\n");
  EXPECT_EQ(npy({array<std::uint16_t>("<f2", {1}, {0x3c00}), failure("E", "x")}),
            "<f2 (2, 1) [[1.0], [nan]]\n");
  EXPECT_EQ(npy({complex_number(1, 2), failure("E", "x")}), "<c16 (2,) [(1+2j), (nan+nanj)]\n");
  EXPECT_EQ(npy({failure("E", "x")}), "<f8 (1,) [nan]\n");
  EXPECT_EQ(npy({}, 0), "<f8 (0,) []\n");
}

TEST(Npy, integers_with_failures_are_refused) {
  Table table({value(1), failure("E", "x")}, {}, 4);
  EXPECT_EQ(table.refusal(Format::npy),
            "3 of 4 tasks have no result (the first: task 1), and type <i8 has no NaN to stand for them: "
            "write .npz instead");
}

TEST(Npy, refuses_what_is_no_common_array) {
  const auto refusal = [](const std::vector<Value>& values) { return Table(values).refusal(Format::npy); };
  EXPECT_EQ(refusal({list({value(1), value(2)}), value(3)}),
            "task 1: its result has shape (), that of task 0 has (2,): one .npy cannot hold both; write .npz "
            "or .pickle "
            "instead");
  EXPECT_EQ(refusal({list({list({value(1)}), value(2)})}),
            "task 0: .npy cannot hold a list whose rows differ in length; write .pickle or .jsonl instead");
  EXPECT_EQ(refusal({list({list({value(1)}), list({value(1), value(2)})})}),
            "task 0: .npy cannot hold a list whose rows differ in length; write .pickle or .jsonl instead");
  EXPECT_EQ(refusal({value(1), none()}), "task 1: .npy cannot hold None; write .pickle or .jsonl instead");
  EXPECT_EQ(refusal({map({})}), "task 0: .npy cannot hold a dict; write .pickle or .jsonl instead");
  EXPECT_EQ(refusal({value(1), value("a")}),
            ".npy cannot hold text among numbers; write .pickle or .jsonl instead");
  EXPECT_EQ(refusal({ext(base::Ext::bigint, "99999999999999999999999")}),
            "task 0: .npy cannot hold an integer beyond 64 bits; write .pickle or .jsonl instead");
}

constexpr const char* show_all = R"(
z = np.load(f)
for name in z.files: print(name, z[name].dtype.str, z[name].shape, z[name].tolist())
)";

std::string npz(const std::vector<Value>& values, const std::vector<Value>& items = {},
                std::uint64_t total = UINT64_MAX) {
  return Table(values, items, total).python(Format::npz, "npz", show_all);
}

TEST(Npz, holds_each_column) {
  NEEDS_PYTHON_WITH_NUMPY;
  EXPECT_EQ(npz({value(10), failure("ValueError", "bad")},
                {map({{"x", value(0.5)}, {"s", value("ab")}}), map({{"x", value(1)}, {"s", value("c")}})}),
            "index <i8 (2,) [0, 1]\n"
            "x <f8 (2,) [0.5, 1.0]\n"
            "s <U2 (2,) ['ab', 'c']\n"
            "result <i8 (2,) [10, 0]\n"
            "status <U7 (2,) ['ok', 'failed']\n"
            "error <U15 (2,) ['', 'ValueError: bad']\n");
}

TEST(Npz, dict_results_are_columns_and_arrays_are_stacked) {
  NEEDS_PYTHON_WITH_NUMPY;
  EXPECT_EQ(npz({map({{"m", array<double>("<f8", {2}, {1, 2})}, {"n", value(1)}}),
                 map({{"m", list({value(3), value(4)})}})}),
            "index <i8 (2,) [0, 1]\n"
            "m <f8 (2, 2) [[1.0, 2.0], [3.0, 4.0]]\n"
            "n <i8 (2,) [1, 0]\n"
            "status <U7 (2,) ['ok', 'ok']\n"
            "error <U1 (2,) ['', '']\n");
}

TEST(Npz, results_of_different_shapes_get_an_array_each) {
  NEEDS_PYTHON_WITH_NUMPY;
  EXPECT_EQ(npz({list({value(1), value(2)}), failure("E", ""), list({value(3)}), list({})}),
            "index <i8 (4,) [0, 1, 2, 3]\n"
            "result_0 <i8 (2,) [1, 2]\n"
            "result_2 <i8 (1,) [3]\n"
            "result_3 <i8 (0,) []\n"
            "status <U7 (4,) ['ok', 'failed', 'ok', 'ok']\n"
            "error <U1 (4,) ['', 'E', '', '']\n");
}

TEST(Npz, items_that_fit_no_array_are_text) {
  NEEDS_PYTHON_WITH_NUMPY;
  EXPECT_EQ(npz({value(1), value(2), value(3)}, {value("a"), value(1.5), list({value(1), value("b")})}),
            "index <i8 (3,) [0, 1, 2]\n"
            "item <U7 (3,) ['a', '1.5', '[1,\"b\"]']\n"
            "result <i8 (3,) [1, 2, 3]\n"
            "status <U7 (3,) ['ok', 'ok', 'ok']\n"
            "error <U1 (3,) ['', '', '']\n");
}

TEST(Npz, refuses_results_that_fit_no_array) {
  EXPECT_EQ(Table({value(1), none()}).refusal(Format::npz),
            "task 1: .npz cannot hold None; write .pickle or .jsonl instead");
  EXPECT_EQ(Table({value(1), value("a")}).refusal(Format::npz),
            "column 'result': an array of .npz cannot hold text among numbers; write .pickle instead");
}

TEST(Npz, is_a_sound_archive_of_many_entries_and_the_same_bytes_each_time) {
  NEEDS_PYTHON_WITH_NUMPY;
  std::vector<Value> values;
  for (std::uint64_t i = 0; i < 70'000; ++i)
    values.push_back(i % 2 == 0 ? value(i) : list({value(i), value(i)}));
  Table table(values);
  EXPECT_EQ(table.python(Format::npz, "npz", R"(
import zipfile
z = zipfile.ZipFile(f)
assert z.testzip() is None
a = np.load(f)
assert len(a.files) == 70003, len(a.files)
assert a["result_69999"].tolist() == [69999, 69999]
assert a["index"].tolist() == list(range(70000))
print("sound")
)"),
            "sound\n");
  EXPECT_TRUE(table.text(Format::npz) == table.text(Format::npz));
}

std::string pickled(const std::vector<Value>& values, const std::vector<Value>& items,
                    const std::string& code) {
  return Table(values, items).python(Format::pickle, "pickle", "rows = pickle.load(open(f, 'rb'))\n" + code);
}

TEST(Pickle, is_a_list_of_rows_with_results_as_they_are) {
  NEEDS_PYTHON_WITH_NUMPY;
  EXPECT_EQ(pickled({map({{"a", value(1)}}), failure("ValueError", "bad"),
                     list({value(1.5), none(), value("h\xc3\xa9")})},
                    {map({{"x", value(true)}}), map({{"x", value(-5)}}), map({{"x", value("s")}})},
                    "for r in rows: print(r)"),
            "{'index': 0, 'x': True, 'result': {'a': 1}, 'status': 'ok', 'error': None}\n"
            "{'index': 1, 'x': -5, 'result': None, 'status': 'failed', 'error': 'ValueError: bad'}\n"
            "{'index': 2, 'x': 's', 'result': [1.5, None, 'h\xc3\xa9'], 'status': 'ok', 'error': None}\n");
}

TEST(Pickle, holds_every_neutral_type) {
  NEEDS_PYTHON_WITH_NUMPY;
  EXPECT_EQ(pickled({value(INT32_MAX), value(INT64_MIN), value(UINT64_MAX),
                     ext(base::Ext::bigint, "-123456789012345678901"), complex_number(1, -2),
                     value(std::string(300, 'x')), value(std::vector<char>{'a', '\0'}),
                     ext(base::Ext::datetime, "2024-01-02"), value(std::nan("")), value(false)},
                    {}, "print([r['result'] if r['index'] != 5 else len(r['result']) for r in rows])"),
            "[2147483647, -9223372036854775808, 18446744073709551615, -123456789012345678901, (1-2j), 300, "
            "b'a\\x00', "
            "'2024-01-02', nan, False]\n");
}

TEST(Pickle, arrays_are_numpy_arrays_that_can_be_written_to) {
  NEEDS_PYTHON_WITH_NUMPY;
  EXPECT_EQ(pickled({array<double>("<f8", {2, 2}, {1, 2, 3, 4}), array<std::int32_t>("<i4", {}, {7}),
                     array<double>("<f8", {0, 2}, {}), array<char32_t>("<U1", {2}, {U'a', U'b'})},
                    {}, R"(
for r in rows:
    a = r['result']
    print(type(a).__name__, a.dtype.str, a.shape, a.tolist(), a.flags.writeable)
)"),
            "ndarray <f8 (2, 2) [[1.0, 2.0], [3.0, 4.0]] True\n"
            "ndarray <i4 () 7 True\n"
            "ndarray <f8 (0, 2) [] True\n"
            "ndarray <U1 (2,) ['a', 'b'] True\n");
}

TEST(Pickle, pickled_results_are_the_objects_themselves) {
  NEEDS_PYTHON_WITH_NUMPY;
  // pickle.dumps({1, 2}, protocol=5) and pickle.dumps(datetime.date(2024, 1, 2), protocol=5)
  const std::string set_of_two("\x80\x05\x8f\x94(K\x01K\x02\x90.", 12);
  std::vector<Value> values{ext(base::Ext::pickle, set_of_two), list({ext(base::Ext::pickle, set_of_two)})};
  EXPECT_EQ(pickled(values, {}, "print([r['result'] for r in rows])"), "[{1, 2}, [{1, 2}]]\n");
}

TEST(Pickle, holds_many_rows) {
  NEEDS_PYTHON_WITH_NUMPY;
  std::vector<Value> values;
  for (int i = 0; i < 5000; ++i) values.push_back(map({{"k" + std::to_string(i % 300), value(i)}}));
  EXPECT_EQ(pickled(values, {}, R"(
assert [r['index'] for r in rows] == list(range(5000))
assert all(r['result'] == {'k%d' % (i % 300): i} for i, r in enumerate(rows))
print(len(rows))
)"),
            "5000\n");
  EXPECT_EQ(pickled({}, {}, "print(rows)"), "[]\n");
}

}  // namespace
}  // namespace mproc::journal
