#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "mproc/journal/index.hpp"
#include "mproc/journal/render.hpp"

namespace mproc::journal {

/// What the tasks of fresh.extract give, as one table: a row for each id, in order of first appearance, and
/// for each of its series, in order of first appearance too, a column for each feature: "F_x__mean". A series
/// that an id does not have, or whose task failed, is NaN. Tasks that are not done yet are not there.
class FeatureTable {
 public:
  struct Label {
    std::string id, column;
  };
  /// Says of which series a task is that has no result.
  using LabelOf = std::function<Label(std::uint64_t task)>;

  /// Goes through all results once. `features`: names, in order of the results' values. Throws UserError for
  /// results that are not those of so many features.
  FeatureTable(const Index& index, base::StageKey stage, std::uint64_t total,
               std::vector<std::string> features, LabelOf label_of);

  const std::vector<std::string>& columns() const { return columns_; }
  std::uint64_t rows() const { return rows_; }

  struct Row {
    std::string id;
    std::vector<double> values;  ///< one a column
  };
  /// Calls use(row) for every row, in order.
  void for_each(const std::function<void(const Row&)>& use) const;

 private:
  struct Series {
    Label label;
    std::vector<double> values;  ///< empty: it failed
  };
  std::optional<Series> read(std::uint64_t task, const Index::Outcome& outcome) const;
  void for_each_series(const std::function<void(const Series&)>& use) const;
  void learn();

  const Index& index_;
  base::StageKey stage_;
  std::uint64_t total_, rows_ = 0;
  std::vector<std::string> features_, series_, columns_;
  LabelOf label_of_;
};

/// Writes the table, or those of its columns (places in columns(), in the order given). csv and jsonl: column
/// `id`, then the features; npz: arrays `id`, `columns` and `features` (rows by columns); npy: the last of
/// these, and the others beside it in PATH.json. Throws UserError for another format, and as render() does.
Rendered render(const FeatureTable& table, const std::optional<std::vector<std::size_t>>& columns,
                job::Format format, const std::filesystem::path& path);

}  // namespace mproc::journal
