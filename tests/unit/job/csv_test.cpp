#include <cmath>

#include "../../../libmproc/src/job/csv.hpp"
#include "support.hpp"
#include "support/random_bytes.hpp"

namespace mproc::job {
namespace {

class Csv : public ::testing::Test {
 protected:
  Json items(std::string_view content, const std::string& options = "") {
    folder_.write("items.csv", content);
    return items_of(folder_, "csv = { path = 'items.csv'" + options + " }\n");
  }
  std::string describe(std::string_view content) {
    folder_.write("items.csv", content);
    return source_of(folder_, "csv = 'items.csv'\n")->describe();
  }
  /// Without the file's directory.
  std::string error(std::string_view content, const std::string& options = "") {
    std::string message = user_error([&] { items(content, options); });
    if (const auto at = message.find(folder_.path().string() + "/"); at != message.npos)
      message.erase(at, folder_.path().string().size() + 1);
    return message;
  }
  Folder folder_;
};

TEST_F(Csv, infers_int_float_bool_and_string) {
  EXPECT_EQ(
      items("year,count,ok,name\n2001,1,true,x\n-2,2.5,False,3\n+3,1e3,TRUE,y\n").dump(),
      R"([{"year":2001,"count":1.0,"ok":true,"name":"x"},{"year":-2,"count":2.5,"ok":false,"name":"3"},{"year":3,"count":1000.0,"ok":true,"name":"y"}])");
  EXPECT_EQ(describe("year,count,ok,name\n1,1.5,true,x\n"),
            "items.csv: 1 row; year int, count float, ok bool, name str");
}

TEST_F(Csv, types_hold_for_the_whole_column) {
  std::string content = "a\n";
  for (int i = 0; i < 5000; ++i) content += "1\n";
  EXPECT_EQ(describe(content + "x\n"), "items.csv: 5001 rows; a str");
  EXPECT_EQ(describe(content + "1.5\n"), "items.csv: 5001 rows; a float");
  EXPECT_EQ(describe(content + "true\n"), "items.csv: 5001 rows; a str");
}

TEST_F(Csv, empty_cells_are_nil_and_do_not_spoil_the_type) {
  EXPECT_EQ(items("a,b,c\n1,,\n,x,\n 3 ,\"\",\n").dump(),
            R"([{"a":1,"b":null,"c":null},{"a":null,"b":"x","c":null},{"a":3,"b":"","c":null}])");
}

TEST_F(Csv, leading_zeros_make_text) {
  EXPECT_EQ(items("a,b,c\n007,0,0.5\n12,-0,0e1\n").dump(),
            R"([{"a":"007","b":0,"c":0.5},{"a":"12","b":0,"c":0.0}])");
}

TEST_F(Csv, quotes_hold_delimiters_quotes_and_newlines) {
  EXPECT_EQ(items("a,\"b \"\"c\"\"\"\r\n\"1,2\",\"x\r\ny\"\r\n\"\"\"\",\" z\"\r\n").dump(),
            R"([{"a":"1,2","b \"c\"":"x\r\ny"},{"a":"\"","b \"c\"":" z"}])");
}

TEST_F(Csv, takes_a_byte_order_mark_blank_lines_and_no_last_newline) {
  EXPECT_EQ(items("\xef\xbb\xbf\n\na,b\r\n\r\n1,2\n\n\n3,4").dump(), R"([{"a":1,"b":2},{"a":3,"b":4}])");
}

TEST_F(Csv, keeps_nul_unicode_and_very_long_strings) {
  const std::string big(10 << 20, 'q');
  const Json all = items(std::string("a\nx\0y\n\xc3\xa9\xf0\x9f\x98\x80\n", 13) + "\"" + big + "\"\n");
  EXPECT_EQ(all[0]["a"], std::string("x\0y", 3));
  EXPECT_EQ(all[1]["a"], "\xc3\xa9\xf0\x9f\x98\x80");
  EXPECT_EQ(all[2]["a"], big);
}

TEST_F(Csv, reads_nan_infinity_and_numbers_beyond_the_usual) {
  const Json all = items("a,b\nnan,1\n-inf,99999999999999999999\n1e999,2\n");
  EXPECT_TRUE(std::isnan(all[0]["a"].get<double>()));
  EXPECT_EQ(all[1]["a"].get<double>(), -INFINITY);
  EXPECT_EQ(all[2]["a"].get<double>(), INFINITY);
  EXPECT_EQ(all[1]["b"].get_binary().subtype(), static_cast<std::uint8_t>(base::Ext::bigint));
}

