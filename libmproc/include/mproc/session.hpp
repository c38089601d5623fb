#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <ranges>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "mproc/kernel.hpp"

/// Sessions of a C++ program: its kernels over ranks and executors that mproc starts and watches over.
///
///     #include <mproc/session.hpp>
///
///     double price(double spot, double strike) { ... }
///     MPROC_KERNEL(price, spot, strike)
///
///     int main() {
///       mproc::Session session;                          // first of all
///       std::vector<std::tuple<double, double>> items = ...;
///       const auto prices = session.map<double>("price", items);
///     }
///
/// The ranks are this very program, started again by mpirun: there the constructor does a rank's work, and
/// does not return. So what comes before it happens in every rank; a session is the first statement of main,
/// and no thread runs before it. A program that uses MPI itself has its sessions by <mproc/mpi.hpp>.
namespace mproc {

/// The session did not start, or has ended by itself.
class SessionError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Why a task has no result.
struct Failure {
  std::string kind;  ///< exception, encode, lookup, crash, lost, timeout, memory, item, exit
  std::string type;  ///< of the exception, or the signal's name; may be empty
  std::string message;
  std::string summary;  ///< one line of all that
  std::string host;     ///< where it ran, and on which rank
  int rank = -1;
  std::int64_t pid = 0;
  unsigned attempts = 1;
};

/// A task that failed, where a result was wanted.
class TaskError : public std::runtime_error {
 public:
  TaskError(std::uint64_t index, Failure failure)
      : std::runtime_error("task " + std::to_string(index) + ": " + failure.summary),
        index_(index),
        failure_(std::move(failure)) {}
  std::uint64_t index() const { return index_; }
  const Failure& failure() const { return failure_; }

 private:
  std::uint64_t index_;
  Failure failure_;
};

/// What became of one task. R void: of a kernel whose result nobody wants.
template <class R>
struct Outcome {
  using Value = std::conditional_t<std::is_void_v<R>, std::monostate, R>;
  std::uint64_t index = 0;     ///< of its item
  std::optional<Value> value;  ///< or:
  std::optional<Failure> failure;
};

struct SessionOptions {
  std::uint32_t executors =
      0;  ///< 0: as many as there is room for on this machine, or in the Slurm allocation
  std::vector<std::string>
      settings;  ///< of executors, as in a job file: "task.memory=2GiB", "run.recycle=1000"
};

struct MapOptions {
  unsigned retries = 0;               ///< tries again after an exception
  double timeout = 0;                 ///< seconds of each task; 0: no limit
  std::uint64_t chunk = 0;            ///< tasks that travel together; 0: as it fits
  std::optional<std::uint64_t> seed;  ///< of the tasks' random numbers
};

/// Central, its workers and their executors, up and waiting for work. One thread at a time.
class __attribute__((visibility("default"))) Session {
 public:
  /// Throws SessionError; what is wrong is on stderr. In a rank it does not return.
  explicit Session(const SessionOptions& options = {});
  /// Ends all of its processes.
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Executors that are up.
  std::uint32_t executors() const;

  /// The kernel's results for all items, in their order. `kernel`: one that this program registers, or as in
  /// a job file, "LIBRARY:KERNEL" or "LIBRARY:NAME(f64) -> f64". Throws TaskError for the first failure, by
  /// index, when all tasks have ended; SessionError; std::invalid_argument for an item that cannot travel.
  template <class R, std::ranges::input_range Items>
  auto map(std::string_view kernel, Items&& items, const MapOptions& options = {}) {
    std::vector<std::optional<typename Outcome<R>::Value>> values;
    std::optional<TaskError> first;
    stream<R>(
        kernel, std::forward<Items>(items),
        [&](Outcome<R>&& outcome) {
          if (outcome.failure) {
            if (!first || outcome.index < first->index())
              first.emplace(outcome.index, std::move(*outcome.failure));
            return;
          }
          if (outcome.index >= values.size()) values.resize(outcome.index + 1);
          values[outcome.index] = std::move(outcome.value);
        },
        options);
    if (first) throw *first;
    if constexpr (!std::is_void_v<R>) {
      std::vector<R> results;
      results.reserve(values.size());
      for (auto& value : values) results.push_back(std::move(*value));
      return results;
    }
  }

