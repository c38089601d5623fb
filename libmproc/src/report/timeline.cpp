#include "mproc/report/timeline.hpp"

#include <algorithm>
#include <tuple>

namespace mproc::report {
namespace {

bool is_longer(const Bar& a, const Bar& b) {
  return a.length_ns() > b.length_ns();
}

void keep_longest(std::vector<Bar>& bars, std::size_t most) {
  if (bars.size() <= most) return;
  std::nth_element(bars.begin(), bars.begin() + static_cast<std::ptrdiff_t>(most), bars.end(), is_longer);
  bars.resize(most);
}

}  // namespace

Timeline::Timeline(std::int64_t length_ns, std::size_t executors, const PictureSize& size)
    : size_(size), executors_(std::max<std::size_t>(executors, 1)) {
  executors_a_row_ = (executors_ + size.rows - 1) / size.rows;
  rows_ = (executors_ + executors_a_row_ - 1) / executors_a_row_;
  const auto most = static_cast<std::int64_t>(std::clamp<std::size_t>(size.cells / rows_, 1, size.row_bins));
  bin_ns_ = std::max<std::int64_t>(length_ns / most + 1, 1);
  bins_ = static_cast<std::size_t>(std::max<std::int64_t>(length_ns, 0) / bin_ns_) + 1;
  busy_.resize(rows_ * bins_);
  failed_.resize(rows_ * bins_);
  ended_.resize(bins_);
}

std::size_t Timeline::executors_of(std::size_t row) const {
  return std::min(executors_a_row_, executors_ - first_executor(row));
}

std::size_t Timeline::bin_at(std::int64_t ns) const {
  return std::min(static_cast<std::size_t>(std::max<std::int64_t>(ns, 0) / bin_ns_), bins_ - 1);
}

void Timeline::add(const Bar& bar) {
  const std::size_t row = bar.executor / executors_a_row_;
  std::int64_t* const busy = &busy_[row * bins_];
  const std::size_t last = bin_at(bar.end_ns);
  std::int64_t from = bar.start_ns;
  for (std::size_t bin = bin_at(from); bin < last; ++bin) {
    const std::int64_t edge = static_cast<std::int64_t>(bin + 1) * bin_ns_;
    busy[bin] += edge - from;
    from = edge;
  }
  busy[last] += bar.end_ns - from;
  spread(ended_.data(), bar.tasks.count, bar);
  spread(&failed_[row * bins_], bar.failed, bar);
  keep(bar);
}

void Timeline::spread(std::uint64_t* bins, std::uint64_t count, const Bar& bar) const {
  const std::size_t last = bin_at(bar.end_ns);
  std::uint64_t before = 0;
  if (bar.tasks.count > 1)
    for (std::size_t bin = bin_at(bar.start_ns); bin < last; ++bin) {
      const auto passed = static_cast<double>(static_cast<std::int64_t>(bin + 1) * bin_ns_ - bar.start_ns);
      const double share = passed / static_cast<double>(bar.length_ns());
      const auto until = std::min(count, static_cast<std::uint64_t>(static_cast<double>(count) * share));
      bins[bin] += until - before;
      before = until;
    }
  bins[last] += count - before;
}

void Timeline::keep(const Bar& bar) {
  bars_.push_back(bar);
  if (bars_.size() < 2 * size_.bars + 1) return;
  keep_longest(bars_, size_.bars);
  dropped_ = true;
}

std::vector<Bar> Timeline::bars() const {
  std::vector<Bar> bars = bars_;
  keep_longest(bars, size_.bars);
  const auto place = [](const Bar& bar) { return std::tuple(bar.executor, bar.start_ns, bar.tasks.first); };
  std::sort(bars.begin(), bars.end(), [&](const Bar& a, const Bar& b) { return place(a) < place(b); });
  return bars;
}

}  // namespace mproc::report
