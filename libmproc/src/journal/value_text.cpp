#include "mproc/journal/value_text.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <cmath>
#include <cstring>

#include "elements.hpp"
#include "mproc/base/csv_text.hpp"
#include "mproc/base/error.hpp"
#include "mproc/base/real_text.hpp"
#include "mproc/base/utf8.hpp"
#include "mproc/job/ndarray.hpp"
#include "token.hpp"

namespace mproc::journal {
namespace {

using Kind = Token::Kind;

template <class Integer>
void append_integer(std::string& to, Integer value) {
  const fmt::format_int text(value);
  to.append(text.data(), text.size());
}

class JsonText {
 public:
  JsonText(std::string& to, std::uint64_t& not_finite, bool in_key = false)
      : to_(&to), not_finite_(&not_finite), in_key_(in_key) {}

  void value(base::ByteView from, std::size_t& offset, unsigned depth = 0) {
    const Token token = read_token(from, offset);
    switch (token.kind) {
      case Kind::nil:
        to_->append("null");
        return;
      case Kind::boolean:
        to_->append(token.boolean ? "true" : "false");
        return;
      case Kind::integer:
        append_integer(*to_, token.integer);
        return;
      case Kind::unsigned_integer:
        append_integer(*to_, token.unsigned_integer);
        return;
      case Kind::real:
        real(token.real);
        return;
      case Kind::string:
        append_json_text(*to_, base::text(token.bytes));
        return;
      case Kind::binary:
        throw Misfit("bytes");
      case Kind::array:
        array(token, from, offset, depth);
        return;
      case Kind::map:
        map(token, from, offset, depth);
        return;
      case Kind::ext:
        extension(token);
        return;
    }
  }

 private:
  static void check(unsigned depth) {
    constexpr unsigned most = 512;
    if (depth >= most) throw Misfit("a value nested more than 512 deep");
  }

  void real(double value) {
    if (std::isfinite(value)) return base::append_real(*to_, value);
    ++*not_finite_;
    to_->append("null");
  }

  void array(const Token& token, base::ByteView from, std::size_t& offset, unsigned depth) {
    check(depth);
    to_->push_back('[');
    for (std::uint64_t i = 0; i < token.count; ++i) {
      if (i > 0) to_->push_back(',');
      value(from, offset, depth + 1);
    }
    to_->push_back(']');
  }

  void map(const Token& token, base::ByteView from, std::size_t& offset, unsigned depth) {
    check(depth);
    // Each would double the quotes of those inside: Python has none, and forty of them fill any memory.
    if (in_key_) throw Misfit("a dict as the key of a dict");
    to_->push_back('{');
    for (std::uint64_t i = 0; i < token.count; ++i) {
      if (i > 0) to_->push_back(',');
      key(from, offset, depth + 1);
      to_->push_back(':');
      value(from, offset, depth + 1);
    }
    to_->push_back('}');
  }

  /// JSON has string keys only; others become the text of their JSON.
  void key(base::ByteView from, std::size_t& offset, unsigned depth) {
    std::string text;
    std::size_t peek = offset;
    const bool is_text = read_token(from, peek).kind == Kind::string;
    JsonText(is_text ? *to_ : text, *not_finite_, true).value(from, offset, depth);
    if (!is_text) append_json_text(*to_, text);
  }

  void extension(const Token& token) {
    switch (token.ext) {
      case base::Ext::ndarray:
        return ndarray(job::decode_ndarray(token.bytes));
      case base::Ext::bigint:
        to_->append(big_integer(token));
        return;
      case base::Ext::datetime:
        append_json_text(*to_, base::text(token.bytes));
        return;
      case base::Ext::complex:
        return element(ElementType("<c16"), checked_complex(token.bytes));
      case base::Ext::pickle:
        throw Misfit("a Python object");
      case base::Ext::buffers:  // sessions alone have it
      case base::Ext::failure:
        break;
    }
    throw base::DecodeError("msgpack value of an unknown extension type");
  }

