#include <array>

#include "csv.hpp"
#include "keys.hpp"
#include "mproc/base/msgpack.hpp"
#include "mproc/job/nearest.hpp"
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
      : file_(options.path), reader_(file_, options.delimiter) {
    read_header();
    const std::vector<bool> given = set_given_types(options, spot);
    read_through(given);
    if (rows_ == 0) refuse_empty(spot, "has a header and no rows: " + options.path.string());
    reader_.seek(marks_.at(0));
  }

  std::optional<std::uint64_t> count() const override { return rows_; }
  bool recomputable() const override { return false; }
  std::string describe() const override {
    std::string out =
        fmt::format("{}: {} row{}; ", file_.path().filename().string(), rows_, rows_ == 1 ? "" : "s");
    for (std::size_t i = 0; i < names_.size(); ++i)
      out += fmt::format("{}{} {}", i == 0 ? "" : ", ", printable(names_[i]), name(types_[i]));
    return out;
  }

 private:
  void read_header() {
    MPROC_CHECK(reader_.next(), "{}: no items: the file is empty", file_.path().string());
    for (const Cell& cell : reader_.cells()) {
      if (cell.text.empty())
        reader_.fail(reader_.start().line, fmt::format("column {} has no name", names_.size() + 1));
      if (std::find(names_.begin(), names_.end(), cell.text) != names_.end())
        reader_.fail(reader_.start().line, fmt::format("column '{}' twice", printable(cell.text)));
      names_.push_back(cell.text);
    }
    types_.resize(names_.size(), CellType::text);
  }

  std::vector<bool> set_given_types(const CsvOptions& options, const Spot& spot) {
    std::vector<bool> given(names_.size(), false);
    for (const auto& [column, type] : options.types) {
      const auto found = std::find(names_.begin(), names_.end(), column);
      if (found == names_.end()) {
        const std::vector<std::string_view> known(names_.begin(), names_.end());
        spot.member("types").member(column).refuse("names no column of " + file_.path().string() +
                                                   did_you_mean(column, known));
      }
      const auto position = static_cast<std::size_t>(found - names_.begin());
      types_[position] = type;
      given[position] = true;
    }
    return given;
  }

  void read_through(const std::vector<bool>& given) {
    std::vector<TypeGuess> guesses(names_.size());
    base::Bytes scratch;
    while (next_row()) {
      marks_.note(rows_++, reader_.start());
      for (std::size_t i = 0; i < names_.size(); ++i) {
        scratch.clear();
        if (given[i])
          append(scratch, i);
        else
          guesses[i].see(reader_.cells()[i]);
      }
    }
    for (std::size_t i = 0; i < names_.size(); ++i)
      if (!given[i]) types_[i] = guesses[i].type();
  }

  bool next_row() {
    if (!reader_.next()) return false;
    const std::size_t cells = reader_.cells().size();
    if (cells != names_.size())
      reader_.fail(reader_.start().line, fmt::format("has {} cell{}, the header has {}", cells,
                                                     cells == 1 ? "" : "s", names_.size()));
    return true;
  }

  void append(base::Bytes& to, std::size_t column) {
    const Cell& cell = reader_.cells()[column];
    if (append_cell(to, cell, types_[column])) return;
    constexpr std::size_t longest = 40;
    const std::string shown =
        printable(cell.text.substr(0, longest)) + (cell.text.size() > longest ? "..." : "");
    reader_.fail(reader_.start().line, fmt::format("column '{}': \"{}\" is not of type {}",
                                                   printable(names_[column]), shown, name(types_[column])));
  }

  bool append_next(base::Bytes& to) override {
    if (next() >= rows_ || !next_row()) return false;
    base::BytesSink sink(to);
    msgpack::packer(sink).pack_map(static_cast<std::uint32_t>(names_.size()));
    for (std::size_t i = 0; i < names_.size(); ++i) {
      base::pack_to(to, names_[i]);
      append(to, i);
    }
    return true;
  }

  std::uint64_t approach(std::uint64_t index, std::uint64_t now) override {
    const std::uint64_t marked = marks_.before(index);
    if (now <= index && marked <= now) return now;
    reader_.seek(marks_.at(marked));
    return marked;
  }

  InputFile file_;
  CsvReader reader_;
  std::vector<std::string> names_;
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
