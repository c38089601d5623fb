#include "mproc/job/crossval_data.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "content_hash.hpp"
#include "crossval_csv.hpp"
#include "crossval_values.hpp"
#include "data_csv.hpp"
#include "data_files.hpp"
#include "parse.hpp"

namespace mproc::job {
namespace {

constexpr std::array<const char*, 4> keys_of_samples{"target", "group", "label-start", "label-end"};

/// What a key names: a file, or a column of the features' file.
struct SampleArray {
  DataFile file;
  std::string shown;  ///< "y.npy", "species"
};

std::string shape_of(const ArraySpec& array) {
  return array.shape.empty() ? "a single value" : fmt::format("{}", fmt::join(array.shape, " x "));
}

void check_not_empty(const Spot& spot, const ArraySpec& array) {
  spot.check(std::ranges::count(array.shape, 0u) == 0, "is empty: {}", shape_of(array));
}

class CrossvalReading {
 public:
  explicit CrossvalReading(const Spot& section) : section_(section) {}

  CrossvalData read() {
    section_.check(section_.has("features"), "has no features; add features = \"X.npy\"");
    section_.check(section_.has("target"),
                   "has no target; add target = \"y.npy\", or a column of the features");
    const Spot features = section_.member("features");
    features_ = existing_data_file(features);
    if (is_csv(features_))
      read_table(features);
    else
      read_array(features);
    data_.samples = features_.array.shape[0];
    data_.describe =
        fmt::format("{}: {} of {}", features_.shown(), shape_of(features_.array), features_.array.dtype);
    data_.arrays.push_back(features_);
    read_target();
    read_groups();
    read_labels();
    return std::move(data_);
  }

 private:
  void read_array(const Spot& spot) {
    if (section_.has("columns"))
      section_.member("columns").refuse(
          fmt::format("is for a .csv file; {} has no columns with names", features_.shown()));
    features_ = look_through(spot, "crossval.X");
    spot.check(features_.array.shape.size() > 1, "has to be n x p, not {}", shape_of(features_.array));
    check_not_empty(spot, features_.array);
  }

  /// Looks through all columns at once.
  void read_table(const Spot& spot) {
    readable(spot, [&] { table_.emplace(features_.path, data_delimiter); });
    std::vector<std::size_t> columns;
    for (const char* key : keys_of_samples) {
      if (!section_.has(key)) continue;
      const Spot named = section_.member(key);
      if (!table_->find(named.text()) && names_data_file(named.text())) continue;
      columns_of_keys_[key] = columns.size();
      columns.push_back(find_column(named));
    }
    const auto chosen =
        section_.has("columns") ? chosen_columns(section_.member("columns")) : all_but(columns);
    spot.check(!chosen.empty(), "has no column beside those of other keys: {}", features_.shown());
    readable(spot, [&] {
      look_ = look_through_columns(*table_, chosen, columns);
      features_.hash = file_hash(features_.path);
    });
    spot.check(look_.rows > 0, "has a header and no rows: {}", features_.path.string());
    features_.array = {"crossval.X", "<f8", {}, false, {look_.rows, chosen.size()}};
    for (const std::size_t column : chosen) features_.columns.push_back(table_->names()[column]);
  }

  std::vector<std::size_t> all_but(const std::vector<std::size_t>& taken) const {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < table_->names().size(); ++i)
      if (std::ranges::count(taken, i) == 0) out.push_back(i);
    return out;
  }

  std::vector<std::size_t> chosen_columns(const Spot& spot) const {
    const auto names = spot.texts();
    spot.check(!names.empty(), "names no column; leave it out for all that no other key names");
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < names.size(); ++i) {
      const Spot one = spot.element(i);
      const auto column = find_column(one);
      one.check(std::ranges::count(out, column) == 0, "names the column '{}' a second time", names[i]);
      one.check(names[i] != section_.member("target").text(), "names the target '{}' as a feature", names[i]);
      out.push_back(column);
    }
    return out;
  }

  std::size_t find_column(const Spot& spot) const {
    const auto column = table_->find(spot.text());
    if (!column)
      spot.refuse("names no column of " + features_.path.string() + table_->did_you_mean(spot.text()));
    return *column;
  }

  SampleArray array_of(const std::string& key) const {
    const Spot spot = section_.member(key);
    if (const auto found = columns_of_keys_.find(key); found != columns_of_keys_.end())
      return {column_file(key, features_, spot.text(), look_.values[found->second], look_.rows),
              printable(spot.text())};
    DataFile file = existing_data_file(spot);
    file = is_csv(file) ? column_of_file(key, file) : look_through(spot, {});
    spot.check(!file.array.shape.empty(), "is a single value: {}", file.shown());
    spot.check(file.array.shape[0] == data_.samples, "has {} values in {}, but there are {} samples in {}",
               file.array.shape[0], file.shown(), data_.samples, features_.shown());
    check_not_empty(spot, file.array);
    return {file, file.shown()};
  }

