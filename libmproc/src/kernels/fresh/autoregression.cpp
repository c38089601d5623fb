#include "mproc/kernels/fresh/autoregression.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "least_squares.hpp"
#include "mproc/kernels/fresh/arithmetic.hpp"

namespace mproc::kernels::fresh {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();
// numpy.linalg.pinv's, as statsmodels calls it.
constexpr double cutoff = 1e-15;

// The power of two that brings the largest value to about 1: with it and the constant scaled alike fits are
// the same, but no square overflows. 1 for values that are smaller.
double down_scale(std::span<const double> values) {
  double largest = 1;
  for (const double value : values) largest = std::max(largest, std::abs(value));
  return std::ldexp(1, -std::ilogb(largest));
}

}  // namespace

void ar_coefficients(std::span<const double> values, std::span<double> coefficients) {
  std::fill(coefficients.begin(), coefficients.end(), undefined);
  if (coefficients.empty()) return;
  const std::size_t k = coefficients.size() - 1;
  if (values.size() < 2 * k + 2) {
    coefficients[k] = 0;
    return;
  }
  if (!all_finite(values)) return;
  const double scale = down_scale(values);
  const auto lags = static_cast<Index>(k);
  const Eigen::Map<const Eigen::VectorXd> series(values.data(), static_cast<Index>(values.size()));
  const LeastSquares squares(series.size() - lags, lags + 1, [&](Index first, Eigen::Ref<MatrixXd> rows) {
    rows.col(0).setConstant(scale);
    for (Index lag = 1; lag <= lags; ++lag)
      rows.col(lag) = scale * series.segment(first + lags - lag, rows.rows());
    rows.col(lags + 1) = scale * series.segment(first + lags, rows.rows());
  });
  const auto fit = squares.fit(squares.columns(), cutoff);
  // What a column that counts for nothing has, beside a constant 10^150 times as large, is a product of
  // roundings.
  constexpr double nothing = 1e-290;
  for (std::size_t i = 0; i <= k; ++i) {
    const double coefficient = fit.coefficients[static_cast<Index>(i)];
    coefficients[i] = std::abs(coefficient) < nothing ? 0 : coefficient;
  }
}

namespace {

struct Changes {
  explicit Changes(std::span<const double> values) : constant(down_scale(values)), level(values.size()) {
    for (std::size_t i = 0; i < values.size(); ++i) level[static_cast<Index>(i)] = constant * values[i];
    change = level.tail(level.size() - 1) - level.head(level.size() - 1);
  }

  double constant;
  Eigen::VectorXd level, change;
};

// The regressions of changes on a constant, the level and the latest changes before them, on a sample that up
// to most changes before can have.
class UnitRoot {
 public:
  UnitRoot(const Changes& changes, Index most)
      : rows_(changes.change.size() - most),
        constants_(has_constant(changes, most) ? 0 : 1),
        squares_(reduce(changes, most)) {}

  // Nothing but rounding is left to explain: it is this that more lags would be judged by.
  bool exact(Index lags) const { return squares_.squares(columns(lags)) <= 1e-20 * squares_.squares(0); }

  double information(LagChoice choice, Index lags) const {
    double squares = squares_.squares(columns(lags));
    Index rank = columns(lags);
    if (!squares_.independent(rank)) {
      const auto fit = squares_.fit(rank, cutoff);
      squares = fit.squares;
      rank = fit.rank;
    }
    const auto n = static_cast<double>(rows_);
    const double price = choice == LagChoice::aic ? 2 : std::log(n);
    return n * (std::log(2 * std::numbers::pi) + std::log(squares / n) + 1) +
           price * static_cast<double>(rank);
  }

  double t_of_level(Index lags) const { return t_of(constants_, lags); }
  double t_of_last(Index lags) const { return t_of(columns(lags) - 1, lags); }

 private:
  // statsmodels adds a constant only where no other column is one.
  static bool has_constant(const Changes& changes, Index most) {
    const Index rows = changes.change.size() - most;
    const auto constant = [rows](const double* column) {
      return *column != 0 &&
             std::all_of(column, column + rows, [column](double value) { return value == *column; });
    };
    for (Index lag = 1; lag <= most; ++lag)
      if (constant(changes.change.data() + most - lag)) return true;
    return constant(changes.level.data() + most);
  }

  LeastSquares reduce(const Changes& changes, Index most) const {
    return {rows_, columns(most), [&](Index first, Eigen::Ref<MatrixXd> rows) {
              if (constants_ > 0) rows.col(0).setConstant(changes.constant);
              rows.col(constants_) = changes.level.segment(first + most, rows.rows());
              for (Index lag = 0; lag <= most; ++lag) {
                const Index column = lag == 0 ? columns(most) : constants_ + lag;
                rows.col(column) = changes.change.segment(first + most - lag, rows.rows());
              }
            }};
  }

  Index columns(Index lags) const { return constants_ + 1 + lags; }

  double t_of(Index coefficient, Index lags) const {
    const auto fit = squares_.fit(columns(lags), cutoff);
    const double variance = fit.squares / static_cast<double>(rows_ - fit.rank);
    return fit.coefficients[coefficient] / std::sqrt(fit.variances[coefficient] * variance);
  }

  Index rows_, constants_;
  LeastSquares squares_;
};

Index least_information(const UnitRoot& regressions, Index most, LagChoice choice) {
  Index best = 0;
  double least = 0;
  for (Index lags = 0; lags <= most; ++lags) {
    if (regressions.exact(lags)) return lags;
    const double information = regressions.information(choice, lags);
    if (lags > 0 && !(information < least)) continue;
    best = lags;
    least = information;
  }
  return best;
}

Index choose_lags(const Changes& changes, Index most, LagChoice choice) {
  if (choice == LagChoice::most) return most;
  const UnitRoot regressions(changes, most);
  if (choice != LagChoice::t_stat) return least_information(regressions, most, choice);
  constexpr double significant = 1.6448536269514722;  // the normal distribution's 95 % point
  Index lags = most;
  while (lags > 0 && !(std::abs(regressions.t_of_last(lags)) >= significant)) --lags;
  return lags;
}

// J. G. MacKinnon's response surface for a constant and one variable.
double mackinnon_p(double statistic) {
  if (statistic > 2.74) return 1;
  if (statistic < -18.83) return 0;
  const double x = statistic;
  const double z = x <= -1.61 ? 2.1659 + x * (1.4412 + x * 0.038269)
                              : 1.7339 + x * (0.93202 + x * (-0.12745 + x * -0.010368));
  return std::erfc(-z / std::numbers::sqrt2) / 2;
}

}  // namespace

DickeyFuller augmented_dickey_fuller(std::span<const double> values, LagChoice choice) {
  if (values.size() < 4 || !all_finite(values)) return {undefined, undefined, undefined};
  const auto n = static_cast<double>(values.size());
  const auto schwert = static_cast<Index>(std::ceil(12 * std::pow(n / 100, 0.25)));
  const Index most = std::min(static_cast<Index>(values.size() / 2) - 2, schwert);
  const Changes changes(values);
  const Index lags = choose_lags(changes, most, choice);
  const double statistic = UnitRoot(changes, lags).t_of_level(lags);
  return {statistic, mackinnon_p(statistic), static_cast<double>(lags)};
}

}  // namespace mproc::kernels::fresh
