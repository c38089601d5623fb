#include <fmt/format.h>

#include "npy_header.hpp"
#include "render_formats.hpp"

namespace mproc::journal {
namespace {

constexpr const char* others = ".pickle or .jsonl";

struct Learned {
  ArrayColumn column;
  std::optional<Shape> shape;
  std::uint64_t first_with_shape = 0;
  std::uint64_t missing = 0, first_missing = 0;
};

/// None, dicts and objects fit no array: learn() says so.
void learn(Learned& learned, const Row& row) {
  if (row.state != Index::State::succeeded) {
    if (learned.missing++ == 0) learned.first_missing = row.index;
    return;
  }
  const Shape shape = learned.column.learn(row.value);
  if (!learned.shape) {
    learned.shape = shape;
    learned.first_with_shape = row.index;
  }
  MPROC_CHECK(
      shape == *learned.shape,
      "task {}: its result has shape {}, that of task {} has {}: one .npy cannot hold both; write .npz or "
      ".pickle instead",
      row.index, shape_text(shape), learned.first_with_shape, shape_text(*learned.shape));
}

}  // namespace

std::uint64_t element_count(const Shape& shape) {
  std::uint64_t count = 1;
  for (const std::uint64_t n : shape) count *= n;
  return count;
}

std::string shape_text(const Shape& shape) {
  std::string text = "(";
  for (const std::uint64_t n : shape) text.append(text.size() > 1 ? ", " : "").append(std::to_string(n));
  return text + (shape.size() == 1 ? ",)" : ")");
}

std::string npy_header(const std::string& dtype, const Shape& shape) {
  std::string text =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': {}, }}", dtype, shape_text(shape));
  constexpr std::size_t before = 10, alignment = 64;
  text.append(alignment - 1 - (before + text.size()) % alignment, ' ');
  text.push_back('\n');
  // At most 32 dimensions of 20 digits: two bytes of length are enough.
  const std::string start{"\x93NUMPY\x01\x00", 8};
  return start + static_cast<char>(text.size() & 0xff) + static_cast<char>(text.size() >> 8) + text;
}

void render_npy(RowSource& rows, OutputFile& file) {
  Learned learned;
  for_each_row(rows, ".npy", others, [&](const Row& row) { learn(learned, row); });
  try {
    learned.column.settle();
  } catch (const Misfit& misfit) {
    throw base::UserError(fmt::format(".npy cannot hold {}; write {} instead", misfit.what(), others));
  }
  ArrayColumn& column = learned.column;
  MPROC_CHECK(
      learned.missing == 0 || column.has_nan(),
      "{} of {} tasks have no result (the first: task {}), and type {} has no NaN to stand for them: write "
      ".npz instead",
      learned.missing, rows.total(), learned.first_missing, column.dtype());
  const Shape one = learned.shape.value_or(Shape{});
  Shape shape{rows.total()};
  shape.insert(shape.end(), one.begin(), one.end());
  std::string& out = file.buffer();
  out = npy_header(column.dtype(), shape);
  const std::uint64_t elements = element_count(one);
  for_each_row(rows, ".npy", others, [&](const Row& row) {
    if (row.state == Index::State::succeeded)
      column.write(out, row.value);
    else
      for (std::uint64_t i = 0; i < elements; ++i) column.write_missing(out);
    file.spill();
  });
}

}  // namespace mproc::journal
