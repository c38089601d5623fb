#include <cmath>
#include <limits>
#include <memory>

#include "mproc/base/msgpack.hpp"
#include "mproc/job/encode.hpp"
#include "sources.hpp"

namespace mproc::job {
namespace {

constexpr double most_floats = 9007199254740992.0;  // 2^53: beyond, indices are no longer exact as doubles

bool is_float(const Json& value) {
  return value.is_number_float();
}

double finite(const Spot& spot) {
  spot.check(spot.value().is_number(), "has to be a number, not {}", kind(spot.value()));
  const double number = spot.value().get<double>();
  spot.check(std::isfinite(number), "has to be finite");
  return number;
}

std::int64_t integer(const Spot& spot) {
  const Json& value = spot.value();
  spot.check(value.is_number_integer(), "has to be a number, not {}", kind(value));
  const bool fits = !value.is_number_unsigned() ||
                    value.get<std::uint64_t>() <= std::uint64_t{std::numeric_limits<std::int64_t>::max()};
  spot.check(fits, "is too large for a range");
  return value.get<std::int64_t>();
}

Axis integer_range(const Spot& spot, std::int64_t start, std::int64_t stop, std::int64_t step) {
  spot.check(step != 0, "has a step of 0");
  // Differences as unsigned: they may exceed what int64 holds.
  const auto distance = [](std::int64_t from, std::int64_t to) {
    return static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from);
  };
  const std::uint64_t stride =
      step > 0 ? static_cast<std::uint64_t>(step) : 0 - static_cast<std::uint64_t>(step);
  std::uint64_t span = 0;
  if (step > 0 && start < stop) span = distance(start, stop);
  if (step < 0 && start > stop) span = distance(stop, start);
  Axis axis;
  axis.size = span / stride + (span % stride != 0);
  axis.append = [start, step](base::Bytes& to, std::uint64_t index) {
    base::pack_to(to, static_cast<std::int64_t>(static_cast<std::uint64_t>(start) +
                                                index * static_cast<std::uint64_t>(step)));
  };
  return axis;
}

Axis float_range(const Spot& spot, double start, double stop, double step) {
  spot.check(step != 0, "has a step of 0");
  const double count = std::ceil((stop - start) / step);
  spot.check(!(count > most_floats), "has too many values");
  Axis axis;
  axis.size = count > 0 ? static_cast<std::uint64_t>(count) : 0;
  axis.append = [start, step](base::Bytes& to, std::uint64_t index) {
    append_double(to, start + static_cast<double>(index) * step);
  };
  return axis;
}

/// As numpy.linspace, to the last bit.
Axis linspace_axis(const Spot& spot) {
  const char* form = "[first, last, count]";
  spot.check(spot.list(form).size() == 3, "has to be {}", form);
  const double first = finite(spot.element(0)), last = finite(spot.element(1));
  Axis axis;
  axis.size = spot.element(2).count(1, static_cast<std::uint64_t>(most_floats));
  const double parts = static_cast<double>(axis.size - 1);
  const double step = axis.size > 1 ? (last - first) / parts : 0;
  spot.check(std::isfinite(step), "reaches beyond the range of doubles");
  axis.append = [=, size = axis.size](base::Bytes& to, std::uint64_t index) {
    const double i = static_cast<double>(index);
    const double offset = step == 0 && size > 1 ? i / parts * (last - first) : i * step;
    append_double(to, index > 0 && index + 1 == size ? last : offset + first);
  };
  return axis;
}

}  // namespace

Axis list_axis(const Spot& spot) {
  const auto values = std::make_shared<const Json>(spot.list("[1, 2, 3]"));
  Axis axis;
  axis.size = values->size();
  axis.append = [values](base::Bytes& to, std::uint64_t index) { append_value(to, (*values)[index]); };
  return axis;
}

Axis range_axis(const Spot& spot) {
  if (spot.value().is_number_integer()) return integer_range(spot, 0, integer(spot), 1);
  const char* form = "[stop], [start, stop] or [start, stop, step]";
  const std::size_t n = spot.list(form).size();
  spot.check(n >= 1 && n <= 3, "has to be {}, not {} values", form, n);
  bool floats = false;
  for (const Json& part : spot.value()) floats = floats || is_float(part);
  const Spot stop = spot.element(n == 1 ? 0 : 1);
  if (floats)
    return float_range(spot, n == 1 ? 0 : finite(spot.element(0)), finite(stop),
                       n == 3 ? finite(spot.element(2)) : 1);
  return integer_range(spot, n == 1 ? 0 : integer(spot.element(0)), integer(stop),
                       n == 3 ? integer(spot.element(2)) : 1);
}

Axis read_axis(const Spot& spot) {
  Axis axis;
  if (spot.value().is_object()) {
    check_members(spot, std::array<std::string_view, 2>{"range", "linspace"});
    spot.check(spot.value().size() == 1, "has to be a list, {{ range = [...] }} or {{ linspace = [...] }}");
    axis = spot.has("range") ? range_axis(spot.member("range")) : linspace_axis(spot.member("linspace"));
  } else {
    spot.check(spot.value().is_array(),
               "has to be a list, {{ range = [...] }} or {{ linspace = [...] }}, not {}", kind(spot.value()));
    axis = list_axis(spot);
  }
  axis.name = spot.name();
  if (axis.size == 0) refuse_empty(spot, "is empty");
  return axis;
}

}  // namespace mproc::job