/// A cell as it is in a file, and what it means: of few kinds of characters, each of which a reader has to
/// take care of.
struct Written {
  std::string cell, text;
};

Written random_cell(testing::Random& random) {
  constexpr std::string_view letters[] = {"a", " ", "\xc3\xa9", "1", "\"", ",", "\n", "\r"};
  const bool quoted = testing::below(random, 2) == 0;
  Written out;
  for (std::uint64_t n = 1 + testing::below(random, 9); n > 0; --n)
    out.text += letters[testing::below(random, quoted ? 8 : 4)];
  if (!quoted) return {out.text, out.text};
  for (const char c : out.text) out.cell.append(c == '"' ? 2 : 1, c);
  out.cell = '"' + out.cell + '"';
  return out;
}

TEST_F(Csv, cells_are_what_was_written_wherever_the_blocks_end_that_are_read) {
  testing::Random random(1);
  std::string content;
  std::vector<std::vector<std::string>> rows(300);
  for (auto& row : rows) {
    for (const char* end : {",", ",", testing::below(random, 2) == 0 ? "\n" : "\r\n"}) {
      Written written = random_cell(random);
      content += written.cell + end;
      row.push_back(std::move(written.text));
    }
  }
  folder_.write("items.csv", content);
  const auto cells = [](const CsvReader& reader) {
    std::vector<std::string> out;
    for (const Cell& cell : reader.cells()) out.emplace_back(cell.text);
    return out;
  };
  for (std::size_t block = 1; block < 40; ++block) {
    InputFile file(folder_ / "items.csv", block);
    CsvReader reader(file, ',');
    std::vector<Mark> starts;
    for (; reader.next(); starts.push_back(reader.start()))
      EXPECT_EQ(cells(reader), rows.at(starts.size())) << "in blocks of " << block;
    ASSERT_EQ(starts.size(), rows.size());
    EXPECT_EQ(reader.start().offset, content.size());
    for (std::size_t row = 0; row < rows.size(); row += 37) {
      reader.seek(starts[row]);
      ASSERT_TRUE(reader.next());
      EXPECT_EQ(cells(reader), rows[row]) << "after a seek, in blocks of " << block;
    }
  }
}

TEST_F(Csv, types_and_delimiter_can_be_given) {
  EXPECT_EQ(
      items("a;b;c\n1;2;007\n", ", delimiter = ';', types = { a = 'str', b = 'float', c = 'int' }").dump(),
      R"([{"a":"1","b":2.0,"c":7}])");
  EXPECT_EQ(items("a\tb\n1\tx\n", ", delimiter = \"\\t\"").dump(), R"([{"a":1,"b":"x"}])");
}

TEST_F(Csv, errors_name_file_and_line) {
  EXPECT_EQ(error("a,b\n1,2\n\"x\ny\",2\n1,2,3\n"), "items.csv:5: has 3 cells, the header has 2");
  EXPECT_EQ(error("a,b\n1\n"), "items.csv:2: has 1 cell, the header has 2");
  EXPECT_EQ(error("a\n1\n\"x\n\n"), "items.csv:3: a quote is opened and never closed");
  EXPECT_EQ(error("a\n\"x\"y\n"),
            "items.csv:2: text after a closing quote; write a quote within quotes as \"\"");
  EXPECT_EQ(error("a\n\xff\n"), "items.csv:2: is not UTF-8; convert the file, e.g. with iconv -t utf-8");
  EXPECT_EQ(error("a,b,a\n1,2,3\n"), "items.csv:1: column 'a' twice");
  EXPECT_EQ(error("a,,b\n1,2,3\n"), "items.csv:1: column 2 has no name; name it, or leave it out");
  EXPECT_EQ(error("a\n1\nabc\n", ", types = { a = 'int' }"),
            "items.csv:3: column 'a': \"abc\" is not of type int");
  EXPECT_EQ(error("year\n1\n", ", types = { yaer = 'int' }"),
            "sweep.toml:4:39: 'items.csv.types.yaer' names no column of items.csv; did you mean 'year'?");
}

TEST_F(Csv, without_rows_there_are_no_items) {
  EXPECT_EQ(error(""), "items.csv: the file is empty");
  EXPECT_EQ(error("a,b\n"), "sweep.toml:4:1: no items: 'items.csv' has a header and no rows: items.csv");
}

}  // namespace
}  // namespace mproc::job
