// Rates of the engine's inner pieces, each alone, through its public headers. Google Benchmark:
//
//     bench_pieces [--benchmark_filter=REGEX] [--benchmark_repetitions=N]
//
// Items are chunks, messages, tasks, blocks or frames. The journal is written to the disk of TMPDIR. Debian's
// Benchmark always warns that it was built as DEBUG: that is the library, not what it measures.
#include <benchmark/benchmark.h>
#include <fcntl.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <deque>
#include <new>
#include <numeric>
#include <optional>
#include <random>
#include <utility>
#include <variant>
#include <vector>

#include "mproc/base/error.hpp"
#include "mproc/base/msgpack.hpp"
#include "mproc/base/outcome.hpp"
#include "mproc/base/shared_memory.hpp"
#include "mproc/exec/ring.hpp"
#include "mproc/journal/index.hpp"
#include "mproc/journal/writer.hpp"
#include "mproc/schedule/scheduler.hpp"
#include "mproc/wire/message.hpp"
#include "support/temp_directory.hpp"
#include "support/values.hpp"

namespace mproc {
namespace {

using benchmark::DoNotOptimize;
using benchmark::State;

constexpr base::StageKey stage{{1}, {0}};
constexpr std::uint64_t block_tasks = 10'000;

void count(State& state, std::uint64_t items, std::uint64_t bytes = 0) {
  const auto times = static_cast<std::uint64_t>(state.iterations());
  state.SetItemsProcessed(static_cast<std::int64_t>(times * items));
  if (bytes > 0) state.SetBytesProcessed(static_cast<std::int64_t>(times * bytes));
}

// --- schedule --------------------------------------------------------------------------------------------

/// Workers of one executor each that run an endless stage of 10 ms tasks. They report one after the other, in
/// an order drawn at random: in rank order, each would find its neighbour's memory in the cache.
class Workers {
 public:
  explicit Workers(std::int32_t workers) {
    constexpr std::uint64_t endless = std::uint64_t{1} << 48;
    scheduler_.open_stage(stage, {});
    scheduler_.set_total(stage, endless);
    scheduler_.add_tasks(stage, {0, endless}, 0);
    for (std::int32_t rank = 1; rank <= workers; ++rank) scheduler_.worker_ready({rank}, 1);
    take();
    std::shuffle(out_.begin(), out_.end(), std::mt19937_64(1));
    for (std::size_t n = 2 * out_.size(); n > 0; --n) round_trip();  // to the steady state
  }
  /// The oldest chunk's outcomes arrive, and what is sent for it goes out.
  void round_trip() {
    constexpr std::int64_t task_ns = 10'000'000;
    const schedule::Send oldest = out_.front();
    out_.pop_front();
    const auto busy = task_ns * static_cast<std::int64_t>(oldest.tasks.count);
    const bool current = scheduler_.tasks_done(oldest.worker, oldest.chunk, oldest.tasks, {}, busy);
    MPROC_ASSERT(current, "chunk {} is stale", oldest.chunk.value);
    take();
  }

 private:
  void take() {
    for (const schedule::Action& action : scheduler_.take_actions())
      if (const auto* send = std::get_if<schedule::Send>(&action)) out_.push_back(*send);
  }

