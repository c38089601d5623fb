#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <random>

#include "mproc/base/error.hpp"
#include "unit/journal/render_support.hpp"

namespace mproc::journal {
namespace {

using namespace testing;
using job::Format;
using ::testing::HasSubstr;

const double nan = std::nan(""), inf = std::numeric_limits<double>::infinity();

TEST(Csv, writes_index_items_result_status_and_error) {
  Table table({value(2), failure("ValueError", "bad, x\nmore")}, {value(1), value(-7)}, 3);
  EXPECT_EQ(table.csv(),
            "index,item,result,status,error\n"
            "0,1,2,ok,\n"
            "1,-7,,failed,\"ValueError: bad, x\"\n"
            "2,,,pending,\n");
  EXPECT_EQ(table.rendered.rows, 3u);
}

TEST(Csv, named_items_and_dict_results_give_columns_in_order_of_first_appearance) {
  Table table(
      {map({{"b", value(1)}}), map({{"a", value(2)}, {"b", value(3)}}), value(9)},
      {map({{"x", value(0.5)}, {"n", value(10)}}), map({{"n", value(20)}, {"x", value(1.5)}}), value("odd")});
  EXPECT_EQ(table.csv(),
            "index,x,n,item,b,a,result,status,error\n"
            "0,0.5,10,,1,,,ok,\n"
            "1,1.5,20,,3,2,,ok,\n"
            "2,,,odd,,,9,ok,\n");
}

TEST(Csv, a_result_column_that_an_item_has_too_is_renamed) {
  Table table({map({{"x", value(1)}, {"status", value(2)}})},
              {map({{"x", value(3)}, {"index", value(4)}, {"result.x", value(5)}})});
  EXPECT_EQ(table.csv(),
            "index,x,item.index,result.x,result.result.x,result.status,status,error\n"
            "0,3,4,5,1,2,ok,\n");
  Table scalar({value(1)}, {map({{"result", value(2)}})});
  EXPECT_EQ(scalar.csv(), "index,result,result.result,status,error\n0,2,1,ok,\n");
}

TEST(Csv, quotes_as_rfc_4180_asks) {
  Table table({value("a,b"), value("say \"hi\""), value("two\nlines"), value("cr\r"), value(" plain "),
               value(""), none(), value("caf\xc3\xa9"), value("bad \xff")});
  EXPECT_EQ(table.csv(),
            "index,result,status,error\n"
            "0,\"a,b\",ok,\n"
            "1,\"say \"\"hi\"\"\",ok,\n"
            "2,\"two\nlines\",ok,\n"
            "3,\"cr\r\",ok,\n"
            "4, plain ,ok,\n"
            "5,\"\",ok,\n"
            "6,,ok,\n"
            "7,caf\xc3\xa9,ok,\n"
            "8,bad \xef\xbf\xbd,ok,\n");
}

TEST(Csv, numbers_are_written_as_python_prints_them) {
  Table table({value(0.1), value(1e-5), value(5.0), value(nan), value(inf), value(-inf), value(1e16),
               value(-0.0), value(123456789012345680.0), value(1e22), value(0.0001), value(5e-324),
               value(true), value(false), value(std::numeric_limits<std::int64_t>::min()),
               value(std::numeric_limits<std::uint64_t>::max()),
               ext(base::Ext::bigint, "123456789012345678901234567890")});
  EXPECT_EQ(
      table.csv(),
      "index,result,status,error\n"
      "0,0.1,ok,\n1,1e-05,ok,\n2,5.0,ok,\n3,nan,ok,\n4,inf,ok,\n5,-inf,ok,\n6,1e+16,ok,\n7,-0.0,ok,\n"
      "8,1.2345678901234568e+17,ok,\n9,1e+22,ok,\n10,0.0001,ok,\n11,5e-324,ok,\n12,true,ok,\n13,false,ok,\n"
      "14,-9223372036854775808,ok,\n15,18446744073709551615,ok,\n16,123456789012345678901234567890,ok,\n");
  EXPECT_EQ(table.rendered.not_finite, 0u);
}

TEST(Csv, containers_and_arrays_are_json_text) {
  Table table({list({value(1), value("a\"b"), none()}), map({}), array<double>("<f8", {2, 2}, {1, 2, nan, 4}),
               list({map({{"k", value(true)}})}), complex_number(1, -2),
               ext(base::Ext::datetime, "2024-01-02T03:04:05")});
  EXPECT_EQ(table.csv(),
            "index,result,status,error\n"
            "0,\"[1,\"\"a\\\"\"b\"\",null]\",ok,\n"
            "1,{},ok,\n"
            "2,\"[[1.0,2.0],[null,4.0]]\",ok,\n"
            "3,\"[{\"\"k\"\":true}]\",ok,\n"
            "4,\"[1.0,-2.0]\",ok,\n"
            "5,2024-01-02T03:04:05,ok,\n");
  EXPECT_EQ(table.rendered.not_finite, 1u);
}

TEST(Csv, items_come_from_the_journal_when_there_is_no_source) {
  Table table({value(1), value(2)}, Table::Journalled(std::vector<Value>{value("a"), value("b")}), 3);
  EXPECT_EQ(table.csv(), "index,item,result,status,error\n0,a,1,ok,\n1,b,2,ok,\n2,,,pending,\n");
}

TEST(Csv, of_no_rows_is_a_header) {
  Table table({}, {}, 0);
  EXPECT_EQ(table.csv(), "index,result,status,error\n");
}

TEST(Csv, an_item_that_is_an_object_stays_empty_but_a_result_is_refused) {
  Table items({value(1)}, {ext(base::Ext::pickle, "x")});
  EXPECT_EQ(items.csv(), "index,item,result,status,error\n0,,1,ok,\n");
  Table table({value(1), ext(base::Ext::pickle, "x")});
  EXPECT_EQ(table.refusal(Format::csv), "task 1: .csv cannot hold a Python object; write .pickle instead");
  Table bytes({list({ext(base::Ext::pickle, "x")})});
  EXPECT_EQ(bytes.refusal(Format::jsonl),
            "task 0: .jsonl cannot hold a Python object; write .pickle instead");
}

TEST(Csv, refuses_an_array_whose_empty_rows_would_fill_the_disk) {
  Table items({value(1)}, {array<double>("<f8", {2, 1'000'000'000'000, 0}, {})});
  EXPECT_EQ(items.csv(), "index,item,result,status,error\n0,,1,ok,\n");
  for (const auto& [dtype, shape] :
       {std::pair("<f8", std::vector<std::uint64_t>{1'000'000'000'000, 0}), {"<U0", {1 << 30, 1 << 30}}}) {
    Table table({array<double>(dtype, shape, {})});
    EXPECT_THAT(table.refusal(Format::jsonl), HasSubstr(", which has no content; write .pickle instead"));
  }
  Table texts({array<double>("<U0", {1 << 30}, {}), value("x")});
  EXPECT_THAT(texts.refusal(Format::npz), HasSubstr("an array of shape (1073741824,), which has no content"));
}

TEST(Text, of_dicts_within_keys_of_dicts_is_refused_for_each_doubles_the_quotes_of_those_inside) {
  Value nested;
  nested.bytes.assign(40, std::byte{0x81});  // {{{...: 0}: 0}: 0}
  nested.bytes.resize(81, std::byte{0});
  Table table({nested});
  EXPECT_EQ(table.refusal(Format::jsonl),
            "task 0: .jsonl cannot hold a dict as the key of a dict; write .pickle instead");
}

TEST(Text, of_a_big_integer_is_its_digits_and_nothing_else) {
  for (const char* body : {"", "-", "007", "1.5", "12]", "1\n(cos\nsystem", " 12", "nan"}) {
    Table table({ext(base::Ext::bigint, body)});
    for (const Format format : {Format::csv, Format::jsonl, Format::pickle})
      EXPECT_THROW(table.render(format, table.file("out")), base::DecodeError) << body;
  }
}

TEST(Jsonl, writes_one_object_a_row_with_every_column) {
  Table table({map({{"a", value(1)}}), failure("KeyError", "'k'"), map({{"b", list({value(1.5)})}})},
              {map({{"x", value("q\"\n\x01")}}), map({{"x", none()}}), map({{"x", value(nan)}})}, 4);
  EXPECT_EQ(
      table.jsonl(),
      "{\"index\":0,\"x\":\"q\\\"\\n\\u0001\",\"a\":1,\"b\":null,\"status\":\"ok\",\"error\":null}\n"
      "{\"index\":1,\"x\":null,\"a\":null,\"b\":null,\"status\":\"failed\",\"error\":\"KeyError: 'k'\"}\n"
      "{\"index\":2,\"x\":null,\"a\":null,\"b\":[1.5],\"status\":\"ok\",\"error\":null}\n"
      "{\"index\":3,\"x\":null,\"a\":null,\"b\":null,\"status\":\"pending\",\"error\":null}\n");
  EXPECT_EQ(table.rendered.not_finite, 1u);
}

TEST(Jsonl, writes_every_neutral_type) {
  Table table({value(true), value(nan), value(-inf), complex_number(1, nan),
               ext(base::Ext::bigint, "-99999999999999999999"), ext(base::Ext::datetime, "2024-01-02"),
               array<std::int32_t>("<i4", {2}, {-1, 2}), array<std::uint8_t>("|b1", {1, 2}, {1, 0}),
               array<float>("<f4", {}, {0.5F}), array<std::uint16_t>("<f2", {3}, {0x3c00, 0x0001, 0xfc00}),
               array<char32_t>("<U3", {1}, {U'h', U'\u00e9', 0}),
               array<std::uint8_t>(">i2", {1}, {0xff, 0xfe}), array<double>("<f8", {0, 3}, {}),
               value("\xed\xa0\x80")});
  const std::string expected[] = {"true",
                                  "null",
                                  "null",
                                  "[1.0,null]",
                                  "-99999999999999999999",
                                  "\"2024-01-02\"",
                                  "[-1,2]",
                                  "[[true,false]]",
                                  "0.5",
                                  "[1.0,5.960464477539063e-08,null]",
                                  "[\"h\xc3\xa9\"]",
                                  "[-2]",
                                  "[]",
                                  "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""};
  std::string lines;
  for (std::size_t i = 0; i < std::size(expected); ++i)
    lines += fmt::format("{{\"index\":{},\"result\":{},\"status\":\"ok\",\"error\":null}}\n", i, expected[i]);
  EXPECT_EQ(table.jsonl(), lines);
  EXPECT_EQ(table.rendered.not_finite, 4u);
}

TEST(Jsonl, refuses_bytes_and_arrays_it_cannot_read) {
  Table bytes({value(std::vector<char>{'a'})});
  EXPECT_EQ(bytes.refusal(Format::jsonl), "task 0: .jsonl cannot hold bytes; write .pickle instead");
  Table dates({array<std::int64_t>("<M8[ns]", {1}, {1})});
  EXPECT_EQ(dates.refusal(Format::jsonl),
            "task 0: .jsonl cannot hold an array of type <M8[ns]; write .pickle instead");
  for (const std::string dtype :
       {"<i0", "<u0", "<i3", "<f1", "<f0", "<c2"})  // sizes that NumPy does not know
    for (const Format format : {Format::jsonl, Format::npz})
      EXPECT_THAT(Table({array<double>(dtype, {0}, {}), value(1)}).refusal(format),
                  HasSubstr(" cannot hold "));
}

TEST(Jsonl, floats_are_those_of_python_and_survive_json) {
  NEEDS_PYTHON_WITH_NUMPY;
  std::mt19937_64 random(1);
  std::vector<Value> values;
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t bits = random();
    double x;
    std::memcpy(&x, &bits, sizeof x);
    if (i % 2 == 0) x = static_cast<double>(static_cast<std::int64_t>(bits) >> (bits % 60)) / 1000;
    values.push_back(value(std::isfinite(x) ? x : 0.0));
  }
  Table table(values);
  EXPECT_EQ(table.python(Format::jsonl, "jsonl", R"(
import json
for line in open(f):
    row = json.loads(line)
    text = line.split('"result":')[1].split(',')[0]
    assert repr(row["result"]) == text, (text, row)
print("same")
)"),
            "same\n");
}

TEST(Render, replaces_the_file_only_when_it_is_whole) {
  const TempDirectory temp;
  Table good({value(1)}), bad({ext(base::Ext::pickle, "x")});
  put_file(temp / "t.csv", "old");
  EXPECT_THROW(bad.render(Format::csv, temp / "t.csv"), base::UserError);
  EXPECT_EQ(base::read_file(temp / "t.csv"), "old");
  good.render(Format::csv, temp / "t.csv");
  EXPECT_EQ(base::read_file(temp / "t.csv"), "index,result,status,error\n0,1,ok,\n");
  EXPECT_EQ(files_in(temp.path()).size(), 1u);
}

TEST(Render, follows_a_symbolic_link_and_writes_into_what_is_no_file) {
  const TempDirectory temp;
  put_file(temp / "real.csv", "old");
  std::filesystem::create_symlink("real.csv", temp / "link.csv");
  Table table({value(1)});
  table.render(Format::csv, temp / "link.csv");
  EXPECT_TRUE(std::filesystem::is_symlink(temp / "link.csv"));
  EXPECT_THAT(base::read_file(temp / "real.csv"), HasSubstr("0,1,ok,"));
  table.render(Format::csv, "/dev/null");
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST(Render, says_why_a_path_cannot_be_written) {
  const TempDirectory temp;
  Table table({value(1)});
  EXPECT_EQ(message_of<base::UserError>([&] { table.render(Format::csv, temp / "no/t.csv"); }),
            "cannot write " + (temp / "no/t.csv").string() + ": the directory " + (temp / "no").string() +
                " does not exist; create it");
  EXPECT_EQ(message_of<base::UserError>([&] { table.render(Format::csv, temp.path()); }),
            "cannot write " + temp.path() + ": it is a directory");
  EXPECT_EQ(message_of<base::UserError>([&] { table.render(Format::npz, "-"); }),
            "standard output takes text formats and pickle; give .npz a path");
  EXPECT_THAT(message_of<base::SystemError>([&] { table.render(Format::csv, "/dev/full"); }),
              HasSubstr("/dev/full"));
}

TEST(Render, to_standard_output) {
  Table table({value(1)});
  ::testing::internal::CaptureStdout();
  table.render(Format::csv, "-");
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "index,result,status,error\n0,1,ok,\n");
}

}  // namespace
}  // namespace mproc::journal
