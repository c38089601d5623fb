// Features of time series, and their tests of significance: any doubles, of any length.
#include <algorithm>
#include <cmath>

#include "fuzz.hpp"
#include "mproc/kernels/fresh/extractor.hpp"
#include "mproc/kernels/fresh/feature_set.hpp"
#include "mproc/kernels/fresh/feature_test.hpp"

namespace mproc::fuzz {
namespace {

namespace fresh = kernels::fresh;

std::vector<fresh::Feature> all_features() {
  auto features = fresh::feature_set("comprehensive");
  for (auto&& more : {fresh::feature_set("kx"), fresh::timewise_features()})
    features.insert(features.end(), more.begin(), more.end());
  return features;
}

/// Fuzzed bits are rarely a number one would meet: half of the series are small whole numbers, with ties.
std::vector<double> series(Input& input) {
  const bool small = input.number() % 2 == 0;
  std::vector<double> values;
  while (!input.empty()) {
    const double value = small ? static_cast<double>(input.number<std::int8_t>()) : input.number<double>();
    values.push_back(small && value == -128 ? std::nan("") : value);
  }
  return values;
}

void extract(const std::vector<double>& values) {
  static fresh::Extractor extractor(all_features());
  std::vector<double> features(extractor.features().size(), 42.5), again = features;
  std::vector<double> hours(values.size());
  for (std::size_t i = 0; i < hours.size(); ++i) hours[i] = static_cast<double>(i);
  extractor.extract(values, features, hours);
  extractor.extract(values, again, hours);
  const bool same = std::equal(features.begin(), features.end(), again.begin(),
                               [](double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); });
  MPROC_ASSERT(same, "a series has other features the second time");
}

/// The second half is the target.
void test(const std::vector<double>& values, bool labels) try {
  const auto half = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  const std::vector<double> target(half, half + (half - values.begin()));
  const fresh::PreparedTarget prepared(
      fresh::make_target(target, labels ? fresh::MlTask::classification : fresh::MlTask::regression));
  const auto result = prepared.test("feature", {values.data(), target.size()});
  for (const double p : result.p_values)
    MPROC_ASSERT(std::isnan(p) || (p >= 0 && p <= 1), "a p-value of {}", p);
} catch (const base::UserError&) {
}

}  // namespace

void attack(Input input) {
  const bool labels = input.number() % 2 == 0;
  const std::vector<double> values = series(input);
  extract(values);
  test(values, labels);
}

std::vector<std::string> seeds() {
  std::vector<std::string> out;
  for (const std::size_t length : {0, 1, 5, 25, 60, 130}) {
    std::string whole, real;
    for (std::size_t i = 0; i < length; ++i) {
      const double wave = 20 * std::sin(static_cast<double>(i) / 3) + static_cast<double>(i * i % 7);
      whole += seed("", static_cast<std::int8_t>(wave));
      real += seed("", wave);
    }
    out.push_back(seed(whole, std::uint8_t{0}, std::uint8_t{0}));
    out.push_back(seed(real, std::uint8_t{1}, std::uint8_t{1}));
  }
  return out;
}

}  // namespace mproc::fuzz
