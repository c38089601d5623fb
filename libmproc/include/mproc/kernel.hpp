#pragma once

#include <cxxabi.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <ranges>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <unordered_map>
#include <utility>
#include <vector>

#include "mproc/abi.hpp"

/// Kernels in C++: functions that mproc applies to items, from a job file (`native = "./libmine.so:price"`),
/// from Python (`mproc.map("native:./libmine.so:price", items)`) or from a C++ program.
///
///     #include <mproc/kernel.hpp>
///
///     struct Option { double spot, strike, years; };
///     MPROC_STRUCT(Option, spot, strike, years)      // in Option's namespace
///
///     double price(const Option& option, double rate);
///     MPROC_KERNEL(price, option, rate)              // the parameters' names: needed for items with names
///
/// A library of kernels is a shared library of such files; it links nothing of mproc.
///
/// Parameters and results: bool, integers of 8 to 64 bits, float, double; std::string, std::string_view;
/// std::vector, std::array, std::pair, std::tuple, std::optional, std::map and std::unordered_map with text
/// as keys; structs that MPROC_STRUCT describes; all of these inside of each other. As parameters also
/// std::span<const T> and mproc::Array<T> of numbers, which look at the item's own memory; as results also
/// std::span, mproc::NewArray and void. A first parameter `const mproc::Task&` is the running task.
///
/// An item with names (a table's row, a grid's point, a dict) gives parameters by name, or by order where the
/// kernel has no names; a list gives them in order; anything else is the first one. A single parameter that
/// takes a list or names gets the item whole. `args` of the job give what the item does not; what is
/// std::optional may lack in both.
///
/// What a kernel throws is its task's failure; a crash costs its task.
namespace mproc {

// ---- numbers

namespace detail {

template <class T>
concept Arithmetic = std::is_arithmetic_v<T> && !std::is_same_v<T, long double> && !std::is_same_v<T, char> &&
                     !std::is_same_v<T, wchar_t> && !std::is_same_v<T, char8_t> &&
                     !std::is_same_v<T, char16_t> && !std::is_same_v<T, char32_t>;

template <Arithmetic T>
constexpr abi::Number number_of() {
  using enum abi::Number;
  if constexpr (std::is_same_v<T, bool>) return boolean;
  if constexpr (std::is_floating_point_v<T>) return sizeof(T) == 4 ? f32 : f64;
  constexpr abi::Number with_sign[] = {i8, i16, i32, i64}, without[] = {u8, u16, u32, u64};
  constexpr std::size_t log2 = sizeof(T) == 1 ? 0 : sizeof(T) == 2 ? 1 : sizeof(T) == 4 ? 2 : 3;
  return std::is_signed_v<T> ? with_sign[log2] : without[log2];
}

inline std::size_t product(std::span<const std::uint64_t> shape) {
  std::size_t product = 1;
  for (const std::uint64_t n : shape) product *= n;
  return product;
}

}  // namespace detail

/// Numbers of any number of dimensions, in C order, that the item or the node's shared data own.
template <detail::Arithmetic T>
class Array {
 public:
  Array() = default;
  explicit Array(const abi::Array& array)
      : shape_(array.shape, array.dimensions),
        elements_(static_cast<const T*>(array.data), detail::product(shape_)) {}
  std::span<const T> elements() const { return elements_; }
  std::span<const std::uint64_t> shape() const { return shape_; }
  std::size_t size() const { return elements_.size(); }
  /// Row `i` of an array of two dimensions or more, as its elements in order.
  std::span<const T> row(std::size_t i) const {
    if (shape_.empty() || i >= shape_[0])
      throw std::out_of_range("an array of " + std::to_string(shape_.empty() ? 0 : shape_[0]) +
                              " rows has no row " + std::to_string(i));
    const std::size_t length = elements_.size() / shape_[0];
    return elements_.subspan(i * length, length);
  }

