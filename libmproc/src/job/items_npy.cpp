#include <array>
#include <cstring>

#include "mproc/job/ndarray.hpp"
#include "npy.hpp"
#include "parse.hpp"
#include "paths.hpp"
#include "sources.hpp"

namespace mproc::job {
namespace {

/// Rows of an array's first axis, read in blocks.
class NpySource : public IndexedSource {
 public:
  NpySource(InputFile file, NpyHeader header, std::uint64_t row_bytes)
      : IndexedSource(header.shape[0], false),
        file_(std::move(file)),
        header_(std::move(header)),
        row_shape_(header_.shape.begin() + 1, header_.shape.end()),
        row_bytes_(row_bytes) {}

  std::string describe() const override {
    std::string row =
        row_shape_.empty() ? "values" : fmt::format("arrays of {}", fmt::join(row_shape_, " x "));
    return fmt::format("{}: {} {}, {}", file_.path().filename().string(), header_.shape[0], row,
                       header_.dtype);
  }

 private:
  void append_at(base::Bytes& to, std::uint64_t index) override {
    const base::ByteView row = file_.at(header_.data_offset + index * row_bytes_, row_bytes_);
    if (!row_shape_.empty()) return append_ndarray(to, header_.dtype, row_shape_, row);
    MPROC_CHECK(append_npy_scalar(to, header_.dtype[1], row), "{}: item {} is not Unicode text",
                file_.path().string(), index);
  }

  base::SharedBytes share_next() override {
    if (row_shape_.empty() || row_bytes_ < base::shared_from || next() >= header_.shape[0]) return {};
    base::Bytes head;
    append_ndarray_head(head, header_.dtype, row_shape_, row_bytes_);
    auto item = pool_.reserve(head.size() + row_bytes_);
    std::memcpy(item.data(), head.data(), head.size());
    file_.read(header_.data_offset + next() * row_bytes_, {item.data() + head.size(), row_bytes_});
    return std::move(item).publish();
  }

  InputFile file_;
  base::SharedPool pool_;
  NpyHeader header_;
  std::vector<std::uint64_t> row_shape_;
  std::uint64_t row_bytes_;
};

bool is_supported(std::string_view dtype) {
  constexpr std::array<std::string_view, 14> plain{"|b1", "|i1", "|u1", "<i2", "<i4", "<i8", "<u2",
                                                   "<u4", "<u8", "<f2", "<f4", "<f8", "<c8", "<c16"};
  if (dtype.starts_with("<U")) return itemsize(dtype).has_value();
  return std::find(plain.begin(), plain.end(), dtype) != plain.end();
}

}  // namespace

std::uint64_t npy_row_bytes(const NpyHeader& header, const InputFile& file) {
  const std::string name = file.path().string();
  const std::string dtype = printable(header.dtype);
  MPROC_CHECK(!dtype.starts_with('>'),
              "{}: is big-endian ({}); save it with a.astype(a.dtype.newbyteorder('<'))", name, dtype);
  MPROC_CHECK(is_supported(header.dtype),
              "{}: holds {}; items are numbers, booleans or fixed Unicode text (<U)", name, dtype);
  MPROC_CHECK(!header.shape.empty(), "{}: is a single value; items need an axis", name);
  MPROC_CHECK(!header.fortran || header.shape.size() == 1,
              "{}: is in Fortran order, where rows are not contiguous; save it with numpy.ascontiguousarray",
              name);
  const auto all = total_size(header.shape, *itemsize(header.dtype));
  const auto row = total_size(std::span(header.shape).subspan(1), *itemsize(header.dtype));
  MPROC_CHECK(all && row && *all <= file.size() - header.data_offset,
              "{}: is cut short: its shape needs more bytes than it has", name);
  return *row;
}

std::unique_ptr<ItemSource> open_npy(const Spot& spot) {
  InputFile file(item_file(spot));
  NpyHeader header = read_npy_header(file);
  const std::uint64_t row_bytes = npy_row_bytes(header, file);
  if (header.shape[0] == 0) refuse_empty(spot, "has no rows: " + file.path().string());
  return std::make_unique<NpySource>(std::move(file), std::move(header), row_bytes);
}

}  // namespace mproc::job
