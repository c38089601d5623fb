#include "mproc/run/costs.hpp"

#include <algorithm>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "mproc/base/doorbell.hpp"
#include "mproc/base/time.hpp"
#include "mproc/comm/in_process.hpp"
#include "mproc/journal/writer.hpp"
#include "mproc/run/job_run.hpp"
#include "mproc/run/observers.hpp"
#include "mproc/run/worker.hpp"

namespace mproc::run {
namespace {

using namespace std::chrono_literals;

// tests/bench/simulator.cpp holds these against real runs: what MPI's matching and progress and the doorbell
// add to a message, and what an executor takes for a chunk besides its tasks.
constexpr double mpi_share = 700, executor_chunk = 3'000;

/// Answers every task at once with the same value.
class InstantPool : public exec::Pool {
 public:
  explicit InstantPool(std::size_t result_bytes) { base::pack_to(value_, std::string(result_bytes, 'x')); }
  void load(const exec::HostSettings&) override {}
  void init(const job::InitBlock&) override {}
  void prepare(const job::MapSpec&) override {}
  void share(const exec::ArrayPlace&) override {}
  void unshare(const std::string&) override {}
  void start(std::vector<exec::Place> places) override {
    announced_ = static_cast<std::uint32_t>(places.size());
  }
  bool submit(const exec::ChunkTicket& ticket, const base::PayloadView&) override {
    held_.push_back(ticket);
    return true;
  }
  base::TaskRange take_back(base::ChunkId, std::uint32_t) override { return {}; }
  void generate(const std::string&, std::uint64_t, std::uint64_t) override {}
  bool poll(exec::PoolListener& listener, bool) override {
    if (const auto executors = std::exchange(announced_, 0)) listener.on_slots(executors);
    while (!held_.empty()) {
      const exec::ChunkTicket ticket = held_.front();
      held_.pop_front();
      answer(ticket, listener);
    }
    return true;
  }

 private:
  void answer(const exec::ChunkTicket& ticket, exec::PoolListener& listener) {
    base::OutcomeBlock block;
    block.tasks = ticket.tasks;
    block.start_ns = block.end_ns = base::wall_ns();
    for (std::uint64_t i = 0; i < ticket.tasks.count; ++i) base::append(block.values, value_);
    bytes_.clear();
    base::encode_block(bytes_, block);
    listener.on_block(ticket, base::SlotId{0}, bytes_);
    listener.on_chunk_end(ticket);
  }

