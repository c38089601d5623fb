// Writes a run as the engine would have left it, for report.py: bench_report RUNS TASKS EXECUTORS. Every task
// is timed by itself, takes about 2 ms, and one of a hundred fails.
#include <cstdlib>
#include <random>
#include <string>

#include "mproc/base/error.hpp"
#include "mproc/journal/writer.hpp"

using namespace mproc;

namespace {

journal::ResultsRecord record_of(std::uint64_t first, std::uint64_t count, std::uint32_t executor,
                                 std::int64_t start_ns, std::mt19937_64& random) {
  std::lognormal_distribution<double> microseconds(7.5, 0.4);
  base::OutcomeBlock block;
  block.tasks = {first, count};
  block.start_ns = start_ns;
  std::int64_t at = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto length = static_cast<std::int64_t>(microseconds(random));
    block.times.push_back({at, length});
    at += length + 10;
    if ((first + i) % 100 != 99) {
      base::pack_to(block.values, first + i);
      continue;
    }
    block.failed.push_back(i);
    base::Failure failure;
    failure.type = "ValueError";
    failure.message = "number " + std::to_string(i % 7);
    failure.traceback = "Traceback (most recent call last):\n  File \"<init code>\", line 1, in f\n";
    base::pack_failure(block.values, failure);
  }
  block.end_ns = start_ns + at * 1000;
  journal::ResultsRecord record;
  record.origin = {static_cast<std::int32_t>(1 + executor / 16), executor % 16, 0,
                   "node" + std::to_string(executor / 64)};
  base::encode_block(record.block.bytes, block);
  return record;
}

}  // namespace

int main(int argc, char** argv) {
  MPROC_CHECK(argc == 4, "usage: bench_report RUNS TASKS EXECUTORS");
  const std::uint64_t tasks = std::strtoull(argv[2], nullptr, 10),
                      executors = std::strtoull(argv[3], nullptr, 10);
  constexpr std::uint64_t block = 50;
  constexpr std::int64_t begun = 1'700'000'000'000'000'000, block_ns = 110'000'000;
  const auto run = journal::RunDirectory::create(argv[1], "many",
                                                 R"({"document": {"name": "many", "items": {"range": )" +
                                                     std::string(argv[2]) +
                                                     R"(}}, "file": "many.toml", "base_dir": "."})");
  journal::Writer writer(run, base::Epoch{1}, nullptr);
  writer.append(journal::EventRecord{begun, "begun"});
  std::mt19937_64 random(1);
  for (std::uint64_t first = 0, number = 0; first < tasks; first += block, ++number)
    writer.append(
        record_of(first, std::min(block, tasks - first), static_cast<std::uint32_t>(number % executors),
                  begun + 200'000'000 + static_cast<std::int64_t>(number / executors) * block_ns, random));
  writer.append(journal::EndRecord{"finished", tasks - tasks / 100, tasks / 100});
  writer.close();
}
