#include <mproc/session.hpp>

#include <algorithm>
#include <cstdio>
#include <tuple>

double height(double x, double y) {
  return 10 - (x - 3) * (x - 3) - (y + 1) * (y + 1);
}
MPROC_KERNEL(height)

int main() {
  mproc::Session session({.executors = 2});
  std::vector<std::tuple<double, double>> grid;
  for (int x = -5; x <= 5; ++x)
    for (int y = -5; y <= 5; ++y) grid.emplace_back(x, y);
  const auto heights = session.map<double>("height", grid);
  const auto top = std::max_element(heights.begin(), heights.end());
  const auto [x, y] = grid[static_cast<std::size_t>(top - heights.begin())];
  std::printf("the top is at %g, %g: %g\n", x, y, *top);
}
