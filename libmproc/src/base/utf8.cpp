#include "mproc/base/utf8.hpp"

#include <cstring>

namespace mproc::base {
namespace {

/// Bytes after the first one, and the first one's own bits; -1 where no code point starts.
int continuation(unsigned char first, char32_t& bits) {
  if (first < 0x80) return bits = first, 0;
  if (first >= 0xc2 && first < 0xe0) return bits = first & 0x1f, 1;
  if (first >= 0xe0 && first < 0xf0) return bits = first & 0x0f, 2;
  if (first >= 0xf0 && first < 0xf5) return bits = first & 0x07, 3;
  return -1;
}

/// The code point at `offset`, which moves past it, or past one byte where there is none.
bool read_code_point(std::string_view text, std::size_t& offset, char32_t& value) {
  constexpr char32_t smallest[] = {0, 0x80, 0x800, 0x10000};
  const int more = continuation(static_cast<unsigned char>(text[offset++]), value);
  if (more < 0) return false;
  std::size_t end = offset;
  for (int i = 0; i < more; ++i, ++end) {
    if (end >= text.size() || (static_cast<unsigned char>(text[end]) & 0xc0) != 0x80) return false;
    value = value << 6 | (static_cast<unsigned char>(text[end]) & 0x3f);
  }
  if (value < smallest[more] || !is_character(value)) return false;
  offset = end;
  return true;
}

}  // namespace

bool is_character(char32_t c) {
  return c < 0x110000 && (c < 0xd800 || c > 0xdfff);
}

char32_t next_code_point(std::string_view text, std::size_t& offset) {
  char32_t value = 0;
  return read_code_point(text, offset, value) ? value : replacement_character;
}

void append_code_point(std::string& to, char32_t c) {
  if (!is_character(c)) c = replacement_character;
  const auto add = [&to](char32_t byte) { to.push_back(static_cast<char>(byte)); };
  if (c < 0x80) return add(c);
  if (c < 0x800) {
    add(0xc0 | c >> 6);
  } else if (c < 0x10000) {
    add(0xe0 | c >> 12);
    add(0x80 | (c >> 6 & 0x3f));
  } else {
    add(0xf0 | c >> 18);
    add(0x80 | (c >> 12 & 0x3f));
    add(0x80 | (c >> 6 & 0x3f));
  }
  add(0x80 | (c & 0x3f));
}

std::uint64_t count_code_points(std::string_view text) {
  std::uint64_t count = 0;
  for (std::size_t offset = 0; offset < text.size(); ++count) next_code_point(text, offset);
  return count;
}

bool is_utf8(std::string_view text) {
  for (std::size_t offset = 0; offset < text.size();) {
    std::uint64_t eight = 0;  // most text is ASCII: eight bytes at a time
    if (text.size() - offset >= sizeof eight) {
      std::memcpy(&eight, text.data() + offset, sizeof eight);
      if ((eight & 0x8080808080808080u) == 0) {
        offset += sizeof eight;
        continue;
      }
    }
    char32_t value = 0;
    if (!read_code_point(text, offset, value)) return false;
  }
  return true;
}

void append_valid_utf8(std::string& to, std::string_view text) {
  for (std::size_t offset = 0; offset < text.size();) {
    if (static_cast<unsigned char>(text[offset]) < 0x80)
      to.push_back(text[offset++]);
    else
      append_code_point(to, next_code_point(text, offset));
  }
}

}  // namespace mproc::base
