#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "npy.hpp"
#include "parse.hpp"
#include "series_reader.hpp"

namespace mproc::job {
namespace {

/// The rows of a matrix of numbers. Marks are rows.
class MatrixReader : public MarkedReader {
 public:
  MatrixReader(InputFile file, NpyHeader header, std::uint64_t row_bytes)
      : MarkedReader({}, 1), file_(std::move(file)), header_(std::move(header)), row_bytes_(row_bytes) {}

  const std::vector<std::string>& names() const override { return names_; }
  bool timed() const override { return false; }

 private:
  bool read(SeriesGroup& group, SeriesPlace& at) override {
    if (at.group == header_.shape[0]) return false;
    const base::ByteView row = file_.at(header_.data_offset + at.group * row_bytes_, row_bytes_);
    const std::size_t size = row.size() / header_.shape[1];
    group.id = std::to_string(at.group);
    group.series.resize(1);
    Series& series = group.series[0];
    series.name = names_[0];
    series.values.clear();
    series.values.reserve(header_.shape[1]);
    for (std::size_t offset = 0; offset < row.size(); offset += size)
      series.values.push_back(npy_number(header_.dtype[1], row.subspan(offset, size)));
    return true;
  }

  SeriesPlace near(std::uint64_t index) const override {
    const std::uint64_t row = std::min(index, header_.shape[0]);
    return {row, row, {}};
  }

  InputFile file_;
  NpyHeader header_;
  std::uint64_t row_bytes_;
  std::vector<std::string> names_{"value"};
};

}  // namespace

std::unique_ptr<SeriesReader> open_npy_series(const SeriesSpec& spec) {
  InputFile file(spec.input);
  NpyHeader header = read_npy_header(file);
  const std::string name = spec.input.string();
  MPROC_CHECK(header.dtype.size() > 1 && std::string_view("biuf").find(header.dtype[1]) != std::string::npos,
              "{}: holds {}; series are of numbers", name, printable(header.dtype));
  MPROC_CHECK(header.shape.size() == 2, "{}: has {} {}; series are the rows of an array with 2", name,
              header.shape.size(), header.shape.size() == 1 ? "axis" : "axes");
  const std::uint64_t row_bytes = npy_row_bytes(header, file);
  MPROC_CHECK(row_bytes > 0, "{}: has rows without values", name);
  return std::make_unique<MatrixReader>(std::move(file), std::move(header), row_bytes);
}

}  // namespace mproc::job
