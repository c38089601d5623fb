// Rates of a session in memory, without files: a C++ driver of the real program.
//
//     bench_engine MPROC CASE [EXECUTORS]
//
// Cases: null, null-1 (one task a message), linspace, 1ms, 10ms, heavy (durations in seconds, one a line on
// standard input), arrays (8 MiB there and back), latency (one task at a time). Prints one line of JSON. The
// session is up and warm before the clock starts.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "mproc/base/msgpack.hpp"
#include "mproc/base/time.hpp"
#include "mproc/job/ndarray.hpp"
#include "support/driver_session.hpp"

namespace {

using namespace mproc;

constexpr const char* code = R"(
import time
import numpy

def null(i):
    return i

def linspace(x):
    return numpy.linspace(0, x, 5)

def busy(seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass

def one_ms(i):
    busy(0.001)

def ten_ms(i):
    busy(0.010)

def same(a):
    return a
)";

struct Case {
  std::string function;
  std::uint64_t tasks = 0;
  std::uint64_t chunk = 0;
  std::size_t array_bytes = 0;
  double task_seconds = 0;
  std::vector<double> items;  // empty: the tasks' own numbers
};

Case heavy_tail() {
  Case c{"busy"};
  for (double seconds = 0; std::cin >> seconds;) c.items.push_back(seconds);
  c.tasks = c.items.size();
  return c;
}

Case case_of(const std::string& name) {
  if (name == "null") return {"null", 4'000'000};
  if (name == "null-1") return {"null", 200'000, 1};
  if (name == "linspace") return {"linspace", 400'000};
  if (name == "1ms") return {"one_ms", 4'000, 0, 0, 0.001};
  if (name == "10ms") return {"ten_ms", 400, 0, 0, 0.010};
  if (name == "heavy") return heavy_tail();
  if (name == "arrays") return {"same", 300, 0, std::size_t{8} << 20};
  if (name == "latency") return {"null", 2'000};
  fmt::print(stderr, "bench_engine: there is no case '{}'\n", name);
  std::exit(2);
}

class Bench {
 public:
  Bench(run::DriverClient& client, Case c) : client_(client), case_(std::move(c)) {
    if (case_.array_bytes == 0) return;
    const std::uint64_t n = case_.array_bytes / sizeof(double);
    job::append_ndarray(array_, "<f8", std::array{n}, base::Bytes(case_.array_bytes));
  }

  /// Seconds from the first item given to the last outcome taken.
  double map(std::uint64_t tasks) {
    std::uint64_t done = 0;
    job::MapSpec spec;
    spec.function = case_.function;
    const std::int64_t begin = base::monotonic_ns();
    const auto number = client_.open(spec, {.chunk = case_.chunk, .total = tasks},
                                     [&](const wire::TaskOutcomes&, base::ByteView block) {
                                       base::ByteView values;
                                       done += base::decode_block_header(block, values).tasks.count;
                                     });
    for (std::uint64_t given = 0; given < tasks;) {
      const std::uint64_t n = fill(given, tasks);
      const base::Bytes& items = array_.empty() ? items_ : array_;
      client_.wait_until([&] { return client_.give(number, ends_, items); });
      given += n;
    }
    client_.close(number);
    client_.wait_until([&] { return client_.is_done(number); });
    if (done != tasks) throw base::SystemError(fmt::format("{} of {} tasks came back", done, tasks));
    return static_cast<double>(base::monotonic_ns() - begin) / 1e9;
  }

  /// Median seconds from one item given to its outcome.
  double latency(std::uint64_t tasks) {
    std::uint64_t done = 0;
    job::MapSpec spec;
    spec.function = case_.function;
    const auto number = client_.open(spec, {}, [&](const wire::TaskOutcomes&, base::ByteView) { ++done; });
    std::vector<double> seconds;
    for (std::uint64_t i = 0; i < tasks; ++i) {
      fill(i, i + 1);
      const std::int64_t begin = base::monotonic_ns();
      client_.give(number, ends_, items_);
      client_.wait_until([&] { return done == i + 1; });
      seconds.push_back(static_cast<double>(base::monotonic_ns() - begin) / 1e9);
    }
    std::ranges::sort(seconds);
    return seconds[seconds.size() / 2];
  }

 private:
  std::uint64_t fill(std::uint64_t from, std::uint64_t end) {
    constexpr std::uint64_t most = 65536;
    items_.clear();
    ends_.clear();
    const std::uint64_t n = array_.empty() ? std::min(most, end - from) : 1;
    for (std::uint64_t i = 0; i < n; ++i) {
      if (!array_.empty()) {
        ends_.push_back(array_.size());
        continue;
      }
      if (case_.items.empty())
        base::pack_to(items_, from + i);
      else
        base::pack_to(items_, case_.items[from + i]);
      ends_.push_back(items_.size());
    }
    return n;
  }

  run::DriverClient& client_;
  Case case_;
  base::Bytes array_, items_;
  std::vector<std::uint64_t> ends_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    fmt::print(stderr, "usage: bench_engine MPROC CASE [EXECUTORS]\n");
    return 2;
  }
  const std::string name = argv[2];
  const int executors = argc > 3 ? std::atoi(argv[3]) : 2;
  const Case c = case_of(name);
  testing::DriverSession session(argv[1], executors);
  session.client().init({static_cast<std::uint8_t>(job::InitBlock::Kind::code), "bench", code});
  Bench bench(session.client(), c);
  bench.map(static_cast<std::uint64_t>(executors) * 10);
  if (name == "latency") {
    fmt::print("{{\"case\": \"{}\", \"seconds\": {}}}\n", name, bench.latency(c.tasks));
    return 0;
  }
  const double seconds = bench.map(c.tasks);
  fmt::print("{{\"case\": \"{}\", \"seconds\": {}, \"tasks\": {}, \"tasks_per_second\": {}", name, seconds,
             c.tasks, static_cast<double>(c.tasks) / seconds);
  if (c.task_seconds > 0)
    fmt::print(", \"efficiency\": {}", static_cast<double>(c.tasks) * c.task_seconds / executors / seconds);
  if (c.array_bytes > 0)
    fmt::print(", \"gib_per_second\": {}",
               2.0 * static_cast<double>(c.tasks * c.array_bytes) / seconds / (1u << 30));
  fmt::print("}}\n");
  return 0;
}
