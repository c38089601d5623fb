// Native kernels: any bytes as items and args of kernels with every kind of parameter, what a kernel gives as
// its next item, and signatures of functions of C.
#include <array>
#include <map>
#include <optional>
#include <tuple>

#include "fuzz.hpp"
#include "mproc/base/msgpack.hpp"
#include "mproc/exec/native_item.hpp"
#include "mproc/exec/native_result.hpp"
#include "mproc/job/native.hpp"
#include "mproc/kernel.hpp"

namespace mproc::fuzz {
namespace {

using base::Bytes;
using base::ByteView;
using base::DecodeError;

struct Inner {
  std::array<float, 2> at{};
  std::optional<std::string> note;
};
MPROC_STRUCT(Inner, at, note)

struct Outer {
  std::vector<Inner> inners;
  std::int16_t count = 0;
};
MPROC_STRUCT(Outer, inners, count)

template <class T>
bool add_echo(const char* name) {
  return add_kernel(name, [](T value) { return value; });
}

template <class... T>
bool add_echo_of_several(const char* name, std::vector<std::string> names) {
  return add_kernel(
      name, [](T... values) { return std::tuple<T...>(values...); }, std::move(names));
}

/// Kernels that return what they take: a result is an item again.
const std::deque<mproc::detail::Entry>& kernels() {
  [[maybe_unused]] static const bool added =
      add_echo<bool>("bool") && add_echo<std::int8_t>("i8") && add_echo<std::int64_t>("i64") &&
      add_echo<std::uint64_t>("u64") && add_echo<float>("f32") && add_echo<double>("f64") &&
      add_echo<std::string>("str") && add_echo<std::optional<double>>("f64 or none") &&
      add_echo<std::vector<double>>("list[f64]") && add_echo<std::vector<bool>>("list[bool]") &&
      add_echo<std::vector<std::vector<std::int16_t>>>("list[list[i16]]") &&
      add_echo<std::array<std::uint8_t, 3>>("u8, u8, u8") &&
      add_echo<std::array<std::string, 2>>("str, str") && add_echo<Array<float>>("array of f32") &&
      add_echo<Array<std::int64_t>>("array of i64") && add_echo<std::map<std::string, double>>("map[f64]") &&
      add_echo<std::pair<int, std::string>>("i32, str") && add_echo<Outer>("Outer") &&
      add_echo<std::tuple<std::optional<Outer>, std::vector<std::string>>>("Outer or none, list[str]") &&
      add_echo_of_several<double, std::string, std::optional<std::int32_t>>("three", {"x", "name", "n"}) &&
      add_echo_of_several<std::vector<float>, double>("two", {}) &&
      add_kernel("span", [](std::span<const double> x) { return std::vector<double>(x.begin(), x.end()); }) &&
      add_kernel(
          "array of bool",
          [](const Array<bool>& x) { return std::vector<bool>(x.elements().begin(), x.elements().end()); }) &&
      add_kernel("nothing", [] { return 1; });
  return mproc::detail::entries();
}

class NoTask final : public abi::Task {
 public:
  std::uint64_t index() const override { return 0; }
  std::uint32_t stage() const override { return 0; }
  std::uint64_t seed() const override { return 0; }
  const char* problem() const override { return "there is none"; }
  bool data(const char*, std::size_t, abi::Number, abi::Array&) override { return false; }
  void raise(const char*, std::size_t, const char*, std::size_t) override {}
};

/// What the kernel makes of the item that was started, or nothing where it takes none such.
std::optional<Bytes> result_of(const abi::Kernel& kernel, exec::NativeItem& item) {
  Bytes bytes;
  NoTask task;
  exec::NativeResult result(job::Encoding::driver);
  result.start(bytes);
  const abi::Status status = kernel.run(kernel.self, task, item, result);
  if (status == abi::Status::misfit) MPROC_ASSERT(!item.problem().empty(), "refused without a reason");
  if (status != abi::Status::done || !result.problem().empty()) return std::nullopt;
  MPROC_ASSERT(base::skip_value(bytes, 0) == bytes.size(), "a result is not one value");
  return bytes;
}

void expect_the_same_again(const abi::Kernel& kernel, const Bytes& result) {
  exec::NativeItem item(kernel, {}, job::Call::automatic);
  MPROC_ASSERT(item.start(result) == result.size(), "a result is longer than its item");
  MPROC_ASSERT(kernel.parameter_count == 0 || result_of(kernel, item) == result,
               "{}: a result changed on its way: {}", kernel.name, item.problem());
}

void attack_items(Input input) {
  const auto& all = kernels();
  const abi::Kernel& kernel = all[input.number() % all.size()].kernel;
  const auto call = static_cast<job::Call>(input.number() % 5);
  const std::string args(base::text(input.take(input.number())));
  // Memory of their size alone: what is read beyond is found.
  const std::vector<std::byte> items(input.rest().begin(), input.rest().end());
  try {
    exec::NativeItem item(kernel, args, call);
    for (ByteView left = items; !left.empty();) {
      const std::size_t size = item.start(left);
      MPROC_ASSERT(size > 0 && size <= left.size(), "an item of {} of {} bytes", size, left.size());
      if (const auto result = result_of(kernel, item)) expect_the_same_again(kernel, *result);
      left = left.subspan(size);
    }
  } catch (const DecodeError&) {
  }
}

std::string printed(const job::NativeFunction& function) {
  std::string out = function.library + ":" + function.name;
  if (!function.is_plain) return out;
  out += "(";
  for (const job::NativeParameter& parameter : function.parameters) {
    if (out.back() != '(') out += ", ";
    if (!parameter.name.empty()) out += parameter.name + ": ";
    out += parameter.type();
    if (parameter.constant) out += " = " + *parameter.constant;
  }
  return out + ") -> " + (function.result ? function.result->type() : "none");
}

std::string lengths(const job::NativeFunction& function) {
  std::string out;
  for (const job::NativeParameter& parameter : function.parameters) out += parameter.is_length ? 'l' : '-';
  return out;
}

void attack_signature(const std::string& text) {
  try {
    const job::NativeFunction function = job::parse_native(text);
    const std::string once = printed(function);
    const job::NativeFunction same = job::parse_native(once);
    MPROC_ASSERT(printed(same) == once && lengths(same) == lengths(function), "another function: {} and {}",
                 once, printed(same));
  } catch (const job::NativeProblem&) {
  }
}

/// An item of the first kernel of that name.
template <class Value>
std::string item_seed(std::string_view kernel, const Value& value, std::string_view args = {}) {
  const auto& all = kernels();
  std::uint8_t index = 0;
  while (all[index].name != kernel) ++index;
  Bytes bytes;
  base::append(bytes, base::view(args));
  exec::NativeResult result(job::Encoding::driver);
  result.start(bytes);
  mproc::detail::write(result, value);
  return seed(bytes, std::uint8_t{0}, index, std::uint8_t{0}, static_cast<std::uint8_t>(args.size()));
}

}  // namespace

void attack(Input input) {
  if (input.number() % 2 == 0) return attack_items(input);
  attack_signature(input.text());
}

std::vector<std::string> seeds() {
  const std::vector<double> reals{1.5, -0.0, 1e308};
  const Outer outer{{{{1, 2}, "a"}, {{3, 4}, std::nullopt}}, 5};
  std::vector<std::string> out{
      item_seed("bool", true),
      item_seed("i8", -3),
      item_seed("u64", ~std::uint64_t{0}),
      item_seed("f32", 0.1),
      item_seed("str", "\xc3\xa4"),
      item_seed("f64 or none", std::optional<double>()),
      item_seed("list[f64]", reals),
      item_seed("list[list[i16]]", std::vector<std::vector<std::int16_t>>{{1, -2}, {}}),
      item_seed("u8, u8, u8", std::tuple(1, 2, 3)),
      item_seed("array of bool", std::array{true, false}),
      item_seed("array of f32", NewArray<double>{{1, 2, 3, 4}, {2, 2}}),
      item_seed("array of i64", std::vector<std::uint8_t>{1, 2}),
      item_seed("map[f64]", std::map<std::string, int>{{"a", 1}, {"b", 2}}),
      item_seed("i32, str", std::pair(1, "x")),
      item_seed("Outer", outer),
      item_seed("Outer or none, list[str]", std::tuple(outer, std::vector<std::string>{"x"})),
      item_seed("three", std::map<std::string, int>{{"x", 1}, {"n", 2}}, "\x81\xa4name\xa1y"),
      item_seed("two", std::tuple(reals, 1.5)),
      item_seed("span", std::vector<float>{1, 2}),
      item_seed("nothing", std::vector<std::string>{})};
  for (const char* text :
       {"./libhills.so:height", "libm.so:hypot(f64, f64) -> f64",
        "libhills.so:shift_(n: i32*, x: f64[n], incx: i32* = 1, y: inout f64[n, 3], info: out i8*) -> none",
        "lib:f(m: i64, name: str, on: bool = true, half: f32 = 0.5e1, out: out u8[m, n], n: i32) -> none"})
    out.push_back(seed(std::string_view(text), std::uint8_t{1}));
  return out;
}

}  // namespace mproc::fuzz
