#include "mproc/job/crossval_data.hpp"

#include <cmath>
#include <cstring>

#include "support.hpp"
#include "support/zip_archive.hpp"

namespace mproc::job {
namespace {

using Codes = std::vector<std::int64_t>;
using Numbers = std::vector<double>;
using Shape = std::vector<std::uint64_t>;

const std::string flowers =
    "sepal,petal,species,site\n"
    "5.1,1.5,setosa,3\n"
    "7,,versicolor,1\n"
    "6.5,5,setosa,3\n";

class CrossvalFiles : public ::testing::Test {
 protected:
  CrossvalFiles() {
    folder_.write("X.npy", npy("<f4", "(3, 2)", std::string(24, 'x')));
    folder_.write("y.npy", npy("<i8", "(3,)", raw<std::int64_t>({7, -2, 7})));
    folder_.write("t.csv", flowers);
  }
  CrossvalData data(const std::string& keys) const {
    const auto document = Document::parse_toml("[crossval]\n" + keys, "job.toml", folder_.path());
    const Spot root(document);
    return read_crossval_data(root.member("crossval"));
  }
  /// Without directories.
  std::string error(const std::string& keys) const {
    std::string message = user_error([&] { data(keys); });
    const std::string directory = folder_.path().string() + "/";
    for (auto at = message.find(directory); at != message.npos; at = message.find(directory))
      message.erase(at, directory.size());
    return message;
  }
  /// Of a 1-d target that is in a file of its own.
  CrossvalData target(const std::string& dtype, std::string_view elements) const {
    folder_.write("other.npy", npy(dtype, "(3,)", elements));
    return data("features = 'X.npy'\ntarget = 'other.npy'\n");
  }
  static Numbers numbers(const DataFile& file) {
    std::string bytes;
    read_elements(file, [&](base::ByteView piece) { bytes += base::text(piece); });
    Numbers out(bytes.size() / sizeof(double));
    std::memcpy(out.data(), bytes.data(), bytes.size());
    return out;
  }

