#include "mproc/job/data.hpp"

#include "support.hpp"

namespace mproc::job {
namespace {

std::string npy_file(const std::string& dtype, const std::string& shape, const std::string& data,
                     const std::string& order = "False") {
  std::string header =
      "{'descr': '" + dtype + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }\n";
  const auto length = static_cast<char>(header.size());
  return std::string("\x93NUMPY\x01\x00", 8) + length + '\0' + header + data;
}

class Data : public ::testing::Test {
 protected:
  Job job(const std::string& data) const {
    return job_from(folder_, "[task]\nfunction = 'f'\n[items]\nlist = [1]\n[data]\n" + data);
  }
  DataFile only(const std::string& data) const { return job(data).data.at(0); }
  std::string error(const std::string& data) const {
    return user_error([&] { job(data); });
  }
  static std::string elements(const DataFile& file) {
    std::string out;
    read_elements(file, [&](base::ByteView piece) { out += base::text(piece); });
    return out;
  }
  /// The elements as numbers of type T.
  template <class T>
  static std::vector<T> numbers(const DataFile& file) {
    const std::string bytes = elements(file);
    std::vector<T> out(bytes.size() / sizeof(T));
    std::memcpy(out.data(), bytes.data(), out.size() * sizeof(T));
    return out;
  }

