#pragma once

#include <Eigen/Core>
#include <functional>

namespace mproc::kernels::fresh {

// The least squares fits of a target on the first, the first two, ... columns of a matrix, from one
// decomposition X = QR by Householder's reflections (G. Golub, C. Van Loan, Matrix Computations, 5.3). Long
// matrices are never held: rows are taken up block by block.
class LeastSquares {
 public:
  struct Fit {
    Eigen::VectorXd coefficients;
    Eigen::VectorXd variances;  // of the coefficients, for a variance of 1 of the target
    double squares;             // the sum of squared residuals
    Eigen::Index rank;          // singular values above columns * 2^-52 times the largest
  };
  // Writes rows of the columns and, beside them, of the target, from row first on.
  using Fill = std::function<void(Eigen::Index first, Eigen::Ref<Eigen::MatrixXd> rows)>;

  LeastSquares(Eigen::Index rows, Eigen::Index columns, const Fill& fill);

  Eigen::Index columns() const { return inverse_.cols(); }
  // The sum of squared residuals of the fit on the first columns, if these are independent.
  double squares(Eigen::Index columns) const { return squares_[columns]; }
  // Whether the first columns are far from dependent: their singular values lie within a factor of 1e14.
  bool independent(Eigen::Index columns) const { return columns <= independent_; }
  // The shortest coefficients that fit, singular values up to cutoff times the largest being taken for 0.
  Fit fit(Eigen::Index columns, double cutoff) const;

 private:
  void tell_dependence();

  Eigen::MatrixXd triangle_;  // R, and beside it Q'y; in the corner the length of what no column explains
  Eigen::MatrixXd inverse_;   // of R
  Eigen::VectorXd squares_;
  Eigen::Index independent_ = 0;
};

}  // namespace mproc::kernels::fresh
