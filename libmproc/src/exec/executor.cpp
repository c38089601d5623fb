#include "mproc/exec/executor.hpp"

#include <pthread.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <mutex>

#include "mproc/base/error.hpp"
#include "mproc/base/shared_bytes.hpp"
#include "mproc/base/time.hpp"
#include "mproc/exec/capture.hpp"
#include "mproc/exec/socket_message.hpp"
#include "mproc/exec/stack_signal.hpp"

namespace mproc::exec {
namespace {

using namespace std::chrono_literals;

using Pieces = std::vector<base::ByteView>;

constexpr std::int64_t ring_interval_ns = 200'000;

/// Set in a process that was forked from this one: by a task, as executors fork nothing themselves.
bool forked_by_task = false;

class Executor : BlockSink {
 public:
  Executor(SlotMemory memory, base::Doorbell& worker, RuntimeSet& runtimes, const HostSettings& settings)
      : control_memory_(std::move(memory.control)),
        capture_memory_(std::move(memory.capture)),
        socket_(std::move(memory.socket)),
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
    answer_stack_signal(control_.stack_written, worker_);
    FrameHeader ready;
    ready.type = FrameType::ready;
    push(ready);
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
    base::ByteView payload = frame.subspan(sizeof header);
    std::shared_ptr<std::byte> memory;
    if (header.shared_size > 0) {
      try {
        memory = take_shared(header);
      } catch (const std::exception& e) {
        return refuse(header, e.what());
      }
      payload = {memory.get(), header.shared_size};
    }
    switch (header.type) {
      case FrameType::init:
        return answer(runtimes_.init(base::unpack_as<job::InitBlock>(payload)), header);
      case FrameType::prepare:
        runtimes_.prepare(base::unpack_as<job::MapSpec>(payload));  // a failure is that of the map's tasks
        return in_.pop();
      case FrameType::share:
        runtimes_.share(base::unpack_as<ArrayPlace>(payload));
        return in_.pop();
      case FrameType::unshare:
        runtimes_.unshare(base::unpack_as<std::string>(payload));
        return in_.pop();
      case FrameType::forget:
        runtimes_.forget(base::unpack_as<std::uint32_t>(payload));
        return in_.pop();
      case FrameType::chunk:
        return run(header, payload, std::move(memory));
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
    push(header, Pieces{payload});
  }

  std::shared_ptr<std::byte> take_shared(const FrameHeader& header) const {
    return base::SharedBytes::open(receive_descriptor(socket_.fd()), header.shared_offset, header.shared_size)
        .private_copy();
  }

  void run(const FrameHeader& header, base::ByteView items, std::shared_ptr<std::byte> memory) {
    run_tasks(header, [&](TaskLoop& tasks) {
      runtimes_.run({header.stage, header.tasks, items, std::move(memory)}, tasks);
    });
  }

  /// Fails a chunk whose items are not to be had: a limit of this process's memory or descriptors.
  void refuse(const FrameHeader& header, const std::string& why) {
    base::Failure failure;
    failure.kind = base::FailureKind::item;
    failure.message = "the item is too large for this executor: " + why;
    run_tasks(header, [&](TaskLoop& tasks) {
      while (tasks.next()) tasks.fail(failure);
    });
  }

  template <class Run>
  void run_tasks(FrameHeader header, Run run) {
    running_ = header;
    control_.stamp.chunk.store(header.chunk, std::memory_order_release);
    Claim& claim = control_.claims[header.claim % claims_per_slot];
    TaskLoop tasks(header.tasks, claim, control_.stamp, *this,
                   {settings_.rank, ::getpid(), header.attempt, settings_.host, settings_.number},
                   static_cast<std::int64_t>(header.count));
    run(tasks);
    control_.stamp.chunk.store(0, std::memory_order_release);
    in_.pop();
    header.type = FrameType::chunk_end;
    push(header);
  }

  void deliver(const base::OutcomeBlock& block) override {
    FrameHeader header = running_;
    header.type = FrameType::block;
    head_.clear();
    base::encode_block_head(head_, block);
    Pieces pieces = base::value_pieces(block);
    pieces.insert(pieces.begin(), head_);
    try {
      push(header, pieces);
    } catch (const std::exception& e) {  // the runtime, which is below, would take it for its own
      base::assertion_failed("results delivered", __FILE__, __LINE__, e.what());
    }
  }

  std::string take_capture() override {
    std::fflush(stdout);  // what C code printed
    if (!capture_memory_.has_descriptor()) return {};
    const std::lock_guard lock(control_.capture_lock);
    return drain_capture(capture_memory_.fd());
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
    push(header, Pieces{head, items});
    if (!failure) return;
    header.count = 0;
    head.clear();
    base::pack_to(head, *failure);
    push(header, Pieces{head});
  }

  /// Sends a frame with a payload of these pieces, of which the second is aligned where they are large.
  void push(FrameHeader header, const Pieces& pieces = {}) {
    std::size_t payload = 0;
    for (const base::ByteView piece : pieces) payload += piece.size();
    header.shared_size = 0;
    const bool inside = payload < base::shared_from || !hand_over(header, pieces, payload);
    const std::size_t size = sizeof header + (inside ? payload : 0);
    for (;;) {
      const auto seen = control_.bell.count();
      if (const auto room = out_.reserve(size)) {
        std::memcpy(room->data(), &header, sizeof header);
        if (inside) copy(pieces, room->data() + sizeof header);
        out_.commit(size);
        unrung_ = true;
        return ring(false);
      }
      wait(seen);
    }
  }

  static void copy(const Pieces& pieces, std::byte* to) {
    for (const base::ByteView piece : pieces) {
      if (!piece.empty()) std::memcpy(to, piece.data(), piece.size());
      to += piece.size();
    }
  }

  /// Puts a payload into shared memory. False where that cannot be done: a task may have closed our socket,
  /// or hold all descriptors that there are.
  bool hand_over(FrameHeader& header, const Pieces& pieces, std::size_t size) {
    if (!socket_.has_descriptor()) return false;
    base::SharedBytes shared;
    try {
      auto draft = pool_.reserve(size, pieces.front().size());
      copy(pieces, draft.data());
      shared = std::move(draft).publish();
    } catch (const base::SystemError&) {
      return false;
    }
    if (!send_descriptor(socket_.fd(), shared.fd())) return false;
    header.shared_offset = shared.offset();
    header.shared_size = size;
    return true;
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
    if (control_.bell.count() == seen) pool_.trim();
  }

  base::SharedMemory control_memory_, capture_memory_, socket_;
  SlotControl& control_;
  Ring in_, out_;
  base::Doorbell& worker_;
  RuntimeSet& runtimes_;
  const HostSettings& settings_;
  FrameHeader running_;
  std::int64_t last_ring_ns_ = 0;
  bool unrung_ = false;  // something was pushed that the worker was not woken for
  base::Bytes head_;
  base::SharedPool pool_;
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