 private:
  std::span<const std::uint64_t> shape_;
  std::span<const T> elements_;
};

/// A result of any number of dimensions, in C order.
template <detail::Arithmetic T>
struct NewArray {
  std::vector<T> elements;
  std::vector<std::uint64_t> shape;  ///< their product is the number of elements
};

/// The running task.
class Task {
 public:
  explicit Task(abi::Task& task) : task_(task) {}
  /// Its place in the input, from 0.
  std::uint64_t index() const { return task_.index(); }
  /// The job's seed, or one drawn for the run.
  std::uint64_t seed() const { return task_.seed(); }
  /// The task's own random generator: std::mt19937_64 seeded by std::seed_seq of the seed's low and high 32
  /// bits, the stage, and the index's low and high 32 bits. The same numbers for any number of executors and
  /// after any retry. Called again in the same task it goes on where it was.
  std::mt19937_64& random() const {
    if (!random_) {
      const std::uint64_t seed = task_.seed(), index = task_.index();
      std::seed_seq sequence{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32),
                             task_.stage(), static_cast<std::uint32_t>(index),
                             static_cast<std::uint32_t>(index >> 32)};
      random_ = std::make_unique<std::mt19937_64>(sequence);
    }
    return *random_;
  }
  /// The node's one copy of a shared array ([data] of a job, share() of a session). Throws std::out_of_range
  /// when there is none of that name, std::invalid_argument when its elements are no T.
  template <detail::Arithmetic T>
  Array<T> data(std::string_view name) const {
    abi::Array array;
    if (!task_.data(name.data(), name.size(), detail::number_of<T>(), array))
      throw std::out_of_range(task_.problem());
    return Array<T>(array);
  }

 private:
  abi::Task& task_;
  mutable std::unique_ptr<std::mt19937_64> random_;
};

// ---- conversion: items to parameters, results to values

// Of each library alone: what two of them have in common here would be one and the same in a process.
#pragma GCC visibility push(hidden)

namespace detail {

/// The item is none for this kernel; the reader knows why.
struct Misfit {};

inline void need(bool found) {
  if (!found) throw Misfit{};
}

[[noreturn]] inline void refuse(abi::Reader& reader, const std::string& why) {
  reader.refuse(why.data(), why.size());
  throw Misfit{};
}

template <class Struct, class Member>
struct Field {
  std::string_view name;
  Member Struct::*member;
};
template <class Struct, class Member>
Field(std::string_view, Member Struct::*) -> Field<Struct, Member>;  // clang before 17 does not deduce it

template <class T>
concept Described = requires {
  mproc_fields(static_cast<const T*>(nullptr));
};

template <class T, template <class...> class Template>
inline constexpr bool is_a = false;
template <class... A, template <class...> class Template>
inline constexpr bool is_a<Template<A...>, Template> = true;

template <class T>
inline constexpr bool is_std_array = false;
template <class T, std::size_t n>
inline constexpr bool is_std_array<std::array<T, n>> = true;

template <class T>
inline constexpr bool is_span = false;
template <class T, std::size_t n>
inline constexpr bool is_span<std::span<T, n>> = true;

template <class T>
concept Text = std::is_same_v<T, std::string> || std::is_same_v<T, std::string_view>;

template <class T>
concept TextMap = (is_a<T, std::map> ||
                   is_a<T, std::unordered_map>)&&std::is_same_v<typename T::key_type, std::string>;

template <class T>
concept Tuple = is_a<T, std::pair> || is_a<T, std::tuple>;

template <class T>
concept Sequence = is_a<T, std::vector> || is_std_array<T> || is_span<T>;

template <class T>
constexpr bool no_such_type = false;

template <class T>
std::string type_name();

template <class... A>
std::string type_names(std::string_view open) {
  std::string all(open);
  ((all += (all.size() == open.size() ? "" : ", ") + type_name<A>()), ...);
  return all + "]";
}

inline std::string demangled(const std::type_info& type) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> name(
      ::abi::__cxa_demangle(type.name(), nullptr, nullptr, &status), std::free);
  return name ? name.get() : type.name();
}

template <class T>
std::string type_name() {
  if constexpr (std::is_void_v<T>) {
    return "none";
  } else if constexpr (Arithmetic<T>) {
    constexpr const char* names[] = {"bool", "i8",  "i16", "i32", "i64", "u8",
                                     "u16",  "u32", "u64", "f32", "f64"};
    return names[static_cast<std::size_t>(number_of<T>())];
  } else if constexpr (Text<T>) {
    return "str";
  } else if constexpr (is_a<T, std::optional>) {
    return type_name<typename T::value_type>() + " or none";
  } else if constexpr (is_a<T, Array> || is_a<T, NewArray>) {
    return "array";
  } else if constexpr (TextMap<T>) {
    return "map[" + type_name<typename T::mapped_type>() + "]";
  } else if constexpr (is_a<T, std::pair>) {
    return type_names<typename T::first_type, typename T::second_type>("tuple[");
  } else if constexpr (is_a<T, std::tuple>) {
    return []<class... A>(const std::tuple<A...>*) {
      return type_names<A...>("tuple[");
    }(static_cast<const T*>(nullptr));
  } else if constexpr (Sequence<T>) {
    return "list[" + type_name<std::remove_cv_t<typename T::value_type>>() + "]";
  } else {
    return demangled(typeid(T));
  }
}

