#include "mproc/job/search_space.hpp"

#include <algorithm>
#include <array>
#include <boost/multiprecision/cpp_dec_float.hpp>
#include <cmath>
#include <limits>

#include "mproc/base/msgpack.hpp"
#include "mproc/job/axis.hpp"
#include "mproc/job/encode.hpp"
#include "mproc/kernels/crossval/random.hpp"

namespace mproc::job {
namespace {

using kernels::crossval::fraction_of;

using Value = ParameterSpace::Value;
// In software: the last bits of std::exp and std::log are each machine's own.
using Real =
    boost::multiprecision::number<boost::multiprecision::cpp_dec_float<50>, boost::multiprecision::et_off>;

constexpr std::array<std::string_view, 8> space_keys{"uniform", "loguniform", "integer",  "choice",
                                                     "boolean", "range",      "linspace", "type"};
constexpr std::string_view bounds_form = "[low, high]";

template <class Number>
struct Bounds {
  Number low, high;
};

double read_real(const Spot& spot) {
  spot.check(spot.value().is_number(), "has to be a number, not {}", kind(spot.value()));
  const double number = spot.value().get<double>();
  spot.check(std::isfinite(number), "has to be finite");
  return number;
}

std::int64_t read_whole(const Spot& spot) {
  const Json& value = spot.value();
  spot.check(value.is_number_integer(), "has to be a whole number, not {}", kind(value));
  const auto most = std::uint64_t{std::numeric_limits<std::int64_t>::max()};
  spot.check(!value.is_number_unsigned() || value.get<std::uint64_t>() <= most, "is beyond 64 bits");
  return value.get<std::int64_t>();
}

template <class Number, class Read>
Bounds<Number> read_bounds(const Spot& spot, const Read& read) {
  spot.check(spot.list(bounds_form).size() == 2, "has to be {}", bounds_form);
  const Bounds<Number> bounds{read(spot.element(0)), read(spot.element(1))};
  spot.check(bounds.low < bounds.high, "has to be {}, with low less than high", bounds_form);
  return bounds;
}

/// Of 0 ... 1 - 2^-53.
double unit(std::uint64_t fraction) {
  return static_cast<double>(fraction >> 11) * 0x1p-53;
}

Value uniform(const Spot& spot) {
  const auto [low, high] = read_bounds<double>(spot, read_real);
  const double width = high - low;
  spot.check(std::isfinite(width), "is wider than the range of doubles");
  // fma, for whether the compiler makes one of a product and a sum is each machine's own, too.
  return [low = low, high = high, width](base::Bytes& to, std::uint64_t fraction) {
    append_double(to, std::min(std::fma(unit(fraction), width, low), high));
  };
}

Value integer_value(const Spot& spot) {
  const auto [low, high] = read_bounds<std::int64_t>(spot, read_whole);
  const std::uint64_t count = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) + 1;
  spot.check(count != 0, "has more whole numbers than can be counted");
  return [low = low, count](base::Bytes& to, std::uint64_t fraction) {
    base::pack_to(to,
                  static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + fraction_of(fraction, count)));
  };
}

/// low·(high/low)^u
class BetweenLogarithms {
 public:
  BetweenLogarithms(const Real& low, const Real& high) : low_(low), width_(log(high / low)) {}
  Real at(std::uint64_t fraction) const { return low_ * exp(width_ * unit(fraction)); }

 private:
  Real low_, width_;
};

Value loguniform(const Spot& spot) {
  const auto [low, high] = read_bounds<double>(spot, read_real);
  spot.check(low > 0, "has to be above 0, where logarithms are");
  return [low = low, high = high, between = BetweenLogarithms(low, high)](base::Bytes& to,
                                                                          std::uint64_t fraction) {
    append_double(to, std::clamp(between.at(fraction).convert_to<double>(), low, high));
  };
}

Value loguniform_integer(const Spot& spot) {
  const auto [low, high] = read_bounds<std::int64_t>(spot, read_whole);
  spot.check(low > 0, "has to be above 0, where logarithms are");
  return [low = low, high = high, between = BetweenLogarithms(low, Real(high) + 1)](base::Bytes& to,
                                                                                    std::uint64_t fraction) {
    const Real value = std::clamp<Real>(floor(between.at(fraction)), low, high);
    base::pack_to(to, value.convert_to<std::int64_t>());
  };
}

Value choice(Axis axis) {
  return [axis = std::move(axis)](base::Bytes& to, std::uint64_t fraction) {
    axis.append(to, fraction_of(fraction, axis.size));
  };
}

Value boolean(const Spot& spot) {
  spot.check(spot.value() == true, "has to be true; it draws true or false");
  return [](base::Bytes& to, std::uint64_t fraction) { base::pack_to(to, fraction_of(fraction, 2) == 1); };
}

bool wants_int(const Spot& spot) {
  if (!spot.has("type")) return false;
  const Spot type = spot.member("type");
  type.check(spot.has("uniform") || spot.has("loguniform"), "is for uniform and loguniform");
  type.check(type.text() == "int" || type.text() == "float", "has to be \"int\" or \"float\", not \"{}\"",
             type.text());
  return type.text() == "int";
}

Value read_table(const Spot& spot) {
  check_members(spot, space_keys);
  const bool whole = wants_int(spot);
  spot.check(spot.value().size() == 1 + spot.value().count("type"),
             "has to have one of uniform, loguniform, integer, choice, boolean, range or linspace");
  if (spot.has("uniform"))
    return whole ? integer_value(spot.member("uniform")) : uniform(spot.member("uniform"));
  if (spot.has("loguniform"))
    return whole ? loguniform_integer(spot.member("loguniform")) : loguniform(spot.member("loguniform"));
  if (spot.has("integer")) return integer_value(spot.member("integer"));
  if (spot.has("boolean")) return boolean(spot.member("boolean"));
  return choice(read_axis(spot.has("choice") ? spot.member("choice") : spot));
}

Value read_value(const Spot& spot) {
  if (spot.value().is_object()) return read_table(spot);
  spot.check(spot.value().is_array(), "has to be a list, or a table like {{ uniform = [0, 1] }}, not {}",
             kind(spot.value()));
  return choice(read_axis(spot));
}

}  // namespace

ParameterSpace::ParameterSpace(const Spot& params) {
  for (const auto& entry : params.table("[crossval.params] with name = [1, 2, 3]").items()) {
    const Spot spot = params.member(entry.key());
    parameters_.push_back({spot.name(), read_value(spot)});
  }
  params.check(!parameters_.empty(), "is empty; add a parameter, like name = [1, 2, 3]");
}

void ParameterSpace::append(base::Bytes& to, std::span<const std::uint64_t> point) const {
  base::BytesSink sink(to);
  msgpack::packer(sink).pack_map(static_cast<std::uint32_t>(parameters_.size()));
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    base::pack_to(to, parameters_[i].name);
    parameters_[i].append(to, point[i]);
  }
}

}  // namespace mproc::job
