#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "mproc/job/document.hpp"

namespace mproc::job {

/// Deeper trees are refused: what walks them is recursive.
inline constexpr std::size_t max_nesting = 200;

Place place_at(std::string_view text, std::size_t offset);

/// A member's JSON pointer below `parent`.
std::string below(const std::string& parent, std::string_view key);

/// Control characters as \xNN, so that a message stays one line.
std::string printable(std::string_view text);

struct ParsedToml {
  Json tree;
  std::map<std::string, Place> places;  // by JSON pointer
};
/// Throws UserError "NAME:LINE:COLUMN: ...".
ParsedToml parse_toml_text(const std::string& text, const std::string& name);
/// Finds what the TOML library would not survive: nesting without end, binary numbers beyond 64 bits.
void check_toml_text(std::string_view text, const std::string& name);

/// The TOML library's picture of an error as one line; `place` where the picture has none.
std::string toml_error_line(std::string_view message, Place place, const std::string& name);

enum class BigIntegers { refuse, keep };
/// `place` says where an offset of the text is. Throws UserError "PLACE: ..." for bad JSON, and duplicate
/// keys.
Json parse_json_text(std::string_view text, const std::function<std::string(std::size_t)>& place,
                     BigIntegers big);

}  // namespace mproc::job
