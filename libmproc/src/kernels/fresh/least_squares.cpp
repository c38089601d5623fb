#include "least_squares.hpp"

#include <Eigen/QR>
#include <Eigen/SVD>
#include <algorithm>
#include <cmath>
#include <limits>

namespace mproc::kernels::fresh {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// The R of all rows, a block at a time: that of a block and of the R of those before it, above it.
MatrixXd triangle_of(Index rows, Index columns, const LeastSquares::Fill& fill) {
  constexpr Index block = 1024;
  MatrixXd work = MatrixXd::Zero(columns + std::min(rows, block), columns);
  for (Index first = 0; first < rows; first += block) {
    const Index count = std::min(block, rows - first);
    fill(first, work.middleRows(columns, count));
    Eigen::Ref<MatrixXd> stacked = work.topRows(columns + count);
    const Eigen::HouseholderQR<Eigen::Ref<MatrixXd>> decomposition(stacked);
    work.topRows(columns).triangularView<Eigen::StrictlyLower>().setZero();
  }
  return work.topRows(columns);
}

// A threshold that lets the pivoted decomposition keep so many columns.
double threshold_for(Index columns, const VectorXd& pivots) {
  if (columns == pivots.size()) return 0;
  return std::sqrt(pivots[columns - 1] / pivots[0]) * std::sqrt(pivots[columns] / pivots[0]);
}

// As many columns as there are singular values that count. The complete orthogonal decomposition of so many
// gives what these give, but pivots, so that columns of very different lengths keep their digits.
MatrixXd pseudo_inverse(const MatrixXd& triangle, Index rank) {
  const Eigen::ColPivHouseholderQR<MatrixXd> pivoted(triangle);
  Eigen::CompleteOrthogonalDecomposition<MatrixXd> decomposition(triangle.rows(), triangle.cols());
  decomposition.setThreshold(threshold_for(rank, pivoted.matrixQR().diagonal().cwiseAbs()));
  decomposition.compute(triangle);
  return decomposition.pseudoInverse();
}

LeastSquares::Fit fit_dependent(const MatrixXd& triangle, const VectorXd& target, double cutoff) {
  const VectorXd values = Eigen::JacobiSVD<MatrixXd>(triangle).singularValues();
  const auto above = [&](double share) { return (values.array() > share * values[0]).count(); };
  const Index used = above(cutoff);
  LeastSquares::Fit fit;
  fit.rank = above(static_cast<double>(triangle.cols()) * std::numeric_limits<double>::epsilon());
  const MatrixXd inverse =
      used > 0 ? pseudo_inverse(triangle, used) : MatrixXd::Zero(triangle.cols(), triangle.rows());
  fit.coefficients = inverse * target;
  fit.variances = inverse.rowwise().squaredNorm();
  fit.squares = (target - triangle * fit.coefficients).squaredNorm();
  return fit;
}

}  // namespace

LeastSquares::LeastSquares(Index rows, Index columns, const Fill& fill)
    : triangle_(triangle_of(rows, columns + 1, fill)), squares_(columns + 1) {
  inverse_.setIdentity(columns, columns);
  triangle_.topLeftCorner(columns, columns).triangularView<Eigen::Upper>().solveInPlace(inverse_);
  squares_[columns] = triangle_(columns, columns) * triangle_(columns, columns);
  for (Index k = columns; k-- > 0;)
    squares_[k] = squares_[k + 1] + triangle_(k, columns) * triangle_(k, columns);
  tell_dependence();
}

// The leading corners of R's inverse are the inverses of R's, and a matrix' length times its inverse's bounds
// how far its singular values lie apart.
void LeastSquares::tell_dependence() {
  constexpr double far = 1e14;
  double length = 0, inverse_length = 0;
  for (; independent_ < columns(); ++independent_) {
    length += triangle_.col(independent_).squaredNorm();
    inverse_length += inverse_.col(independent_).squaredNorm();
    if (!(std::sqrt(length) * std::sqrt(inverse_length) < far)) break;
  }
}

LeastSquares::Fit LeastSquares::fit(Index columns, double cutoff) const {
  const VectorXd target = triangle_.col(this->columns()).head(columns);
  const auto triangle = triangle_.topLeftCorner(columns, columns);
  if (!independent(columns)) {
    Fit fit = fit_dependent(triangle, target, cutoff);
    fit.squares += squares_[columns];
    return fit;
  }
  const auto inverse = inverse_.topLeftCorner(columns, columns);
  return {triangle.triangularView<Eigen::Upper>().solve(target), inverse.rowwise().squaredNorm(),
          squares_[columns], columns};
}

}  // namespace mproc::kernels::fresh
