#include <fmt/format.h>

#include "mproc/base/utf8.hpp"
#include "parse.hpp"

namespace mproc::job {
namespace {

/// Walks TOML just closely enough to tell strings and comments from the rest.
class Guard {
 public:
  Guard(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  void check() {
    check_encoding();
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (c == '"' || c == '\'') {
        skip_string(c);
      } else {
        look(c);
        ++at_;
      }
    }
  }

 private:
  /// toml11 3.7 reads past its buffer while it words the error for a literal string that is not UTF-8.
  void check_encoding() {
    for (std::size_t end = 0; at_ < text_.size(); at_ = end + 1) {
      end = std::min(text_.find('\n', at_), text_.size());
      if (!base::is_utf8(text_.substr(at_, end - at_))) fail("the line is not UTF-8; save the file as UTF-8");
    }
    at_ = 0;
  }

  void look(char c) {
    if (c == '[' || c == '{') ++depth_;
    if ((c == ']' || c == '}') && depth_ > 0) --depth_;
    if (c == '\n' || c == ',' || c == '=') dots_ = 0;
    if (c == '.') ++dots_;
    if (depth_ + dots_ > max_nesting) fail("nested too deeply");
    if (text_.substr(at_).starts_with("0b")) check_binary();
  }

  void check_binary() const {
    std::size_t digits = 0;
    for (std::size_t i = at_ + 2; i < text_.size() && std::string_view("01_").find(text_[i]) != text_.npos;
         ++i)
      digits += text_[i] != '_' && (digits > 0 || text_[i] == '1');
    if (digits > 63) fail("integer does not fit 64 bits");
  }

  void skip_string(char quote) {
    const std::string three(3, quote);
    if (text_.substr(at_).starts_with(three)) {
      at_ += 3;
      while (at_ < text_.size() && !text_.substr(at_).starts_with(three)) step(quote);
      at_ = std::min(at_ + 3, text_.size());
    } else {
      ++at_;
      while (at_ < text_.size() && text_[at_] != quote && text_[at_] != '\n') step(quote);
      at_ = std::min(at_ + 1, text_.size());
    }
  }
  void step(char quote) { at_ += text_[at_] == '\\' && quote == '"' ? 2 : 1; }

  [[noreturn]] void fail(const char* problem) const {
    const Place place = place_at(text_, at_);
    throw base::UserError(fmt::format("{}:{}:{}: {}", name_, place.line, place.column, problem));
  }

  std::string_view text_;
  const std::string& name_;
  std::size_t at_ = 0, depth_ = 0, dots_ = 0;
};

}  // namespace

void check_toml_text(std::string_view text, const std::string& name) {
  Guard(text, name).check();
}

}  // namespace mproc::job
