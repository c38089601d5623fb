#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "mproc/base/error.hpp"
#include "mproc/kernels/crossval/split.hpp"
#include "support/errors.hpp"

namespace mproc::kernels::crossval {

using List = std::vector<std::uint32_t>;
using Labels = std::vector<std::int64_t>;

inline SplitSpec spec_of(std::string_view name, std::uint64_t k = 5, std::uint64_t seed = 42) {
  SplitSpec spec = split_named(name).value();
  spec.k = k;
  spec.seed = seed;
  return spec;
}

inline Samples samples_of(std::uint64_t count) {
  Samples samples;
  samples.count = count;
  return samples;
}

inline Samples with_classes(const Labels& classes) {
  Samples samples = samples_of(classes.size());
  samples.classes = classes;
  return samples;
}

inline Samples with_groups(const Labels& groups) {
  Samples samples = samples_of(groups.size());
  samples.groups = groups;
  return samples;
}

inline List sorted(List list) {
  std::sort(list.begin(), list.end());
  return list;
}

inline List all(std::uint64_t n) {
  List out(n);
  std::iota(out.begin(), out.end(), 0U);
  return out;
}

inline List joined(const IndexSet& a, const IndexSet& b) {
  List out = a.list();
  const List more = b.list();
  out.insert(out.end(), more.begin(), more.end());
  return out;
}

/// No sample twice, none that is not there; all of them where `whole`.
inline void expect_divided(const Split& split, std::uint64_t n, bool whole = true) {
  const List both = sorted(joined(split.train, split.test));
  EXPECT_EQ(std::adjacent_find(both.begin(), both.end()), both.end());
  EXPECT_TRUE(both.empty() || both.back() < n);
  if (whole) {
    EXPECT_EQ(both.size(), n);
  }
}

/// The test sets of one repetition have each sample once.
inline void expect_each_tested_once(const std::vector<Split>& splits, std::size_t first, std::size_t k,
                                    std::uint64_t n) {
  List tested;
  for (std::size_t i = first; i < first + k; ++i) {
    const List test = splits[i].test.list();
    tested.insert(tested.end(), test.begin(), test.end());
  }
  EXPECT_EQ(sorted(tested), all(n));
}

inline void expect_groups_on_one_side(const Split& split, const Labels& groups) {
  std::vector<std::int64_t> trained, tested, both;
  split.train.for_each([&](std::uint32_t i) { trained.push_back(groups[i]); });
  split.test.for_each([&](std::uint32_t i) { tested.push_back(groups[i]); });
  std::sort(trained.begin(), trained.end());
  std::sort(tested.begin(), tested.end());
  std::set_intersection(trained.begin(), trained.end(), tested.begin(), tested.end(),
                        std::back_inserter(both));
  EXPECT_TRUE(both.empty());
}

/// Arguments of any kind, the same in each run of a test.
class Drawn {
 public:
  explicit Drawn(std::uint32_t seed) : engine_(seed) {}
  std::uint64_t between(std::uint64_t least, std::uint64_t most) {
    return least + engine_() % (most - least + 1);
  }
  Labels labels(std::uint64_t n, std::uint64_t kinds) {
    Labels out(n);
    for (auto& label : out) label = static_cast<std::int64_t>(between(0, kinds - 1)) * 7 - 3;
    return out;
  }

 private:
  std::mt19937 engine_;
};

/// "0120a": each letter a label.
inline Labels labels_of(std::string_view letters) {
  Labels out;
  for (const char c : letters) out.push_back(c <= '9' ? c - '0' : c - 'a' + 10);
  return out;
}

/// The fold in which each sample is tested, as a digit.
inline std::string tested_in(const std::vector<Split>& splits, std::uint64_t n) {
  std::string out(n, '?');
  for (std::size_t i = 0; i < splits.size(); ++i)
    splits[i].test.for_each([&](std::uint32_t sample) { out[sample] = static_cast<char>('0' + i); });
  return out;
}

template <class Action>
std::string user_error(Action&& action) {
  return testing::message_of<base::UserError>(action);
}

}  // namespace mproc::kernels::crossval
