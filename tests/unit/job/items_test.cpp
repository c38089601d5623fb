#include "mproc/job/items.hpp"

#include <cmath>
#include <random>

#include "mproc/job/encode.hpp"
#include "mproc/job/ndarray.hpp"
#include "support.hpp"

namespace mproc::job {
namespace {

Json parsed(const std::string& text) {
  return Json::parse(text);
}

TEST(ItemSource, list_gives_any_values_in_order) {
  Folder folder;
  const auto source = source_of(folder, "list = [1, -2, 2.5, 'x', true, [1, ['a']], {b = 1, a = {}}, '']\n");
  EXPECT_EQ(source->count(), 8u);
  EXPECT_TRUE(source->recomputable());
  EXPECT_EQ(rest_of(*source).dump(), R"([1,-2,2.5,"x",true,[1,["a"]],{"b":1,"a":{}},""])");
}

TEST(ItemSource, range_counts_as_python_does) {
  Folder folder;
  EXPECT_EQ(items_of(folder, "range = [4]\n"), parsed("[0,1,2,3]"));
  EXPECT_EQ(items_of(folder, "range = 2\n"), parsed("[0,1]"));
  EXPECT_EQ(items_of(folder, "range = [-1, 2]\n"), parsed("[-1,0,1]"));
  EXPECT_EQ(items_of(folder, "range = [10, 0, -4]\n"), parsed("[10,6,2]"));
  EXPECT_EQ(items_of(folder, "range = [0, 1, 0.25]\n"), parsed("[0.0,0.25,0.5,0.75]"));
  EXPECT_EQ(items_of(folder, "range = [1.0, 0, -0.4]\n"), Json({1.0, 1.0 - 0.4, 1.0 - 2 * 0.4}));
  EXPECT_TRUE(items_of(folder, "range = [2.0]\n")[1].is_number_float());
}

TEST(ItemSource, huge_ranges_cost_nothing_and_do_not_overflow) {
  Folder folder;
  const auto source = source_of(folder, "range = [-9223372036854775808, 9223372036854775807, 3]\n");
  EXPECT_EQ(source->count(), 6148914691236517205u);
  source->seek(6148914691236517204u);
  EXPECT_EQ(rest_of(*source), parsed("[9223372036854775804]"));
  const auto down =
      source_of(folder, "range = [9223372036854775807, -9223372036854775808, -9223372036854775808]\n");
  EXPECT_EQ(rest_of(*down), parsed("[9223372036854775807, -1]"));
}

TEST(ItemSource, grid_is_every_combination_with_the_first_key_slowest) {
  Folder folder;
  const auto source = source_of(
      folder, "grid = { z = ['p', 'q'], a = { range = [10, 31, 10] }, l = { linspace = [0, 1, 2] } }\n");
  EXPECT_EQ(source->count(), 12u);
  const Json all = rest_of(*source);
  EXPECT_EQ(all[0].dump(), R"({"z":"p","a":10,"l":0.0})");
  EXPECT_EQ(all[1].dump(), R"({"z":"p","a":10,"l":1.0})");
  EXPECT_EQ(all[2].dump(), R"({"z":"p","a":20,"l":0.0})");
  EXPECT_EQ(all[11].dump(), R"({"z":"q","a":30,"l":1.0})");
}

TEST(ItemSource, linspace_is_numpys_to_the_last_bit) {
  Folder folder;
  const Json all = items_of(folder, "zip = { x = { linspace = [0, 1, 11] } }\n");
  // NumPy: arange(0, 11) * 0.1 + 0, and the end itself.
  const std::vector<double> numpy{
      0.0, 0.1, 0.2, 0.30000000000000004, 0.4, 0.5, 0.6000000000000001, 0.7000000000000001, 0.8, 0.9, 1.0};
  for (std::size_t i = 0; i < numpy.size(); ++i) EXPECT_EQ(all[i]["x"].get<double>(), numpy[i]) << i;
  EXPECT_EQ(items_of(folder, "zip = { x = { linspace = [3, 4, 1] } }\n").dump(), R"([{"x":3.0}])");
}

TEST(ItemSource, zip_walks_axes_side_by_side) {
  Folder folder;
  EXPECT_EQ(items_of(folder, "zip = { b = [1, 2], a = { range = [2] } }\n").dump(),
            R"([{"b":1,"a":0},{"b":2,"a":1}])");
}

TEST(ItemSource, batches_end_at_items_and_at_bytes) {
  Folder folder;
  const auto source = source_of(folder, "range = [100, 1000]\n");
  ItemBatch batch;
  ASSERT_TRUE(source->read(batch, 4, 1 << 20));
  EXPECT_EQ(batch.count(), 4u);
  ASSERT_TRUE(source->read(batch, 100, 1));  // at least one, appended
  EXPECT_EQ(batch.count(), 5u);
  EXPECT_EQ(batch.first, 0u);
  EXPECT_EQ(decoded(batch.item(4)), 104);
  ItemBatch second;
  source->seek(899);
  ASSERT_TRUE(source->read(second, 10, 100));
  EXPECT_EQ(second.first, 899u);
  EXPECT_EQ(second.count(), 1u);
  EXPECT_FALSE(source->read(second, 10, 100));
  EXPECT_EQ(second.count(), 1u);
}

TEST(ItemSource, lines_are_text_without_their_ends) {
  Folder folder;
  folder.write("a.txt", std::string("\xef\xbb\xbf"
                                    "one\r\n\n  two \n\0x\nthree \xc3\xa9",
                                    27));
  const auto source = source_of(folder, "lines = 'a.txt'\n");
  EXPECT_FALSE(source->recomputable());
  EXPECT_FALSE(source->count());
  EXPECT_EQ(rest_of(*source), Json({"one", "", "  two ", std::string("\0x", 2), "three \xc3\xa9"}));
  EXPECT_EQ(source->count(), 5u);
}

TEST(ItemSource, lines_that_are_not_utf8_name_their_line) {
  Folder folder;
  folder.write("a.txt", "ok\n\xff\n");
  EXPECT_EQ(user_error([&] { items_of(folder, "lines = 'a.txt'\n"); }),
            folder / "a.txt" + ":2: is not UTF-8; convert the file, e.g. with iconv -t utf-8");
  folder.write("empty.txt", "");
  EXPECT_EQ(user_error([&] { source_of(folder, "lines = 'empty.txt'\n"); }),
            "sweep.toml:4:1: no items: 'items.lines' names a file without any: " + folder / "empty.txt");
}

TEST(ItemSource, a_line_that_was_refused_is_refused_again_and_moves_no_other) {
  Folder folder;
  folder.write("a.txt", "first\nsecond\n\xff\nlast\n");
  const auto source = source_of(folder, "lines = 'a.txt'\n");
  ItemBatch batch;
  const std::string refusal = user_error([&] { source->read(batch, 9, 1 << 20); });
  EXPECT_EQ(batch.count(), 2u);
  EXPECT_EQ(user_error([&] { source->read(batch, 9, 1 << 20); }), refusal);
  EXPECT_EQ(user_error([&] { source->seek(3); }), refusal) << "what comes behind it has no number yet";
  source->seek(1);
  ItemBatch again;
  ASSERT_TRUE(source->read(again, 1, 1));
  EXPECT_EQ(decoded(again.item(0)), "second");
  EXPECT_EQ(user_error([&] { source->read(again, 1, 1); }), refusal);
}

TEST(ItemSource, jsonl_gives_values_and_objects) {
  Folder folder;
  folder.write("a.jsonl", "{\"b\": 1, \"a\": [null, \"\\u00e9\\u0000\"]}\r\n\n3\n\"x\"\n-1.5\n");
  EXPECT_EQ(items_of(folder, "jsonl = 'a.jsonl'\n").dump(), R"([{"b":1,"a":[null,"é\u0000"]},3,"x",-1.5])");
}

TEST(ItemSource, jsonl_errors_name_file_line_and_column) {
  Folder folder;
  folder.write("a.jsonl", "1\n\n{\"a\": }\n");
  EXPECT_EQ(user_error([&] { items_of(folder, "jsonl = 'a.jsonl'\n"); }),
            folder / "a.jsonl" +
                ":3:7: syntax error while parsing value - unexpected '}'; expected '[', '{', or a literal");
  folder.write("b.jsonl", "1\n{\"a\": 1, \"a\": 2}\n");
  EXPECT_EQ(user_error([&] { items_of(folder, "jsonl = 'b.jsonl'\n"); }),
            folder / "b.jsonl" + ":2:10: key 'a' twice");
}

TEST(ItemSource, jsonl_takes_objects_of_thousands_of_keys_and_none_twice) {
  Folder folder;
  std::string wide;
  for (int i = 0; i < 100'000; ++i) wide += fmt::format("{}\"c{}\": {}", i == 0 ? "" : ", ", i, i);
  folder.write("a.jsonl", "{" + wide + "}\n{" + wide + ", \"c7\": 0}\n");
  const auto source = source_of(folder, "jsonl = 'a.jsonl'\n");
  ItemBatch batch;
  source->read(batch, 1, 1);
  const auto columns = base::unpack_as<std::map<std::string, int>>(batch.item(0));
  EXPECT_EQ(columns.size(), 100'000u);
  EXPECT_EQ(columns.at("c99999"), 99'999);
  EXPECT_THAT(user_error([&] { source->read(batch, 1, 1); }), ::testing::HasSubstr("a.jsonl:2:"))
      << "twice c7";
}

TEST(ItemSource, integers_beyond_64_bits_keep_their_digits) {
  Folder folder;
  folder.write("a.jsonl", "18446744073709551615\n-123456789012345678901234567890\n");
  const Json all = items_of(folder, "jsonl = 'a.jsonl'\n");
  EXPECT_EQ(all[0], 18446744073709551615u);
  const auto& big = all[1].get_binary();
  EXPECT_EQ(big.subtype(), static_cast<std::uint8_t>(base::Ext::bigint));
  EXPECT_EQ(std::string(big.begin(), big.end()), "-123456789012345678901234567890");
}

TEST(ItemSource, glob_sorts_and_drops_doubles) {
  Folder folder;
  for (const char* name : {"in/b.csv", "in/a.csv", "in/B.csv", "in/x [1].csv", "c.txt"})
    folder.write(name, "");
  EXPECT_EQ(items_of(folder, "glob = 'in/*.csv'\n"),
            Json({folder / "in/B.csv", folder / "in/a.csv", folder / "in/b.csv", folder / "in/x [1].csv"}));
  EXPECT_EQ(items_of(folder, "glob = ['in/b*', 'c.txt', 'in/[ab].csv']\n"),
            Json({folder / "c.txt", folder / "in/a.csv", folder / "in/b.csv"}));
}

TEST(ItemSource, glob_takes_the_job_files_directory_literally) {
  Folder folder;
  folder.write("odd [x]*/a.csv", "");
  const auto document = Document::parse_toml("[task]\nfunction = 'f'\n[items]\nglob = '*.csv'\n", "j.toml",
                                             folder.path() / "odd [x]*");
  EXPECT_EQ(rest_of(*make_item_source(read_job(document))), Json::array({folder / "odd [x]*/a.csv"}));
}

TEST(ItemSource, generators_are_named_and_not_opened) {
  Folder folder;
  const Job job = job_from(folder, "[task]\nfunction = 'f'\n[items]\npython = 'model:items'\n");
  EXPECT_EQ(is_generator(job), "model:items");
  EXPECT_FALSE(is_generator(job_from(folder, "[task]\nfunction = 'f'\n[items]\nlist = [1]\n")));
}

struct Seekable {
  std::string name, items;
};

void PrintTo(const Seekable& tested, std::ostream* to) {
  *to << tested.name;
}

/// Files of 10,000 items each.
void write_sources(const Folder& folder) {
  std::string lines, jsonl, csv = "a,b\n";
  for (int i = 0; i < 10'000; ++i) {
    lines += fmt::format("line {}\n", i);
    jsonl += fmt::format("{}{{\"i\": {}}}\n", i % 7 == 0 ? "\n" : "", i);
    csv += fmt::format("{},\"x\n{}\"\n{}", i, i, i % 5 == 0 ? "\n" : "");
  }
  folder.write("a.txt", lines);
  folder.write("a.jsonl", jsonl);
  folder.write("a.csv", csv);
  std::string npy = "\x93NUMPY\x01";
  npy += std::string("\0\x76\0", 3);
  std::string header = "{'descr': '<i4', 'fortran_order': False, 'shape': (10000,), }";
  header.resize(0x75, ' ');
  npy += header + "\n";
  for (std::int32_t i = 0; i < 10'000; ++i) npy.append(reinterpret_cast<const char*>(&i), sizeof i);
  folder.write("a.npy", npy);
}

class Seek : public ::testing::TestWithParam<Seekable> {
 protected:
  Seek() { write_sources(folder_); }
  Folder folder_;
};

TEST_P(Seek, equals_skipping_in_both_directions) {
  const auto source = source_of(folder_, GetParam().items);
  const Json all = rest_of(*source, 1000);
  ASSERT_EQ(all.size(), 10'000u);
  for (const std::uint64_t index :
       {9'999u, 0u, 1u, 4'095u, 4'096u, 4'097u, 8'192u, 5'000u, 5'001u, 4'999u, 9'000u, 100u}) {
    source->seek(index);
    ItemBatch batch;
    ASSERT_TRUE(source->read(batch, 2, 1 << 20));
    EXPECT_EQ(batch.first, index);
    for (std::uint64_t i = 0; i < batch.count(); ++i)
      EXPECT_EQ(decoded(batch.item(i)), all[index + i]) << index;
  }
  ItemBatch none;
  source->seek(10'000);
  EXPECT_FALSE(source->read(none, 1, 1));
  source->seek(20'000);
  EXPECT_FALSE(source->read(none, 1, 1));
  EXPECT_EQ(source->count(), 10'000u);
  source->seek(9'998);
  EXPECT_EQ(rest_of(*source), Json({all[9'998], all[9'999]}));
}

TEST_P(Seek, works_on_a_source_not_read_before) {
  const auto source = source_of(folder_, GetParam().items);
  source->seek(9'999);
  EXPECT_EQ(rest_of(*source).size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(
    Sources, Seek,
    ::testing::Values(Seekable{"range", "range = [10000]\n"},
                      Seekable{"grid", "grid = { a = { range = [100] }, b = { linspace = [0, 1, 100] } }\n"},
                      Seekable{"zip", "zip = { a = { range = [10000] } }\n"},
                      Seekable{"lines", "lines = 'a.txt'\n"}, Seekable{"jsonl", "jsonl = 'a.jsonl'\n"},
                      Seekable{"csv", "csv = 'a.csv'\n"}, Seekable{"npy", "npy = 'a.npy'\n"}),
    [](const auto& tested) { return tested.param.name; });

/// A tree of random shape: names with odd characters, numbers at their limits.
Json random_tree(std::mt19937& random, int depth) {
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  const auto text = [&] {
    const std::vector<std::string> parts{"",
                                         "a",
                                         std::string("\0", 1),
                                         "\"",
                                         "\n",
                                         "\xc3\xa9",
                                         "\xf0\x9f\x98\x80",
                                         "/~",
                                         std::string(300, 'x')};
    return parts[static_cast<std::size_t>(below(9))] + std::to_string(below(1000));
  };
  switch (below(depth > 0 ? 8 : 6)) {
    case 0:
      return nullptr;
    case 1:
      return below(2) == 0;
    case 2:
      return std::vector<std::int64_t>{
          0, -1, 127, 128, -32, -33, 65536, INT64_MIN, INT64_MAX}[static_cast<std::size_t>(below(9))];
    case 3:
      return std::uint64_t{UINT64_MAX} >> below(64);
    case 4:
      return std::vector<double>{
          0.0, -0.0, 1.5, 1e308, 5e-324, INFINITY, -INFINITY}[static_cast<std::size_t>(below(7))];
    case 5:
      return text();
    case 6: {
      Json list = Json::array();
      for (int n = below(20); n > 0; --n) list.push_back(random_tree(random, depth - 1));
      return list;
    }
    default: {
      Json table = Json::object();
      for (int n = below(20); n > 0; --n) table[text()] = random_tree(random, depth - 1);
      return table;
    }
  }
}

TEST(Encode, random_trees_come_back_with_types_and_order) {
  std::mt19937 random(20261122);
  for (int i = 0; i < 2000; ++i) {
    const Json tree = random_tree(random, 4);
    base::Bytes bytes;
    append_value(bytes, tree);
    const Json back = decoded(bytes);
    ASSERT_EQ(back, tree);
    ASSERT_EQ(back.dump(), tree.dump());
  }
}

TEST(Encode, floats_stay_floats_and_nan_stays_nan) {
  base::Bytes bytes;
  append_value(bytes, Json({1.0, NAN}));
  const Json back = decoded(bytes);
  EXPECT_TRUE(back[0].is_number_float());
  EXPECT_TRUE(std::isnan(back[1].get<double>()));
}

}  // namespace
}  // namespace mproc::job
