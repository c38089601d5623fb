#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "mproc/job/command.hpp"

namespace mproc::job {
namespace {

using Quotes = CommandPiece::Quotes;

/// What a shell does by itself, or otherwise than the program of that name.
bool is_shell_word(std::string_view word) {
  static const std::set<std::string_view> words{
      "!",        ".",        ":",        "[[",      "alias", "bg",    "break",  "builtin", "case",
      "cd",       "command",  "continue", "declare", "eval",  "exec",  "exit",   "export",  "fg",
      "for",      "function", "getopts",  "hash",    "if",    "jobs",  "let",    "local",   "read",
      "readonly", "return",   "select",   "set",     "shift", "shopt", "source", "time",    "times",
      "trap",     "type",     "typeset",  "ulimit",  "umask", "unset", "until",  "wait",    "while"};
  return words.contains(word);
}

bool is_one_of(char c, std::string_view set) {
  return set.find(c) != set.npos;
}

bool is_name_of_field(std::string_view text) {
  const auto letter = [](char c) {
    return std::isalpha(static_cast<unsigned char>(c)) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
  };
  return !text.empty() && letter(text[0]) && text.find("..") == text.npos &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return letter(c) || std::isdigit(static_cast<unsigned char>(c)) || c == '-' || c == '.';
         });
}

bool is_replacement(std::string_view inside) {
  const auto [source, part] = split_replacement(inside);
  if (source.empty() || value_number(source) != 0) return true;
  return part.empty() && (source == "#" || source == "%") ? true : is_name_of_field(source);
}

/// {1..3} and {3..} look alike: the first is the shell's.
bool is_slip(std::string_view inside) {
  if (inside.starts_with('=')) return true;
  return std::all_of(inside.begin(), inside.end(), [](char c) { return is_one_of(c, "0123456789./#%+-"); }) &&
         (inside.find("..") == inside.npos || is_one_of(inside.front(), ".") || inside.ends_with('.'));
}

class LineParser {
 public:
  LineParser(std::string_view text, bool replace) : text_(text), replace_(replace) {}

  CommandLine parse() {
    while (at_ < text_.size()) step();
    end_word();
    if (out_.plain) check_first_word();
    if (!contexts_.empty() || quotes_ != Quotes::none) out_.plain = false;  // the shell says what lacks
    if (!out_.plain) out_.words.clear();
    return std::move(out_);
  }

 private:
  void step() {
    const char c = text_[at_];
    if (replace_ && c == '{' && take_replacement()) return;
    if (quotes_ == Quotes::single) return c == '\'' ? end_quote() : take(1);
    if (quotes_ == Quotes::ansi) return c == '\\' ? take_raw(2) : c == '\'' ? end_quote() : take_raw(1);
    if (c == '\\') return escape();
    if (c == '$') return dollar();
    if (c == '`') return toggle('`');
    if (c == '"') return toggle('"');
    return inside('"') ? take(1) : bare(c);
  }

  /// Outside of all quotes.
  void bare(char c) {
    const bool starts = !in_word_;
    if (is_one_of(c, " \t")) return end_word(), take_raw(1);
    if (c == '\'') return begin_quote(Quotes::single, 1);
    if (c == '#' && starts) return comment();
    if (c == '(') contexts_ += '(';
    if (c == ')' && inside('(')) contexts_.pop_back();
    if (is_one_of(c, "\n|&;<>()*?[{}") || (c == '~' && starts) || (c == '=' && out_.words.empty()))
      out_.plain = false;
    if (is_one_of(c, "\n|&;<>()")) return end_word(), take_raw(1);
    take(1);
  }

  void comment() {
    out_.plain = false;
    take_raw(std::min(text_.find('\n', at_), text_.size()) - at_);
  }

  void escape() {
    if (at_ + 1 == text_.size() || text_[at_ + 1] == '\n') {
      out_.plain = false;
      return take_raw(2);
    }
    const bool itself = inside('"') && !is_one_of(text_[at_ + 1], "$`\"\\");
    append_text_of_word(text_.substr(at_ + (itself ? 0 : 1), itself ? 2 : 1));
    append_line(take_text(2));
  }

