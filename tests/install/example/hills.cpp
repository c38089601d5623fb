#include <mproc/kernel.hpp>

#include <cmath>

double height(double x, double y) {
  return std::exp(-(x * x + y * y));
}
MPROC_KERNEL(height, x, y)