template <class T>
constexpr abi::Takes takes() {
  if constexpr (is_a<T, std::optional>)
    return takes<typename T::value_type>();
  else if constexpr (Described<T> || TextMap<T>)
    return abi::Takes::map;
  else if constexpr (Sequence<T> || Tuple<T> || is_a<T, Array>)
    return abi::Takes::list;
  else
    return abi::Takes::scalar;
}

template <class T>
T read(abi::Reader& reader);

template <class T>
std::span<const T> read_numbers(abi::Reader& reader) {
  const void* data = nullptr;
  std::size_t count = 0;
  need(reader.numbers(number_of<T>(), data, count));
  return {static_cast<const T*>(data), count};
}

template <class T>
std::size_t read_fields(abi::Reader& reader, T& to) {
  std::size_t count = 0;
  need(reader.map(count));
  auto fields = mproc_fields(static_cast<const T*>(nullptr));
  std::uint64_t found = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto name = read<std::string_view>(reader);
    bool known = false;
    const auto take = [&](const auto& field, std::size_t index) {
      if (known || field.name != name) return;
      known = true;
      found |= std::uint64_t{1} << index;
      using Member = std::remove_reference_t<decltype(to.*field.member)>;
      to.*field.member = read<Member>(reader);
    };
    std::apply(
        [&](const auto&... field) {
          std::size_t index = 0;
          (take(field, index++), ...);
        },
        fields);
    if (!known) need(reader.skip());
  }
  std::string missing;
  std::apply(
      [&](const auto&... field) {
        std::size_t index = 0;
        const auto look = [&](const auto& one) {
          using Member = std::remove_reference_t<decltype(to.*one.member)>;
          if ((found >> index++ & 1) == 0 && !is_a<Member, std::optional>)
            missing += (missing.empty() ? "" : ", ") + std::string(one.name);
        };
        (look(field), ...);
      },
      fields);
  if (!missing.empty()) refuse(reader, "the fields of " + demangled(typeid(T)) + " lack " + missing);
  return count;
}

/// The next value as a T. Throws Misfit.
template <class T>
T read(abi::Reader& reader) {
  if constexpr (Arithmetic<T>) {
    T value{};
    need(reader.number(number_of<T>(), &value));
    return value;
  } else if constexpr (Text<T>) {
    const char* data = nullptr;
    std::size_t size = 0;
    need(reader.text(data, size));
    return T(data, size);
  } else if constexpr (is_a<T, std::optional>) {
    if (reader.none()) return std::nullopt;
    return read<typename T::value_type>(reader);
  } else if constexpr (is_a<T, Array>) {
    using Element = typename decltype(std::declval<T>().elements())::value_type;
    abi::Array array;
    need(reader.array(number_of<Element>(), array));
    return T(array);
  } else if constexpr (is_span<T>) {
    static_assert(std::is_const_v<typename T::element_type> && Arithmetic<typename T::value_type>,
                  "a span parameter is std::span<const T> of numbers");
    return read_numbers<typename T::value_type>(reader);
  } else if constexpr (is_a<T, std::vector>) {
    using Element = typename T::value_type;
    if constexpr (Arithmetic<Element> && !std::is_same_v<Element, bool>) {
      const auto numbers = read_numbers<Element>(reader);
      return T(numbers.begin(), numbers.end());
    } else {
      std::size_t count = 0;
      need(reader.list(count));
      T values;
      values.reserve(std::min<std::size_t>(count, 1 << 16));
      for (std::size_t i = 0; i < count; ++i) values.push_back(read<Element>(reader));
      return values;
    }
  } else if constexpr (is_std_array<T>) {
    T values{};
    std::size_t count = 0;
    const auto check = [&] {
      if (count != values.size())
        refuse(reader, "a list of " + std::to_string(values.size()) + " values is wanted, and this one has " +
                           std::to_string(count));
    };
    if constexpr (Arithmetic<typename T::value_type>) {
      const auto numbers = read_numbers<typename T::value_type>(reader);
      count = numbers.size();
      check();
      std::copy(numbers.begin(), numbers.end(), values.begin());
    } else {
      need(reader.list(count));
      check();
      for (auto& value : values) value = read<typename T::value_type>(reader);
    }
    return values;
  } else if constexpr (Tuple<T>) {
    std::size_t count = 0;
    need(reader.list(count));
    if (count != std::tuple_size_v<T>)
      refuse(reader, "a list of " + std::to_string(std::tuple_size_v<T>) +
                         " values is wanted, and this one has " + std::to_string(count));
    return [&]<std::size_t... i>(std::index_sequence<i...>) {
      return T{read<std::remove_cv_t<std::tuple_element_t<i, T>>>(reader)...};  // braces: in order
    }
    (std::make_index_sequence<std::tuple_size_v<T>>());
  } else if constexpr (TextMap<T>) {
    std::size_t count = 0;
    need(reader.map(count));
    T values;
    for (std::size_t i = 0; i < count; ++i) {
      auto key = read<std::string>(reader);
      values.insert_or_assign(std::move(key), read<typename T::mapped_type>(reader));
    }
    return values;
  } else if constexpr (Described<T>) {
    T value{};
    read_fields(reader, value);
    return value;
  } else {
    static_assert(no_such_type<T>, "no type that a kernel can take; describe a struct by MPROC_STRUCT");
  }
}

