#include "mproc/base/csv_text.hpp"
#include "mproc/base/real_text.hpp"
#include "mproc/journal/output_file.hpp"
#include "mproc/journal/result_table.hpp"

namespace mproc::journal {
namespace {

using job::Json;

std::size_t rows_of(const job::ResultTable& table) {
  return table.columns.empty() ? 0 : table.columns.front().values.size();
}

void append_cell(std::string& to, const Json& value) {
  if (value.is_number_float()) {
    base::append_real(to, value.get<double>());
  } else if (value.is_string()) {
    base::append_csv_text(to, value.get_ref<const std::string&>());
  } else if (value.is_structured()) {
    base::append_csv_text(to, value.dump());
  } else if (!value.is_null()) {
    to += value.dump();
  }
}

void write_csv(const job::ResultTable& table, OutputFile& file) {
  std::string& out = file.buffer();
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (i > 0) out.push_back(',');
    base::append_csv_text(out, table.columns[i].name);
  }
  out.push_back('\n');
  for (std::size_t row = 0; row < rows_of(table); ++row) {
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      if (i > 0) out.push_back(',');
      append_cell(out, table.columns[i].values[row]);
    }
    out.push_back('\n');
    file.spill();
  }
}

std::string row_text(const job::ResultTable& table, std::size_t row) {
  Json object = Json::object();
  for (const auto& column : table.columns) object[column.name] = column.values[row];
  return object.dump();
}

void write_json(const job::ResultTable& table, const Json& head, OutputFile& file) {
  std::string& out = file.buffer();
  out += "{\n";
  for (const auto& [name, value] : head.items()) out += Json(name).dump() + ": " + value.dump() + ",\n";
  out += "\"results\": [";
  for (std::size_t row = 0; row < rows_of(table); ++row) {
    out += (row > 0 ? ",\n" : "\n") + row_text(table, row);
    file.spill();
  }
  out += "\n]}\n";
}

void write_jsonl(const job::ResultTable& table, OutputFile& file) {
  for (std::size_t row = 0; row < rows_of(table); ++row) {
    file.buffer() += row_text(table, row) + '\n';
    file.spill();
  }
}

}  // namespace

void render(const job::ResultTable& table, const Json& head, job::Format format,
            const std::filesystem::path& path) {
  using job::Format;
  MPROC_CHECK(format == Format::csv || format == Format::json || format == Format::jsonl,
              "a table of scores is written as csv, json or jsonl");
  OutputFile file(path);
  if (format == Format::csv) write_csv(table, file);
  if (format == Format::json) write_json(table, head, file);
  if (format == Format::jsonl) write_jsonl(table, file);
  file.commit();
}

}  // namespace mproc::journal
