#include "mproc/kernels/fresh/permutation_entropy.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace mproc::kernels::fresh {
namespace {

// Numbers the orders of all windows of one length, then of one value more, and so on. An order is told by how
// many of a window's earlier values sort after each of its values (its Lehmer code): each value more adds a
// digit.
class WindowOrders {
 public:
  WindowOrders(std::span<const double> values, std::size_t tau)
      : values_(values), tau_(tau), after_(values.size()) {
    codes_.resize(values.empty() ? 0 : (values.size() - 1) / tau + 1);
  }

  // One value more in each window, of which there has to be one.
  void widen() {
    const std::size_t distance = dimension_++;
    for (std::size_t j = distance; j < values_.size(); ++j)
      after_[j] += sorts_after(values_[j - distance], values_[j]) ? 1 : 0;
    codes_.resize((values_.size() - dimension_) / tau_ + 1);
    if (range_ > most / dimension_) number_anew();
    for (std::size_t window = 0; window < codes_.size(); ++window)
      codes_[window] = codes_[window] * dimension_ + after_[window * tau_ + distance];
    range_ *= dimension_;
  }

  double entropy() {
    if (range_ > 16 * codes_.size() + 1024) number_anew();
    tally_.assign(range_, 0);
    for (const std::uint64_t code : codes_) ++tally_[code];
    return entropy_of_tally();
  }

 private:
  static constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();

  static bool sorts_after(double earlier, double later) { return !(earlier <= later) && later == later; }

  // Orders that occur get the numbers 0, 1, ...
  void number_anew() {
    std::vector<std::uint64_t> distinct = codes_;
    std::sort(distinct.begin(), distinct.end());
    distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
    for (std::uint64_t& code : codes_)
      code = static_cast<std::uint64_t>(std::lower_bound(distinct.begin(), distinct.end(), code) -
                                        distinct.begin());
    range_ = distinct.size();
  }

  // Few counts differ, so that each needs its logarithm but once.
  double entropy_of_tally() {
    const auto windows = static_cast<double>(codes_.size());
    std::vector<std::uint32_t> orders_by_count;
    for (const std::uint64_t code : codes_) {
      const std::uint32_t count = std::exchange(tally_[code], 0);
      if (count >= orders_by_count.size()) orders_by_count.resize(count + 1);
      ++orders_by_count[count];
    }
    double entropy = 0;
    for (std::size_t count = 1; count < orders_by_count.size(); ++count) {
      if (orders_by_count[count] == 0) continue;
      const double share = static_cast<double>(count) / windows;
      entropy -= orders_by_count[count] * (share * std::log(share));
    }
    return entropy;
  }

  std::span<const double> values_;
  std::size_t tau_;
  std::size_t dimension_ = 1;
  std::uint64_t range_ = 1;           // codes are below
  std::vector<std::uint32_t> after_;  // how many of the dimension - 1 values before sort after it
  std::vector<std::uint64_t> codes_;  // one a window
  std::vector<std::uint32_t> tally_;
};

}  // namespace

void permutation_entropy(std::span<const double> values, std::size_t tau,
                         std::span<const std::size_t> dimensions, std::span<double> entropies) {
  std::fill(entropies.begin(), entropies.end(), std::numeric_limits<double>::quiet_NaN());
  if (tau == 0) return;
  WindowOrders orders(values, tau);
  std::size_t last = 1;
  for (const std::size_t dimension : dimensions)
    if (dimension <= values.size()) last = std::max(last, dimension);
  for (std::size_t dimension = 2; dimension <= last; ++dimension) {
    orders.widen();
    for (std::size_t k = 0; k < dimensions.size(); ++k)
      if (dimensions[k] == dimension) entropies[k] = orders.entropy();
  }
}

}  // namespace mproc::kernels::fresh