template <class T>
void write_numbers(abi::Writer& writer, const T* data, std::size_t count) {
  const std::uint64_t shape[] = {count};
  writer.array({number_of<T>(), data, shape, 1});
}

template <class T>
void write(abi::Writer& writer, const T& value) {
  if constexpr (Arithmetic<T>) {
    writer.number(number_of<T>(), &value);
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    const std::string_view text = value;
    writer.text(text.data(), text.size());
  } else if constexpr (is_a<T, std::optional>) {
    if (value)
      write(writer, *value);
    else
      writer.none();
  } else if constexpr (is_a<T, NewArray>) {
    if (product(value.shape) != value.elements.size())
      throw std::length_error("a result's shape is that of " + std::to_string(product(value.shape)) +
                              " elements, and it has " + std::to_string(value.elements.size()));
    using Element = typename decltype(value.elements)::value_type;
    writer.array({number_of<Element>(), value.elements.data(), value.shape.data(), value.shape.size()});
  } else if constexpr (is_a<T, Array>) {
    using Element = typename decltype(value.elements())::value_type;
    writer.array({number_of<Element>(), value.elements().data(), value.shape().data(), value.shape().size()});
  } else if constexpr (Tuple<T>) {
    writer.list(std::tuple_size_v<T>);
    std::apply([&](const auto&... element) { (write(writer, element), ...); }, value);
  } else if constexpr (TextMap<T>) {
    writer.map(value.size());
    for (const auto& [key, element] : value) {
      write(writer, key);
      write(writer, element);
    }
  } else if constexpr (Described<T>) {
    const auto fields = mproc_fields(static_cast<const T*>(nullptr));
    writer.map(std::tuple_size_v<decltype(fields)>);
    const auto put = [&](const auto& field) {
      write(writer, field.name);
      write(writer, value.*field.member);
    };
    std::apply([&](const auto&... field) { (put(field), ...); }, fields);
  } else if constexpr (Sequence<T>) {
    using Element = typename T::value_type;
    if constexpr (Arithmetic<Element> && !std::is_same_v<T, std::vector<bool>>) {
      write_numbers(writer, value.data(), value.size());
    } else {
      writer.list(value.size());
      for (const auto& element : value) write(writer, static_cast<const Element&>(element));
    }
  } else {
    static_assert(no_such_type<T>, "no type that a kernel can give; describe a struct by MPROC_STRUCT");
  }
}

// ---- registration

/// A registered kernel with what its abi::Kernel points to.
struct Entry {
  std::string name, result;
  std::vector<std::string> names, types;
  std::vector<abi::Parameter> parameters;
  std::shared_ptr<const void> self;
  abi::Kernel kernel{};
};

/// Those of this library or program alone.
inline std::deque<Entry>& entries() {
  static std::deque<Entry> entries;
  return entries;
}

