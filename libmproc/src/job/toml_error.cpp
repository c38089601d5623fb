#include <fmt/format.h>

#include <charconv>

#include "parse.hpp"

namespace mproc::job {
namespace {

/// What the library's picture of an error says, as one line:
///
///     [error] toml::insert_value: table ("t") already exists.
///      --> f.toml
///        |
///      1 | [t]
///        | ~~~ table already exists here
///      ...
///      3 | [t]
///        | ~~~ table defined twice
///
/// Its last picture is where the mistake is; the exception's own location often is not.
class Picture {
 public:
  Picture(std::string_view message, Place place) : place_(place) {
    std::size_t line_number = 0;
    for (std::size_t start = 0, number = 0; start < message.size(); ++number) {
      const std::size_t end = std::min(message.find('\n', start), message.size());
      const std::string_view line = message.substr(start, end - start);
      if (number == 0) problem_ = headline(line);
      if (line.starts_with("Hint:")) break;
      if (number > 0) look(line, line_number);
      start = end + 1;
    }
  }

  std::string one_line(const std::string& name) const {
    std::string text = problem_;
    if (text.empty()) {
      text = remark_;
    } else if (!remark_.empty() && remark_ != "here") {
      text += " (" + remark_ + ")";
    }
    return fmt::format("{}:{}:{}: {}", name, place_.line, place_.column, printable(text));
  }

 private:
  static std::string headline(std::string_view line) {
    if (line.starts_with("[error] ")) line.remove_prefix(8);
    for (const std::string_view prefix : {"toml::", "parse_"}) {
      if (line.starts_with(prefix))
        line.remove_prefix(std::min(line.find_first_of(": ", prefix.size()), line.size()));
    }
    return trimmed(line);
  }
  static std::string trimmed(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(" :"), text.size()));
    return std::string(text.substr(0, text.find_last_not_of(" .:") + 1));
  }

  void look(std::string_view line, std::size_t& line_number) {
    const std::size_t bar = line.find('|');
    if (bar == line.npos || bar < 2) return;
    const std::string_view head = line.substr(0, bar), body = line.substr(std::min(bar + 2, line.size()));
    if (const auto digit = head.find_first_not_of(' '); digit != head.npos) {
      const auto error = std::from_chars(head.data() + digit, head.data() + head.size(), line_number).ec;
      if (error != std::errc()) line_number = 0;
      return;
    }
    const std::size_t mark = body.find_first_of("^~");
    if (mark == body.npos || line_number == 0 || body.find_first_not_of(' ') != mark) return;
    place_ = {line_number, mark + 1};
    remark_ = trimmed(body.substr(std::min(body.find_first_not_of("^~-", mark), body.size())));
    line_number = 0;
  }

  Place place_;
  std::string problem_, remark_;
};

}  // namespace

std::string toml_error_line(std::string_view message, Place place, const std::string& name) {
  return Picture(message, place).one_line(name);
}

}  // namespace mproc::job
