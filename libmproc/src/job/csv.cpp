#include "csv.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mproc/base/error.hpp"
#include "mproc/base/utf8.hpp"

namespace mproc::job {
namespace {

std::string without_doubled_quotes(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    out += text[at];
    if (text[at] == '"') ++at;
  }
  return out;
}

}  // namespace

CsvReader::CsvReader(InputFile& file, char delimiter) : file_(file), delimiter_(delimiter) {
  file_.skip_byte_order_mark();
}

void CsvReader::fail(std::uint64_t line, const std::string& problem) const {
  throw base::UserError(fmt::format("{}:{}: {}", file_.path().string(), line, problem));
}

void CsvReader::seek(const Mark& mark) {
  file_.seek(mark.offset);
  line_ = mark.line;
}

bool CsvReader::next() {
  do {
    start_ = {file_.offset(), line_};
    if (!read_record()) return false;
  } while (cells_.size() == 1 && cells_[0].text.empty() && !cells_[0].quoted);
  return true;
}

/// A record that the block cuts is taken apart again with more of it.
bool CsvReader::read_record() {
  if (file_.ahead().empty() && !file_.extend()) return false;
  std::size_t size = split(file_.ahead(), false);
  while (size == 0) {
    const bool whole = !file_.extend();
    size = split(file_.ahead(), whole);
  }
  // Its quotes, delimiters and newlines are ASCII: it is UTF-8 where all its cells are.
  if (!base::is_utf8(file_.ahead().substr(0, size)))
    fail(line_, "is not UTF-8; convert the file, e.g. with iconv -t utf-8");
  file_.take(size);
  line_ += newlines_;
  return true;
}

/// Takes the record at the front of `text` apart: its size, or 0 where that is not all of it. The file ends
/// with a `whole` text.
std::size_t CsvReader::split(std::string_view text, bool whole) {
  const char* at = text.data();
  const char* const end = at + text.size();
  cells_.clear();
  unescaped_.clear();
  newlines_ = 0;
  for (;; ++at) {
    const char* const start = at;
    const bool quoted = at != end && *at == '"';
    at = quoted ? split_quoted(at, end, whole) : end_of_plain(at, end);
    if (at == nullptr || (at == end && !whole)) return 0;
    if (!quoted) cells_.push_back({{start, static_cast<std::size_t>(at - start)}, false});
    if (at != end && *at == delimiter_) continue;
    const bool line_ends = at != end;
    if (line_ends && !quoted && cells_.back().text.ends_with('\r')) cells_.back().text.remove_suffix(1);
    newlines_ += line_ends ? 1 : 0;
    return static_cast<std::size_t>(at - text.data()) + (line_ends ? 1 : 0);
  }
}

/// The delimiter, newline or end behind a cell.
const char* CsvReader::end_of_plain(const char* at, const char* end) const {
  while (at != end && *at != delimiter_ && *at != '\n') ++at;
  return at;
}

/// What is behind the cell whose quote is at `at`; null where that is not there yet.
const char* CsvReader::split_quoted(const char* at, const char* end, bool whole) {
  const std::uint64_t opened = line_ + newlines_;
  const char* const start = ++at;
  bool doubled = false;
  for (;; at += 2) {
    at = std::find(at, end, '"');
    if (at == end && whole) fail(opened, "a quote is opened and never closed");
    if (end - at < 2 && !whole) return nullptr;
    if (end - at < 2 || at[1] != '"') break;
    doubled = true;
  }
  std::string_view text(start, static_cast<std::size_t>(at - start));
  newlines_ += static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
  if (doubled) text = unescaped_.emplace_back(without_doubled_quotes(text));
  const char* const behind = end_of_plain(++at, end);
  if (behind == end && !whole) return nullptr;
  const bool return_before_newline = behind != end && *behind == '\n' && behind - at == 1 && *at == '\r';
  if (behind != at && !return_before_newline)
    fail(opened, "text after a closing quote; write a quote within quotes as \"\"");
  cells_.push_back({text, true});
  return behind;
}

}  // namespace mproc::job
