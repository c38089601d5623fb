#include "mproc/job/series.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "../../../libmproc/src/job/series_order.hpp"
#include "support.hpp"
#include "support/random_bytes.hpp"

namespace mproc::job {
namespace {

using Columns = std::vector<std::string>;

/// "id: name 1 2 nan (0h 0.5h 1h), name 3"
std::string line(const SeriesGroup& group) {
  std::string out = group.id + ":";
  for (const Series& series : group.series) {
    out += (&series == group.series.data() ? " " : ", ") + series.name;
    for (const double value : series.values) out += fmt::format(" {}", value);
    if (!series.hours.empty()) out += fmt::format(" ({}h)", fmt::join(series.hours, "h "));
  }
  return out;
}

Columns rest_of(SeriesReader& reader) {
  Columns out;
  SeriesGroup group;
  while (reader.next(group)) out.push_back(line(group));
  return out;
}

class SeriesFile : public ::testing::Test {
 protected:
  /// The columns of long.csv.
  SeriesSpec spec(std::string sort = "", std::string kind = "", Columns values = {}) const {
    return {folder_ / "long.csv", "id", std::move(sort), std::move(kind), std::move(values), false};
  }
  SeriesSpec wide(std::string id = "") const {
    return {folder_ / "wide.csv", std::move(id), "", "", {}, true};
  }
  SeriesSpec matrix() const { return {folder_ / "matrix.npy", "", "", "", {}, false}; }

  Columns read(const SeriesSpec& spec, std::string_view content) const {
    testing::put_file(spec.input, content);
    return rest_of(*open_series(spec));
  }
  std::unique_ptr<SeriesReader> sorted(const SeriesSpec& spec, std::size_t memory = 1 << 20) const {
    return sort_series(spec, folder_.path(), memory);
  }
  /// Without the file's directory.
  template <class Error = base::UserError>
  std::string error(const SeriesSpec& spec, std::string_view content) const {
    std::string message = testing::message_of<Error>([&] { read(spec, content); });
    if (const auto at = message.find(folder_.path().string() + "/"); at != message.npos)
      message.erase(at, folder_.path().string().size() + 1);
    return message;
  }

