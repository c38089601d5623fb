#include <fmt/format.h>

#include <charconv>

#include "mproc/base/error.hpp"
#include "mproc/job/ndarray.hpp"
#include "npy.hpp"
#include "parse.hpp"

namespace mproc::job {
namespace {

/// Reads the header's text: a Python dict literal of one string, one bool and one tuple of ints.
class HeaderText {
 public:
  HeaderText(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  NpyHeader parse() {
    NpyHeader out;
    bool descr = false, order = false, shape = false;
    expect('{');
    while (!take('}')) {
      const std::string key = quoted();
      expect(':');
      if (key == "descr") {
        descr = true;
        out.dtype = dtype();
      } else if (key == "fortran_order") {
        order = true;
        out.fortran = boolean();
      } else if (key == "shape") {
        shape = true;
        out.shape = tuple();
      } else {
        fail("unknown key in its header");
      }
      if (!take(',')) {
        expect('}');
        break;
      }
    }
    if (!descr || !order || !shape) fail("its header lacks descr, fortran_order or shape");
    return out;
  }

 private:
  [[noreturn]] void fail(const char* problem) const {
    throw base::UserError(fmt::format("{}: is not a sound .npy file: {}", file_, problem));
  }
  void skip_blanks() { text_.remove_prefix(std::min(text_.find_first_not_of(" \n\t"), text_.size())); }
  bool take(std::string_view word) {
    skip_blanks();
    if (!text_.starts_with(word)) return false;
    text_.remove_prefix(word.size());
    return true;
  }
  bool take(char c) { return take(std::string_view(&c, 1)); }
  void expect(char c) {
    if (!take(c)) fail("its header is malformed");
  }
  std::string quoted() {
    const char quote = take('\'') ? '\'' : '"';
    if (quote == '"') expect('"');
    const std::size_t end = text_.find(quote);
    if (end == text_.npos) fail("its header is malformed");
    std::string out(text_.substr(0, end));
    text_.remove_prefix(end + 1);
    return out;
  }
  std::string dtype() {
    skip_blanks();
    MPROC_CHECK(!text_.starts_with('['),
                "{}: holds records of several fields; save each field as a .npy file, or use csv", file_);
    return quoted();
  }
  bool boolean() {
    if (take("True")) return true;
    if (!take("False")) fail("its header is malformed");
    return false;
  }
  std::vector<std::uint64_t> tuple() {
    std::vector<std::uint64_t> out;
    expect('(');
    while (!take(')')) {
      skip_blanks();
      std::uint64_t number = 0;
      const auto [rest, error] = std::from_chars(text_.data(), text_.data() + text_.size(), number);
      if (error != std::errc()) fail("its shape is malformed");
      text_.remove_prefix(static_cast<std::size_t>(rest - text_.data()));
      take('L');  // Python 2 wrote long integers so
      out.push_back(number);
      if (out.size() > most_dimensions) fail("it has more dimensions than NumPy allows");
      if (!take(',')) {
        expect(')');
        break;
      }
    }
    return out;
  }

  std::string_view text_;
  const std::string& file_;
};

}  // namespace

NpyHeader read_npy_header(const std::string& name, std::uint64_t size,
                          const std::function<base::ByteView(std::uint64_t, std::uint64_t)>& at) {
  constexpr std::string_view magic = "\x93NUMPY";
  constexpr std::size_t fixed = 12;  // magic, version, and a length of 2 or 4 bytes
  MPROC_CHECK(size >= fixed && base::text(at(0, magic.size())) == magic, "{}: is not a .npy file", name);
  const base::ByteView head = at(0, fixed);
  const auto byte = [&](std::size_t i) { return std::to_integer<std::uint64_t>(head[i]); };
  const std::uint64_t version = byte(6);
  MPROC_CHECK(version >= 1 && version <= 3, "{}: is of .npy version {}, which is not known", name, version);
  std::uint64_t length = byte(8) | byte(9) << 8, start = 10;
  if (version > 1) length |= byte(10) << 16 | byte(11) << 24, start = fixed;
  MPROC_CHECK(length <= size - start, "{}: is cut short", name);
  const std::string text(base::text(at(start, length)));
  NpyHeader out = HeaderText(text, name).parse();
  out.data_offset = start + length;
  return out;
}

NpyHeader read_npy_header(InputFile& file) {
  return read_npy_header(file.path().string(), file.size(),
                         [&](std::uint64_t offset, std::uint64_t size) { return file.at(offset, size); });
}

}  // namespace mproc::job
