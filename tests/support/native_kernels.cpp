// A library of kernels as a user writes one, and plain functions of C beside them.
#include <mproc/kernel.hpp>

#include <cmath>
#include <csignal>
#include <cstring>
#include <numeric>
#include <stdexcept>

namespace finance {

struct Leg {
  double amount = 0;
  std::vector<double> flows;
};
MPROC_STRUCT(Leg, amount, flows)

struct Swap {
  std::string name;
  std::int32_t years = 0;
  std::vector<Leg> legs;
  std::optional<double> spread;
};
MPROC_STRUCT(Swap, name, years, legs, spread)

double scaled(double x, double factor) {
  return x * factor;
}
MPROC_KERNEL(scaled, x, factor)

Swap doubled(Swap swap) {
  for (Leg& leg : swap.legs) {
    leg.amount *= 2;
    for (double& flow : leg.flows) flow *= 2;
  }
  return swap;
}
MPROC_KERNEL(doubled, swap)

}  // namespace finance

namespace {

double twice(double x) {
  return 2 * x;
}
MPROC_KERNEL(twice)

void nothing(std::int64_t) {}
MPROC_KERNEL(nothing)

std::int8_t small(std::int8_t x) {
  return x;
}
MPROC_KERNEL(small, x)

double mean(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}
MPROC_KERNEL(mean)

/// Where the elements lie: whether they were copied.
std::uint64_t address(std::span<const double> values) {
  return reinterpret_cast<std::uint64_t>(values.data());
}
MPROC_KERNEL(address)

mproc::NewArray<double> transposed(const mproc::Array<double>& matrix) {
  const std::size_t rows = matrix.shape()[0], columns = matrix.shape()[1];
  mproc::NewArray<double> out{std::vector<double>(matrix.size()), {columns, rows}};
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < columns; ++j) out.elements[j * rows + i] = matrix.row(i)[j];
  return out;
}
MPROC_KERNEL(transposed)

using Everything =
    std::tuple<bool, std::uint8_t, float, std::string, std::vector<std::string>, std::array<std::int64_t, 2>,
               std::pair<double, bool>, std::optional<int>, std::map<std::string, std::vector<bool>>>;
Everything same(Everything value) {
  return value;
}
MPROC_KERNEL(same)

std::vector<std::uint64_t> context(const mproc::Task& task, std::string_view) {
  return {task.index(), task.seed(), task.random()(), task.random()()};
}
MPROC_KERNEL(context)

double shared(const mproc::Task& task, std::string_view name, std::size_t i) {
  return task.data<double>(name).elements()[i];
}
MPROC_KERNEL(shared, name, i)

struct Refusal : std::runtime_error {
  using std::runtime_error::runtime_error;
};

int fails(std::string_view how) {
  if (how == "refusal") throw Refusal("it is refused");
  if (how == "number") throw 7;
  if (how == "shape") throw std::length_error("no such shape");
  if (how == "segfault") std::raise(SIGSEGV);
  return 0;
}
MPROC_KERNEL(fails, how)

std::string text_that_is_not_utf8(int) {
  return "\xff\xfe";
}
MPROC_KERNEL(text_that_is_not_utf8)

mproc::NewArray<double> of_another_shape(int) {
  return {{1, 2, 3}, {2, 2}};
}
MPROC_KERNEL(of_another_shape)

/// How many are true, each taken as what it is in memory.
int count_true(bool a, bool b) {
  return a + b;
}
MPROC_KERNEL(count_true)

/// What the elements are in memory.
std::vector<double> bytes_of(const mproc::Array<bool>& flags) {
  std::vector<double> bytes;
  for (const std::byte byte : std::as_bytes(flags.elements())) bytes.push_back(std::to_integer<int>(byte));
  return bytes;
}
MPROC_KERNEL(bytes_of)

double sum(double x, std::optional<double> y, const std::optional<std::vector<double>>& more) {
  double sum = x + y.value_or(0);
  for (const double value : more.value_or(std::vector<double>())) sum += value;
  return sum;
}
MPROC_KERNEL(sum, x, y, more)

const bool lambda = mproc::add_kernel("half", [](double x) { return x / 2; }, {"x"});

}  // namespace

extern "C" {

double c_sum(std::int32_t n, const double* x) {
  return std::accumulate(x, x + n, 0.0);
}

/// As Fortran has its arguments: all by reference.
void c_axpy_(const std::int32_t* n, const double* a, const double* x, double* y) {
  for (std::int32_t i = 0; i < *n; ++i) y[i] += *a * x[i];
}

void c_ramp(std::uint16_t n, float* out) {
  for (std::uint16_t i = 0; i < n; ++i) out[i] = static_cast<float>(i) / 2;
}

std::int8_t c_split(double x, std::int64_t* whole, double* rest) {
  *whole = static_cast<std::int64_t>(std::floor(x));
  *rest = x - std::floor(x);
  return x < 0 ? -1 : 1;
}

const char* c_name(bool known, const char* name) {
  return known ? name : nullptr;
}

void c_outer(std::int64_t n, const double* x, std::int64_t m, const double* y, double* product) {
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < m; ++j) product[i * m + j] = x[i] * y[j];
}
}