  Folder folder_;
};

TEST_F(SeriesFile, says_whether_the_rows_of_an_id_are_together) {
  const auto grouped = [&](std::string_view content) {
    testing::put_file(folder_ / "long.csv", content);
    return is_grouped(spec());
  };
  EXPECT_TRUE(grouped("id,x\na,1\na,2\nb,3\n"));
  EXPECT_TRUE(grouped("id,x\n"));
  EXPECT_FALSE(grouped("id,x\na,1\nb,2\na,3\n"));
  EXPECT_FALSE(grouped("id,x\n\"a\",1\nb,2\na,3\n"));
}

TEST_F(SeriesFile, ids_can_be_had_without_the_values) {
  const auto ids = [&](const SeriesSpec& spec, std::string_view content) {
    testing::put_file(spec.input, content);
    return series_ids(spec);
  };
  EXPECT_EQ(ids(spec(), "id,x\nb,1\nb,2\na,no number\nb,3\n\"c,\",4\n"), (Columns{"b", "a", "c,"}));
  EXPECT_EQ(ids(spec(), "id,x\n"), Columns());
  EXPECT_EQ(ids(wide("name"), "0,name,1\n1,a,2\n,b,\n"), (Columns{"a", "b"}));
  EXPECT_EQ(ids(matrix(), npy("<f8", "(2, 1)", raw<double>({1, 2}))), (Columns{"0", "1"}));
  EXPECT_EQ(testing::message_of<base::UserError>([&] { ids(spec(), "id,x\na,1\nnan,2\n"); }),
            (folder_ / "long.csv") + ":3: column 'id': \"nan\" is missing; each row needs one");
}

// --- the long format -------------------------------------------------------------------------------------

TEST_F(SeriesFile, long_has_a_group_an_id_and_a_series_a_column) {
  const std::string content = "time,id,x,y\n0,a,1,10\n1,a,2,20\n0,b,3,30\n";
  EXPECT_EQ(read(spec("time"), content), (Columns{"a: x 1 2, y 10 20", "b: x 3, y 30"}));
  EXPECT_EQ(read(spec(), content), (Columns{"a: time 0 1, x 1 2, y 10 20", "b: time 0, x 3, y 30"}));
  EXPECT_EQ(read(spec("", "", {"y", "x"}), content), (Columns{"a: y 10 20, x 1 2", "b: y 30, x 3"}));
  EXPECT_EQ(read(spec("time"), "id,time,x\n"), Columns());
}

TEST_F(SeriesFile, kinds_name_series_and_come_in_the_order_of_their_names) {
  const std::string content = "id,kind,time,value\n1,temp,0,20\n1,\"a,b\",0,1\n1,temp,1,21\n2,temp,0,22\n";
  EXPECT_EQ(read(spec("time", "kind"), content), (Columns{"1: a,b 1, temp 20 21", "2: temp 22"}));
  EXPECT_EQ(read(spec("", "kind", {"value"}), content), (Columns{"1: a,b 1, temp 20 21", "2: temp 22"}));
  EXPECT_TRUE(open_series(spec("time", "kind"))->names().empty());
}

TEST_F(SeriesFile, rows_are_sorted_as_numbers_and_equal_ones_stay_as_they_came) {
  EXPECT_EQ(read(spec("t"), "id,t,x,y\na,10,1,5\na,9,2,6\na,-1e3,3,7\na,9.0,4,8\nb,1,1,1\n"),
            (Columns{"a: x 3 2 4 1, y 7 6 8 5", "b: x 1, y 1"}));
  EXPECT_EQ(read(spec("t"), "id,t,x\na,inf,1\na,0,2\na,-0.0,3\na,-inf,4\na,0,5\n"),
            Columns{"a: x 4 2 3 5 1"});
  EXPECT_EQ(read(spec("t", "k"), "id,t,k,v\na,2,p,1\na,2,q,2\na,1,q,3\na,1,p,4\na,2,p,5\n"),
            Columns{"a: p 4 1 5, q 3 2"});
}

TEST_F(SeriesFile, dates_and_times_sort_rows_and_give_hours_since_the_first) {
  const auto times = spec("t");
  EXPECT_EQ(
      read(times,
           "id,t,x,y\na,2026-11-23T12:30,1,4\na,2026-11-23 11:00:00Z,2,5\na,2026-11-24T00:00+01:00,3,6\n"
           "b,2026-11-23,7,8\n"),
      (Columns{"a: x 2 1 3 (0h 1.5h 12h), y 5 4 6 (0h 1.5h 12h)", "b: x 7 (0h), y 8 (0h)"}));
  EXPECT_TRUE(open_series(times)->timed());
  EXPECT_EQ(read(spec("t", "k"), "id,k,t,v\na,p,2026-01-02,1\na,q,2026-01-01,2\na,p,2026-01-01T18:00,3\n"),
            Columns{"a: p 3 1 (0h 6h), q 2 (0h)"});
  EXPECT_EQ(rest_of(*sorted(spec("t", "k"))), Columns{"a: p 3 1 (0h 6h), q 2 (0h)"});
}

TEST_F(SeriesFile, values_that_are_missing_are_nan_where_they_are) {
  EXPECT_EQ(read(spec("t"), "id,t,x,y\na,0,,1\na,1,nan,\na,2,3,-inf\na,3,\"\", NaN \n"),
            Columns{"a: x nan nan 3 nan, y 1 nan -inf nan"});
}

TEST_F(SeriesFile, ids_are_text_as_it_stands_in_the_file) {
  EXPECT_EQ(
      read(spec(), "\xef\xbb\xbfid,x\r\n1,1\r\n01,2\r\n1.0,3\r\n\r\n\"a \"\"b\"\",\r\nc\",4\r\n \xc3\xa9,5"),
      (Columns{"1: x 1", "01: x 2", "1.0: x 3", "a \"b\",\r\nc: x 4", " \xc3\xa9: x 5"}));
}

// --- wide files and matrices -----------------------------------------------------------------------------

TEST_F(SeriesFile, wide_has_a_series_a_row_which_empty_cells_at_its_end_make_shorter) {
  EXPECT_EQ(read(wide(), "name,0,1,2\na,1,2,3\nb,4,,\nc,,5,\nd,nan,6,nan\n"),
            (Columns{"a: value 1 2 3", "b: value 4", "c: value nan 5", "d: value nan 6 nan"}));
  EXPECT_EQ(read(wide("name"), "0,name,1\n1,a,2\n"), Columns{"a: value 1 2"});
  EXPECT_EQ(open_series(wide())->names(), Columns{"value"});
}

TEST_F(SeriesFile, rows_of_a_matrix_are_series_by_their_numbers) {
  const Columns expected{"0: value 1 2 3", "1: value 0 1 0"};
  EXPECT_EQ(read(matrix(), npy("<f8", "(2, 3)", raw<double>({1, 2, 3, 0, 1, 0}))), expected);
  EXPECT_EQ(read(matrix(), npy("<f4", "(2, 3)", raw<float>({1, 2, 3, 0, 1, 0}))), expected);
  EXPECT_EQ(read(matrix(), npy("<u2", "(2, 3)", raw<std::uint16_t>({1, 2, 3, 0, 1, 0}))), expected);
  EXPECT_EQ(read(matrix(), npy("|b1", "(1, 2)", "\x01\x02")), Columns{"0: value 1 1"});
  EXPECT_EQ(read(matrix(), npy("<i8", "(1, 2)", raw<std::int64_t>({-1, 1}))), Columns{"0: value -1 1"});
  EXPECT_EQ(read(matrix(), npy("<f2", "(1, 2)", raw<std::uint16_t>({0x3c00, 0x7e00}))),
            Columns{"0: value 1 nan"});
  EXPECT_EQ(read(matrix(), npy("<f8", "(0, 3)", "")), Columns());
}

// --- what is refused -------------------------------------------------------------------------------------

TEST_F(SeriesFile, errors_name_line_and_column) {
  const auto all = spec("time", "kind", {"value"});
  const std::string header = "id,kind,time,value\n1,a,0,1\n";
  EXPECT_EQ(
      error(all, header + "1,a,1,x\n"),
      "long.csv:3: column 'value': \"x\" is not a number; a value that is missing is an empty cell, or nan");
  EXPECT_EQ(error(all, header + "\n,a,1,2\n"),
            "long.csv:4: column 'id': \"\" is missing; each row needs one");
  EXPECT_EQ(error(all, header + "NaN,a,1,2\n"),
            "long.csv:3: column 'id': \"NaN\" is missing; each row needs one");
  EXPECT_EQ(error(all, header + "1, ,1,2\n"),
            "long.csv:3: column 'kind': \" \" is missing; each row needs one");
  EXPECT_EQ(error(all, header + "1,a,,2\n"),
            "long.csv:3: column 'time': \"\" is missing; each row needs one");
  EXPECT_EQ(error(all, header + "1,a,nan,2\n"),
            "long.csv:3: column 'time': \"nan\" is missing; each row needs one");
  EXPECT_EQ(error(all, header + "1,a,2026-01-01,2\n"),
            "long.csv:3: column 'time': \"2026-01-01\" is not a number, as the first row has");
  EXPECT_EQ(error(all, header + "1,a\n"), "long.csv:3: has 2 cells, the header has 4");
  const std::string times = "id,time,value\n1,2026-01-01,1\n";
  EXPECT_EQ(
      error(spec("time"), times + "1,3,2\n"),
      "long.csv:3: column 'time': \"3\" is not a date and time as 2026-11-23T09:30:00, as the first row has");
  EXPECT_EQ(
      error(spec("time"), "id,time,value\n1,noon,1\n"),
      "long.csv:2: column 'time': \"noon\" is neither a number nor a date and time as 2026-11-23T09:30:00");
  EXPECT_EQ(error(wide(), "id,0,1\na,1,2\nb,,\n"), "wide.csv:3: has no values");
  EXPECT_EQ(error(wide(), "id,0\na,1\na,2\n"),
            "wide.csv:3: column 'id': \"a\" comes twice; a row is the whole series of an id");
}

TEST_F(SeriesFile, columns_have_to_be_there_and_of_one_use) {
  const std::string content = "id,time,x,y\n1,0,1,2\n";
  EXPECT_EQ(error(spec("tiem"), content),
            "long.csv: has no column 'tiem', which 'sort' names; did you mean 'time'?");
  EXPECT_EQ(error(spec("", "", {"z1"}), content), "long.csv: has no column 'z1', which 'values' names");
  EXPECT_EQ(error(spec("id"), content), "long.csv: column 'id' cannot be both 'id' and 'sort'");
  EXPECT_EQ(error(spec("", "", {"x", "x"}), content),
            "long.csv: column 'x' cannot be both 'values' and 'values'");
  EXPECT_EQ(error(spec("time", "x"), "id,time,x\n"),
            "long.csv: has no column of values beside those of 'id', 'sort' and 'kind'");
  EXPECT_EQ(error(spec("", "time"), content),
            "long.csv: has several columns of values; with 'kind', 'value' names the one that counts");
}

TEST_F(SeriesFile, a_spec_says_what_the_format_knows) {
  SeriesSpec none = spec();
  none.id.clear();
  EXPECT_EQ(error(none, "id,x\n1,2\n"),
            "long.csv: needs 'id', the column that says which series a row belongs to");
  SeriesSpec row = wide("id");
  row.sort = "0";
  EXPECT_EQ(error(row, "id,0\na,1\n"),
            "wide.csv: with wide = true a row is one series in order of time; leave out 'sort' and 'kind'");
  SeriesSpec named = matrix();
  named.id = "id";
  EXPECT_EQ(error(named, ""),
            "matrix.npy: an array has no columns with names; leave out 'id', 'sort', 'kind' and 'values'");
  EXPECT_EQ(error({folder_ / "x.parquet", "id", "", "", {}, false}, ""),
            "x.parquet: has to be a .csv or .npy file");
}

TEST_F(SeriesFile, of_an_array_only_a_matrix_of_numbers_is_taken) {
  EXPECT_EQ(error(matrix(), npy("<U1", "(1, 1)", "abcd")), "matrix.npy: holds <U1; series are of numbers");
  EXPECT_EQ(error(matrix(), npy("<f8", "(1,)", raw<double>({1}))),
            "matrix.npy: has 1 axis; series are the rows of an array with 2");
  EXPECT_EQ(error(matrix(), npy("|b1", "(1, 1, 1)", "1")),
            "matrix.npy: has 3 axes; series are the rows of an array with 2");
  EXPECT_EQ(error(matrix(), npy("<f8", "(3, 0)", "")), "matrix.npy: has rows without values");
  EXPECT_EQ(error(matrix(), npy("<f8", "(2, 1)", raw<double>({1}))),
            "matrix.npy: is cut short: its shape needs more bytes than it has");
  EXPECT_EQ(error(matrix(), npy(">f8", "(1, 1)", raw<double>({1}))),
            "matrix.npy: is big-endian (>f8); save it with a.astype(a.dtype.newbyteorder('<'))");
  EXPECT_EQ(error(matrix(), npy("|b1", "(1, 1)", "1", "True")),
            "matrix.npy: is in Fortran order, where rows are not contiguous; save it with "
            "numpy.ascontiguousarray");
}

TEST_F(SeriesFile, what_is_wrong_is_said_again_to_who_goes_on) {
  folder_.write("long.csv", "id,x\na,1\na,2\nb,3\nb,?\nc,4\n");
  const auto reader = open_series(spec());
  SeriesGroup group;
  ASSERT_TRUE(reader->next(group));
  for (int time = 0; time < 3; ++time) {
    EXPECT_THAT(user_error([&] { reader->next(group); }), ::testing::HasSubstr("long.csv:5: column 'x'"));
    EXPECT_EQ(reader->position(), 1u);
  }
  reader->seek(0);
  ASSERT_TRUE(reader->next(group));
  EXPECT_EQ(line(group), "a: x 1 2");
}

// --- rows that are not together --------------------------------------------------------------------------

TEST_F(SeriesFile, an_id_that_comes_again_after_others_is_told_from_other_errors) {
  const std::string content = "id,t,x\na,0,1\nb,0,2\nb,1,3\n\na,1,4\nc,0,5\n";
  EXPECT_EQ(error<NotGrouped>(spec("t"), content),
            "long.csv:6: id 'a' comes again after others; put the rows of an id together");
  const auto reader = sorted(spec("t"));
  EXPECT_EQ(rest_of(*reader), (Columns{"a: x 1 4", "b: x 2 3", "c: x 5"}));
  EXPECT_EQ(reader->names(), Columns{"x"});
}

TEST_F(SeriesFile, sorting_a_file_shows_its_errors_as_reading_it_does) {
  folder_.write("long.csv", "id,t,x\na,0,1\nb,0,2\na,1,?\n");
  EXPECT_THAT(user_error([&] { sorted(spec("t")); }),
              ::testing::HasSubstr("long.csv:4: column 'x': \"?\" is not"));
  EXPECT_EQ(error(spec("tt"), "id,t,x\n"),
            user_error([&] { sorted(spec("tt")); }).substr(folder_.path().string().size() + 1));
}

TEST_F(SeriesFile, what_has_no_rows_to_sort_is_read_as_it_is) {
  folder_.write("wide.csv", "id,0\nb,1\na,2\n");
  EXPECT_EQ(rest_of(*sorted(wide())), (Columns{"b: value 1", "a: value 2"}));
  folder_.write("long.csv", "id,x\n");
  EXPECT_EQ(rest_of(*sorted(spec())), Columns());
}

TEST_F(SeriesFile, sorting_leaves_no_file_and_says_where_it_could_not_write_one) {
  folder_.write("long.csv", "id,x\na,1\nb,2\na,3\n");
  const auto files = [&] {
    return std::distance(std::filesystem::directory_iterator(folder_.path()),
                         std::filesystem::directory_iterator());
  };
  {
    const auto reader = sorted(spec());
    EXPECT_EQ(rest_of(*reader).size(), 2u);
  }
  EXPECT_EQ(files(), 1);
  const std::string gone = folder_ / "gone";
  EXPECT_THAT(testing::message_of<base::SystemError>([&] { sort_series(spec(), gone); }),
              ::testing::HasSubstr("cannot create " + gone + "/series"));
}

/// Rows in any order, and what comes of them by hand.
struct Table {
  std::string content;
  std::vector<SeriesGroup> groups;
};

Table random_table(testing::Random& random, bool kinds, bool grouped) {
  struct Row {
    std::uint64_t id, time, kind;
    double x, y;
  };
  std::vector<Row> rows(1 + testing::below(random, 200));
  const std::uint64_t ids = 1 + testing::below(random, 20);
  for (Row& row : rows)
    row = {testing::below(random, ids), testing::below(random, 9), testing::below(random, 3),
           static_cast<double>(testing::below(random, 1000)), -1.5};
  if (grouped)
    std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.id < b.id; });
  Table out;
  out.content = kinds ? "id,t,k,x\n" : "id,t,x,y\n";
  for (const Row& row : rows)
    out.content += kinds ? fmt::format("{},{},k{},{}\n", row.id, row.time, row.kind, row.x)
                         : fmt::format("{},{},{},{}\n", row.id, row.time, row.x, row.y);
  std::vector<std::uint64_t> order;
  for (const Row& row : rows)
    if (std::find(order.begin(), order.end(), row.id) == order.end()) order.push_back(row.id);
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.time < b.time; });
  for (const std::uint64_t id : order) {
    SeriesGroup& group = out.groups.emplace_back();
    group.id = std::to_string(id);
    std::map<std::string, std::vector<double>> series;
    for (const Row& row : rows) {
      if (row.id != id) continue;
      series[kinds ? fmt::format("k{}", row.kind) : "x"].push_back(row.x);
      if (!kinds) series["y"].push_back(row.y);
    }
    for (auto& [name, values] : series) group.series.push_back({name, std::move(values), {}});
  }
  return out;
}

