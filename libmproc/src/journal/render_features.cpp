#include <cmath>
#include <numeric>

#include "mproc/base/csv_text.hpp"
#include "mproc/base/real_text.hpp"
#include "mproc/base/utf8.hpp"
#include "mproc/journal/feature_table.hpp"
#include "npy_header.hpp"
#include "npz_column.hpp"
#include "render_formats.hpp"

namespace mproc::journal {
namespace {

/// The columns of a feature table that are written.
struct Chosen {
  const FeatureTable& table;
  std::vector<std::size_t> columns;

  const std::string& name(std::size_t place) const { return table.columns()[columns[place]]; }
  std::uint64_t longest_name() const {
    std::uint64_t length = 1;
    for (std::size_t i = 0; i < columns.size(); ++i)
      length = std::max<std::uint64_t>(length, base::count_code_points(name(i)));
    return length;
  }
};

void append_values(std::string& to, const Chosen& chosen, const FeatureTable::Row& row) {
  for (const std::size_t column : chosen.columns)
    to.append(reinterpret_cast<const char*>(&row.values[column]), sizeof(double));
}

void write_csv(const Chosen& chosen, OutputFile& file) {
  std::string& out = file.buffer();
  out.append("id");
  for (std::size_t i = 0; i < chosen.columns.size(); ++i)
    (out.push_back(','), base::append_csv_text(out, chosen.name(i)));
  out.push_back('\n');
  chosen.table.for_each([&](const FeatureTable::Row& row) {
    base::append_csv_text(out, row.id);
    for (const std::size_t column : chosen.columns) {
      out.push_back(',');
      base::append_real(out, row.values[column]);
    }
    out.push_back('\n');
    file.spill();
  });
}

void write_jsonl(const Chosen& chosen, OutputFile& file, Rendered& rendered) {
  std::string& out = file.buffer();
  chosen.table.for_each([&](const FeatureTable::Row& row) {
    out.append("{\"id\":");
    append_json_text(out, row.id);
    for (std::size_t i = 0; i < chosen.columns.size(); ++i) {
      out.push_back(',');
      append_json_text(out, chosen.name(i));
      out.push_back(':');
      const double value = row.values[chosen.columns[i]];
      if (std::isfinite(value))
        base::append_real(out, value);
      else
        (out.append("null"), ++rendered.not_finite);
    }
    out.append("}\n");
    file.spill();
  });
}

void append_list(std::string& to, const std::vector<std::string>& texts) {
  to.push_back('[');
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) to.append(", ");
    append_json_text(to, texts[i]);
  }
  to.push_back(']');
}

void write_npy(const Chosen& chosen, OutputFile& file, const std::filesystem::path& path) {
  std::vector<std::string> ids, names;
  for (std::size_t i = 0; i < chosen.columns.size(); ++i) names.push_back(chosen.name(i));
  file.buffer() = npy_header("<f8", {chosen.table.rows(), chosen.columns.size()});
  chosen.table.for_each([&](const FeatureTable::Row& row) {
    ids.push_back(row.id);
    append_values(file.buffer(), chosen, row);
    file.spill();
  });
  OutputFile beside(path.string() + ".json");
  std::string& out = beside.buffer();
  out.append("{\"id\": ");
  append_list(out, ids);
  out.append(",\n \"columns\": ");
  append_list(out, names);
  out.append("}\n");
  beside.commit();
}

void write_npz(const Chosen& chosen, OutputFile& file) {
  std::uint64_t longest_id = 1;
  chosen.table.for_each([&](const FeatureTable::Row& row) {
    longest_id = std::max<std::uint64_t>(longest_id, base::count_code_points(row.id));
  });
  const std::uint64_t rows = chosen.table.rows(), longest = chosen.longest_name();
  ZipFile zip(file);
  const auto id = declare_array(zip, "id", fmt::format("<U{}", longest_id), {rows}, 4 * longest_id);
  const auto names =
      declare_array(zip, "columns", fmt::format("<U{}", longest), {chosen.columns.size()}, 4 * longest);
  const auto features = declare_array(zip, "features", "<f8", {rows, chosen.columns.size()}, sizeof(double));
  for (std::size_t i = 0; i < chosen.columns.size(); ++i)
    append_fixed_text(zip.buffer(names), chosen.name(i), longest);
  chosen.table.for_each([&](const FeatureTable::Row& row) {
    append_fixed_text(zip.buffer(id), row.id, longest_id);
    append_values(zip.buffer(features), chosen, row);
    zip.spill(id);
    zip.spill(features);
  });
  zip.finish();
}

}  // namespace

Rendered render(const FeatureTable& table, const std::optional<std::vector<std::size_t>>& columns,
                job::Format format, const std::filesystem::path& path) {
  const bool text = format == job::Format::csv || format == job::Format::jsonl;
  MPROC_CHECK(text || path != "-", "standard output takes csv and jsonl; give the features a path");
  MPROC_CHECK(format != job::Format::pickle, "features are no Python objects: write .npz or .csv instead");
  Chosen chosen{table, {}};
  if (columns) {
    chosen.columns = *columns;
  } else {
    chosen.columns.resize(table.columns().size());
    std::iota(chosen.columns.begin(), chosen.columns.end(), std::size_t{0});
  }
  OutputFile file(path);
  Rendered rendered;
  if (format == job::Format::csv) write_csv(chosen, file);
  if (format == job::Format::jsonl) write_jsonl(chosen, file, rendered);
  if (format == job::Format::npy) write_npy(chosen, file, path);
  if (format == job::Format::npz) write_npz(chosen, file);
  file.commit();
  rendered.rows = table.rows();
  return rendered;
}

}  // namespace mproc::journal
