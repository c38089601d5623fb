#include <fmt/format.h>

#include <string>
#include <unordered_set>

#include "parse.hpp"
#include "series_group.hpp"
#include "series_reader.hpp"

namespace mproc::job {
namespace {

/// A file in the long format whose ids' rows are adjacent.
class LongReader : public MarkedReader {
 public:
  explicit LongReader(std::unique_ptr<SeriesRows> rows)
      : MarkedReader(rows->start(), file_spacing), rows_(std::move(rows)), builder_(rows_->layout()) {}

  const std::vector<std::string>& names() const override { return rows_->layout().names; }
  bool timed() const override { return rows_->layout().timed; }

 private:
  /// The row that ends a group is read again as the next one's first.
  bool read(SeriesGroup& group, SeriesPlace& at) override {
    rows_->seek(at.mark);
    if (!rows_->next()) return false;
    builder_.start(group, rows_->row().id);
    do builder_.add(rows_->row());
    while (rows_->next() && rows_->row().id == group.id);
    builder_.finish();
    if (!seen_.add(at.group, group.id)) refuse(at.mark.line, group.id);
    at.mark = rows_->start();
    return true;
  }

  [[noreturn]] void refuse(std::uint64_t line, const std::string& id) const {
    throw NotGrouped(fmt::format("{}:{}: id '{}' comes again after others; put the rows of an id together",
                                 rows_->path().string(), line, printable(id)));
  }

  std::unique_ptr<SeriesRows> rows_;
  GroupBuilder builder_;
  SeenIds seen_;
};

}  // namespace

bool is_grouped_long(const SeriesSpec& spec) {
  CsvIds ids(spec);
  std::unordered_set<std::string> seen;
  while (const auto id = ids.next())
    if (!seen.insert(std::string(*id)).second) return false;
  return true;
}

std::unique_ptr<SeriesReader> open_long_series(const SeriesSpec& spec) {
  return std::make_unique<LongReader>(std::make_unique<SeriesRows>(spec));
}

}  // namespace mproc::job
