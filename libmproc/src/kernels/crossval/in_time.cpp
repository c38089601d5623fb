#include "in_time.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "mproc/base/error.hpp"

namespace mproc::kernels::crossval {
namespace {

/// The times of labels; where there are none, each sample is an instant of its own.
class Times {
 public:
  explicit Times(const Samples& samples) : samples_(samples) {}

  std::size_t count() const { return samples_.count; }
  double start(std::size_t i) const {
    return samples_.label_starts.empty() ? static_cast<double>(i) : samples_.label_starts[i];
  }
  double end(std::size_t i) const { return samples_.label_ends.empty() ? start(i) : samples_.label_ends[i]; }
  /// The first sample that starts at this time or later.
  std::size_t first_from(double time) const {
    return first_where([=, this](std::size_t i) { return start(i) >= time; });
  }
  std::size_t first_after(double time) const {
    return first_where([=, this](std::size_t i) { return start(i) > time; });
  }

 private:
  template <class Reached>
  std::size_t first_where(const Reached& reached) const {
    std::size_t low = 0, high = count();
    while (low < high) {
      const std::size_t middle = low + (high - low) / 2;
      if (reached(middle)) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  const Samples& samples_;
};

struct Block {
  double start, end;
};

/// When the test set's labels are made: its runs of consecutive samples, those that overlap as one,
/// ascending.
std::vector<Block> blocks(const IndexSet& test, const Times& times) {
  std::vector<std::uint32_t> sorted = test.list();
  std::sort(sorted.begin(), sorted.end());
  std::vector<Block> out;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const Block label{times.start(sorted[i]), times.end(sorted[i])};
    if (i > 0 && (sorted[i] == sorted[i - 1] + 1 || label.start <= out.back().end)) {
      out.back().end = std::max(out.back().end, label.end);
    } else {
      out.push_back(label);
    }
  }
  return out;
}

void mark(std::vector<bool>& marked, std::size_t first, std::size_t end) {
  for (std::size_t i = first; i < end; ++i) marked[i] = true;
}

/// `gap` samples before each block, and `embargo` after it.
void mark_around(std::vector<bool>& marked, const std::vector<Block>& blocks, const Times& times,
                 std::uint64_t gap, std::uint64_t embargo) {
  for (const Block block : blocks) {
    const std::size_t from = times.first_from(block.start), after = times.first_after(block.end);
    mark(marked, from - std::min<std::size_t>(gap, from), from);
    mark(marked, after, after + std::min<std::size_t>(embargo, times.count() - after));
  }
}

void mark_overlapping(std::vector<bool>& marked, const std::vector<Block>& blocks, const Times& times) {
  for (std::size_t i = 0; i < times.count(); ++i) {
    // Blocks are apart from each other: the last one that starts before the label's end is the last one to
    // end, too.
    const auto beyond = std::upper_bound(blocks.begin(), blocks.end(), times.end(i),
                                         [](double time, const Block& block) { return time < block.start; });
    if (beyond != blocks.begin() && std::prev(beyond)->end >= times.start(i)) marked[i] = true;
  }
}

void mark_groups(std::vector<bool>& marked, const IndexSet& test, std::span<const std::int64_t> groups) {
  std::unordered_set<std::int64_t> tested;
  test.for_each([&](std::uint32_t i) { tested.insert(groups[i]); });
  for (std::size_t i = 0; i < groups.size(); ++i)
    if (tested.contains(groups[i])) marked[i] = true;
}

}  // namespace

void check_label_times(const Samples& samples) {
  const Times times(samples);
  for (std::size_t i = 0; i < samples.count; ++i) {
    MPROC_CHECK(std::isfinite(times.start(i)) && std::isfinite(times.end(i)),
                "the label of sample {} has no time; leave such samples out", i);
    MPROC_CHECK(times.start(i) <= times.end(i), "the label of sample {} ends before it starts: {} and {}", i,
                times.end(i), times.start(i));
    MPROC_CHECK(i == 0 || times.start(i - 1) <= times.start(i),
                "the label of sample {} starts before that of the sample before it; sort samples by time", i);
  }
}

std::vector<bool> kept_out(const IndexSet& test, const SplitSpec& spec, const Samples& samples,
                           bool by_group) {
  std::vector<bool> marked(samples.count);
  const Times times(samples);
  const std::vector<Block> tested = blocks(test, times);
  mark_around(marked, tested, times, spec.gap, spec.embargo);
  if (!samples.label_ends.empty()) mark_overlapping(marked, tested, times);
  if (by_group) mark_groups(marked, test, samples.groups);
  return marked;
}

}  // namespace mproc::kernels::crossval
