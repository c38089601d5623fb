#include "mproc/kernels/fresh/series.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "mproc/kernels/fresh/arithmetic.hpp"
#include "mproc/kernels/fresh/autocovariance.hpp"
#include "mproc/kernels/fresh/langevin.hpp"
#include "mproc/kernels/fresh/moments.hpp"
#include "mproc/kernels/fresh/quantiles.hpp"
#include "mproc/kernels/fresh/spectrum.hpp"
#include "mproc/kernels/fresh/welch.hpp"

namespace mproc::kernels::fresh {

void Series::assign(std::span<const double> values, std::span<const double> hours) {
  values_ = values;
  hours_ = hours;
  sum_.forget();
  variance_.forget();
  extremes_.forget();
  sorted_.forget();
  changes_.forget();
  magnitudes_.forget();
  spectrum_.forget();
  energy_.forget();
  duplicates_.forget();
  welch_.forget();
  templates_.forget();
  products_.clear();
  drift_m_ = drift_r_ = 0;
}

double Series::sum() {
  return sum_.get([this](double& sum) { sum = fresh::sum(values_); });
}

double Series::mean() {
  return sum() / static_cast<double>(size());
}

double Series::variance() {
  return variance_.get([this](double& variance) { variance = fresh::variance(values_, mean()); });
}

double Series::deviation() {
  return std::sqrt(variance());
}

double Series::energy() {
  return energy_.get([this](double& energy) { energy = abs_energy(values_); });
}

const Series::Extremes& Series::extremes() {
  return extremes_.get([this](Extremes& extremes) {
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    extremes = size() == 0 ? Extremes{nan, nan} : Extremes{values_[0], values_[0]};
    bool any_nan = false;
    for (const double value : values_) {
      any_nan |= std::isnan(value);
      extremes.minimum = std::min(extremes.minimum, value);
      extremes.maximum = std::max(extremes.maximum, value);
    }
    if (any_nan) extremes = {nan, nan};
  });
}

double Series::minimum() {
  return extremes().minimum;
}

double Series::maximum() {
  return extremes().maximum;
}

double Series::median() {
  return fresh::median(sorted());
}

std::span<const double> Series::sorted() {
  return sorted_.get([this](std::vector<double>& sorted) {
    sorted.assign(values_.begin(), values_.end());
    const auto nans =
        std::partition(sorted.begin(), sorted.end(), [](double value) { return !std::isnan(value); });
    std::sort(sorted.begin(), nans);
  });
}

std::span<const double> Series::sorted_numbers() {
  std::size_t n = size();
  while (n > 0 && std::isnan(sorted()[n - 1])) --n;
  return sorted().first(n);
}

const Duplicates& Series::duplicates() {
  return duplicates_.get([this](Duplicates& duplicates) { duplicates = find_duplicates(sorted()); });
}

std::span<const double> Series::changes() {
  return changes_.get([this](std::vector<double>& changes) {
    changes.resize(size() < 2 ? 0 : size() - 1);
    for (std::size_t i = 0; i < changes.size(); ++i) changes[i] = values_[i + 1] - values_[i];
  });
}

std::span<const std::complex<double>> Series::spectrum() {
  return spectrum_.get(
      [this](std::vector<std::complex<double>>& spectrum) { fourier_lines(values_, spectrum); });
}

std::span<const double> Series::magnitudes() {
  return magnitudes_.get([this](std::vector<double>& magnitudes) {
    magnitudes.resize(spectrum().size());
    for (std::size_t k = 0; k < magnitudes.size(); ++k) magnitudes[k] = std::abs(spectrum()[k]);
  });
}

std::span<const double> Series::welch() {
  return welch_.get([this](std::vector<double>& density) { welch_density(values_, density); });
}

std::span<const double> Series::lagged_products(std::size_t longest) {
  // What all calculators ask for by default, so that the first one computes it for the others, too.
  constexpr std::size_t usual = 40;
  if (products_.size() <= longest && products_.size() < size())
    fresh::lagged_products(values_, mean(), std::max(longest, usual), products_);
  return products_;
}

std::span<const double> Series::drift(std::size_t m, std::size_t r) {
  if (drift_m_ != m || drift_r_ != r) friedrich_coefficients(values_, sorted_numbers(), m, r, drift_);
  drift_m_ = m;
  drift_r_ = r;
  return drift_;
}

TemplateMatches& Series::templates() {
  return templates_.get([this](TemplateMatches& matches) { matches.assign(values_); });
}

}  // namespace mproc::kernels::fresh
