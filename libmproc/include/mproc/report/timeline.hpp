#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "mproc/report/bars.hpp"

namespace mproc::report {

/// How large a picture of a run may become, whatever the run.
struct PictureSize {
  std::size_t rows = 512;        ///< executors; of more, neighbours share a row
  std::size_t cells = 1u << 18;  ///< rows times bins
  std::size_t row_bins = 1u << 14;
  std::size_t bars = 20'000;  ///< drawn singly: the longest ones
};

/// A run in bins of time: what each row of executors did, and how many tasks ended. Sums are exact: of a
/// row's bins the busy time is that of its bars. Times are those of an axis that begins at 0.
class Timeline {
 public:
  Timeline(std::int64_t length_ns, std::size_t executors, const PictureSize& size = {});

  /// What lies outside of the axis counts in its first or last bin.
  void add(const Bar& bar);

  std::size_t rows() const { return rows_; }
  std::size_t bins() const { return bins_; }
  std::int64_t bin_ns() const { return bin_ns_; }
  /// Executors of a row are neighbours.
  std::size_t executors_of(std::size_t row) const;
  std::size_t first_executor(std::size_t row) const { return row * executors_a_row_; }

  std::int64_t busy_ns(std::size_t row, std::size_t bin) const { return busy_[row * bins_ + bin]; }
  std::uint64_t failed(std::size_t row, std::size_t bin) const { return failed_[row * bins_ + bin]; }
  /// Tasks that ended; those of a block that are not timed are spread over it.
  std::uint64_t ended(std::size_t bin) const { return ended_[bin]; }
  /// All of them, or the longest, by executor and start.
  std::vector<Bar> bars() const;
  bool has_all_bars() const { return !dropped_ && bars_.size() <= size_.bars; }

 private:
  std::size_t bin_at(std::int64_t ns) const;
  void spread(std::uint64_t* bins, std::uint64_t count, const Bar& bar) const;
  void keep(const Bar& bar);

  PictureSize size_;
  std::size_t executors_, executors_a_row_, rows_, bins_;
  std::int64_t bin_ns_;
  std::vector<std::int64_t> busy_;
  std::vector<std::uint64_t> failed_, ended_;
  std::vector<Bar> bars_;
  bool dropped_ = false;
};

}  // namespace mproc::report
