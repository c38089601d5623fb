#include <algorithm>
#include <deque>
#include <limits>
#include <memory>
#include <utility>

#include "series_group.hpp"
#include "series_reader.hpp"
#include "series_runs.hpp"

namespace mproc::job {
namespace {

/// Texts with numbers, in the order in which they first come. Memory ends before 32 bits do.
class NumberedTexts {
 public:
  std::uint32_t number(std::string_view text) {
    auto found = numbers_.find(text);
    if (found == numbers_.end()) {
      found = numbers_.emplace(text, static_cast<std::uint32_t>(numbers_.size())).first;
      texts_.push_back(&found->first);
    }
    return found->second;
  }
  std::uint64_t size() const { return texts_.size(); }
  const std::string& text(std::uint64_t number) const { return *texts_[number]; }

 private:
  std::unordered_map<std::string, std::uint32_t, TextHash, std::equal_to<>> numbers_;
  std::vector<const std::string*> texts_;
};

/// Rows as they were read, by id.
struct SortedRows {
  SortedRows(const SeriesSpec& spec, const std::filesystem::path& scratch, std::size_t memory);

  SeriesLayout layout;
  std::size_t values = 0;  ///< of a row
  NumberedTexts ids, kinds;
  std::unique_ptr<RunFile> file;
};

SortedRows::SortedRows(const SeriesSpec& spec, const std::filesystem::path& scratch, std::size_t memory) {
  SeriesRows rows(spec);
  layout = rows.layout();
  values = rows.row().values.size();
  file = std::make_unique<RunFile>(scratch, values);
  RunWriter writer(*file, memory);
  while (rows.next()) {
    const SeriesRow& row = rows.row();
    writer.add({ids.number(row.id), kinds.number(row.kind), row.order}, row.values);
  }
  writer.flush();
}

/// Groups from the runs: each has rows of some groups, in the order of their numbers. Marks are groups.
class SortedReader : public MarkedReader {
 public:
  SortedReader(std::unique_ptr<SortedRows> rows, std::size_t memory)
      : MarkedReader({}, groups_between_marks), rows_(std::move(rows)), builder_(rows_->layout) {
    const auto& runs = rows_->file->runs;
    for (const RunFile::Run& run : runs) cursors_.emplace_back(*rows_->file, run, memory / runs.size());
    row_.values.resize(rows_->values);
  }

  const std::vector<std::string>& names() const override { return rows_->layout.names; }
  bool timed() const override { return rows_->layout.timed; }

 private:
  static constexpr std::uint64_t groups_between_marks = 64;
  static constexpr std::uint64_t nowhere = std::numeric_limits<std::uint64_t>::max();

  bool read(SeriesGroup& group, SeriesPlace& at) override {
    if (at.group == rows_->ids.size()) return false;
    const bool jumped = std::exchange(expected_, nowhere) != at.group;
    builder_.start(group, rows_->ids.text(at.group));
    for (RunCursor& cursor : cursors_) {
      if (jumped) cursor.seek(static_cast<std::uint32_t>(at.group));
      add_rows(cursor, at.group);
    }
    builder_.finish();
    expected_ = at.group + 1;
    at.mark.offset = expected_;
    return true;
  }

  void add_rows(RunCursor& cursor, std::uint64_t group) {
    for (; !cursor.at_end(); cursor.pop()) {
      const StoredRow stored = cursor.row();
      if (stored.group != group) return;
      row_.kind = rows_->kinds.text(stored.kind);
      row_.order = stored.order;
      cursor.values(row_.values);
      builder_.add(row_);
    }
  }

  SeriesPlace near(std::uint64_t index) const override {
    const std::uint64_t series = names().size();
    if (series == 0) return MarkedReader::near(index);
    const std::uint64_t group = std::min(index / series, rows_->ids.size());
    return {group, group * series, {group, 1}};
  }

  std::unique_ptr<SortedRows> rows_;
  GroupBuilder builder_;
  std::deque<RunCursor> cursors_;
  SeriesRow row_;
  std::uint64_t expected_ = 0;  // the group that cursors are at
};

}  // namespace

std::unique_ptr<SeriesReader> sort_long_series(const SeriesSpec& spec, const std::filesystem::path& scratch,
                                               std::size_t memory) {
  return std::make_unique<SortedReader>(std::make_unique<SortedRows>(spec, scratch, memory), memory);
}

}  // namespace mproc::job
