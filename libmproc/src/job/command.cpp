#include "mproc/job/command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace mproc::job {
namespace {

constexpr std::array<std::string_view, 4> parts_of_paths{"/.", "//", "/", "."};  // the longer first

void append_piece(CommandWord& to, std::string_view text) {
  if (to.empty() || to.back().replaced) to.emplace_back();
  to.back().text += text;
}

}  // namespace

Replacement split_replacement(std::string_view inside) {
  for (const std::string_view part : parts_of_paths)
    if (inside.ends_with(part)) return {inside.substr(0, inside.size() - part.size()), part};
  return {inside, {}};
}

int value_number(std::string_view source) {
  int number = 0;
  const auto [end, error] = std::from_chars(source.data(), source.data() + source.size(), number);
  return error == std::errc() && end == source.data() + source.size() ? number : 0;
}

CommandWord parse_command_word(std::string_view word) {
  CommandWord out;
  for (std::size_t at = 0; at < word.size(); ++at) {
    const char c = word[at];
    const std::size_t close = c == '{' ? word.find('}', at) : word.npos;
    if ((c == '{' || c == '}') && at + 1 < word.size() && word[at + 1] == c) {
      append_piece(out, word.substr(at++, 1));
    } else if (close != word.npos) {
      out.push_back({std::string(word.substr(at + 1, close - at - 1)), true, CommandPiece::Quotes::twice});
      at = close;
    } else {
      append_piece(out, word.substr(at, 1));
    }
  }
  // Several values stay one argument, unless they are all of it.
  if (out.size() == 1 && out[0].replaced) out[0].quotes = CommandPiece::Quotes::none;
  return out;
}

bool has_replacements(const CommandWord& word) {
  return std::any_of(word.begin(), word.end(), [](const CommandPiece& piece) { return piece.replaced; });
}

}  // namespace mproc::job
