#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "row_source.hpp"

namespace mproc::journal {

/// Names in order of first appearance. Rows mostly have the same names in the same order, so a look-up starts
/// from where the name was last time.
class NameList {
 public:
  static constexpr std::size_t none = SIZE_MAX;
  std::size_t add(std::string_view name, std::size_t expected);
  std::size_t find(std::string_view name, std::size_t expected) const;
  const std::vector<std::string>& names() const { return names_; }

 private:
  std::vector<std::string> names_;
  std::unordered_map<std::string, std::size_t> places_;
};

/// Which columns a table has between `index` and `status`: the items' and the results'.
class TableLayout {
 public:
  enum class Results { in_columns, whole };  ///< whole: one `result` column, also for maps

  /// Goes through all rows once.
  TableLayout(RowSource& rows, Results results);

  /// As they are in the table: renamed where two would be the same.
  const std::vector<std::string>& item_columns() const { return item_columns_; }
  const std::vector<std::string>& result_columns() const { return result_columns_; }

  /// A row's values, one for each item column and then each result column; empty where it has none.
  /// The vector lives until the next call.
  const std::vector<base::ByteView>& cells(const Row& row);

 private:
  void learn(base::ByteView value, NameList& names, std::string_view name_of_other, bool split) const;
  void place(base::ByteView value, const NameList& names, std::string_view name_of_other, bool split,
             std::size_t first_cell);
  void name_columns();

  Results results_;
  NameList item_names_, result_names_;
  std::vector<std::string> item_columns_, result_columns_;
  std::vector<base::ByteView> cells_;
};

}  // namespace mproc::journal
