#include "mproc/kernels/crossval/halving.hpp"

#include <algorithm>
#include <numeric>

#include "folds.hpp"
#include "mproc/base/error.hpp"
#include "mproc/kernels/crossval/random.hpp"
#include "mproc/kernels/crossval/scores.hpp"

namespace mproc::kernels::crossval {
namespace {

/// floor(log n / log base), for n of 1 and more.
std::uint64_t whole_logarithm(std::uint64_t n, std::uint64_t base) {
  std::uint64_t out = 0;
  for (; n >= base; n /= base) ++out;
  return out;
}

std::uint64_t first_resource(std::uint64_t rungs, const HalvingSpec& spec) {
  if (!spec.exhaust) return spec.min_resource;
  std::uint64_t most = spec.max_resource;
  for (std::uint64_t i = 1; i < rungs; ++i) most /= spec.factor;
  return std::max(spec.min_resource, most);
}

IndexSet some_of(const IndexSet& set, std::uint64_t resource, std::uint64_t samples, Random& random) {
  const std::uint64_t count = std::max<std::uint64_t>(set.size() * resource / samples, 1);
  const std::vector<std::uint32_t> numbers = set.list();
  std::vector<std::uint32_t> positions = random_order(numbers.size(), random);
  positions.resize(count);
  std::sort(positions.begin(), positions.end());
  for (std::uint32_t& position : positions) position = numbers[position];
  return IndexSet(std::move(positions));
}

}  // namespace

std::vector<Rung> halving_rungs(std::uint64_t candidates, const HalvingSpec& spec) {
  MPROC_CHECK(spec.factor >= 2, "a factor of {} leaves nothing out; set it to 2 or more", spec.factor);
  MPROC_CHECK(candidates > 0, "there are no candidates");
  MPROC_CHECK(spec.min_resource > 0, "a resource of 0 is none; set the least to 1 or more");
  MPROC_CHECK(spec.min_resource <= spec.max_resource,
              "the least resource, {}, is more than the most, {}; set the least to {} or less",
              spec.min_resource, spec.max_resource, spec.max_resource);
  const std::uint64_t wanted = 1 + whole_logarithm(candidates, spec.factor);
  Rung rung{candidates, first_resource(wanted, spec)};
  const std::uint64_t possible = 1 + whole_logarithm(spec.max_resource / rung.resource, spec.factor);
  std::vector<Rung> out;
  for (std::uint64_t i = 0; i < std::min(wanted, possible); ++i) {
    if (i > 0) rung = {(rung.candidates + spec.factor - 1) / spec.factor, rung.resource * spec.factor};
    out.push_back(rung);
  }
  return out;
}

std::uint64_t smallest_samples(std::uint64_t splits, std::uint64_t classes) {
  return 2 * splits * classes;
}

std::vector<std::uint64_t> promoted(std::span<const double> means, std::uint64_t count) {
  std::vector<std::uint64_t> order(means.size());
  std::iota(order.begin(), order.end(), std::uint64_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::uint64_t a, std::uint64_t b) { return better(means[a], means[b]); });
  order.resize(std::min<std::uint64_t>(count, order.size()));
  std::sort(order.begin(), order.end());
  return order;
}

Split with_fewer_samples(const Split& split, std::uint64_t resource, std::uint64_t samples,
                         std::uint64_t seed, std::uint64_t number) {
  Random random(seed, Random::Purpose::subsamples, number);
  const IndexSet train = some_of(split.train, resource, samples, random);
  return {train, some_of(split.test, resource, samples, random)};
}

}  // namespace mproc::kernels::crossval