  DataFile column_of_file(const std::string& key, DataFile file) const {
    const Spot spot = section_.member(key);
    CsvLook look;
    std::string name;
    std::size_t columns = 0;
    readable(spot, [&] {
      CsvTable table(file.path, data_delimiter);
      name = table.names()[0];
      columns = table.names().size();
      if (columns == 1) look = look_through_columns(table, {}, std::array<std::size_t, 1>{0});
      file.hash = file_hash(file.path);
    });
    spot.check(columns == 1, "names {}, which has {} columns; a file beside the features' has one",
               file.path.string(), columns);
    return column_file(key, file, name, look.values[0], look.rows);
  }

  DataFile column_file(const std::string& key, DataFile file, const std::string& column,
                       const CsvValues& values, std::uint64_t rows) const {
    const bool may_lack = key == "target" && values.real;
    section_.member(key).check(values.blank_line == 0 || may_lack, "has no value in line {} of {}",
                               values.blank_line, file.path.string());
    file.array = {{}, values.dtype, {}, false, {rows}};
    file.columns = {column};
    return file;
  }

  void read_target() {
    const Spot spot = section_.member("target");
    auto [file, name] = array_of("target");
    const ArraySpec array = file.array;
    spot.check(array.shape.size() <= 2, "has to be n or n x m, not {}", shape_of(array));
    spot.check(has_codes(array) || array.dtype[1] == 'f', "holds {}; has to be of numbers, booleans or text",
               printable(array.dtype));
    file.array.name = "crossval.y";
    if (array.shape.size() == 1 && has_codes(array)) data_.classes = codes(spot, file);
    data_.describe += "; " + name + ": ";
    data_.describe += data_.classes.empty() ? fmt::format("{} of {}", shape_of(array), array.dtype)
                                            : number_of(data_.classes, "value", "different values");
    data_.arrays.push_back(file);
  }

  void read_groups() {
    if (!section_.has("group")) return;
    const Spot spot = section_.member("group");
    const auto [file, name] = array_of("group");
    check_one_each(spot, file.array);
    spot.check(has_codes(file.array), "holds {}; groups are integers, booleans or text",
               printable(file.array.dtype));
    data_.groups = codes(spot, file);
    data_.describe += fmt::format("; {}: {}", name, number_of(data_.groups, "group", "groups"));
  }

  void read_labels() {
    const bool starts_are_text = read_times("label-start", data_.label_starts);
    const bool ends_are_text = read_times("label-end", data_.label_ends);
    if (!data_.label_starts.empty() && !data_.label_ends.empty())
      section_.member("label-end")
          .check(starts_are_text == ends_are_text,
                 "and 'crossval.label-start' have to be both numbers or both times");
  }

  /// Whether they are text.
  bool read_times(const char* key, std::vector<double>& times) const {
    if (!section_.has(key)) return false;
    const Spot spot = section_.member(key);
    const DataFile file = array_of(key).file;
    check_one_each(spot, file.array);
    readable(spot, [&] { times = values_in_time(file.array, all_elements(file)); });
    return file.array.dtype[1] == 'U';
  }

  static void check_one_each(const Spot& spot, const ArraySpec& array) {
    spot.check(array.shape.size() == 1, "has to be one value a sample, not {}", shape_of(array));
  }
  static std::vector<std::int64_t> codes(const Spot& spot, const DataFile& file) {
    std::vector<std::int64_t> out;
    readable(spot, [&] { out = value_codes(file.array, all_elements(file)); });
    return out;
  }
  static std::string number_of(const std::vector<std::int64_t>& values, const char* one, const char* more) {
    const auto count = *std::ranges::max_element(values) + 1;
    return fmt::format("{} {}", count, count == 1 ? one : more);
  }
  static bool is_csv(const DataFile& file) { return file.path.extension() == ".csv"; }

  const Spot& section_;
  CrossvalData data_;
  DataFile features_;
  std::optional<CsvTable> table_;  // of the features
  CsvLook look_;
  std::map<std::string, std::size_t> columns_of_keys_;  // in look_.values
};

}  // namespace

CrossvalData read_crossval_data(const Spot& crossval) {
  return CrossvalReading(crossval).read();
}

}  // namespace mproc::job
