#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "mproc/base/error.hpp"

namespace mproc::job {

/// Where series come from. Columns go by their names in the file's header.
///
/// Long (.csv): a row has an id and a value in each of its columns of values, at one time; or an id, a kind
/// and one value, where the kind names the series. Rows of one id need not be in order of time if `sort`
/// names a column of numbers, or of dates and times as ISO 8601 writes them ("2026-11-23",
/// "2026-11-23T09:30:00.25Z", "2026-11-23 09:30+01:00"; UTC where they do not say; years 1678 to 2261).
/// Numbers compare as doubles.
///
/// Wide (.csv): a row is an id and its one series in order of time; empty cells at its end make it shorter.
///
/// Matrix (.npy): a row of an array of numbers is one series, its number from 0 the id.
///
/// A series of a wide file or a matrix is named "value", one of a kind as the kind, others as their columns.
/// An empty cell among values is NaN, as is "nan"; series keep them, at whatever place, since what they mean
/// is a feature's matter. (tsfresh refuses tables with missing values; its features have values for them
/// nevertheless.) An id, sort or kind that is missing, empty or "nan", is refused. Ids are text: 1, 01
/// and 1.0 are three.
struct SeriesSpec {
  std::filesystem::path input;      ///< .csv or .npy
  std::string id;                   ///< the long format needs one; empty: the first column of a wide file
  std::string sort;                 ///< empty: rows are in order
  std::string kind;                 ///< empty: each column of values is a series
  std::vector<std::string> values;  ///< empty: all other columns; with a kind there is one
  bool wide = false;                ///< of a .csv file
};

struct Series {
  std::string name;
  std::vector<double> values;
  /// Since the first value, where `sort` has dates and times; else empty.
  std::vector<double> hours;
};

/// All series of one id.
struct SeriesGroup {
  std::string id;              ///< as it is in the file, without quotes
  std::vector<Series> series;  ///< at least one: in order of the columns of values, or of the kinds' names
};

/// The rows of an id are not adjacent: sort_series() can read them.
class NotGrouped : public base::UserError {
  using base::UserError::UserError;
};

/// Series, one id's after the other's, the ids in order of their first appearance. Needs memory for the
/// largest group, and about 100 bytes for each id of a .csv file. Not thread-safe; may block on I/O. Throws
/// UserError "FILE:LINE: ..." for what is wrong with a row; whoever goes on nevertheless is told so again.
class SeriesReader {
 public:
  virtual ~SeriesReader() = default;
  /// False at the end. What `group` holds after an error is not said. Throws NotGrouped when an id comes
  /// again after others.
  virtual bool next(SeriesGroup& group) = 0;
  /// Makes the group that has series `index`, counted over all groups, the next one; the end where there is
  /// none. Takes little time for what has been read before, and for matrices; else reads up to there.
  virtual void seek(std::uint64_t index) = 0;
  /// How many series there are before the next group.
  virtual std::uint64_t position() const = 0;
  /// Of the series that every id has; empty where kinds name them.
  virtual const std::vector<std::string>& names() const = 0;
  /// Whether series have hours.
  virtual bool timed() const = 0;
};

/// Throws UserError for a file that cannot be read, columns that it does not have, and what the spec says of
/// columns that its format does not know.
std::unique_ptr<SeriesReader> open_series(const SeriesSpec& spec);

/// Whether open_series() can read it to its end: in a file in the long format the rows of each id are
/// adjacent. Reads the file once, but for its values.
bool is_grouped(const SeriesSpec& spec);

/// The ids in order of their first appearance. Reads the file once, but for its values.
std::vector<std::string> series_ids(const SeriesSpec& spec);

/// The same groups in the same order, whatever the order of the rows: reads them all at once, and keeps them
/// grouped in a file without a name in `scratch`, of 16 bytes and 8 for each value a row. Needs about
/// `memory` bytes more than a SeriesReader. What has no rows to sort is opened as it is. Throws UserError for
/// a row that cannot be read, SystemError where the file cannot be written.
std::unique_ptr<SeriesReader> sort_series(const SeriesSpec& spec, const std::filesystem::path& scratch,
                                          std::size_t memory = std::size_t{64} << 20);

}  // namespace mproc::job