/// Every series found from anywhere, by way of the group that has it.
void expect_seeks(SeriesReader& reader, const std::vector<SeriesGroup>& groups, testing::Random& random) {
  std::vector<std::size_t> group_of;
  for (std::size_t i = 0; i < groups.size(); ++i)
    group_of.resize(group_of.size() + groups[i].series.size(), i);
  for (int time = 0; time < 20; ++time) {
    const std::uint64_t index = testing::below(random, group_of.size() + 2);
    reader.seek(index);
    SeriesGroup group;
    if (index >= group_of.size()) {
      EXPECT_FALSE(reader.next(group));
      EXPECT_EQ(reader.position(), group_of.size());
      continue;
    }
    const auto first = std::find(group_of.begin(), group_of.end(), group_of[index]) - group_of.begin();
    EXPECT_EQ(reader.position(), static_cast<std::uint64_t>(first));
    ASSERT_TRUE(reader.next(group));
    EXPECT_EQ(line(group), line(groups[group_of[index]]));
  }
}

TEST_F(SeriesFile, groups_of_random_rows_are_those_made_by_hand_however_little_memory_sorts_them) {
  testing::Random random(3);
  for (int round = 0; round < 100; ++round) {
    const bool kinds = round % 2 == 0, grouped = round % 4 < 2;
    const Table table = random_table(random, kinds, grouped);
    folder_.write("long.csv", table.content);
    Columns expected;
    for (const SeriesGroup& group : table.groups) expected.push_back(line(group));
    const SeriesSpec by = spec("t", kinds ? "k" : "");
    if (grouped) {
      EXPECT_EQ(rest_of(*open_series(by)), expected);
      expect_seeks(*open_series(by), table.groups, random);
    }
    for (const std::size_t memory :
         {std::size_t{0}, std::size_t{200}, std::size_t{1000}, std::size_t{1} << 20}) {
      const auto reader = sorted(by, memory);
      EXPECT_EQ(rest_of(*reader), expected) << "with " << memory;
      expect_seeks(*reader, table.groups, random);
      expect_seeks(*sorted(by, memory), table.groups, random);
    }
  }
}