  void dollar() {
    out_.plain = false;
    const char next = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    if (next == '\'' && !inside('"')) return begin_quote(Quotes::ansi, 2);
    if (next == '{') return take_raw(std::min(text_.find('}', at_), text_.size() - 1) + 1 - at_);
    if (next != '(') return take_raw(1);
    take_raw(2);
    contexts_ += '(';
  }

  void toggle(char quote) {
    if (quote == '`') out_.plain = false;
    if (inside(quote))
      contexts_.pop_back();
    else
      contexts_ += quote;
    in_word_ = true;
    take_raw(1);
  }

  void begin_quote(Quotes quotes, std::size_t length) {
    quotes_ = quotes;
    in_word_ = true;
    take_raw(length);
  }
  void end_quote() {
    quotes_ = Quotes::none;
    take_raw(1);
  }

  bool take_replacement() {
    const bool doubled = text_.substr(at_).starts_with("{{");
    const std::size_t begin = at_ + (doubled ? 2 : 1), close = text_.find_first_of("{}", begin);
    if (close == text_.npos || text_[close] != '}') return false;
    const std::string_view inside_braces = text_.substr(begin, close - begin);
    if (doubled) {
      if (!text_.substr(close).starts_with("}}") || !is_replacement(inside_braces)) return false;
      const std::string text = fmt::format("{{{}}}", inside_braces);
      append_text_of_word(text);
      append_line(text);
      at_ = close + 2;
      return true;
    }
    if (!is_replacement(inside_braces)) {
      if (is_slip(inside_braces))
        throw CommandProblem(
            fmt::format("has an unknown replacement {{{}}}; there are {{}}, {{.}}, {{/}}, {{//}}, {{/.}}, "
                        "{{#}}, {{%}}, {{2}}, {{2.}} and {{field}}: {}",
                        inside_braces, text_));
      return false;
    }
    const Quotes quotes = quotes_ == Quotes::none && inside('"') ? Quotes::twice : quotes_;
    const CommandPiece piece{std::string(inside_braces), true, quotes};
    out_.whole.push_back(piece);
    word_.push_back(piece);
    in_word_ = true;
    at_ = close + 1;
    return true;
  }

  bool inside(char context) const { return contexts_.ends_with(context); }

  std::string_view take_text(std::size_t length) {
    const std::string_view text = text_.substr(at_, length);
    at_ += text.size();
    return text;
  }
  void append_line(std::string_view text) {
    if (out_.whole.empty() || out_.whole.back().replaced) out_.whole.emplace_back();
    out_.whole.back().text += text;
  }
  void append_text_of_word(std::string_view text) {
    if (word_.empty() || word_.back().replaced) word_.emplace_back();
    word_.back().text += text;
    in_word_ = true;
  }
  /// For both, or for the shell alone.
  void take(std::size_t length) {
    append_text_of_word(text_.substr(at_, length));
    append_line(take_text(length));
  }
  void take_raw(std::size_t length) { append_line(take_text(length)); }

  void end_word() {
    if (in_word_) out_.words.push_back(std::move(word_));
    word_.clear();
    in_word_ = false;
  }

  void check_first_word() {
    if (out_.words.empty()) return void(out_.plain = false);
    const CommandWord& first = out_.words.front();
    if (has_replacements(first)) return;
    const std::string_view name = first.empty() ? std::string_view() : std::string_view(first[0].text);
    if (name.empty() || is_shell_word(name)) out_.plain = false;
  }

  std::string_view text_;
  const bool replace_;
  std::size_t at_ = 0;
  Quotes quotes_ = Quotes::none;  // single and ansi, in which nothing nests
  std::string contexts_;          // what is open, innermost last: " ` (
  CommandWord word_;
  bool in_word_ = false;
  CommandLine out_;
};

}  // namespace

CommandLine parse_command_line(std::string_view line) {
  return LineParser(line, true).parse();
}

CommandLine parse_finished_line(std::string_view line) {
  return LineParser(line, false).parse();
}

}  // namespace mproc::job