  base::Bytes value_, bytes_;
  std::uint32_t announced_ = 0;
  std::deque<exec::ChunkTicket> held_;
};

struct Spent {
  double central = 0, worker = 0;
};

/// What central and one worker take for a whole run.
Spent run_through(const std::filesystem::path& scratch, std::uint64_t tasks, std::uint64_t chunk,
                  std::size_t result_bytes) {
  const job::Job job = job::read_job(job::Document::from_tree({{"name", "costs"},
                                                               {"task", {{"function", "f"}}},
                                                               {"items", {{"range", tasks}}},
                                                               {"run", {{"chunk", chunk}}}},
                                                              "costs", scratch));
  auto channels = comm::make_in_process(2);
  base::Watcher watcher([] {});
  StderrObserver observer(true);
  InstantPool pool(result_bytes);
  Worker worker(*channels[1], pool, base::host_name(),
                [](const auto&...) { return std::vector<exec::Place>(1); });
  RunOptions options;
  options.runs_root = scratch;
  options.fresh = options.no_output = true;
  JobRun run(job, {}, make_plan(job, options), options, feed_from(job::make_item_source(job)),
             {*channels[0], watcher, observer}, [] {});
  Spent spent;
  for (std::int64_t at = base::monotonic_ns();;) {
    run.step(false);
    if (run.finished()) break;  // that step waited for the disk
    const std::int64_t between = base::monotonic_ns();
    worker.step(false);
    spent.central += static_cast<double>(between - at);
    at = base::monotonic_ns();
    spent.worker += static_cast<double>(at - between);
  }
  std::filesystem::remove_all(run.result().directory);
  return spent;
}

double journal_ns(const std::filesystem::path& scratch, std::uint64_t blocks, std::size_t bytes) {
  const auto directory = journal::RunDirectory::create(scratch, "costs", "{}");
  std::vector<journal::ResultsRecord> records(blocks);
  for (std::uint64_t i = 0; i < blocks; ++i) {
    base::OutcomeBlock block;
    block.tasks = {i, 1};
    base::pack_to(block.values, std::string(bytes, 'x'));
    base::encode_block(records[i].block.bytes, block);
  }
  journal::Writer writer(directory, base::Epoch{1}, nullptr);
  const std::int64_t begin = base::monotonic_ns();
  for (auto& record : records) writer.append(std::move(record));
  while (writer.backlog() > 0 && writer.error().empty()) std::this_thread::yield();
  const auto spent = static_cast<double>(base::monotonic_ns() - begin);
  writer.close();
  std::filesystem::remove_all(directory.path());
  return spent;
}

/// Until one who sleeps at a doorbell looks: half of the median way there and back.
double wake_ns() {
  constexpr int times = 200;
  base::Doorbell there, back;
  const auto answer = [&] {
    for (std::uint32_t i = 0; i < times; ++i) {
      while (there.count() == i) there.wait(i, 1s);
      back.ring();
    }
  };
  std::thread other(answer);
  std::vector<std::int64_t> trips;
  for (std::uint32_t i = 0; i < times; ++i) {
    const std::int64_t begin = base::monotonic_ns();
    there.ring();
    while (back.count() == i) back.wait(i, 1s);
    trips.push_back(base::monotonic_ns() - begin);
  }
  other.join();
  std::ranges::nth_element(trips, trips.begin() + times / 2);
  return static_cast<double>(trips[times / 2]) / 2;
}

/// The least of a few times: what else runs on the machine only adds to it.
double least(const std::function<double()>& measure) {
  return std::min({measure(), measure(), measure()});
}

Spent least(const std::filesystem::path& scratch, std::uint64_t tasks, std::uint64_t chunk,
            std::size_t result_bytes) {
  Spent best = run_through(scratch, tasks, chunk, result_bytes);
  for (int again = 0; again < 2; ++again) {
    const Spent spent = run_through(scratch, tasks, chunk, result_bytes);
    best = {std::min(best.central, spent.central), std::min(best.worker, spent.worker)};
  }
  return best;
}

}  // namespace

schedule::Costs measure_costs(const std::filesystem::path& scratch) {
  constexpr std::uint64_t messages = 10'000, many = 300'000, per_chunk = 10'000, large = 300;
  constexpr std::size_t bytes = 64u << 10;
  const Spent single = least(scratch, messages, 1, 1);
  const Spent together = least(scratch, many, per_chunk, 1);
  const Spent big = least(scratch, large, 1, bytes);
  const auto each = [](double all, std::uint64_t count) { return all / static_cast<double>(count); };
  const auto per_byte = [&](double whole, double one) {
    return std::max(0.0, (each(whole, large) - one) / static_cast<double>(bytes));
  };
  schedule::Costs costs;
  costs.wake = least(wake_ns);
  costs.central_message = mpi_share;
  costs.central_chunk = each(single.central, messages) / 2;  // one out, one back
  costs.worker_message = each(single.worker, messages) / 2 + mpi_share;
  costs.central_task = each(together.central, many);
  costs.central_byte = per_byte(big.central, each(single.central, messages));
  costs.worker_byte = per_byte(big.worker, each(single.worker, messages));
  costs.executor_chunk = executor_chunk;
  costs.executor_byte = costs.worker_byte;  // it copies what the worker copies
  costs.journal_block = each(least([&] { return journal_ns(scratch, messages, 1); }), messages);
  costs.journal_byte = each(least([&] { return journal_ns(scratch, large, bytes); }), large * bytes);
  return costs;
}

}  // namespace mproc::run
