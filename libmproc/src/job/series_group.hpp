#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "series_rows.hpp"

namespace mproc::job {

/// Lets maps and sets of strings be asked for a view.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

/// Makes a group of its rows, which may come in any order.
class GroupBuilder {
 public:
  explicit GroupBuilder(SeriesLayout layout) : layout_(std::move(layout)) {}

  /// `group` has to live until finish().
  void start(SeriesGroup& group, std::string_view id);
  void add(const SeriesRow& row);
  void finish();

 private:
  std::size_t series_of(std::string_view kind);

  SeriesLayout layout_;
  SeriesGroup* group_ = nullptr;
  std::vector<std::vector<std::uint64_t>> orders_;  // of each kind's rows; of all rows without kinds
  std::unordered_map<std::string, std::size_t, TextHash, std::equal_to<>> kinds_;
};

}  // namespace mproc::job