  Folder folder_;
};

TEST_F(CrossvalFiles, of_npy_are_their_arrays_and_the_targets_classes) {
  const CrossvalData read = data("features = 'X.npy'\ntarget = 'y.npy'\n");
  EXPECT_EQ(read.samples, 3u);
  ASSERT_EQ(read.arrays.size(), 2u);
  EXPECT_EQ(read.arrays[0].array.describe(), "3 x 2 of <f4, 24 bytes");
  EXPECT_EQ(read.arrays[0].array.name, "crossval.X");
  EXPECT_EQ(read.arrays[1].array.describe(), "3 of <i8, 24 bytes");
  EXPECT_EQ(read.arrays[1].array.name, "crossval.y");
  EXPECT_EQ(read.classes, (Codes{1, 0, 1}));
  EXPECT_TRUE(read.groups.empty() && read.label_starts.empty() && read.label_ends.empty());
  EXPECT_EQ(read.describe, "X.npy: 3 x 2 of <f4; y.npy: 2 different values");
  EXPECT_EQ(read.arrays[0].hash.size(), 32u);
  EXPECT_NE(read.arrays[0].hash, read.arrays[1].hash);
}

TEST_F(CrossvalFiles, number_classes_in_order_of_their_values_whatever_their_type) {
  EXPECT_EQ(target("|b1", std::string("\1\0\1", 3)).classes, (Codes{1, 0, 1}));
  EXPECT_EQ(target("|i1", "\xff\x05\x80").classes, (Codes{1, 2, 0}));
  EXPECT_EQ(target("|u1", "\xff\x05\x80").classes, (Codes{2, 0, 1}));
  EXPECT_EQ(target(">i2", std::string("\xff\xff\x00\x01\xff\xfe", 6)).classes, (Codes{1, 2, 0}));
  EXPECT_EQ(target("<u8", raw<std::uint64_t>({1, 0xffffffffffffffff, 2})).classes, (Codes{0, 2, 1}));
  EXPECT_EQ(target("<i8", raw<std::int64_t>({1, -1, std::int64_t{1} << 40})).classes, (Codes{1, 0, 2}));
  EXPECT_EQ(target("|S2", std::string("b\0ab\xe9\0", 6)).classes, (Codes{1, 0, 2}));
  EXPECT_EQ(target("<U2", raw<char32_t>({'b', 0, 0x1f600, 0, 'b', 'a'})).classes, (Codes{0, 2, 1}));
  EXPECT_EQ(target("<U1", raw<char32_t>({0x100, 0xff, 0x100})).classes, (Codes{1, 0, 1}));
  EXPECT_EQ(target(">U1", std::string("\0\0\1\0\0\0\0\xff\0\0\1\0", 12)).classes, (Codes{1, 0, 1}));
}

TEST_F(CrossvalFiles, have_no_classes_of_real_numbers_and_of_many_targets) {
  CrossvalData read = target("<f8", raw<double>({1, NAN, 2}));
  EXPECT_TRUE(read.classes.empty());
  EXPECT_EQ(read.describe, "X.npy: 3 x 2 of <f4; other.npy: 3 of <f8");
  folder_.write("other.npy", npy("<i2", "(3, 1)", "aabbcc"));
  read = data("features = 'X.npy'\ntarget = 'other.npy'\n");
  EXPECT_TRUE(read.classes.empty());
  EXPECT_EQ(read.describe, "X.npy: 3 x 2 of <f4; other.npy: 3 x 1 of <i2");
}

TEST_F(CrossvalFiles, may_have_more_dimensions_and_any_order) {
  folder_.write("X.npy", npy(">i2", "(3, 1, 2)", std::string(12, 'x'), "True"));
  const CrossvalData read = data("features = 'X.npy'\ntarget = 'y.npy'\n");
  EXPECT_EQ(read.describe, "X.npy: 3 x 1 x 2 of >i2; y.npy: 2 different values");
  EXPECT_TRUE(read.arrays[0].array.fortran);
}

TEST_F(CrossvalFiles, of_csv_are_a_matrix_of_the_columns_that_are_nothing_else) {
  const CrossvalData read = data("features = 't.csv'\ntarget = 'species'\ngroup = 'site'\n");
  EXPECT_EQ(read.describe, "t.csv: 3 x 2 of <f8; species: 2 different values; site: 2 groups");
  EXPECT_EQ(read.arrays[0].array.shape, (Shape{3, 2}));
  EXPECT_FALSE(read.arrays[0].array.fortran);
  const Numbers x = numbers(read.arrays[0]);
  ASSERT_EQ(x.size(), 6u);
  EXPECT_TRUE(std::isnan(x[3]));
  EXPECT_EQ((Numbers{x[0], x[1], x[2], x[4], x[5]}), (Numbers{5.1, 1.5, 7, 6.5, 5}));
  EXPECT_EQ(read.arrays[1].array.describe(), "3 of <U10, 120 bytes");
  EXPECT_EQ(read.classes, (Codes{0, 1, 0}));
  EXPECT_EQ(read.groups, (Codes{1, 0, 1}));
}

TEST_F(CrossvalFiles, of_csv_have_the_columns_named_in_their_order) {
  const CrossvalData read = data("features = 't.csv'\ncolumns = ['site', 'sepal']\ntarget = 'petal'\n");
  EXPECT_EQ(read.describe, "t.csv: 3 x 2 of <f8; petal: 3 of <f8");
  EXPECT_EQ(numbers(read.arrays[0]), (Numbers{3, 5.1, 1, 7, 3, 6.5}));
}

TEST_F(CrossvalFiles, of_csv_have_truths_as_1_and_0) {
  folder_.write("b.csv", "a,b,y\ntrue,1,1.5\nFalse,2,\n,3,2\n");
  const CrossvalData read = data("features = 'b.csv'\ntarget = 'y'\n");
  const Numbers x = numbers(read.arrays[0]);
  EXPECT_EQ((Numbers{x[0], x[1], x[2], x[3]}), (Numbers{1, 1, 0, 2}));
  EXPECT_TRUE(std::isnan(x[4]));
  EXPECT_TRUE(std::isnan(numbers(read.arrays[1])[1]));
}

TEST_F(CrossvalFiles, of_csv_and_npy_go_together) {
  folder_.write("one.csv", "kind\ntrue\nfalse\ntrue\n");
  CrossvalData read = data("features = 'X.npy'\ntarget = 'one.csv'\ngroup = 'y.npy'\n");
  EXPECT_EQ(read.describe, "X.npy: 3 x 2 of <f4; one.csv: 2 different values; y.npy: 2 groups");
  EXPECT_EQ(read.arrays[1].array.describe(), "3 of |b1, 3 bytes");
  EXPECT_EQ(read.classes, (Codes{1, 0, 1}));
  EXPECT_EQ(read.groups, (Codes{1, 0, 1}));
  read = data("features = 't.csv'\ncolumns = ['sepal']\ntarget = 'y.npy'\n");
  EXPECT_EQ(read.describe, "t.csv: 3 x 1 of <f8; y.npy: 2 different values");
}

TEST_F(CrossvalFiles, of_npz_are_its_arrays) {
  folder_.write("d.npz", testing::zip_archive({{"X.npy", npy("<f4", "(3, 2)", std::string(24, 'x'))},
                                               {"y.npy", npy("<i2", "(3,)", "babbca")},
                                               {"short.npy", npy("<i2", "(2,)", "abab")}},
                                              {.deflated = true}));
  const CrossvalData read = data("features = 'd.npz:X'\ntarget = 'd.npz:y'\ngroup = 'd.npz:y.npy'\n");
  EXPECT_EQ(read.describe, "d.npz:X: 3 x 2 of <f4; d.npz:y: 3 different values; d.npz:y.npy: 3 groups");
  EXPECT_EQ(read.classes, (Codes{0, 2, 1}));
  EXPECT_EQ(data("features = 't.csv'\ncolumns = ['sepal']\ntarget = 'd.npz:y'\n").describe,
            "t.csv: 3 x 1 of <f8; d.npz:y: 3 different values");
  EXPECT_EQ(
      error("features = 'd.npz:X'\ntarget = 'd.npz:short'\n"),
      "job.toml:3:1: 'crossval.target' has 2 values in d.npz:short, but there are 3 samples in d.npz:X");
  EXPECT_EQ(error("features = 'd.npz:X'\ntarget = 'd.npz:z'\n"),
            "job.toml:3:1: 'crossval.target' cannot be read: d.npz: has no array 'z'; it has X, y, short");
}

TEST_F(CrossvalFiles, of_many_pieces_come_whole) {
  constexpr int rows = 200'000;
  std::string text = "a,y\n";
  for (int i = 0; i < rows; ++i) text += fmt::format("{},c{}\n", i, i % 7);
  folder_.write("long.csv", text);
  const CrossvalData read = data("features = 'long.csv'\ntarget = 'y'\n");
  const Numbers x = numbers(read.arrays[0]);
  ASSERT_EQ(x.size(), static_cast<std::size_t>(rows));
  for (int i = 0; i < rows; ++i) {
    ASSERT_EQ(x[i], i);
    ASSERT_EQ(read.classes[i], i % 7);
  }
}

TEST_F(CrossvalFiles, have_times_of_labels_as_numbers_or_seconds) {
  folder_.write("l.csv",
                "a,y,from,to,at\n"
                "1,0,1,2.5,1970-01-02\n"
                "2,1,2,3,1970-01-01T00:00:00.5Z\n"
                "3,0,3,4,1970-01-01T01:00+01:00\n");
  const std::string keys = "features = 'l.csv'\ncolumns = ['a']\ntarget = 'y'\n";
  CrossvalData read = data(keys + "label-start = 'from'\nlabel-end = 'to'\n");
  EXPECT_EQ(read.label_starts, (Numbers{1, 2, 3}));
  EXPECT_EQ(read.label_ends, (Numbers{2.5, 3, 4}));
  read = data(keys + "label-end = 'at'\n");
  EXPECT_TRUE(read.label_starts.empty());
  EXPECT_EQ(read.label_ends, (Numbers{86400, 0.5, 0}));
  folder_.write("at.npy", npy(">f4", "(3,)", std::string("\x3f\x80\0\0\x40\0\0\0\x40\x40\0\0", 12)));
  EXPECT_EQ(data(keys + "label-start = 'at.npy'\n").label_starts, (Numbers{1, 2, 3}));
  EXPECT_EQ(
      error(keys + "label-start = 'from'\nlabel-end = 'at'\n"),
      "job.toml:6:1: 'crossval.label-end' and 'crossval.label-start' have to be both numbers or both times");
  folder_.write("l.csv", "a,y,at\n1,0,1970-01-02\n2,1,noon\n");
  EXPECT_EQ(error(keys + "label-start = 'at'\n"),
            "job.toml:5:1: 'crossval.label-start' cannot be read: sample 1 has \"noon\", which is neither a "
            "number nor a time as 2026-11-23T09:30:00");
}

TEST_F(CrossvalFiles, that_are_missing_or_no_arrays_are_refused_at_their_place) {
  EXPECT_EQ(error("target = 'y.npy'\n"),
            "job.toml:1:1: 'crossval' has no features; add features = \"X.npy\"");
  EXPECT_EQ(error("features = 'X.npy'\n"),
            "job.toml:1:1: 'crossval' has no target; add target = \"y.npy\", or a column of the features");
  EXPECT_EQ(error("features = 'Z.npy'\ntarget = 'y.npy'\n"),
            "job.toml:2:1: 'crossval.features' names a file that is not there: Z.npy");
  EXPECT_EQ(error("features = 'X.npy'\ntarget = 'species'\n"),
            "job.toml:3:1: 'crossval.target' names a file that is not there: species");
  EXPECT_EQ(error("features = 't.csv'\ntarget = 'speices'\n"),
            "job.toml:3:1: 'crossval.target' names no column of t.csv; did you mean 'species'?");
  EXPECT_EQ(error("features = 't.csv'\ntarget = 3\n"),
            "job.toml:3:1: 'crossval.target' has to be a string, not a whole number");
  folder_.write("bad.npy", "none");
  EXPECT_EQ(error("features = 'X.npy'\ntarget = 'bad.npy'\n"),
            "job.toml:3:1: 'crossval.target' cannot be read: bad.npy: is not a .npy file");
  folder_.write("bad.csv", "a,a\n");
  EXPECT_EQ(error("features = 'bad.csv'\ntarget = 'y.npy'\n"),
            "job.toml:2:1: 'crossval.features' cannot be read: bad.csv:1: column 'a' twice");
  EXPECT_EQ(error("features = 'X.npy'\ntarget = 't.csv'\n"),
            "job.toml:3:1: 'crossval.target' names t.csv, which has 4 columns; a file beside the features' "
            "has one");
}

TEST_F(CrossvalFiles, of_other_shapes_and_types_are_refused) {
  const std::string keys = "features = 'X.npy'\ntarget = 'y.npy'\n";
  folder_.write("X.npy", npy("<f8", "(3,)", std::string(24, 'x')));
  EXPECT_EQ(error(keys), "job.toml:2:1: 'crossval.features' has to be n x p, not 3");
  folder_.write("X.npy", npy("<f8", "()", std::string(8, 'x')));
  EXPECT_EQ(error(keys), "job.toml:2:1: 'crossval.features' has to be n x p, not a single value");
  folder_.write("X.npy", npy("<f8", "(0, 7)", ""));
  EXPECT_EQ(error(keys), "job.toml:2:1: 'crossval.features' is empty: 0 x 7");
  folder_.write("X.npy", npy("<f8", "(3, 0)", ""));
  EXPECT_EQ(error(keys), "job.toml:2:1: 'crossval.features' is empty: 3 x 0");
  folder_.write("X.npy", npy("<f8", "(2305843009213693952, 2)", ""));
  EXPECT_EQ(error(keys),
            "job.toml:2:1: 'crossval.features' cannot be read: X.npy: is cut short: its shape needs more "
            "bytes than it has");
  folder_.write("X.npy", npy("<f4", "(4, 2)", std::string(32, 'x')));
  EXPECT_EQ(error(keys),
            "job.toml:3:1: 'crossval.target' has 3 values in y.npy, but there are 4 samples in X.npy");
  folder_.write("X.npy", npy("<f4", "(1, 2)", std::string(8, 'x')));
  const auto refused = [&](const std::string& dtype, const std::string& shape) {
    folder_.write("y.npy", npy(dtype, shape, std::string(16, 'x')));
    return error(keys);
  };
  EXPECT_EQ(refused("<i8", "()"), "job.toml:3:1: 'crossval.target' is a single value: y.npy");
  EXPECT_EQ(refused("<i8", "(1, 0)"), "job.toml:3:1: 'crossval.target' is empty: 1 x 0");
  EXPECT_EQ(refused("<i8", "(1, 1, 2)"),
            "job.toml:3:1: 'crossval.target' has to be n or n x m, not 1 x 1 x 2");
  const std::string types = "; has to be of numbers, booleans or text";
  EXPECT_EQ(refused("<c16", "(1,)"), "job.toml:3:1: 'crossval.target' holds <c16" + types);
  EXPECT_EQ(refused("<i3", "(1,)"), "job.toml:3:1: 'crossval.target' holds <i3" + types);
  folder_.write("y.npy", npy("<f8", "(1,)", std::string(8, 'x')));
  folder_.write("g.npy", npy("<f8", "(1, 1)", std::string(8, 'x')));
  EXPECT_EQ(error(keys + "group = 'y.npy'\n"),
            "job.toml:4:1: 'crossval.group' holds <f8; groups are integers, booleans or text");
  EXPECT_EQ(error(keys + "group = 'g.npy'\n"),
            "job.toml:4:1: 'crossval.group' has to be one value a sample, not 1 x 1");
  folder_.write("g.npy", npy("<M8[s]", "(1,)", std::string(8, 'x')));
  EXPECT_EQ(
      error(keys + "label-end = 'g.npy'\n"),
      "job.toml:4:1: 'crossval.label-end' cannot be read: holds <M8[s]; has to be of numbers, or of dates "
      "and times as text");
}

TEST_F(CrossvalFiles, of_csv_with_columns_that_do_not_fit_are_refused) {
  EXPECT_EQ(
      error("features = 't.csv'\ntarget = 'site'\n"),
      "job.toml:2:1: 'crossval.features' cannot be read: t.csv:2: column 'species': \"setosa\" is not a "
      "number; leave the column out by columns = [...], or encode it");
  const std::string keys = "features = 't.csv'\ntarget = 'species'\n";
  EXPECT_EQ(error(keys + "columns = ['sepal', 'petl']\n"),
            "job.toml:4:21: 'crossval.columns[1]' names no column of t.csv; did you mean 'petal'?");
  EXPECT_EQ(error(keys + "columns = ['sepal', 'sepal']\n"),
            "job.toml:4:21: 'crossval.columns[1]' names the column 'sepal' a second time");
  EXPECT_EQ(error(keys + "columns = ['species']\n"),
            "job.toml:4:12: 'crossval.columns[0]' names the target 'species' as a feature");
  EXPECT_EQ(error(keys + "columns = []\n"),
            "job.toml:4:1: 'crossval.columns' names no column; leave it out for all that no other key names");
  EXPECT_EQ(error("features = 'X.npy'\ntarget = 'y.npy'\ncolumns = ['a']\n"),
            "job.toml:4:1: 'crossval.columns' is for a .csv file; X.npy has no columns with names");
  folder_.write("t.csv", "a,species\ntrue,x\n1,y\n");
  EXPECT_EQ(error(keys),
            "job.toml:2:1: 'crossval.features' cannot be read: t.csv:3: column 'a': \"1\" is not a "
            "number; leave the column out by columns = [...], or encode it");
  folder_.write("t.csv", "species\nx\n");
  EXPECT_EQ(error(keys), "job.toml:2:1: 'crossval.features' has no column beside those of other keys: t.csv");
  folder_.write("t.csv", "a,species\n");
  EXPECT_EQ(error(keys), "job.toml:2:1: 'crossval.features' has a header and no rows: t.csv");
}

TEST_F(CrossvalFiles, of_csv_without_a_value_that_each_sample_needs_are_refused) {
  const auto refused = [&](const std::string& cells, const std::string& key = "target") {
    folder_.write("t.csv", "a,y,z\n" + cells);
    const std::string other = key == "target" ? "" : "target = 'a'\n";
    return error("features = 't.csv'\n" + other + key + " = 'y'\ncolumns = ['z']\n");
  };
  const std::string target = "job.toml:3:1: 'crossval.target' has no value in line ";
  EXPECT_EQ(refused("1,1,1\n2,,1\n3,,1\n"), target + "3 of t.csv");
  EXPECT_EQ(refused("1,a,1\n2,b,1\n3,\"\",1\n"), target + "4 of t.csv");
  EXPECT_EQ(refused("1,true,1\n2, ,1\n"), target + "3 of t.csv");
  EXPECT_EQ(refused("1,,1\n"), target + "2 of t.csv");
  EXPECT_EQ(refused("1,1.5,1\n2,,1\n"), "no error");
  EXPECT_EQ(refused("1,x,1\n2,,1\n", "group"),
            "job.toml:4:1: 'crossval.group' has no value in line 3 of t.csv");
  EXPECT_EQ(refused("1,1.5,1\n2,,1\n", "label-end"),
            "job.toml:4:1: 'crossval.label-end' has no value in line 3 of t.csv");
}

TEST_F(CrossvalFiles, that_lose_a_column_while_the_job_starts_are_refused) {
  const CrossvalData read = data("features = 't.csv'\ntarget = 'species'\n");
  folder_.write("t.csv", "sepal,species\n1,a\n");
  EXPECT_EQ(user_error([&] { numbers(read.arrays[0]); }), folder_ / "t.csv: has no column 'petal' any more");
}

}  // namespace
}  // namespace mproc::job