  Folder folder_;
};

TEST_F(Data, of_a_npy_file_is_its_array_as_it_lies_there) {
  folder_.write("x.npy", npy_file(">i2", "(2, 3)", "0a0b0c0d0e0f", "True"));
  const DataFile file = only("X = 'x.npy'\n");
  EXPECT_EQ(file.array.name, "X");
  EXPECT_EQ(file.array.dtype, ">i2");
  EXPECT_TRUE(file.array.fortran);
  EXPECT_EQ(file.array.shape, (std::vector<std::uint64_t>{2, 3}));
  EXPECT_EQ(file.array.describe(), "2 x 3 of >i2, 12 bytes");
  EXPECT_EQ(elements(file), "0a0b0c0d0e0f");
}

TEST_F(Data, may_be_one_number_or_none_at_all) {
  folder_.write("one.npy", npy_file("|u1", "()", "x"));
  folder_.write("none.npy", npy_file("<f8", "(0, 7)", ""));
  const Job both = job("one = 'one.npy'\nnone = 'none.npy'\n");
  EXPECT_EQ(both.data.at(0).array.describe(), "one of |u1, 1 bytes");
  EXPECT_EQ(elements(both.data.at(0)), "x");
  EXPECT_EQ(both.data.at(1).array.describe(), "0 x 7 of <f8, 0 bytes");
  EXPECT_EQ(elements(both.data.at(1)), "");
}

TEST_F(Data, of_a_csv_file_has_a_field_a_column_of_the_type_that_holds_its_cells) {
  folder_.write("t.csv", "n,x,ok,word\n1,0.5,true,a\n-2,1e3,false,\"b,\xc3\xa4\"\n");
  const DataFile file = only("t = 't.csv'\n");
  const std::vector<std::pair<std::string, std::string>> fields{
      {"n", "<i8"}, {"x", "<f8"}, {"ok", "|b1"}, {"word", "<U3"}};
  EXPECT_EQ(file.array.fields, fields);
  EXPECT_EQ(file.array.describe(), "2 of (n <i8, x <f8, ok |b1, word <U3), 58 bytes");
  const std::string rows = elements(file);
  ASSERT_EQ(rows.size(), 58u);
  std::int64_t n = 0;
  double x = 0;
  char32_t word[3];
  std::memcpy(&n, rows.data() + 29, sizeof n);
  std::memcpy(&x, rows.data() + 29 + 8, sizeof x);
  std::memcpy(word, rows.data() + 29 + 17, sizeof word);
  EXPECT_EQ(n, -2);
  EXPECT_EQ(x, 1000);
  EXPECT_EQ(rows[29 + 16], '\0');
  EXPECT_EQ(std::u32string(word, 3), U"b,\u00e4");
}

TEST_F(Data, of_columns_with_empty_cells_or_long_integers_loses_nothing) {
  folder_.write("t.csv", "a,b,c,d\n1,true,99999999999999999999,\n,,1,\n");
  const DataFile file = only("t = 't.csv'\n");
  const std::vector<std::pair<std::string, std::string>> fields{
      {"a", "<f8"}, {"b", "<U4"}, {"c", "<U20"}, {"d", "<U1"}};
  EXPECT_EQ(file.array.fields, fields);
  folder_.write("a.csv", "a\n1\n\"\"\n3\n");
  const auto values = numbers<double>(only("a = 'a.csv'\n"));
  EXPECT_EQ(values[0], 1);
  EXPECT_TRUE(std::isnan(values[1]));
  EXPECT_EQ(values[2], 3);
}

TEST_F(Data, that_cannot_be_read_is_refused_at_its_place) {
  const std::string at = "sweep.toml:6:1: ", here = folder_.path();
  EXPECT_EQ(error("X = 'x.npy'\n"), at + "'data.X' names a file that is not there: " + here + "/x.npy");
  EXPECT_EQ(error("X = 3\n"), at + "'data.X' has to be a string, not a whole number");
  folder_.write("x.npy", "no array");
  EXPECT_EQ(error("X = 'x.npy'\n"), at + "'data.X' cannot be read: " + here + "/x.npy: is not a .npy file");
  folder_.write("x.npy", npy_file("<f8", "(2,)", "12345678"));
  EXPECT_EQ(error("X = 'x.npy'\n"), at + "'data.X' cannot be read: " + here +
                                        "/x.npy: is cut short: its shape needs more bytes than it has");
  folder_.write("x.npy", npy_file("|O", "(1,)", "12345678"));
  EXPECT_EQ(error("X = 'x.npy'\n"),
            at + "'data.X' cannot be read: " + here +
                "/x.npy: holds |O; shared arrays are of numbers, booleans, dates and fixed text");
  folder_.write("x.csv", "a,b\n1\n");
  EXPECT_EQ(error("X = 'x.csv'\n"),
            at + "'data.X' cannot be read: " + here + "/x.csv:2: has 1 cell, the header has 2");
  folder_.write("x.txt", "1");
  EXPECT_EQ(error("X = 'x.txt'\n"),
            at + "'data.X' has to be a .npy or .csv file, or \"FILE.npz:NAME\", not \"x.txt\"");
  EXPECT_EQ(error("\"a b\" = 'x.csv'\n"), at + "'data.a b' has to be named with letters, digits and '_'");
}

TEST_F(Data, that_changes_while_the_job_starts_is_refused) {
  folder_.write("x.npy", npy_file("|u1", "(3,)", "abc"));
  folder_.write("x.csv", "a\n1\n");
  const Job read = job("X = 'x.npy'\nT = 'x.csv'\n");
  folder_.write("x.npy", npy_file("|u1", "(3,)", "abcd"));
  folder_.write("x.csv", "a\n1\n2\n");
  const std::string changed = ": was changed while the job was started; start it again";
  EXPECT_EQ(user_error([&] { elements(read.data[0]); }), folder_ / "x.npy" + changed);
  EXPECT_EQ(user_error([&] { elements(read.data[1]); }), folder_ / "x.csv" + changed);
}

TEST_F(Data, is_a_part_of_the_jobs_identity_by_name_and_content) {
  const auto part = [&](const std::string& data) {
    for (const auto& [name, hash] : identity_parts(job(data)))
      if (name == "data") return hash;
    return std::string();
  };
  folder_.write("x.csv", "a\n1\n");
  folder_.write("same.csv", "a\n1\n");
  folder_.write("other.csv", "a\n2\n");
  const std::string before = part("X = 'x.csv'\nY = 'other.csv'\n");
  EXPECT_EQ(part("Y = 'other.csv'\nX = 'same.csv'\n"), before);
  EXPECT_NE(part("X = 'other.csv'\nY = 'x.csv'\n"), before);
  EXPECT_NE(part("X = 'x.csv'\n"), before);
  folder_.write("x.csv", "a\n3\n");
  EXPECT_NE(part("X = 'x.csv'\nY = 'other.csv'\n"), before);
}

TEST_F(Data, is_no_place_for_results) {
  folder_.write("x.csv", "a\n1\n");
  EXPECT_THAT(error("X = 'x.csv'\n[output]\npath = 'x.csv'\n"),
              ::testing::HasSubstr("is an input of the job"));
}

}  // namespace
}  // namespace mproc::job
