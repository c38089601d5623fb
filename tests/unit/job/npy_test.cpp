#include <cmath>

#include "mproc/job/ndarray.hpp"
#include "support.hpp"

namespace mproc::job {
namespace {

class Npy : public ::testing::Test {
 protected:
  Json items(const std::string& content) {
    folder_.write("x.npy", content);
    return items_of(folder_, "npy = 'x.npy'\n");
  }
  std::string error(const std::string& content) {
    std::string message = user_error([&] { items(content); });
    if (const auto at = message.find(folder_.path().string() + "/"); at != message.npos)
      message.erase(at, folder_.path().string().size() + 1);
    return message;
  }
  Folder folder_;
};

TEST_F(Npy, one_axis_gives_scalars) {
  EXPECT_EQ(items(npy("<f8", "(3,)", raw<double>({1.5, -0.0, INFINITY}))), Json({1.5, -0.0, INFINITY}));
  EXPECT_EQ(items(npy("<i4", "(2,)", raw<std::int32_t>({-1, 7}), "True")), Json({-1, 7}));
  EXPECT_EQ(items(npy("<u8", "(1,)", raw<std::uint64_t>({UINT64_MAX}))), Json({UINT64_MAX}));
  EXPECT_EQ(items(npy("|b1", "(2,)", raw<char>({0, 1}))), Json({false, true}));
  EXPECT_EQ(items(npy("<f4", "(1,)", raw<float>({0.5f}), "False", 2)), Json::array({0.5}));
  EXPECT_EQ(items(npy("|i1", "(2L,)", raw<std::int8_t>({-128, 127}))), Json({-128, 127}));
}

TEST_F(Npy, half_floats_are_exact) {
  const Json all =
      items(npy("<f2", "(6,)", raw<std::uint16_t>({0x3c00, 0xc000, 0x0001, 0x7bff, 0xfc00, 0x7e00})));
  EXPECT_EQ(all[0], 1.0);
  EXPECT_EQ(all[1], -2.0);
  EXPECT_EQ(all[2].get<double>(), std::ldexp(1, -24));
  EXPECT_EQ(all[3], 65504.0);
  EXPECT_EQ(all[4].get<double>(), -INFINITY);
  EXPECT_TRUE(std::isnan(all[5].get<double>()));
}

TEST_F(Npy, text_and_complex_numbers) {
  EXPECT_EQ(items(npy("<U2", "(3,)", raw<char32_t>({U'a', 0, U'é', U'😀', 0, 0}))), Json({"a", "é😀", ""}));
  const Json all = items(npy("<c8", "(1,)", raw<float>({1, -2})));
  const auto& body = all[0].get_binary();
  EXPECT_EQ(body.subtype(), static_cast<std::uint8_t>(base::Ext::complex));
  EXPECT_EQ(std::string(body.begin(), body.end()), raw<double>({1, -2}));
  EXPECT_EQ(error(npy("<U1", "(1,)", raw<std::uint32_t>({0xd800}))), "x.npy: item 0 is not Unicode text");
}

TEST_F(Npy, more_axes_give_arrays_of_the_rows) {
  const auto content = npy("<i2", "(2, 2, 3)", raw<std::int16_t>({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
  const Json all = items(content);
  ASSERT_EQ(all.size(), 2u);
  const auto& body = all[1].get_binary();
  const NdarrayView row = decode_ndarray(std::as_bytes(std::span(body.data(), body.size())));
  EXPECT_EQ(row.dtype, "<i2");
  EXPECT_EQ(row.shape, (std::vector<std::uint64_t>{2, 3}));
  EXPECT_EQ(base::text(row.data), raw<std::int16_t>({7, 8, 9, 10, 11, 12}));
  EXPECT_EQ(source_of(folder_, "npy = 'x.npy'\n")->describe(), "x.npy: 2 arrays of 2 x 3, <i2");
  EXPECT_EQ(items(npy("<i2", "(3, 0)", "")).size(), 3u);
}

TEST_F(Npy, large_files_are_read_in_blocks) {
  std::string data;
  for (std::int64_t i = 0; i < 200'000; ++i) data += raw<std::int64_t>({i});
  folder_.write("x.npy", npy("<i8", "(200000,)", data));
  const auto source = source_of(folder_, "npy = 'x.npy'\n");
  EXPECT_EQ(source->count(), 200'000u);
  ItemBatch batch;
  while (source->read(batch, 10'000, 1 << 20)) {
  }
  ASSERT_EQ(batch.count(), 200'000u);
  for (std::uint64_t i = 0; i < batch.count(); i += 997) EXPECT_EQ(decoded(batch.item(i)), i);
}

TEST_F(Npy, large_rows_are_read_into_memory_that_is_handed_on) {
  constexpr std::int64_t columns = 40'000;
  std::string data;
  for (std::int64_t i = 0; i < 3 * columns; ++i) data += raw<std::int64_t>({i});
  folder_.write("x.npy", npy("<i8", "(3, 40000)", data));
  const auto source = source_of(folder_, "npy = 'x.npy'\n");
  const auto expect_row = [&](base::ByteView item, std::size_t row) {
    const Json value = decoded(item);
    const auto& body = value.get_binary();
    const auto array = decode_ndarray(std::as_bytes(std::span(body.data(), body.size())));
    const std::size_t bytes = columns * sizeof(std::int64_t);
    EXPECT_TRUE(base::text(array.data) == std::string_view(data).substr(row * bytes, bytes)) << row;
  };
  ItemBatch first;
  ASSERT_TRUE(source->read(first, 10, 1 << 30));
  EXPECT_TRUE(first.data.shared);
  ASSERT_EQ(first.count(), 1u);
  expect_row(first.item(0), 0);
  ASSERT_TRUE(source->read(first, 1, 1)) << "one more into the same batch";
  ASSERT_EQ(first.count(), 2u);
  expect_row(first.item(0), 0);
  expect_row(first.item(1), 1);
  source->seek(2);
  ItemBatch last;
  ASSERT_TRUE(source->read(last, 10, 1 << 30));
  EXPECT_EQ(last.first, 2u);
  expect_row(last.item(0), 2);
  EXPECT_FALSE(source->read(last, 10, 1 << 30));
}

TEST_F(Npy, what_cannot_be_items_is_refused_with_a_remedy) {
  EXPECT_EQ(error("hello"), "x.npy: is not a .npy file");
  EXPECT_EQ(error(npy(">f8", "(1,)", raw<double>({1}))),
            "x.npy: is big-endian (>f8); save it with a.astype(a.dtype.newbyteorder('<'))");
  EXPECT_EQ(error(npy("|O", "(1,)", "x")),
            "x.npy: holds |O; items are numbers, booleans or fixed Unicode text (<U)");
  EXPECT_EQ(error(npy("<f8", "()", raw<double>({1}))), "x.npy: is a single value; items need an axis");
  EXPECT_EQ(
      error(npy("<f8", "(1, 1)", raw<double>({1}), "True")),
      "x.npy: is in Fortran order, where rows are not contiguous; save it with numpy.ascontiguousarray");
  EXPECT_EQ(error(npy("<f8", "(2,)", raw<double>({1}))),
            "x.npy: is cut short: its shape needs more bytes than it has");
  EXPECT_EQ(error(npy("<f8", "(4611686018427387904, 8)", "")),
            "x.npy: is cut short: its shape needs more bytes than it has");
  EXPECT_EQ(error(npy("<f8", "(0,)", "")), "sweep.toml:4:1: no items: 'items.npy' has no rows: x.npy");
  std::string dimensions;
  for (std::size_t i = 0; i <= most_dimensions; ++i) dimensions += "1, ";
  EXPECT_EQ(error(npy("|b1", "(" + dimensions + ")", "1", "False", 2)),
            "x.npy: is not a sound .npy file: it has more dimensions than NumPy allows");
  std::string fields = npy("<f8", "(1,)", raw<double>({1}));
  fields.replace(fields.find("'<f8'"), 5, "[('a'");
  EXPECT_EQ(error(fields),
            "x.npy: holds records of several fields; save each field as a .npy file, or use csv");
}

}  // namespace
}  // namespace mproc::job