  static const std::byte* checked_complex(base::ByteView bytes) {
    if (bytes.size() != 16) throw base::DecodeError("complex number of another size");
    return bytes.data();
  }

  void ndarray(const job::NdarrayView& array) {
    const ElementType type(array.dtype);
    if (type.kind() == ElementType::Kind::other)
      throw Misfit(fmt::format("an array of type {}", array.dtype));
    refuse_endless(array);
    const std::byte* at = array.data.data();
    dimension(array, type, 0, at);
  }

  void dimension(const job::NdarrayView& array, const ElementType& type, std::size_t d,
                 const std::byte*& at) {
    if (d == array.shape.size()) {
      element(type, at);
      at += type.size();
      return;
    }
    to_->push_back('[');
    for (std::uint64_t i = 0; i < array.shape[d]; ++i) {
      if (i > 0) to_->push_back(',');
      dimension(array, type, d + 1, at);
    }
    to_->push_back(']');
  }

  void element(const ElementType& type, const std::byte* at) {
    switch (type.kind()) {
      case ElementType::Kind::boolean:
        to_->append(type.boolean(at) ? "true" : "false");
        return;
      case ElementType::Kind::integer:
        append_integer(*to_, type.integer(at));
        return;
      case ElementType::Kind::unsigned_integer:
        append_integer(*to_, type.unsigned_integer(at));
        return;
      case ElementType::Kind::real:
        return real(type.real(at));
      case ElementType::Kind::text:
        return append_json_text(*to_, type.text(at));
      case ElementType::Kind::complex: {
        const std::complex<double> z = type.complex(at);
        to_->push_back('[');
        real(z.real());
        to_->push_back(',');
        real(z.imag());
        to_->push_back(']');
        return;
      }
      case ElementType::Kind::other:
        break;
    }
  }

  std::string* to_;
  std::uint64_t* not_finite_;
  bool in_key_;
};

/// Needs no more than a copy as JSON text.
bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

void append_escaped(std::string& to, char c) {
  switch (c) {
    case '"':
      to.append("\\\"");
      return;
    case '\\':
      to.append("\\\\");
      return;
    case '\n':
      to.append("\\n");
      return;
    case '\r':
      to.append("\\r");
      return;
    case '\t':
      to.append("\\t");
      return;
    default:
      fmt::format_to(std::back_inserter(to), "\\u{:04x}", static_cast<unsigned char>(c));
  }
}

}  // namespace

void append_json(std::string& to, base::ByteView value, std::uint64_t& not_finite) {
  std::size_t offset = 0;
  JsonText(to, not_finite).value(value, offset);
}

void append_csv(std::string& to, base::ByteView value, std::uint64_t& not_finite) {
  std::size_t offset = 0;
  const Token token = read_token(value, offset);
  switch (token.kind) {
    case Kind::nil:
      return;
    case Kind::boolean:
      to.append(token.boolean ? "true" : "false");
      return;
    case Kind::integer:
      append_integer(to, token.integer);
      return;
    case Kind::real:
      base::append_real(to, token.real);
      return;
    case Kind::string:
      base::append_csv_text(to, base::text(token.bytes));
      return;
    default:
      break;
  }
  if (token.is(base::Ext::datetime)) return base::append_csv_text(to, base::text(token.bytes));
  std::string json;
  append_json(json, value, not_finite);
  base::append_csv_text(to, json);
}

void append_json_text(std::string& to, std::string_view text) {
  to.push_back('"');
  std::size_t offset = 0;
  while (offset < text.size()) {
    std::size_t end = offset;
    while (end < text.size() && is_plain(text[end])) ++end;
    to.append(text, offset, end - offset);
    offset = end;
    if (offset == text.size()) break;
    if (static_cast<unsigned char>(text[offset]) < 0x80)
      append_escaped(to, text[offset++]);
    else
      base::append_code_point(to, base::next_code_point(text, offset));
  }
  to.push_back('"');
}

}  // namespace mproc::journal
