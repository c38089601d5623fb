#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mproc::base {

/// Whether this is a code point that text may have: no surrogate, none past the end.
bool is_character(char32_t c);

inline constexpr char32_t replacement_character = 0xfffd;

/// The code point that starts at `offset`, which moves past it. What is not UTF-8 gives a replacement
/// character.
char32_t next_code_point(std::string_view text, std::size_t& offset);
/// What is no character becomes a replacement character.
void append_code_point(std::string& to, char32_t code_point);
std::uint64_t count_code_points(std::string_view text);
/// Whether text is well-formed UTF-8 (no overlong forms, no surrogates): what is not, Python could not
/// decode.
bool is_utf8(std::string_view text);
/// Appends the text with replacement characters for what is not UTF-8.
void append_valid_utf8(std::string& to, std::string_view text);

}  // namespace mproc::base
