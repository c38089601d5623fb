#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace mproc::job {

/// A piece of a command: text, or the inside of a replacement string ("" of {}, "2/." of {2/.}, "name").
struct CommandPiece {
  enum class Quotes : std::uint8_t { none, twice, single, ansi };
  std::string text;
  bool replaced = false;
  Quotes quotes = Quotes::none;  ///< those that it stands in
};
using CommandWord = std::vector<CommandPiece>;

/// A command as one line.
struct CommandLine {
  CommandWord whole;               ///< as it is written, for a shell
  std::vector<CommandWord> words;  ///< without quotes, where the line is plain
  bool plain = true;               ///< nothing in it takes a shell, as far as the line tells
};

/// Why a line is no command: "has an unknown replacement {..}; ...".
struct CommandProblem : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A replacement string's source ("", "2", "name", "#", "%") and what is taken of it ("", ".", "/", "//",
/// "/.").
struct Replacement {
  std::string_view source, part;
};
Replacement split_replacement(std::string_view inside);

/// A number that names one of several values: "2", "-1". 0: it is none.
int value_number(std::string_view source);

/// One element of task.command as a list: {field} and {} are replaced, {{ and }} are braces.
CommandWord parse_command_word(std::string_view word);

/// task.command as a string: replacement strings, of which {{name}} is the text {name}, and a shell's quotes
/// and syntax, to which ${...}, { ...; }, {a,b} and {1..3} are left. Throws CommandProblem.
CommandLine parse_command_line(std::string_view line);
/// The same of a line that is an item: all its braces are its own.
CommandLine parse_finished_line(std::string_view line);

/// Whether anything in it is replaced.
bool has_replacements(const CommandWord& word);

}  // namespace mproc::job
