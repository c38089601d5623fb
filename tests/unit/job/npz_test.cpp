#include "mproc/job/data.hpp"
#include "support.hpp"
#include "support/process.hpp"
#include "support/zip_archive.hpp"

namespace mproc::job {
namespace {

class Npz : public ::testing::Test {
 protected:
  DataFile data(const std::string& text) const {
    return job_from(folder_, "[task]\nfunction = 'f'\n[items]\nlist = [1]\n[data]\nX = '" + text + "'\n")
        .data.at(0);
  }
  /// Behind the place, without directories.
  std::string error(const std::string& text) const {
    std::string message = user_error([&] { data(text); });
    const std::string directory = folder_.path().string() + "/", place = "sweep.toml:6:1: 'data.X' ";
    for (auto at = message.find(directory); at != message.npos; at = message.find(directory))
      message.erase(at, directory.size());
    return message.starts_with(place) ? message.substr(place.size()) : message;
  }
  std::string error_of(const std::string& archive) const {
    folder_.write("x.npz", archive);
    return error("x.npz:X");
  }
  static std::string content(const DataFile& file) {
    std::string out;
    read_elements(file, [&](base::ByteView piece) { out += base::text(piece); });
    return out;
  }

  Folder folder_;
  const std::string array_ = npy("<i2", "(2,)", "abcd");
};

TEST_F(Npz, has_arrays_by_their_names_with_or_without_suffix) {
  folder_.write("x.npz",
                testing::zip_archive(
                    {{"X.npy", array_}, {"a/b c.npy", npy("|u1", "(3, 1)", "xyz", "True")}, {"Y", array_}}));
  EXPECT_EQ(content(data("x.npz:X")), "abcd");
  EXPECT_EQ(content(data("x.npz:X.npy")), "abcd");
  EXPECT_EQ(content(data("x.npz:Y")), "abcd");
  const DataFile other = data("x.npz:a/b c");
  EXPECT_EQ(other.array.describe(), "3 x 1 of |u1, 3 bytes");
  EXPECT_TRUE(other.array.fortran);
  EXPECT_EQ(other.shown(), "x.npz:a/b c");
  EXPECT_EQ(content(other), "xyz");
}

TEST_F(Npz, may_be_deflated_or_large_or_have_a_comment) {
  const std::string many =
      npy("|S1", "(3000000,)", std::string(1'500'000, 'a') + std::string(1'500'000, 'b'));
  for (const auto& kind :
       {testing::ZipKind{.deflated = true}, testing::ZipKind{.large = true},
        testing::ZipKind{.deflated = true, .large = true, .comment = std::string(0xffff, 'P')}}) {
    folder_.write("x.npz", testing::zip_archive({{"Y.npy", array_}, {"X.npy", many}}, kind));
    EXPECT_EQ(content(data("x.npz:Y")), "abcd");
    EXPECT_EQ(content(data("x.npz:X")), many.substr(many.size() - 3'000'000));
  }
}

TEST_F(Npz, has_the_hash_of_an_array_in_a_file_of_its_own) {
  folder_.write("X.npy", array_);
  folder_.write("x.npz", testing::zip_archive({{"Y.npy", npy("<i2", "(2,)", "abce")}, {"X.npy", array_}}));
  EXPECT_EQ(data("x.npz:X").hash, data("X.npy").hash);
  EXPECT_NE(data("x.npz:Y").hash, data("X.npy").hash);
}

TEST_F(Npz, without_the_array_is_refused_with_those_that_it_has) {
  folder_.write("x.npz", testing::zip_archive({{"X.npy", array_}, {"y\n.npy", array_}}));
  EXPECT_EQ(error("x.npz:Z"), "cannot be read: x.npz: has no array 'Z'; it has X, y\\x0a");
  EXPECT_EQ(error("x.npz"),
            "cannot be read: x.npz: say which of its arrays, as \"x.npz:NAME\"; it has X, y\\x0a");
  EXPECT_EQ(error("x.npz:"), error("x.npz"));
  std::vector<testing::ZipFile> many;
  for (int i = 0; i < 23; ++i) many.push_back({fmt::format("{}", i), array_});
  folder_.write("x.npz", testing::zip_archive(many));
  EXPECT_THAT(error("x.npz:Z"), ::testing::EndsWith(", 18, 19, 3 more"));
  folder_.write("x.npz", testing::zip_archive({}));
  EXPECT_EQ(error("x.npz:Z"), "cannot be read: x.npz: has no array 'Z'; it has nothing");
  EXPECT_EQ(error("z.npz:Z"), "names a file that is not there: z.npz");
  folder_.write("x.csv:X", "");
  EXPECT_EQ(error("x.csv:X"), "has to be a .npy or .csv file, or \"FILE.npz:NAME\", not \"x.csv:X\"");
}

TEST_F(Npz, of_other_things_is_refused) {
  const std::string cannot = "cannot be read: x.npz", damaged = cannot + ": 'X.npy' in it is damaged";
  EXPECT_EQ(error_of("PK"), cannot + ": is not a .npz file, or is cut short");
  EXPECT_EQ(error_of(array_), cannot + ": is not a .npz file, or is cut short");
  EXPECT_EQ(error_of(testing::zip_archive({{"X.npy", ""}})), cannot + ":X: is not a .npy file");
  EXPECT_EQ(error_of(testing::zip_archive({{"X.npy", "0123456789ab"}})), cannot + ":X: is not a .npy file");
  EXPECT_EQ(error_of(testing::zip_archive({{"X.npy", npy("|O", "(1,)", "12345678")}})),
            cannot + ":X: holds |O; shared arrays are of numbers, booleans, dates and fixed text");
  EXPECT_EQ(error_of(testing::zip_archive({{"X.npy", npy("<i2", "(3,)", "abcd")}})),
            cannot + ":X: is cut short: its shape needs more bytes than it has");
  EXPECT_EQ(error_of(testing::zip_archive({{"X.npy", array_}}, {.flags = 1})),
            cannot + ": 'X.npy' in it is encrypted; save it with numpy.savez");
  EXPECT_EQ(error_of(testing::zip_archive({{"X.npy", array_}}, {.method = 14})),
            cannot +
                ": 'X.npy' in it is compressed in a way that NumPy does not; save it with numpy.savez or "
                "savez_compressed");
  std::string archive = testing::zip_archive({{"X.npy", array_}});
  const auto changed = [&](std::string_view at, std::size_t offset, char to) {
    std::string out = archive;
    out[out.find(at) + offset] = to;
    return out;
  };
  EXPECT_EQ(error_of(changed("abcd", 1, 'B')), damaged + ": its checksum is another");
  const auto size = static_cast<char>(array_.size());
  EXPECT_EQ(error_of(changed("PK\1\2", 20, static_cast<char>(size - 1))),
            damaged + ": it is shorter than it should be");
  EXPECT_EQ(error_of(changed("PK\1\2", 24, static_cast<char>(size - 1))),
            damaged + ": it is longer than it should be");
  EXPECT_EQ(error_of(changed("PK\1\2", 44, 1)),
            cannot + ": is not a sound .npz file: its directory names what is not there");
  EXPECT_EQ(error_of(changed("PK\3\4", 0, 'Q')),
            cannot + ": is not a sound .npz file: its directory names what is not there");
  EXPECT_EQ(error_of(changed("PK\1\2", 0, 'Q')),
            cannot + ": is not a sound .npz file: its directory is malformed");
  EXPECT_EQ(error_of(changed("PK\5\6", 18, 1)),
            cannot + ": is not a sound .npz file: its directory is not where it says");
  EXPECT_EQ(error_of(changed("PK\1\2", 28, 99)),
            cannot + ": is not a sound .npz file: its directory is cut short");
  archive = testing::zip_archive({{"X.npy", array_}}, {.deflated = true});
  EXPECT_EQ(error_of(changed("PK\3\4", 30 + 5 + 7, '\xff')), damaged);
}

TEST_F(Npz, as_numpy_writes_them_have_the_arrays_that_it_writes_to_npy) {
  if (std::system("/usr/bin/python3 -c 'import numpy' 2>/dev/null") != 0)
    GTEST_SKIP() << "/usr/bin/python3 with NumPy is not here";
  folder_.write("write.py", R"(
import numpy as np
rng = np.random.default_rng(3)
arrays = {}
for i, dtype in enumerate(["<f8", ">f4", "<i2", "|u1", "|b1", "<U5", "|S3", "<c16", "<M8[s]"]):
    for shape in [(), (0, 3), (7,), (300, 70), (5, 40, 3)]:
        a = rng.integers(0, 99, shape).astype(dtype)
        arrays[f"{i}_{len(arrays)}"] = np.asfortranarray(a) if len(arrays) % 2 else a
arrays["long"] = rng.integers(0, 9, 700_000)
arrays["süß"] = np.arange(3)
np.savez("stored.npz", **arrays)
np.savez_compressed("packed.npz", **arrays)
for name, array in arrays.items():
    np.save(name + ".npy", array)
print("\n".join(arrays))
)");
  const auto written = testing::shell("/usr/bin/python3 write.py");
  ASSERT_EQ(written.status, 0) << written.output;
  std::istringstream names(written.output);
  int seen = 0;
  for (std::string name; std::getline(names, name); ++seen) {
    const DataFile alone = data(name + ".npy");
    for (const std::string archive : {"stored.npz:", "packed.npz:"}) {
      const DataFile member = data(archive + name);
      EXPECT_EQ(member.array.describe(), alone.array.describe());
      EXPECT_EQ(member.array.fortran, alone.array.fortran);
      EXPECT_EQ(member.hash, alone.hash);
      EXPECT_EQ(content(member), content(alone)) << name;
    }
  }
  EXPECT_EQ(seen, 47);
}

TEST_F(Npz, that_changes_while_the_job_starts_is_refused) {
  folder_.write("x.npz", testing::zip_archive({{"X.npy", array_}}));
  const DataFile read = data("x.npz:X");
  folder_.write("x.npz", testing::zip_archive({{"X.npy", npy("<i2", "(3,)", "abcdef")}}));
  EXPECT_EQ(user_error([&] { content(read); }),
            folder_ / "x.npz: was changed while the job was started; start it again");
}

}  // namespace
}  // namespace mproc::job
