#include <array>

#include "csv_table.hpp"
#include "mproc/base/msgpack.hpp"
#include "parse.hpp"
#include "paths.hpp"
#include "sources.hpp"

namespace mproc::job {
namespace {

struct CsvOptions {
  std::filesystem::path path;
  char delimiter = ',';
  std::vector<std::pair<std::string, CellType>> types;  ///< by column
};

CellType read_type(const Spot& spot) {
  for (const CellType type : {CellType::boolean, CellType::integer, CellType::floating, CellType::text})
    if (spot.text() == name(type)) return type;
  spot.refuse(fmt::format("has to be \"str\", \"int\", \"float\" or \"bool\", not \"{}\"", spot.text()));
}

char read_delimiter(const Spot& spot) {
  const std::string& text = spot.text();
  const bool sane = text.size() == 1 && std::string_view("\"\r\n").find(text[0]) == std::string_view::npos &&
                    static_cast<unsigned char>(text[0]) < 0x80;
  spot.check(sane, "has to be one character such as \";\" or \"\\t\"");
  return text[0];
}

CsvOptions read_options(const Spot& spot) {
  CsvOptions options;
  if (!spot.value().is_object()) {
    spot.check(spot.value().is_string(),
               "has to be a path, or {{ path = \"items.csv\", types = {{ column = \"str\" }} }}, not {}",
               kind(spot.value()));
    options.path = existing_file(spot.text(), spot);
    return options;
  }
  check_members(spot, std::array<std::string_view, 3>{"path", "types", "delimiter"});
  spot.check(spot.has("path"), "has no path; add path = \"items.csv\"");
  options.path = existing_file(spot.member("path").text(), spot.member("path"));
  if (spot.has("delimiter")) options.delimiter = read_delimiter(spot.member("delimiter"));
  if (!spot.has("types")) return options;
  const Spot types = spot.member("types");
  for (const auto& entry : types.table("types = { column = \"str\" }").items())
    options.types.emplace_back(entry.key(), read_type(types.member(entry.key())));
  return options;
}

/// One pass over the file finds columns, types, rows and marks; what is wrong with it shows before anything
/// runs.
class CsvSource : public SourceBase {
 public:
  CsvSource(const CsvOptions& options, const Spot& spot)
      : table_(options.path, options.delimiter), types_(table_.names().size(), CellType::text) {
    const std::vector<bool> given = set_given_types(options, spot);
    read_through(given);
    if (rows_ == 0) refuse_empty(spot, "has a header and no rows: " + options.path.string());
    table_.seek(marks_.at(0));
  }

  std::optional<std::uint64_t> count() const override { return rows_; }
  bool recomputable() const override { return false; }
  std::string describe() const override {
    std::string out =
        fmt::format("{}: {} row{}; ", table_.path().filename().string(), rows_, rows_ == 1 ? "" : "s");
    for (std::size_t i = 0; i < types_.size(); ++i)
      out += fmt::format("{}{} {}", i == 0 ? "" : ", ", printable(table_.names()[i]), name(types_[i]));
    return out;
  }

 private:
  std::vector<bool> set_given_types(const CsvOptions& options, const Spot& spot) {
    std::vector<bool> given(table_.names().size(), false);
    for (const auto& [column, type] : options.types) {
      const auto position = table_.find(column);
      if (!position)
        spot.member("types").member(column).refuse("names no column of " + table_.path().string() +
                                                   table_.did_you_mean(column));
      types_[*position] = type;
      given[*position] = true;
    }
    return given;
  }

  void read_through(const std::vector<bool>& given) {
    std::vector<TypeGuess> guesses(types_.size());
    base::Bytes scratch;
    while (table_.next()) {
      marks_.note(rows_++, table_.start());
      for (std::size_t i = 0; i < types_.size(); ++i) {
        scratch.clear();
        if (given[i])
          append(scratch, i);
        else
          guesses[i].see(table_.cells()[i]);
      }
    }
    for (std::size_t i = 0; i < types_.size(); ++i)
      if (!given[i]) types_[i] = guesses[i].type();
  }

  void append(base::Bytes& to, std::size_t column) {
    if (!append_cell(to, table_.cells()[column], types_[column]))
      table_.refuse_cell(column, fmt::format("is not of type {}", name(types_[column])));
  }

  bool append_next(base::Bytes& to) override {
    if (next() >= rows_ || !table_.next()) return false;
    base::BytesSink sink(to);
    msgpack::packer(sink).pack_map(static_cast<std::uint32_t>(types_.size()));
    for (std::size_t i = 0; i < types_.size(); ++i) {
      base::pack_to(to, table_.names()[i]);
      append(to, i);
    }
    return true;
  }

  std::uint64_t approach(std::uint64_t index, std::uint64_t now) override {
    const std::uint64_t marked = marks_.before(index);
    if (now <= index && marked <= now) return now;
    table_.seek(marks_.at(marked));
    return marked;
  }

  CsvTable table_;
  std::vector<CellType> types_;
  std::uint64_t rows_ = 0;
  Marks marks_;
};

}  // namespace

void check_csv(const Spot& spot) {
  read_options(spot);
}

std::unique_ptr<ItemSource> open_csv(const Spot& spot) {
  return std::make_unique<CsvSource>(read_options(spot), spot);
}

}  // namespace mproc::job
