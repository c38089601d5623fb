#include "array_column.hpp"

#include <fmt/format.h>

#include <limits>

#include "mproc/base/error.hpp"
#include "mproc/base/utf8.hpp"
#include "mproc/journal/value_text.hpp"

namespace mproc::journal {
namespace {

using Kind = Token::Kind;

/// The first leaf says what the shape is; every further dimension or leaf has to agree.
void check_dimension(Shape& shape, bool complete, std::size_t depth, std::uint64_t size) {
  if (!complete && depth == shape.size())
    shape.push_back(size);
  else if (depth >= shape.size() || shape[depth] != size)
    throw Misfit("a list whose rows differ in length");
}

}  // namespace

Shape ArrayColumn::learn(base::ByteView value) {
  Shape shape;
  bool complete = false;
  std::size_t offset = 0;
  learn_at(value, offset, 0, shape, complete);
  return shape;
}

void ArrayColumn::learn_at(base::ByteView from, std::size_t& offset, std::size_t depth, Shape& shape,
                           bool& complete) {
  const Token token = read_token(from, offset);
  if (token.kind == Kind::array) return learn_list(token, from, offset, depth, shape, complete);
  std::size_t dimensions = 0;
  if (token.is(base::Ext::ndarray)) {
    const job::NdarrayView array = job::decode_ndarray(token.bytes);
    dimensions = array.shape.size();
    for (std::size_t d = 0; d < dimensions; ++d) check_dimension(shape, complete, depth + d, array.shape[d]);
    learn_array(array);
  } else {
    learn_scalar(token);
  }
  if (depth + dimensions != shape.size()) throw Misfit("a list whose rows differ in length");
  complete = true;
}

void ArrayColumn::learn_list(const Token& list, base::ByteView from, std::size_t& offset, std::size_t depth,
                             Shape& shape, bool& complete) {
  constexpr std::size_t most_dimensions = 32;  // NumPy's own limit
  if (depth >= most_dimensions) throw Misfit("a list nested more than 32 deep");
  check_dimension(shape, complete, depth, list.count);
  if (list.count == 0) complete = true;
  for (std::uint64_t i = 0; i < list.count; ++i) learn_at(from, offset, depth + 1, shape, complete);
}

void ArrayColumn::learn_scalar(const Token& token) {
  any_ = true;
  exact_.reset();
  switch (token.kind) {
    case Kind::boolean:
      seen_.boolean = true;
      return;
    case Kind::integer:
      seen_.integer = true;
      seen_.negative |= token.integer < 0;
      return;
    case Kind::unsigned_integer:
      seen_.unsigned_integer = true;
      return;
    case Kind::real:
      seen_.real = true;
      return;
    case Kind::string:
      seen_.text = true;
      text_length_ = std::max(text_length_, base::count_code_points(base::text(token.bytes)));
      return;
    case Kind::nil:
      throw Misfit("None");
    case Kind::binary:
      throw Misfit("bytes");
    case Kind::map:
      throw Misfit("a dict");
    case Kind::array:
      break;
    case Kind::ext:
      if (token.ext == base::Ext::complex) return void(seen_.complex = true);
      if (token.ext == base::Ext::datetime) {
        seen_.text = true;
        text_length_ = std::max(text_length_, base::count_code_points(base::text(token.bytes)));
        return;
      }
      throw Misfit(token.ext == base::Ext::bigint ? "an integer beyond 64 bits" : "a Python object");
  }
}

void ArrayColumn::learn_array(const job::NdarrayView& array) {
  const ElementType type(array.dtype);
  if (type.size() == 0) refuse_endless(array);
  if (!any_) exact_ = array.dtype;
  if (exact_ && *exact_ != array.dtype) exact_.reset();
  any_ = true;
  switch (type.kind()) {
    case ElementType::Kind::boolean:
      seen_.boolean = true;
      return;
    case ElementType::Kind::integer:
      seen_.integer = seen_.negative = true;
      return;
    case ElementType::Kind::unsigned_integer:
      seen_.unsigned_integer |= type.size() == 8;
      seen_.integer = true;
      return;
    case ElementType::Kind::real:
      seen_.real = true;
      return;
    case ElementType::Kind::complex:
      seen_.complex = true;
      return;
    case ElementType::Kind::text:
      seen_.text = true;
      text_length_ = std::max(text_length_, type.size() / 4);
      return;
    case ElementType::Kind::other:
      seen_.other = true;
      return;
  }
}

std::string ArrayColumn::common_dtype() const {
  if (exact_) return *exact_;
  if (seen_.other) throw Misfit("arrays of different types");
  if (seen_.text && seen_.number()) throw Misfit("text among numbers");
  if (seen_.text) return fmt::format("<U{}", std::max<std::uint64_t>(text_length_, 1));
  if (seen_.complex) return "<c16";
  if (seen_.real) return "<f8";
  // As NumPy: no integer type holds both.
  if (seen_.unsigned_integer) return seen_.negative ? "<f8" : "<u8";
  if (seen_.integer) return "<i8";
  return seen_.boolean ? "|b1" : "<f8";
}

void ArrayColumn::settle() {
  dtype_ = common_dtype();
  target_.emplace(dtype_);
}

bool ArrayColumn::has_nan() const {
  return target_->kind() == ElementType::Kind::real || target_->kind() == ElementType::Kind::complex;
}

}  // namespace mproc::journal
