#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "input_file.hpp"
#include "mproc/job/series.hpp"

namespace mproc::job {

/// Where a group begins.
struct SeriesPlace {
  std::uint64_t group = 0, series = 0;  ///< how many are before it
  Mark mark;                            ///< a reader's own; its offset grows
};

/// What readers share: places of groups that have been read, so that a seek reads little.
class MarkedReader : public SeriesReader {
 public:
  bool next(SeriesGroup& group) final;
  void seek(std::uint64_t index) final;
  std::uint64_t position() const final { return at_.series; }

 protected:
  /// A place is marked once its offset is `spacing` from that of the one before.
  MarkedReader(Mark first, std::uint64_t spacing) : at_{0, 0, first}, spacing_(spacing), places_{at_} {}
  /// Reads the group at `at`, and moves its mark to the one behind. False at the end.
  virtual bool read(SeriesGroup& group, SeriesPlace& at) = 0;
  /// The place of a group that has series `index` or is before it, as near as is cheap.
  virtual SeriesPlace near(std::uint64_t index) const;

 private:
  SeriesPlace at_;
  std::uint64_t spacing_;
  std::vector<SeriesPlace> places_;
};

/// Bytes of a file between marks.
inline constexpr std::uint64_t file_spacing = std::uint64_t{1} << 20;

/// The ids of the groups that have been read.
class SeenIds {
 public:
  /// False for an id that another group had. A group may be read again.
  bool add(std::uint64_t group, const std::string& id) {
    return group < ids_.size() || ids_.insert(id).second;
  }

 private:
  std::unordered_set<std::string> ids_;
};

// One function a format.
std::unique_ptr<SeriesReader> open_long_series(const SeriesSpec& spec);
bool is_grouped_long(const SeriesSpec& spec);
std::unique_ptr<SeriesReader> open_wide_series(const SeriesSpec& spec);
std::unique_ptr<SeriesReader> open_npy_series(const SeriesSpec& spec);
std::unique_ptr<SeriesReader> sort_long_series(const SeriesSpec& spec, const std::filesystem::path& scratch,
                                               std::size_t memory);

}  // namespace mproc::job
