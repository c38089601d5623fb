#include "folds.hpp"

#include <algorithm>
#include <numeric>

#include "mproc/base/error.hpp"

namespace mproc::kernels::crossval {
namespace {

/// floor(i·n/k), for k up to n < 2^32.
std::uint32_t kx_bound(std::uint64_t i, std::uint64_t n, std::uint64_t k) {
  return static_cast<std::uint32_t>(i * n / k);
}

/// Ranges that end where `bound` says.
template <class Bound>
std::vector<IndexSet::Range> ranges_to(std::uint64_t k, const Bound& bound) {
  std::vector<IndexSet::Range> out(k);
  for (std::uint64_t i = 0; i < k; ++i)
    out[i] = {i == 0 ? 0 : out[i - 1].end, static_cast<std::uint32_t>(bound(i + 1))};
  return out;
}

}  // namespace

std::vector<IndexSet::Range> cut(std::uint64_t n, std::uint64_t k, bool kx_cuts) {
  return ranges_to(
      k, [=](std::uint64_t i) { return kx_cuts ? kx_bound(i, n, k) : i * (n / k) + std::min(i, n % k); });
}

std::vector<IndexSet::Range> cut_in_time(std::uint64_t n, std::uint64_t k, bool kx_cuts) {
  return ranges_to(k, [=](std::uint64_t i) { return kx_cuts ? kx_bound(i, n, k) : i * (n / k) + n % k; });
}

std::vector<std::uint32_t> random_order(std::uint64_t n, Random& random) {
  std::vector<std::uint32_t> order(n);
  std::iota(order.begin(), order.end(), 0U);
  random.shuffle(order);
  return order;
}

Folds shuffled_folds(const SplitSpec& spec, std::uint64_t n, Random& random) {
  const auto order = random_order(n, random);
  Folds folds;
  for (const IndexSet::Range range : cut(n, spec.k, spec.kx_cuts))
    folds.emplace_back(order.begin() + range.first, order.begin() + range.end);
  return folds;
}

Folds folds_of(std::span<const std::uint32_t> fold_of_sample, std::uint64_t k) {
  Folds folds(k);
  for (std::size_t i = 0; i < fold_of_sample.size(); ++i)
    folds[fold_of_sample[i]].push_back(static_cast<std::uint32_t>(i));
  return folds;
}

Coded coded(std::span<const std::int64_t> labels) {
  std::vector<std::int64_t> values(labels.begin(), labels.end());
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  Coded out;
  out.count.resize(values.size());
  out.code.reserve(labels.size());
  for (const std::int64_t label : labels) {
    const auto at = std::lower_bound(values.begin(), values.end(), label);
    out.code.push_back(static_cast<std::uint32_t>(at - values.begin()));
    ++out.count[out.code.back()];
  }
  return out;
}

void check_class_sizes(std::span<const std::uint64_t> counts, std::uint64_t k,
                       std::vector<std::string>& notes) {
  const auto [least, most] = std::minmax_element(counts.begin(), counts.end());
  MPROC_CHECK(*most >= k,
              "k = {} folds, but the largest class has {} samples; take a smaller k, or split = \"kfold\"", k,
              *most);
  if (*least < k)
    notes.push_back(
        fmt::format("the smallest class has {} samples for {} folds: some folds are without it", *least, k));
}

}  // namespace mproc::kernels::crossval
