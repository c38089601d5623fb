// Prices of European options on shares without dividends (F. Black and M. Scholes, The Pricing of Options and
// Corporate Liabilities, 1973): what each kernel takes and gives travels by its types.
#include <mproc/kernel.hpp>

#include <cmath>
#include <numbers>
#include <stdexcept>

namespace {

struct Price {
  double call = 0, put = 0;  // of a right to buy, and to sell
};
MPROC_STRUCT(Price, call, put)

double normal_cdf(double x) {
  return std::erfc(-x / std::numbers::sqrt2) / 2;
}

Price exact_price(double spot, double strike, double years, double volatility, double rate) {
  const double deviation = volatility * std::sqrt(years), discounted = strike * std::exp(-rate * years);
  const double d1 = std::log(spot / discounted) / deviation + deviation / 2, d2 = d1 - deviation;
  return {spot * normal_cdf(d1) - discounted * normal_cdf(d2),
          discounted * normal_cdf(-d2) - spot * normal_cdf(-d1)};
}

/// The last bits of a logarithm are not the same on all processors.
double rounded(double x) {
  return std::round(x * 1e4) / 1e4;
}

Price price(double spot, double strike, double years, double volatility, double rate) {
  const auto [call, put] = exact_price(spot, strike, years, volatility, rate);
  return {rounded(call), rounded(put)};
}
MPROC_KERNEL(price, spot, strike, years, volatility, rate)

/// The volatility at which a call has that price, between 0.1 % and 500 %.
double volatility(double call, double spot, double strike, double years, double rate) {
  const auto worth = [&](double at) { return exact_price(spot, strike, years, at, rate).call; };
  double low = 0.001, high = 5;
  if (call < worth(low) || call > worth(high)) throw std::domain_error("no volatility gives that price");
  while (high - low > 1e-9) {
    const double middle = (low + high) / 2;
    (worth(middle) < call ? low : high) = middle;
  }
  return rounded(low);
}
MPROC_KERNEL(volatility, call, spot, strike, years, rate)

}  // namespace
