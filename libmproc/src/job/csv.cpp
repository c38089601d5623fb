#include "csv.hpp"

#include <fmt/format.h>

#include "mproc/base/error.hpp"
#include "mproc/base/utf8.hpp"

namespace mproc::job {

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
    if (file_.peek() == InputFile::end) return false;
    read_record();
  } while (cells_.size() == 1 && cells_[0].text.empty() && !cells_[0].quoted);
  for (const Cell& cell : cells_)
    if (!base::is_utf8(cell.text))
      fail(start_.line, "is not UTF-8; convert the file, e.g. with iconv -t utf-8");
  return true;
}

void CsvReader::read_record() {
  start_ = {file_.offset(), line_};
  std::size_t used = 0;
  int ended_by = 0;
  do {
    if (used == cells_.size()) cells_.emplace_back();
    Cell& cell = cells_[used++];
    cell.text.clear();
    ended_by = read_cell(cell);
  } while (ended_by == static_cast<unsigned char>(delimiter_));
  cells_.resize(used);
}

/// Reads one cell and what ends it: the delimiter, a newline or the end.
int CsvReader::read_cell(Cell& cell) {
  const int c = file_.get();
  cell.quoted = c == '"';
  return cell.quoted ? read_quoted(cell) : read_plain(cell, c);
}

int CsvReader::read_plain(Cell& cell, int c) {
  for (;; c = file_.get()) {
    if (c == InputFile::end || c == static_cast<unsigned char>(delimiter_)) return c;
    if (c == '\n') return end_line();
    if (c == '\r' && file_.peek() == '\n') {
      file_.get();
      return end_line();
    }
    cell.text += static_cast<char>(c);
  }
}

int CsvReader::read_quoted(Cell& cell) {
  const std::uint64_t opened = line_;
  for (;;) {
    const int c = file_.get();
    if (c == InputFile::end) fail(opened, "a quote is opened and never closed");
    if (c == '\n') ++line_;
    if (c == '"') {
      if (file_.peek() != '"') break;
      file_.get();
    }
    cell.text += static_cast<char>(c);
  }
  const std::size_t length = cell.text.size();
  const int ended_by = read_plain(cell, file_.get());
  if (cell.text.size() != length)
    fail(opened, "text after a closing quote; write a quote within quotes as \"\"");
  return ended_by;
}

int CsvReader::end_line() {
  ++line_;
  return '\n';
}

}  // namespace mproc::job