  /// All outcomes, failures too, in the items' order.
  template <class R, std::ranges::input_range Items>
  std::vector<Outcome<R>> outcomes(std::string_view kernel, Items&& items, const MapOptions& options = {}) {
    std::vector<Outcome<R>> all;
    stream<R>(
        kernel, std::forward<Items>(items),
        [&](Outcome<R>&& outcome) {
          if (outcome.index >= all.size()) all.resize(outcome.index + 1);
          all[outcome.index] = std::move(outcome);
        },
        options);
    return all;
  }

  /// Calls sink(Outcome<R>&&) for each task as it ends, in no order, while items are taken from the range as
  /// they are needed. What the sink or the range throws ends the map, and is thrown here.
  template <class R, std::ranges::input_range Items, std::invocable<Outcome<R>&&> Sink>
  void stream(std::string_view kernel, Items&& items, Sink&& sink, const MapOptions& options = {}) {
    auto at = std::ranges::begin(items);
    const auto end = std::ranges::end(items);
    std::optional<std::uint64_t> total;
    if constexpr (std::ranges::sized_range<Items>) total = std::ranges::size(items);
    run(
        kernel, total,
        [&](abi::Writer& writer) {
          if (at == end) return false;
          detail::write(writer, static_cast<const std::ranges::range_value_t<Items>&>(*at));
          ++at;
          return true;
        },
        [&](std::uint64_t index, abi::Reader* value, Failure* failure) {
          Outcome<R> outcome{index, std::nullopt, std::nullopt};
          if (failure != nullptr)
            outcome.failure = std::move(*failure);
          else if (!read_result<R>(*value, outcome))
            return false;
          sink(std::move(outcome));
          return true;
        },
        options);
  }

  /// An array that all tasks read as Task::data(name): one copy on each node, sent once. Tasks find it for as
  /// long as the object lives, or until another takes the name.
  class __attribute__((visibility("default"))) Shared {
   public:
    Shared(Shared&& other) noexcept
        : session_(std::exchange(other.session_, nullptr)), name_(std::move(other.name_)) {}
    Shared& operator=(Shared&&) = delete;
    ~Shared();

   private:
    friend class Session;
    Shared(Session& session, std::string name) : session_(&session), name_(std::move(name)) {}
    Session* session_;
    std::string name_;
  };
  /// `shape`: of the elements in C order; empty: one dimension. Throws std::invalid_argument when it is that
  /// of more or fewer elements.
  template <detail::Arithmetic T>
  [[nodiscard]] Shared share(std::string name, std::span<const T> elements,
                             std::vector<std::uint64_t> shape = {}) {
    if (shape.empty()) shape = {elements.size()};
    if (detail::product(shape) != elements.size())
      throw std::invalid_argument("the shared array '" + name + "' has " + std::to_string(elements.size()) +
                                  " elements, and its shape is that of " +
                                  std::to_string(detail::product(shape)));
    share_array(name, {detail::number_of<T>(), elements.data(), shape.data(), shape.size()});
    return Shared(*this, std::move(name));
  }

  struct Impl;
  explicit Session(std::unique_ptr<Impl> impl);  ///< the library's own

 private:
  /// Writes the next item; false when there is none left.
  using NextItem = std::function<bool(abi::Writer&)>;
  /// Takes a task's result or failure; false when the result is none of the type wanted.
  using TakeOutcome = std::function<bool(std::uint64_t index, abi::Reader* value, Failure* failure)>;
  void run(std::string_view kernel, std::optional<std::uint64_t> total, const NextItem& next,
           const TakeOutcome& take, const MapOptions& options);
  void share_array(const std::string& name, const abi::Array& array);

  template <class R>
  static bool read_result([[maybe_unused]] abi::Reader& value, Outcome<R>& outcome) {
    if constexpr (std::is_void_v<R>) {
      outcome.value.emplace();
      return true;
    } else {
      try {
        outcome.value = detail::read<R>(value);
        return true;
      } catch (const detail::Misfit&) {
        return false;
      }
    }
  }

  std::unique_ptr<Impl> impl_;
};

}  // namespace mproc
