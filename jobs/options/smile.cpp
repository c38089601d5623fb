// The volatilities that quotes of calls imply, by a program with a session of its own. Its kernels are
// those of options.cpp, which is a part of it.
#include <mproc/session.hpp>

#include <cstdio>

namespace {

struct Quote {
  double call, strike, spot = 100, years = 0.5, rate = 0.02;
};
MPROC_STRUCT(Quote, call, strike, spot, years, rate)

}  // namespace

int main() {
  mproc::Session session({.executors = 2});
  const std::vector<Quote> quotes{{20, 80}, {14.1, 90}, {7.6, 100}, {4, 110}};
  for (const auto& outcome : session.outcomes<double>("volatility", quotes)) {
    const Quote& quote = quotes[outcome.index];
    std::printf("%4g %6.2f  ", quote.strike, quote.call);
    if (outcome.value)
      std::printf("%g\n", *outcome.value);
    else
      std::printf("%s\n", outcome.failure->message.c_str());
  }
}
