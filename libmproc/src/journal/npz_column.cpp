#include "npz_column.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mproc/base/error.hpp"
#include "mproc/base/utf8.hpp"
#include "mproc/journal/value_text.hpp"
#include "npy_header.hpp"

namespace mproc::journal {
namespace {

/// Text as it is, None as nothing, everything else as JSON; what JSON cannot hold is left out.
std::string item_text(base::ByteView cell) {
  if (cell.empty()) return {};
  std::size_t offset = 0;
  const Token token = read_token(cell, offset);
  if (token.kind == Token::Kind::nil) return {};
  if (token.kind == Token::Kind::string) return std::string(base::text(token.bytes));
  std::string json;
  std::uint64_t not_finite = 0;
  try {
    append_json(json, cell, not_finite);
  } catch (const Misfit&) {
    return {};
  }
  return json;
}

}  // namespace

std::size_t declare_array(ZipFile& zip, const std::string& name, const std::string& dtype, const Shape& shape,
                          std::uint64_t itemsize) {
  std::string header = npy_header(dtype, shape);
  const std::size_t entry = zip.declare(name + ".npy", header.size() + element_count(shape) * itemsize);
  zip.buffer(entry) = std::move(header);
  return entry;
}

void append_fixed_text(std::string& to, std::string_view text, std::uint64_t length) {
  const std::size_t end = to.size() + 4 * length;
  for (std::size_t offset = 0; offset < text.size() && to.size() < end;) {
    const char32_t c = base::next_code_point(text, offset);
    to.append(reinterpret_cast<const char*>(&c), sizeof c);
  }
  to.resize(end, '\0');
}

void NpzColumn::learn(base::ByteView cell) {
  if (cell.empty() || form_ == Form::text) return;
  if (of_ == Of::results) return learn_value(cell);
  try {
    learn_value(cell);
    if (form_ == Form::singles) form_ = Form::text;
  } catch (const Misfit&) {
    form_ = Form::text;
  }
}

void NpzColumn::learn_value(base::ByteView cell) {
  Shape shape = column_.learn(cell);
  if (shape_ && *shape_ != shape) form_ = Form::singles;
  if (!shape_) shape_ = std::move(shape);
}

void NpzColumn::settle() {
  if (form_ == Form::text) return;
  try {
    column_.settle();
  } catch (const Misfit& misfit) {
    MPROC_CHECK(of_ == Of::items, "column '{}': an array of .npz cannot hold {}; write .pickle instead",
                name_, misfit.what());
    form_ = Form::text;
  }
}

void NpzColumn::survey(std::uint64_t index, base::ByteView cell) {
  if (form_ == Form::text) text_length_ = std::max(text_length_, base::count_code_points(item_text(cell)));
  if (form_ == Form::singles && !cell.empty()) singles_.push_back({index, ArrayColumn().learn(cell)});
}

void NpzColumn::declare(ZipFile& zip, std::uint64_t rows) {
  if (form_ == Form::text) {
    entry_ = declare_array(zip, name_, fmt::format("<U{}", text_length_), {rows}, 4 * text_length_);
  } else if (form_ == Form::stacked) {
    Shape shape{rows};
    if (shape_) shape.insert(shape.end(), shape_->begin(), shape_->end());
    entry_ = declare_array(zip, name_, column_.dtype(), shape, column_.itemsize());
  } else {
    for (std::size_t i = 0; i < singles_.size(); ++i) {
      const std::string name = fmt::format("{}_{}", name_, singles_[i].index);
      const std::size_t entry =
          declare_array(zip, name, column_.dtype(), singles_[i].shape, column_.itemsize());
      if (i == 0) entry_ = entry;
    }
  }
}

void NpzColumn::write(ZipFile& zip, base::ByteView cell) {
  if (form_ == Form::singles && cell.empty()) return;
  const std::size_t entry = form_ == Form::singles ? entry_ + next_single_++ : entry_;
  std::string& out = zip.buffer(entry);
  if (form_ == Form::text)
    append_fixed_text(out, item_text(cell), text_length_);
  else if (!cell.empty())
    column_.write(out, cell);
  else
    for (std::uint64_t i = element_count(shape_.value_or(Shape{})); i > 0; --i) column_.write_missing(out);
  zip.spill(entry);
}

}  // namespace mproc::journal
