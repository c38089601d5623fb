#include "mproc/kernels/fresh/langevin.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <limits>

#include "least_squares.hpp"
#include "mproc/kernels/fresh/quantiles.hpp"

namespace mproc::kernels::fresh {
namespace {

constexpr double no_drift = std::numeric_limits<double>::quiet_NaN();

// Edges of r bins that hold equally many of the values which a change follows, NaNs left out: quantiles, none
// of no values. No change follows the last value.
std::vector<double> quantile_edges(std::span<const double> sorted_numbers, double last, std::size_t r) {
  std::vector<double> sorted(sorted_numbers.begin(), sorted_numbers.end()), edges;
  if (!std::isnan(last)) sorted.erase(std::lower_bound(sorted.begin(), sorted.end(), last));
  for (std::size_t k = 0; k <= r && !sorted.empty(); ++k)
    edges.push_back(quantile(sorted, k == r ? 1 : static_cast<double>(k) * (1 / static_cast<double>(r))));
  return edges;
}

// Mean values of bins, and of the changes that follow them.
struct Drift {
  std::vector<double> value, change;
};

Drift mean_drift(std::span<const double> values, std::span<const double> edges) {
  struct Bin {
    double values = 0, changes = 0;
    std::size_t value_count = 0, change_count = 0;
  };
  std::vector<Bin> bins(edges.size() - 1);
  for (std::size_t i = 0; i + 1 < values.size(); ++i) {
    if (std::isnan(values[i])) continue;
    // A value on an edge is below it, but for the lowest.
    const auto edge = std::lower_bound(edges.begin() + 1, edges.end() - 1, values[i]) - edges.begin();
    Bin& bin = bins[static_cast<std::size_t>(edge) - 1];
    bin.values += values[i];
    ++bin.value_count;
    const double change = values[i + 1] - values[i];
    if (std::isnan(change)) continue;
    bin.changes += change;
    ++bin.change_count;
  }
  Drift drift;
  for (const Bin& bin : bins) {
    if (bin.change_count == 0) continue;
    drift.value.push_back(bin.values / static_cast<double>(bin.value_count));
    drift.change.push_back(bin.changes / static_cast<double>(bin.change_count));
  }
  return drift;
}

// As numpy.polyfit: powers divided by their lengths, and dependent ones cut off.
void fit_polynomial(const Drift& drift, std::span<double> coefficients) {
  using Eigen::Index;
  const auto n = static_cast<Index>(drift.value.size()), powers = static_cast<Index>(coefficients.size());
  const Eigen::Map<const Eigen::VectorXd> values(drift.value.data(), n), changes(drift.change.data(), n);
  Eigen::MatrixXd matrix(n, powers + 1);
  matrix.col(powers - 1).setOnes();
  for (Index k = powers - 1; k-- > 0;) matrix.col(k) = matrix.col(k + 1).cwiseProduct(values);
  const Eigen::RowVectorXd lengths = matrix.leftCols(powers).colwise().squaredNorm().cwiseSqrt();
  matrix.leftCols(powers).array().rowwise() /= lengths.array();
  matrix.col(powers) = changes;
  if (!matrix.allFinite()) return;
  const LeastSquares squares(n, powers, [&](Index first, Eigen::Ref<Eigen::MatrixXd> rows) {
    rows = matrix.middleRows(first, rows.rows());
  });
  const auto fit = squares.fit(powers, static_cast<double>(n) * std::numeric_limits<double>::epsilon());
  for (Index k = 0; k < powers; ++k)
    coefficients[static_cast<std::size_t>(k)] = fit.coefficients[k] / lengths[k];
}

// The largest real part of the roots of a polynomial whose first and last coefficient are not 0: of the
// eigenvalues of its companion matrix, for a variable in units (a power of two) in which all roots are of the
// order of 1 or less.
double rightmost_root(std::span<const double> polynomial) {
  const auto degree = static_cast<Eigen::Index>(polynomial.size()) - 1;
  double bound = 0;
  for (Eigen::Index k = 1; k <= degree; ++k) {
    const double ratio = std::abs(polynomial[static_cast<std::size_t>(k)] / polynomial[0]);
    bound = std::max(bound, std::pow(ratio, 1 / static_cast<double>(k)));
  }
  if (!(bound > 0 && std::isfinite(bound))) return no_drift;
  const double unit = std::ldexp(1, std::ilogb(bound));
  Eigen::MatrixXd companion = Eigen::MatrixXd::Zero(degree, degree);
  companion.diagonal(-1).setOnes();
  double scale = polynomial[0];
  for (Eigen::Index k = 1; k <= degree; ++k) {
    scale *= unit;
    companion(0, k - 1) = -polynomial[static_cast<std::size_t>(k)] / scale;
  }
  if (!companion.allFinite()) return no_drift;
  const Eigen::EigenSolver<Eigen::MatrixXd> roots(companion, false);
  return roots.info() == Eigen::Success ? unit * roots.eigenvalues().real().maxCoeff() : no_drift;
}

}  // namespace

void friedrich_coefficients(std::span<const double> values, std::span<const double> sorted_numbers,
                            std::size_t m, std::size_t r, std::vector<double>& coefficients) {
  coefficients.assign(m + 1, no_drift);
  if (values.empty() || r == 0) return;
  const std::vector<double> edges = quantile_edges(sorted_numbers, values.back(), r);
  const auto coincide = [](double lower, double upper) { return !(lower < upper); };
  if (edges.empty() || std::adjacent_find(edges.begin(), edges.end(), coincide) != edges.end()) return;
  if (!std::isfinite(edges.front()) || !std::isfinite(edges.back())) return;
  const Drift drift = mean_drift(values, edges);
  if (!drift.value.empty()) fit_polynomial(drift, coefficients);
}

double max_langevin_fixed_point(std::span<const double> coefficients) {
  std::size_t first = 0, end = coefficients.size();
  while (first < end && coefficients[first] == 0) ++first;
  while (end > first && coefficients[end - 1] == 0) --end;
  const bool root_at_zero = first < end && end < coefficients.size();
  if (end - first < 2) return root_at_zero ? 0 : no_drift;
  const double rightmost = rightmost_root(coefficients.subspan(first, end - first));
  return root_at_zero && rightmost < 0 ? 0 : rightmost;
}

}  // namespace mproc::kernels::fresh