template <class P>
void check_parameter() {
  static_assert(!std::is_pointer_v<P>, "a kernel's parameter is no pointer; take std::span<const T>");
  static_assert(!std::is_lvalue_reference_v<P> || std::is_const_v<std::remove_reference_t<P>>,
                "a kernel's parameter is a value or a const reference: results are returned");
}

/// How a callable of type F, which gives an R, is called with parameters P.
template <class F, class R, bool with_task, class... P>
struct Thunk {
  using Values = std::tuple<std::remove_cvref_t<P>...>;

  static Values values(abi::Reader& item) {
    std::size_t index = 0;
    const auto next = [&]<class T>(std::type_identity<T>) {
      need(item.parameter(index++));
      return read<T>(item);
    };
    return Values{next(std::type_identity<std::remove_cvref_t<P>>())...};  // braces: in order
  }

  static bool check(const void*, abi::Reader& item) {
    try {
      values(item);
      return true;
    } catch (const Misfit&) {
      return false;
    }
  }

  static R call(const F& function, [[maybe_unused]] abi::Task& running, Values&& values) {
    return std::apply(
        [&](auto&&... value) -> R {
          if constexpr (with_task)
            return std::invoke(function, Task(running), std::forward<decltype(value)>(value)...);
          else
            return std::invoke(function, std::forward<decltype(value)>(value)...);
        },
        std::move(values));
  }

  static abi::Status run(const void* self, abi::Task& task, abi::Reader& item, abi::Writer& result) {
    const F& function = *static_cast<const F*>(self);
    try {
      if constexpr (std::is_void_v<R>) {
        call(function, task, values(item));
        result.none();
      } else {
        detail::write(result, static_cast<const std::remove_cvref_t<R>&>(call(function, task, values(item))));
      }
      return abi::Status::done;
    } catch (const Misfit&) {
      return abi::Status::misfit;
    } catch (const std::exception& error) {
      const std::string type = demangled(typeid(error));
      const std::string_view text = error.what();
      task.raise(type.data(), type.size(), text.data(), text.size());
    } catch (::abi::__forced_unwind&) {
      throw;  // the thread is cancelled
    } catch (...) {
      constexpr std::string_view text = "what was thrown is no std::exception";
      task.raise("", 0, text.data(), text.size());
    }
    return abi::Status::raised;
  }
};

template <class F, class R, bool with_task, class... P>
void add(std::string name, F function, std::vector<std::string> names) {
  (check_parameter<P>(), ...);
  if (!names.empty() && names.size() != sizeof...(P))
    throw std::invalid_argument("the kernel " + name + " has " + std::to_string(sizeof...(P)) +
                                " parameters and " + std::to_string(names.size()) + " names");
  Entry& entry = entries().emplace_back();
  entry.name = std::move(name);
  entry.result = type_name<std::remove_cvref_t<R>>();
  entry.names = std::move(names);
  entry.types = {type_name<std::remove_cvref_t<P>>()...};
  constexpr abi::Takes kinds[] = {takes<std::remove_cvref_t<P>>()..., abi::Takes::scalar};
  constexpr bool optional[] = {is_a<std::remove_cvref_t<P>, std::optional>..., false};
  for (std::size_t i = 0; i < sizeof...(P); ++i)
    entry.parameters.push_back({i < entry.names.size() ? entry.names[i].c_str() : nullptr,
                                entry.types[i].c_str(), kinds[i], optional[i]});
  entry.self = std::make_shared<const F>(std::move(function));
  using Call = Thunk<F, R, with_task, P...>;
  entry.kernel = {entry.name.c_str(), entry.result.c_str(), entry.parameters.data(),
                  sizeof...(P),       entry.self.get(),     Call::check,
                  Call::run};
}

template <class F, class R, class... P>
void add_function(std::string name, F function, std::vector<std::string> names,
                  const std::function<R(P...)>*) {
  add<F, R, false, P...>(std::move(name), std::move(function), std::move(names));
}

template <class F, class R, class... P>
void add_function(std::string name, F function, std::vector<std::string> names,
                  const std::function<R(const Task&, P...)>*) {
  add<F, R, true, P...>(std::move(name), std::move(function), std::move(names));
}

inline const abi::Library& library() {
  static std::vector<abi::Kernel> kernels;
  static abi::Library library;
  kernels.clear();
  for (const Entry& entry : entries()) kernels.push_back(entry.kernel);
  library = {abi::tag(), kernels.size(), kernels.data()};
  return library;
}

