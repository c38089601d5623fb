#include "mproc/job/ndarray.hpp"

#include "mproc/job/units.hpp"
#include "support.hpp"

namespace mproc::job {
namespace {

base::ByteView body_of(const base::Bytes& value) {
  std::size_t offset = 0;
  const auto handle = base::unpack_value(value, offset);
  EXPECT_EQ(offset, value.size());
  EXPECT_EQ(handle.get().via.ext.type(), static_cast<std::int8_t>(base::Ext::ndarray));
  return base::ByteView(value).last(handle.get().via.ext.size);
}

TEST(Ndarray, comes_back_as_it_was) {
  const std::vector<float> data{1, 2, 3, 4, 5, 6};
  base::Bytes value;
  append_ndarray(value, "<f4", std::vector<std::uint64_t>{2, 3}, std::as_bytes(std::span(data)));
  const NdarrayView array = decode_ndarray(body_of(value));
  EXPECT_EQ(array.dtype, "<f4");
  EXPECT_EQ(array.shape, (std::vector<std::uint64_t>{2, 3}));
  EXPECT_EQ(0, std::memcmp(array.data.data(), data.data(), array.data.size()));
}

TEST(Ndarray, may_be_empty_or_a_single_value) {
  base::Bytes value;
  append_ndarray(value, "<f8", std::vector<std::uint64_t>{0, 7}, {});
  EXPECT_TRUE(decode_ndarray(body_of(value)).data.empty());
  value.clear();
  const std::int8_t one = 1;
  append_ndarray(value, "|i1", {}, std::as_bytes(std::span(&one, 1)));
  EXPECT_TRUE(decode_ndarray(body_of(value)).shape.empty());
}

TEST(Ndarray, a_large_one_is_aligned_behind_anything) {
  const std::vector<double> data(20'000, 1.5);
  for (std::size_t before = 0; before < 130; before += 13)
    for (const std::uint64_t outside : {0u, 5u, 300'000u}) {
      base::Bytes value(before);
      append_ndarray_head(value, "<f8", std::vector<std::uint64_t>{data.size()}, 160'000, outside);
      EXPECT_EQ((value.size() + outside) % 64, 0u);
      base::append(value, std::as_bytes(std::span(data)));
      value.erase(value.begin(), value.begin() + static_cast<std::ptrdiff_t>(before));
      const NdarrayView array = decode_ndarray(body_of(value));
      EXPECT_EQ(array.shape, (std::vector<std::uint64_t>{20'000}));
      EXPECT_EQ(0, std::memcmp(array.data.data(), data.data(), array.data.size()));
    }
}

TEST(Ndarray, torn_or_changed_bytes_are_a_decode_error_or_another_array) {
  base::Bytes value;
  append_ndarray(value, "<f8", std::vector<std::uint64_t>{3}, base::view(std::string(24, 'x')));
  const auto body = body_of(value);
  for (std::size_t n = 0; n < body.size(); ++n)
    EXPECT_THROW(decode_ndarray(body.first(n)), base::DecodeError);
  for (std::size_t i = 0; i < body.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      base::Bytes changed(body.begin(), body.end());
      changed[i] ^= std::byte(1 << bit);
      try {
        decode_ndarray(changed);
      } catch (const base::DecodeError&) {
      }
    }
  }
}

TEST(Ndarray, has_no_more_dimensions_than_numpy) {
  for (const std::size_t dimensions : {most_dimensions, most_dimensions + 1, std::size_t{1'000'000}}) {
    base::Bytes value;
    append_ndarray(value, "|b1", std::vector<std::uint64_t>(dimensions, 1), base::view("1"));
    if (dimensions == most_dimensions)
      EXPECT_EQ(decode_ndarray(body_of(value)).shape.size(), dimensions);
    else
      EXPECT_THROW(decode_ndarray(body_of(value)), base::DecodeError);
  }
}

TEST(Ndarray, element_sizes_are_numpys) {
  EXPECT_EQ(itemsize("<f8"), 8u);
  EXPECT_EQ(itemsize("|b1"), 1u);
  EXPECT_EQ(itemsize("<U5"), 20u);
  EXPECT_EQ(itemsize("<M8[ns]"), 8u);
  for (const char* bad : {"", "f8", "<f", "<f8x", "<x8", "<f8[ns]", "|O", "<f-8"})
    EXPECT_FALSE(itemsize(bad)) << bad;
}

TEST(Sizes, are_numbers_with_a_unit) {
  EXPECT_EQ(parse_size("2GiB"), std::uint64_t{2} << 30);
  EXPECT_EQ(parse_size("1.5 TiB"), std::uint64_t{3} << 39);
  EXPECT_EQ(parse_size("512MiB"), 512u << 20);
  EXPECT_EQ(parse_size("64KiB"), 65536u);
  EXPECT_EQ(parse_size("500MB"), 500'000'000u);
  EXPECT_EQ(parse_size("4096B"), 4096u);
  for (const char* text : {"", "2", "GiB", "2G", "-2GiB", "2gib", "2GiB x", "1e3MiB", "2000000TiB"})
    EXPECT_EQ(parse_size(text), std::nullopt) << text;
}

TEST(Sizes, are_said_with_the_unit_that_fits) {
  EXPECT_EQ(size_text(std::uint64_t{2} << 30), "2 GiB");
  EXPECT_EQ(size_text(1'600'000'000), "1.49 GiB");
  EXPECT_EQ(size_text(1023), "1023 B");
  EXPECT_EQ(size_text(1u << 20), "1 MiB");
}

TEST(Units, durations) {
  using std::chrono::milliseconds;
  EXPECT_EQ(parse_duration("30m"), milliseconds(1'800'000));
  EXPECT_EQ(parse_duration("8h"), milliseconds(28'800'000));
  EXPECT_EQ(parse_duration("10s"), milliseconds(10'000));
  EXPECT_EQ(parse_duration("500ms"), milliseconds(500));
  EXPECT_EQ(parse_duration("1.5h"), milliseconds(5'400'000));
  EXPECT_EQ(parse_duration("1h30m"), milliseconds(5'400'000));
  EXPECT_EQ(parse_duration("08:00:00"), milliseconds(28'800'000));
  EXPECT_EQ(parse_duration("1-00:00:01"), milliseconds(86'401'000));
  for (const char* bad : {"", "10", "s", "-1s", "10 s", "1e3s", "08:00", "08:60:00", "x8:00:00", "10sx",
                          "1..5s", "99999999d", "1:-1:00"})
    EXPECT_FALSE(parse_duration(bad)) << bad;
}

}  // namespace
}  // namespace mproc::job
