#pragma once

#include <fmt/format.h>

#include "mproc/base/error.hpp"
#include "mproc/journal/output_file.hpp"
#include "mproc/journal/render.hpp"
#include "mproc/journal/row_source.hpp"
#include "mproc/journal/value_text.hpp"

namespace mproc::journal {

// One function a format. Each fills in what it counts; render() commits the file and counts the rows.
void render_csv(RowSource& rows, OutputFile& file, Rendered& rendered);
void render_jsonl(RowSource& rows, OutputFile& file, Rendered& rendered);
void render_npy(RowSource& rows, OutputFile& file);
void render_npz(RowSource& rows, OutputFile& file);
void render_pickle(RowSource& rows, OutputFile& file);

/// Calls use(row) for every row. A Misfit becomes the UserError that names the task and `instead`.
template <class Use>
void for_each_row(RowSource& rows, const char* format, const char* instead, Use use) {
  Row row;
  rows.rewind();
  try {
    while (rows.next(row)) use(row);
  } catch (const Misfit& misfit) {
    throw base::UserError(fmt::format("task {}: {} cannot hold {}; write {} instead", row.index, format,
                                      misfit.what(), instead));
  }
}

/// What an item cannot be written as becomes `missing`: the result is what was asked for.
template <class Append>
void append_item(Append append, std::string& to, base::ByteView cell, std::uint64_t& not_finite,
                 std::string_view missing) {
  const std::size_t start = to.size();
  const std::uint64_t counted = not_finite;
  try {
    append(to, cell, not_finite);
  } catch (const Misfit&) {
    to.resize(start);
    to.append(missing);
    not_finite = counted;
  }
}

}  // namespace mproc::journal
