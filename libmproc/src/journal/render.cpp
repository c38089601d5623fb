#include "mproc/journal/render.hpp"

#include "mproc/base/error.hpp"
#include "render_formats.hpp"

namespace mproc::journal {

Rendered render(const Index& index, base::StageKey stage, job::Format format,
                const std::filesystem::path& path, job::ItemSource* items, std::uint64_t total) {
  const bool seeks = format == job::Format::npy || format == job::Format::npz;
  MPROC_CHECK(!seeks || path != "-", "standard output takes text formats and pickle; give .{} a path",
              format == job::Format::npy ? "npy" : "npz");
  RowSource rows(index, stage, items, total);
  OutputFile file(path);
  Rendered rendered;
  switch (format) {
    case job::Format::none:
      MPROC_ASSERT(false, "an output without a format was rendered");
      break;
    case job::Format::json:
      throw base::UserError("json is for the tables of [crossval]; write jsonl");
    case job::Format::csv:
      render_csv(rows, file, rendered);
      break;
    case job::Format::jsonl:
      render_jsonl(rows, file, rendered);
      break;
    case job::Format::npy:
      render_npy(rows, file);
      break;
    case job::Format::npz:
      render_npz(rows, file);
      break;
    case job::Format::pickle:
      render_pickle(rows, file);
      break;
  }
  file.commit();
  rendered.rows = total;
  return rendered;
}

}  // namespace mproc::journal