  schedule::Scheduler scheduler_;
  std::deque<schedule::Send> out_;
};

/// What central's scheduling costs per chunk, by the number of workers: one report in, its actions out.
void scheduler_round_trips(State& state) {
  Workers workers(static_cast<std::int32_t>(state.range(0)));
  for (auto _ : state) workers.round_trip();
  count(state, 1);
}
BENCHMARK(scheduler_round_trips)->Arg(2)->Arg(64)->Arg(10'000)->Arg(100'000);

// --- wire ------------------------------------------------------------------------------------------------

base::Bytes chunk_message(base::ByteView payload) {
  return wire::encode_appending(wire::Chunk{123'456, 1, 0, 7'000'000, 500, 0},
                                [&](base::Bytes& to) { base::append(to, payload); });
}

/// Central's side of a chunk: a fresh message whose payload is copied in once.
void wire_encode(State& state) {
  const base::Bytes payload(static_cast<std::size_t>(state.range(0)), std::byte{1});
  for (auto _ : state) DoNotOptimize(chunk_message(payload).data());
  count(state, 1, payload.size());
}
BENCHMARK(wire_encode)->Arg(4 << 10)->Arg(1 << 20);

/// The worker's side: split and decode look at prefix and head only. Bytes that pass by, not bytes read.
void wire_decode(State& state) {
  const base::Bytes message =
      chunk_message(base::Bytes(static_cast<std::size_t>(state.range(0)), std::byte{1}));
  for (auto _ : state) {
    const wire::Parts parts = wire::split(message);
    DoNotOptimize(wire::decode<wire::Chunk>(parts).count);
    DoNotOptimize(parts.payload.data());
  }
  count(state, 1, static_cast<std::uint64_t>(state.range(0)));
}
BENCHMARK(wire_decode)->Arg(4 << 10)->Arg(1 << 20);

// --- MessagePack of outcomes -----------------------------------------------------------------------------

/// What an executor leaves of tasks that return their index within the block: 1 or 3 bytes a value.
base::OutcomeBlock small_ints(std::uint64_t first = 0) {
  std::vector<int> results(block_tasks);
  std::iota(results.begin(), results.end(), 0);
  base::OutcomeBlock block;
  block.tasks = {first, block_tasks};
  block.values = testing::packed_each(results);
  return block;
}

/// Head and values into a fresh buffer; the values are packed already.
void block_encode(State& state) {
  const base::OutcomeBlock block = small_ints();
  for (auto _ : state) {
    base::Bytes bytes;
    base::encode_block(bytes, block);
    DoNotOptimize(bytes.data());
  }
  count(state, block_tasks, block.values.size());
}
BENCHMARK(block_encode);

/// What central does per block that arrives, whatever its length: the values are not touched.
void block_decode_header(State& state) {
  base::Bytes bytes;
  base::encode_block(bytes, small_ints());
  for (auto _ : state) {
    base::ByteView values;
    DoNotOptimize(base::decode_block_header(bytes, values).tasks.count);
    DoNotOptimize(values.data());
  }
  count(state, 1);
}
BENCHMARK(block_decode_header);

/// Finding where each value ends.
void values_skip(State& state) {
  const base::Bytes values = small_ints().values;
  for (auto _ : state) {
    std::size_t at = 0;
    while (at < values.size()) at = base::skip_value(values, at);
    DoNotOptimize(at);
  }
  count(state, block_tasks, values.size());
}
BENCHMARK(values_skip);

// --- exec ------------------------------------------------------------------------------------------------

/// A frame from one end to the other, each with its own mapping: copied in, and looked at in place.
void ring_frames(State& state) {
  const auto page = base::SharedMemory::create("ring-header", 4096);
  const auto content = base::SharedMemory::create("ring", exec::Ring::initial_capacity);
  const auto mapping = [&] {
    return base::SharedMemory::open(base::Fd(::fcntl(content.fd(), F_DUPFD_CLOEXEC, 0)));
  };
  auto& header = *new (page.data()) exec::RingHeader;
  exec::Ring producer(header, mapping()), consumer(header, mapping());
  const base::Bytes frame(static_cast<std::size_t>(state.range(0)), std::byte{1});
  for (auto _ : state) {
    const auto room = producer.reserve(frame.size());
    std::memcpy(room.value().data(), frame.data(), frame.size());
    producer.commit(frame.size());
    DoNotOptimize(consumer.front().value().data());
    consumer.pop();
  }
  count(state, 1, frame.size());
}
BENCHMARK(ring_frames)->Arg(64)->Arg(4 << 10)->Arg(1 << 20);

// --- journal ---------------------------------------------------------------------------------------------

std::vector<journal::ResultsRecord> records(std::uint64_t blocks) {
  std::vector<journal::ResultsRecord> all(blocks);
  for (std::uint64_t i = 0; i < blocks; ++i) {
    all[i].stage = stage;
    all[i].origin = {1, 0, 0, "node7"};
    base::encode_block(all[i].block.bytes, small_ints(i * block_tasks));
  }
  return all;
}

/// A new run, removed in the end.
struct Run {
  testing::TempDirectory temp;
  journal::RunDirectory directory = journal::RunDirectory::create(temp / "runs", "bench", "{}");

  void write(std::vector<journal::ResultsRecord> all) const {
    journal::Writer writer(directory, base::Epoch{1}, nullptr);
    for (auto& record : all) writer.append(std::move(record));
    writer.close();
  }
};

/// A whole journal of so many blocks: segment opened, blocks appended at once, written and synced by close().
/// Wall clock, as the work is the writer's thread's and the disk's.
void journal_write(State& state) {
  const auto blocks = static_cast<std::uint64_t>(state.range(0));
  std::uint64_t bytes = 0;
  for (auto _ : state) {
    state.PauseTiming();
    std::optional<Run> run(std::in_place);
    auto all = records(blocks);
    state.ResumeTiming();
    run->write(std::move(all));
    state.PauseTiming();
    bytes = run->directory.journal_size();
    run.reset();
    state.ResumeTiming();
  }
  count(state, blocks * block_tasks, bytes);
}
BENCHMARK(journal_write)->Arg(1)->Arg(1'000)->UseRealTime()->Unit(benchmark::kMillisecond);

constexpr std::uint64_t blocks_read = 1'000;

/// Opening the index of a journal in the page cache: every checksum is checked, no value is decoded.
void journal_index(State& state) {
  const Run run;
  run.write(records(blocks_read));
  for (auto _ : state) {
    const std::uint64_t succeeded = journal::Index(run.directory).succeeded(stage);
    MPROC_ASSERT(succeeded == blocks_read * block_tasks, "{} tasks were read back", succeeded);
  }
  count(state, blocks_read * block_tasks, run.directory.journal_size());
}
BENCHMARK(journal_index)->Unit(benchmark::kMillisecond);

/// Finding every outcome through an open index, in order.
void journal_cursor(State& state) {
  const Run run;
  run.write(records(blocks_read));
  const journal::Index index(run.directory);
  for (auto _ : state) {
    journal::Index::Cursor cursor(index, stage);
    for (std::uint64_t task = 0; task < blocks_read * block_tasks; ++task)
      DoNotOptimize(cursor.at(task).value.data());
  }
  count(state, blocks_read * block_tasks, run.directory.journal_size());
}
BENCHMARK(journal_cursor)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace mproc

BENCHMARK_MAIN();
