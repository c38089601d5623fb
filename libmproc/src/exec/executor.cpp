#include "mproc/exec/executor.hpp"

#include <pthread.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

#include "mproc/base/error.hpp"
#include "mproc/base/time.hpp"
#include "mproc/exec/capture.hpp"

namespace mproc::exec {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t ring_interval_ns = 200'000;

/// Set in a process that was forked from this one: by a task, as executors fork nothing themselves.
bool forked_by_task = false;

class Executor : BlockSink {
 public:
  Executor(SlotMemory memory, base::Doorbell& worker, RuntimeSet& runtimes, const HostSettings& settings)
      : control_memory_(std::move(memory.control)),
        capture_memory_(std::move(memory.capture)),
        control_(*control_memory_.as<SlotControl>()),
        in_(control_.to_executor, std::move(memory.to_executor)),
        out_(control_.from_executor, std::move(memory.from_executor)),
        worker_(worker),
        runtimes_(runtimes),
        settings_(settings) {}

  [[noreturn]] void loop() {
    ::dup2(capture_memory_.fd(), STDOUT_FILENO);
    ::dup2(capture_memory_.fd(), STDERR_FILENO);
    ::setvbuf(stdout, nullptr, _IOLBF, 0);
    ::pthread_atfork(nullptr, nullptr, [] { forked_by_task = true; });
    FrameHeader ready;
    ready.type = FrameType::ready;
    push(ready, {}, {});
    for (;;) {
      const auto seen = control_.bell.count();
      if (const auto frame = in_.front())
        handle(*frame);
      else
        wait(seen);
    }
  }

 private:
  void handle(base::ByteView frame) {
    FrameHeader header;
    MPROC_ASSERT(frame.size() >= sizeof header, "frame of {} bytes", frame.size());
    std::memcpy(&header, frame.data(), sizeof header);
    const base::ByteView payload = frame.subspan(sizeof header);
    switch (header.type) {
      case FrameType::init:
        return answer(runtimes_.init(base::unpack_as<job::InitBlock>(payload)), header);
      case FrameType::prepare:
        runtimes_.prepare(base::unpack_as<job::MapSpec>(payload));  // a failure is that of the map's tasks
        return in_.pop();
      case FrameType::chunk:
        return run(header, payload);
      case FrameType::generate:
        return generate(header, payload);
      default:
        MPROC_ASSERT(false, "frame of type {} sent to an executor", static_cast<std::uint32_t>(header.type));
    }
  }

  void answer(const std::optional<base::Failure>& failure, FrameHeader header) {
    in_.pop();
    if (!failure) return;
    header.type = FrameType::ready;
    base::Bytes payload;
    base::pack_to(payload, *failure);
    push(header, payload, {});
  }

  void run(FrameHeader header, base::ByteView items) {
    running_ = header;
    control_.stamp.chunk.store(header.chunk, std::memory_order_release);
    Claim& claim = control_.claims[header.claim % claims_per_slot];
    TaskLoop tasks(header.tasks, claim, control_.stamp, *this,
                   {settings_.rank, ::getpid(), header.attempt, settings_.host});
    runtimes_.run({header.stage, header.tasks, items}, tasks);
    control_.stamp.chunk.store(0, std::memory_order_release);
    in_.pop();
    header.type = FrameType::chunk_end;
    push(header, {}, {});
  }

  void deliver(const base::OutcomeBlock& block) override {
    FrameHeader header = running_;
    header.type = FrameType::block;
    head_.clear();
    base::encode_block_head(head_, block);
    try {
      push(header, head_, block.values);
    } catch (const base::SystemError& e) {  // the runtime, which is below, would take it for its own
      base::assertion_failed("results delivered", __FILE__, __LINE__, e.what());
    }
  }

  std::string take_capture() override {
    std::fflush(stdout);  // what C code printed
    return capture_memory_.has_descriptor() ? drain_capture(capture_memory_.fd()) : std::string();
  }
  bool is_forked_by_task() const override { return forked_by_task; }

  void generate(FrameHeader header, base::ByteView payload) {
    const std::string name(base::text(payload));
    in_.pop();
    std::optional<base::Failure> failure;
    if (!name.empty()) failure = runtimes_.open_generator(name);
    base::Bytes items;
    std::vector<std::uint64_t> ends;
    bool more = true;
    if (!failure) failure = runtimes_.next_items(items, ends, header.tasks.count, header.count, more);
    header.type = FrameType::items;
    header.count = ends.size();
    header.attempt = more || failure ? 1 : 0;  // the failure comes after the items before it
    base::Bytes head;
    base::append(head, ends.data(), ends.size() * sizeof(std::uint64_t));
    push(header, head, items);
    if (!failure) return;
    header.count = 0;
    head.clear();
    base::pack_to(head, *failure);
    push(header, head, {});
  }

  void push(const FrameHeader& header, base::ByteView head, base::ByteView tail) {
    const std::size_t size = sizeof header + head.size() + tail.size();
    for (;;) {
      const auto seen = control_.bell.count();
      if (const auto room = out_.reserve(size)) {
        std::byte* p = room->data();
        std::memcpy(p, &header, sizeof header);
        if (!head.empty()) std::memcpy(p + sizeof header, head.data(), head.size());
        if (!tail.empty()) std::memcpy(p + sizeof header + head.size(), tail.data(), tail.size());
        out_.commit(size);
        unrung_ = true;
        return ring(false);
      }
      wait(seen);
    }
  }

  /// Wakes the worker for what was pushed. While more tasks wait here, not at every short one: a worker woken
  /// a few thousand times a second takes a core away from tasks. It looks by itself now and then.
  void ring(bool at_once) {
    if (!unrung_) return;
    const std::int64_t now = base::monotonic_ns();
    if (!at_once && now - last_ring_ns_ < ring_interval_ns) return;
    last_ring_ns_ = now;
    unrung_ = false;
    worker_.ring();
  }

  void wait(std::uint32_t seen) {
    ring(true);
    if (control_.abandoned.load(std::memory_order_acquire)) ::_exit(0);
    control_.bell.wait(seen, 10s);
  }

  base::SharedMemory control_memory_, capture_memory_;
  SlotControl& control_;
  Ring in_, out_;
  base::Doorbell& worker_;
  RuntimeSet& runtimes_;
  const HostSettings& settings_;
  FrameHeader running_;
  std::int64_t last_ring_ns_ = 0;
  bool unrung_ = false;  // something was pushed that the worker was not woken for
  base::Bytes head_;
};

}  // namespace

void executor_main(SlotMemory memory, base::Doorbell& worker, RuntimeSet& runtimes,
                   const HostSettings& settings) {
  try {
    Executor(std::move(memory), worker, runtimes, settings).loop();
  } catch (const std::exception& e) {
    base::assertion_failed("executor loop", __FILE__, __LINE__, e.what());
  }
}

}  // namespace mproc::exec