TEST_F(SeriesFile, a_seek_in_a_large_file_finds_the_group_again) {
  testing::Random random(4);
  std::string content = "id,k,x\n", rows = "id,0,1\n", matrix_rows;
  std::vector<SeriesGroup> groups, wides, numbered;
  for (int id = 0; content.size() < (3u << 20); ++id) {
    SeriesGroup& group = groups.emplace_back();
    group.id = fmt::format("{:0300}", id);
    for (std::uint64_t k = 0; k <= testing::below(random, 3); ++k) {
      group.series.push_back({fmt::format("k{}", k), {double(id)}, {}});
      content += fmt::format("{},k{},{}\n", group.id, k, id);
    }
    rows += fmt::format("{},{},-1\n", group.id, id);
    wides.push_back({group.id, {{"value", {double(id), -1}, {}}}});
    matrix_rows += raw<double>({double(id), 7});
    numbered.push_back({std::to_string(id), {{"value", {double(id), 7}, {}}}});
  }
  folder_.write("long.csv", content);
  folder_.write("wide.csv", rows);
  folder_.write("matrix.npy", npy("<f8", fmt::format("({}, 2)", numbered.size()), matrix_rows));
  expect_seeks(*open_series(spec("", "k")), groups, random);
  expect_seeks(*sorted(spec("", "k"), 4000), groups, random);
  expect_seeks(*open_series(wide()), wides, random);
  expect_seeks(*open_series(matrix()), numbered, random);
}

