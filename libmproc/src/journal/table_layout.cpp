#include "mproc/journal/table_layout.hpp"

#include <algorithm>
#include <set>

#include "token.hpp"

namespace mproc::journal {
namespace {

/// Calls use(key, value) for each pair of a map whose keys are strings; false for anything else. Keys of
/// other types do not name columns: such a map is one value.
template <class Use>
bool for_each_pair(base::ByteView map, Use use) {
  std::size_t offset = 0;
  const Token start = read_token(map, offset);
  if (start.kind != Token::Kind::map) return false;
  for (std::uint64_t pair = 0; pair < start.count; ++pair) {
    const Token key = read_token(map, offset);
    if (key.kind != Token::Kind::string) return false;
    const std::size_t begin = offset;
    offset = base::skip_value(map, offset);
    use(base::text(key.bytes), map.subspan(begin, offset - begin));
  }
  return true;
}

/// An empty map names none: it is one value too.
bool names_columns(base::ByteView value) {
  const auto tag = value.empty() ? 0U : std::to_integer<unsigned>(value.front());
  const bool is_map = (tag > 0x80 && tag < 0x90) || tag == 0xde || tag == 0xdf;
  return is_map && for_each_pair(value, [](std::string_view, base::ByteView) {});
}

std::string unique(std::string name, const std::string& prefix, std::set<std::string>& used) {
  while (!used.insert(name).second) name.insert(0, prefix);
  return name;
}

}  // namespace

std::size_t NameList::find(std::string_view name, std::size_t expected) const {
  if (expected < names_.size() && names_[expected] == name) return expected;
  const auto found = places_.find(std::string(name));
  return found == places_.end() ? none : found->second;
}

std::size_t NameList::add(std::string_view name, std::size_t expected) {
  const std::size_t known = find(name, expected);
  if (known != none) return known;
  places_.emplace(name, names_.size());
  names_.emplace_back(name);
  return names_.size() - 1;
}

TableLayout::TableLayout(RowSource& rows, Results results) : results_(results) {
  rows.rewind();
  for (Row row; rows.next(row);) {
    if (!row.item.empty()) learn(row.item, item_names_, "item", true);
    if (row.state == Index::State::succeeded)
      learn(row.value, result_names_, "result", results_ == Results::in_columns);
  }
  if (result_names_.names().empty()) result_names_.add("result", 0);
  name_columns();
  cells_.resize(item_columns_.size() + result_columns_.size());
}

void TableLayout::learn(base::ByteView value, NameList& names, std::string_view name_of_other,
                        bool split) const {
  if (!split || !names_columns(value)) {
    names.add(name_of_other, 0);
    return;
  }
  std::size_t expected = 0;
  for_each_pair(value,
                [&](std::string_view key, base::ByteView) { expected = names.add(key, expected) + 1; });
}

void TableLayout::name_columns() {
  std::set<std::string> used{"index", "status", "error"};
  for (const std::string& name : item_names_.names()) item_columns_.push_back(unique(name, "item.", used));
  for (const std::string& name : result_names_.names())
    result_columns_.push_back(unique(name, "result.", used));
}

const std::vector<base::ByteView>& TableLayout::cells(const Row& row) {
  std::fill(cells_.begin(), cells_.end(), base::ByteView{});
  if (!row.item.empty()) place(row.item, item_names_, "item", true, 0);
  if (row.state == Index::State::succeeded)
    place(row.value, result_names_, "result", results_ == Results::in_columns, item_columns_.size());
  return cells_;
}

void TableLayout::place(base::ByteView value, const NameList& names, std::string_view name_of_other,
                        bool split, std::size_t first_cell) {
  if (!split || !names_columns(value)) {
    cells_[first_cell + names.find(name_of_other, 0)] = value;
    return;
  }
  std::size_t expected = 0;
  for_each_pair(value, [&](std::string_view key, base::ByteView cell) {
    const std::size_t place = names.find(key, expected);
    cells_[first_cell + place] = cell;
    expected = place + 1;
  });
}

}  // namespace mproc::journal
