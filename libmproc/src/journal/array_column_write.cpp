#include <algorithm>
#include <limits>

#include "array_column.hpp"
#include "mproc/base/error.hpp"
#include "npz_column.hpp"

namespace mproc::journal {
namespace {

using Kind = Token::Kind;

template <class T>
void put(std::string& to, T value) {
  to.append(reinterpret_cast<const char*>(&value), sizeof value);
}

/// A scalar as the one element of an array, so that there is one way to convert.
struct Element {
  ElementType type;
  std::uint64_t bytes[2] = {};
  const std::byte* data() const { return reinterpret_cast<const std::byte*>(bytes); }
};

template <class T>
Element element_of(std::string_view dtype, T value) {
  Element element{ElementType(dtype)};
  std::memcpy(element.bytes, &value, sizeof value);
  return element;
}

}  // namespace

void ArrayColumn::write(std::string& to, base::ByteView value) const {
  std::size_t offset = 0;
  write_at(to, value, offset);
}

void ArrayColumn::write_at(std::string& to, base::ByteView from, std::size_t& offset) const {
  const Token token = read_token(from, offset);
  if (token.kind == Kind::array)
    for (std::uint64_t i = 0; i < token.count; ++i) write_at(to, from, offset);
  else if (token.is(base::Ext::ndarray))
    write_array(to, job::decode_ndarray(token.bytes));
  else
    write_scalar(to, token);
}

void ArrayColumn::write_array(std::string& to, const job::NdarrayView& array) const {
  if (array.dtype == dtype_) {
    to.append(base::text(array.data));
    return;
  }
  const ElementType type(array.dtype);
  if (type.size() == 0) {  // "<U0": NumPy's array of empty texts
    std::uint64_t count = 1;
    for (const std::uint64_t n : array.shape) count *= n;
    for (; count > 0; --count) write_text(to, {});
    return;
  }
  for (std::uint64_t at = 0; at < array.data.size(); at += type.size())
    write_element(to, type, array.data.data() + at);
}

void ArrayColumn::write_scalar(std::string& to, const Token& token) const {
  // The common cases first: a column of plain scalars is most of what there is.
  const ElementType::Kind target = target_->kind();
  if (token.kind == Kind::real && target == ElementType::Kind::real) return put(to, token.real);
  if (token.kind == Kind::integer && target == ElementType::Kind::integer) return put(to, token.integer);
  switch (token.kind) {
    case Kind::string:
      return write_text(to, base::text(token.bytes));
    case Kind::boolean: {
      const Element e = element_of("|b1", token.boolean);
      return write_element(to, e.type, e.data());
    }
    case Kind::integer: {
      const Element e = element_of("<i8", token.integer);
      return write_element(to, e.type, e.data());
    }
    case Kind::unsigned_integer: {
      const Element e = element_of("<u8", token.unsigned_integer);
      return write_element(to, e.type, e.data());
    }
    case Kind::real: {
      const Element e = element_of("<f8", token.real);
      return write_element(to, e.type, e.data());
    }
    default:
      break;
  }
  if (token.is(base::Ext::datetime)) return write_text(to, base::text(token.bytes));
  if (!token.is(base::Ext::complex) || token.bytes.size() != 16)
    throw base::DecodeError("a value changed while it was written");
  write_element(to, ElementType("<c16"), token.bytes.data());
}

void ArrayColumn::write_element(std::string& to, const ElementType& type, const std::byte* element) const {
  switch (target_->kind()) {
    case ElementType::Kind::boolean:
      return put(to, type.boolean(element));
    case ElementType::Kind::integer:
      return put(to, type.integer(element));
    case ElementType::Kind::unsigned_integer:
      return put(to, type.unsigned_integer(element));
    case ElementType::Kind::real:
      return put(to, type.real(element));
    case ElementType::Kind::complex:
      return put(to, type.complex(element));
    case ElementType::Kind::text:
      return write_text(to, type.text(element));
    case ElementType::Kind::other:
      break;
  }
}

void ArrayColumn::write_text(std::string& to, std::string_view text) const {
  append_fixed_text(to, text, target_->size() / 4);
}

void ArrayColumn::write_missing(std::string& to) const {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto put_nan = [&](std::uint64_t size) {
    const std::size_t start = to.size();
    if (size == 8) put(to, nan);
    if (size == 4) put(to, static_cast<float>(nan));
    if (size == 2) put(to, std::uint16_t{0x7e00});
    if (dtype_.front() == '>') std::reverse(to.begin() + static_cast<std::ptrdiff_t>(start), to.end());
  };
  if (target_->kind() == ElementType::Kind::real) return put_nan(target_->size());
  if (target_->kind() != ElementType::Kind::complex) return void(to.append(target_->size(), '\0'));
  put_nan(target_->size() / 2);
  put_nan(target_->size() / 2);
}

}  // namespace mproc::journal