// --- order -----------------------------------------------------------------------------------------------

TEST(SeriesOrder, times_are_nanoseconds_since_1970) {
  constexpr std::int64_t second = 1'000'000'000, day = 86'400 * second;
  EXPECT_EQ(parse_time("1970-01-01"), 0);
  EXPECT_EQ(parse_time("1970-01-02T00:00Z"), day);
  EXPECT_EQ(parse_time("1969-12-31 23:59:59.999999999"), -1);
  EXPECT_EQ(parse_time("1970-01-01T00:00:01.5"), second + second / 2);
  EXPECT_EQ(parse_time("1970-01-01T00:00:00,25"), second / 4);
  EXPECT_EQ(parse_time("1970-01-01T00:00:00.1234567891"), 123'456'789);
  EXPECT_EQ(parse_time("1970-01-01T01:00+01"), 0);
  EXPECT_EQ(parse_time("1970-01-01T01:00:00+01:30"), -1800 * second);
  EXPECT_EQ(parse_time("1969-12-31T20:30-0330"), 0);
  EXPECT_EQ(parse_time("2024-02-29"), 19'782 * day);
  EXPECT_EQ(parse_time("2000-03-01T00:00:00Z"), 11'017 * day);
  EXPECT_EQ(parse_time("1678-01-01"), -106'650 * day);
  EXPECT_EQ(parse_time("2261-12-31T23:59:59"), 106651 * day - second);
}

TEST(SeriesOrder, what_is_no_date_and_time_of_iso_8601_is_none) {
  for (const char* text : {"",
                           "1970",
                           "1970-01",
                           "1970-1-1",
                           "1970-13-01",
                           "1970-13-01T00:00:00.5",
                           "1970-00-01",
                           "1970-01-32",
                           "1970-01-00",
                           "2023-02-29",
                           "1677-12-31",
                           "2262-01-01",
                           "1970-01-01T",
                           "1970-01-01T1",
                           "1970-01-01T00",
                           "1970-01-01T24:00",
                           "1970-01-01T00:60",
                           "1970-01-01T00:00:60",
                           "1970-01-01T00:00:00.",
                           "1970-01-01T00:00:00.x",
                           "1970-01-01x00:00",
                           "1970-01-01T00:00z",
                           "1970-01-01T00:00+",
                           "1970-01-01T00:00+1",
                           "1970-01-01T00:00+01:",
                           "1970-01-01T00:00+24",
                           "1970-01-01T00:00Z ",
                           "1970-01-01Z",
                           "-970-01-01",
                           "1970-01-01T00:00:00-01:0",
                           "noon"})
    EXPECT_FALSE(parse_time(text)) << text;
}

TEST(SeriesOrder, whole_numbers_compare_as_what_they_stand_for) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const std::vector<double> numbers{-infinity, -1e308, -2, -1, -5e-324, 0, 5e-324, 1, 1.5, 1e308, infinity};
  for (std::size_t i = 1; i < numbers.size(); ++i)
    EXPECT_LT(number_order(numbers[i - 1]), number_order(numbers[i])) << numbers[i];
  EXPECT_EQ(number_order(0.0), number_order(-0.0));
  EXPECT_LT(time_order(-1), time_order(0));
  EXPECT_LT(time_order(0), time_order(1));
  EXPECT_EQ(hours_between(time_order(*parse_time("1678-01-01")), time_order(*parse_time("2261-12-31"))),
            213300 * 24.0);
}

}  // namespace
}  // namespace mproc::job