template <class R, class... P>
constexpr std::size_t arity(const std::function<R(P...)>*) {
  return sizeof...(P);
}
template <class R, class... P>
constexpr std::size_t arity(const std::function<R(const Task&, P...)>*) {
  return sizeof...(P);
}

/// Whether "a, b" are no names, or one for each parameter of a function of that type.
template <class Signature>
constexpr bool are_names_of(std::string_view names) {
  return names.empty() || arity(static_cast<const Signature*>(nullptr)) ==
                              static_cast<std::size_t>(std::count(names.begin(), names.end(), ',')) + 1;
}

/// "a, b" in parts.
inline std::vector<std::string> split(std::string_view names) {
  std::vector<std::string> parts;
  while (!names.empty()) {
    const std::size_t comma = std::min(names.find(','), names.size());
    const std::string_view part = names.substr(0, comma);
    const std::size_t first = part.find_first_not_of(' '), last = part.find_last_not_of(' ');
    parts.emplace_back(first == part.npos ? std::string_view() : part.substr(first, last - first + 1));
    names.remove_prefix(std::min(comma + 1, names.size()));
  }
  return parts;
}

}  // namespace detail

#pragma GCC visibility pop

/// Registers a function, a lambda or another callable as the kernel `name`. `parameters`: their names in
/// order, without that of a Task; or none. True, so that a variable's initialiser can call it. Throws
/// std::invalid_argument when there are more or fewer names than parameters.
template <class F>
bool add_kernel(std::string name, F function, std::vector<std::string> parameters = {}) {
  using Signature = decltype(std::function{function});
  detail::add_function(std::move(name), std::move(function), std::move(parameters),
                       static_cast<const Signature*>(nullptr));
  return true;
}

}  // namespace mproc

/// Registers the function `function` as a kernel of that name; the names of its parameters follow.
#define MPROC_KERNEL(kernel, ...)                                                             \
  static_assert(::mproc::detail::are_names_of<decltype(std::function{kernel})>(#__VA_ARGS__), \
                #kernel " has more or fewer parameters than names are given");                \
  [[maybe_unused]] static const bool MPROC_JOIN_(mproc_kernel_of_line_, __LINE__) =           \
      ::mproc::add_kernel(#kernel, kernel, ::mproc::detail::split(#__VA_ARGS__));

/// Names the fields of a struct that travel, in the struct's own namespace: those of items, and those of
/// results in this order. At most 64.
#define MPROC_STRUCT(type, ...)                                         \
  [[maybe_unused]] inline auto mproc_fields(const type*) {              \
    return std::tuple{MPROC_EXPAND_(MPROC_FIELDS_(type, __VA_ARGS__))}; \
  }

#define MPROC_JOIN_(a, b) MPROC_JOIN_2_(a, b)
#define MPROC_JOIN_2_(a, b) a##b
#define MPROC_PARENS_ ()
#define MPROC_FIELDS_(type, field, ...) \
  ::mproc::detail::Field{#field,        \
                         &type::field} __VA_OPT__(, MPROC_FIELDS_AGAIN_ MPROC_PARENS_(type, __VA_ARGS__))
#define MPROC_FIELDS_AGAIN_() MPROC_FIELDS_
#define MPROC_EXPAND_(...) MPROC_EXPAND_4_(MPROC_EXPAND_4_(MPROC_EXPAND_4_(MPROC_EXPAND_4_(__VA_ARGS__))))
#define MPROC_EXPAND_4_(...) MPROC_EXPAND_3_(MPROC_EXPAND_3_(MPROC_EXPAND_3_(MPROC_EXPAND_3_(__VA_ARGS__))))
#define MPROC_EXPAND_3_(...) MPROC_EXPAND_2_(MPROC_EXPAND_2_(MPROC_EXPAND_2_(MPROC_EXPAND_2_(__VA_ARGS__))))
#define MPROC_EXPAND_2_(...) MPROC_EXPAND_1_(MPROC_EXPAND_1_(__VA_ARGS__))
#define MPROC_EXPAND_1_(...) __VA_ARGS__

extern "C" __attribute__((visibility("default"), used)) inline const mproc::abi::Library* mproc_kernels() {
  return &mproc::detail::library();
}
