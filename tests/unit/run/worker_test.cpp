#include "mproc/run/worker.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <functional>

#include "mproc/base/error.hpp"
#include "mproc/base/time.hpp"
#include "mproc/comm/in_process.hpp"
#include "mproc/schedule/scheduler.hpp"
#include "support/eventually.hpp"
#include "support/values.hpp"

namespace mproc::run {
namespace {

using base::TaskRange;
using ::testing::ElementsAre;
using wire::Type;

/// Records what the worker asks of it; reports what the test says.
struct ScriptedPool : exec::Pool {
  struct Held {
    exec::ChunkTicket ticket;
    std::string items;
  };
  void load(const exec::HostSettings& s) override {
    calls.push_back("load");
    settings = s;
  }
  void start(std::vector<exec::Place> places) override {
    calls.push_back("start");
    executors = static_cast<std::uint32_t>(places.size());
  }
  void share(const exec::ArrayPlace& place) override {
    calls.push_back("share " + place.array.name);
    data.add(place);
  }
  void unshare(const std::string& name) override {
    calls.push_back("unshare " + name);
    data.remove(name);
  }
  void init(const job::InitBlock& block) override { calls.push_back("init " + block.name); }
  void prepare(const job::MapSpec& spec) override { calls.push_back("prepare " + spec.function); }
  bool submit(const exec::ChunkTicket& ticket, const base::PayloadView& items) override {
    if (chunks.size() >= room) return false;
    chunks.push_back({ticket, std::string(base::text(items))});
    return true;
  }
  TaskRange take_back(base::ChunkId chunk, std::uint32_t keep) override {
    for (auto& held : chunks)
      if (held.ticket.chunk == chunk) {
        auto& tasks = held.ticket.tasks;
        const std::uint64_t kept = std::min<std::uint64_t>(std::max(keep, claimed), tasks.count);
        const TaskRange back{tasks.first + kept, tasks.count - kept};
        tasks.count = kept;
        return back;
      }
    return {};
  }
  std::optional<base::ChunkId> misplaced() const override { return misplaced_chunk; }
  void generate(const std::string&, std::uint64_t, std::uint64_t) override {}
  bool poll(exec::PoolListener& listener, bool) override {
    const bool any = !events.empty();
    while (!events.empty()) {
      const auto event = std::move(events.front());
      events.pop_front();
      event(listener);
    }
    return any;
  }
  std::vector<std::string> calls;
  exec::HostSettings settings;
  exec::SharedData data;
  std::uint32_t executors = 0;
  std::size_t room = 2;
  std::uint32_t claimed = 0;  // tasks of each chunk that an executor has claimed
  std::deque<Held> chunks;
  std::optional<base::ChunkId> misplaced_chunk;
  std::deque<std::function<void(exec::PoolListener&)>> events;
};

std::vector<exec::Place> find_places(const job::Demand& demand, std::uint32_t executors, std::uint32_t) {
  if (demand.cpus > 8) throw base::UserError("no room");
  return std::vector<exec::Place>(executors > 0 ? executors : 6);
}

class WorkerTest : public ::testing::Test {
 protected:
  template <class Message>
  void tell(const Message& message, base::ByteView payload = {}) {
    central_.send(base::Rank{1}, wire::encode(message, payload));
  }
  void step() {
    while (worker_.step(false)) {
    }
  }
  /// What has come to central, heartbeats aside.
  std::optional<comm::Message> receive() {
    while (auto message = central_.receive())
      if (wire::split(message->body).type != Type::heartbeat) return message;
    return std::nullopt;
  }
  template <class Message>
  Message expect() {
    const auto message = receive();
    EXPECT_TRUE(message) << "nothing was sent";
    if (!message) return {};
    const auto parts = wire::split(message->body);
    EXPECT_EQ(parts.type, Message::type);
    payload_ = std::string(base::text(parts.payload));
    return parts.type == Message::type ? wire::decode<Message>(parts) : Message{};
  }
  void expect_nothing() { EXPECT_FALSE(receive()); }
  void expect_taken_back(std::uint64_t chunk, TaskRange tasks) {
    const auto back = expect<wire::TakenBack>();
    EXPECT_EQ(back.chunk, chunk);
    EXPECT_EQ((TaskRange{back.first, back.count}), tasks);
  }
  static wire::Chunk chunk(std::uint64_t id, TaskRange tasks) {
    return {id, 0, 0, tasks.first, tasks.count, 0};
  }
  std::vector<std::uint64_t> with_pool() const {
    std::vector<std::uint64_t> ids;
    for (const auto& held : pool_.chunks) ids.push_back(held.ticket.chunk.value);
    return ids;
  }
  /// The executor has ended its oldest chunk.
  void end_chunk() {
    const auto ticket = pool_.chunks.front().ticket;
    pool_.chunks.pop_front();
    pool_.events.push_back([ticket](exec::PoolListener& l) { l.on_chunk_end(ticket); });
    step();
  }

  explicit WorkerTest(int ranks = 2) : channels_(comm::make_in_process(ranks)) { receive(); }  // the hello

  std::vector<std::unique_ptr<comm::Channel>> channels_;
  comm::Channel& central_ = *channels_[0];
  ScriptedPool pool_;
  Worker worker_{*channels_[1], pool_, "node7", find_places};
  std::string payload_;
};

/// Where central has a thousand nodes to listen to.
class WorkerAmongMany : public WorkerTest {
 protected:
  WorkerAmongMany() : WorkerTest(1'001) {
    tell(wire::Chunk{5, 0, 0, 10, 3, 0});
    pool_.events.push_back([](exec::PoolListener& l) { l.on_slots(64); });
    step();
    expect<wire::Slots>();
  }
  void report(std::string_view block) {
    pool_.events.push_back([this, block](exec::PoolListener& l) {
      l.on_block(pool_.chunks[0].ticket, base::SlotId{0}, base::view(block));
    });
    step();
  }
};

TEST_F(WorkerAmongMany, reports_of_a_while_go_to_central_together) {
  report("first");
  expect<wire::Block>();
  EXPECT_EQ(payload_, "first");
  const std::int64_t next = base::monotonic_ns() + schedule::report_pace_ns(1'000, 64);
  report("second");
  report("third");
  if (base::monotonic_ns() < next - 10'000'000) expect_nothing();
  EXPECT_LE(worker_.due_ns(), next);
  ASSERT_TRUE(mproc::testing::eventually([&] {
    step();
    return worker_.due_ns() > next;
  }));
  expect<wire::Block>();
  EXPECT_EQ(payload_, "second");
  expect<wire::Block>();
  EXPECT_EQ(payload_, "third");
}

TEST_F(WorkerAmongMany, what_else_there_is_to_say_comes_behind_the_reports) {
  report("first");
  report("second");
  pool_.events.push_back([this](exec::PoolListener& l) { l.on_chunk_lost(pool_.chunks[0].ticket, 12, {}); });
  step();
  expect<wire::Block>();
  expect<wire::Block>();
  EXPECT_EQ(expect<wire::ChunkLost>().running, 12u);
}

TEST(Worker, says_hello_first) {
  const auto channels = comm::make_in_process(2);
  ScriptedPool pool;
  Worker worker(*channels[1], pool, "node7", find_places);
  const auto message = channels[0]->receive();
  ASSERT_TRUE(message);
  const auto parts = wire::split(message->body);
  ASSERT_EQ(parts.type, Type::hello);
  const auto hello = wire::decode<wire::Hello>(parts);
  EXPECT_EQ(hello.host, "node7");
  EXPECT_EQ(hello.pid, ::getpid());
}

TEST_F(WorkerTest, loads_init_code_and_kernels_in_the_order_in_which_they_came) {
  tell(wire::Setup{{{"A", "b"}}, {}});
  tell(wire::Init{{0, "numpy", ""}});
  tell(wire::Init{{1, "model.py", "x = 1"}});
  job::MapSpec spec;
  spec.function = "simulate";
  tell(wire::Map{spec});
  tell(wire::Start{3, 3});
  step();
  EXPECT_THAT(pool_.calls, ElementsAre("load", "init numpy", "init model.py", "prepare simulate", "start"));
  EXPECT_EQ(pool_.executors, 3u);
  EXPECT_EQ(pool_.settings.rank, 1);
  EXPECT_EQ(pool_.settings.host, "node7");
  EXPECT_THAT(pool_.settings.env, ElementsAre(std::pair<std::string, std::string>("A", "b")));
}

TEST_F(WorkerTest, automatic_means_as_many_executors_as_its_node_has_room_for) {
  tell(wire::Start{0, 0});
  step();
  EXPECT_EQ(pool_.executors, 6u);
}

TEST_F(WorkerTest, says_that_its_node_has_no_room_for_the_job_and_starts_no_executor) {
  tell(wire::Setup{{}, {.cpus = 9}});
  tell(wire::Start{1, 1});
  step();
  EXPECT_EQ(expect<wire::SetupFailed>().failure.summary(), "no room");
  EXPECT_THAT(pool_.calls, ElementsAre("load"));
}

TEST_F(WorkerTest, executors_with_gpus_are_forked_from_no_template) {
  tell(wire::Setup{{}, {.gpus = 1}});
  step();
  EXPECT_FALSE(pool_.settings.forkable);
  tell(wire::Setup{{}, {}});
  step();
  EXPECT_TRUE(pool_.settings.forkable);
}

TEST_F(WorkerTest, reports_executors_that_are_ready_and_setups_that_failed) {
  pool_.events.push_back([](exec::PoolListener& l) { l.on_slots(4); });
  step();
  EXPECT_EQ(expect<wire::Slots>().ready, 4u);
  pool_.events.push_back([](exec::PoolListener& l) {
    base::Failure f;
    f.message = "no module named nump";
    l.on_setup_failed(f);
  });
  step();
  EXPECT_EQ(expect<wire::SetupFailed>().failure.message, "no module named nump");
}

TEST_F(WorkerTest, passes_chunks_on_with_their_items) {
  tell(chunk(5, {10, 3}), base::view("items"));
  step();
  ASSERT_THAT(with_pool(), ElementsAre(5));
  EXPECT_EQ(pool_.chunks[0].ticket.tasks, (TaskRange{10, 3}));
  EXPECT_EQ(pool_.chunks[0].items, "items");
  expect_nothing();
}

TEST_F(WorkerTest, keeps_chunks_for_which_there_is_no_room_and_their_order) {
  for (std::uint64_t id = 1; id <= 5; ++id)
    tell(chunk(id, {id * 10, 1}), base::view("i" + std::to_string(id)));
  step();
  EXPECT_THAT(with_pool(), ElementsAre(1, 2));
  end_chunk();
  EXPECT_THAT(with_pool(), ElementsAre(2, 3));
  end_chunk();
  end_chunk();
  EXPECT_THAT(with_pool(), ElementsAre(4, 5));
  EXPECT_EQ(pool_.chunks[1].items, "i5");
}

TEST_F(WorkerTest, passes_outcomes_to_central_as_they_are) {
  tell(chunk(5, {10, 3}));
  step();
  pool_.events.push_back([this](exec::PoolListener& l) {
    l.on_block(pool_.chunks[0].ticket, base::SlotId{2}, base::view("an encoded block"));
  });
  step();
  const auto block = expect<wire::Block>();
  EXPECT_EQ(block.chunk, 5u);
  EXPECT_EQ(block.slot, 2u);
  EXPECT_EQ(payload_, "an encoded block");
}

TEST_F(WorkerTest, gives_back_tasks_of_a_chunk_that_waits_with_it) {
  for (std::uint64_t id = 1; id <= 3; ++id) tell(chunk(id, {id * 10, 5}));
  step();
  tell(wire::Recall{3, 2});
  step();
  expect_taken_back(3, {32, 3});
  end_chunk();
  EXPECT_EQ(pool_.chunks.back().ticket.tasks, (TaskRange{30, 2})) << "the rest still runs here";
}

TEST_F(WorkerTest, gives_back_a_whole_chunk_that_waits_with_it) {
  for (std::uint64_t id = 1; id <= 4; ++id) tell(chunk(id, {id * 10, 5}));
  step();
  tell(wire::Recall{3, 0});
  step();
  expect_taken_back(3, {30, 5});
  end_chunk();
  EXPECT_THAT(with_pool(), ElementsAre(2, 4));
}

TEST_F(WorkerTest, gives_back_what_an_executor_has_not_claimed) {
  pool_.claimed = 2;
  tell(chunk(1, {10, 5}));
  step();
  tell(wire::Recall{1, 0});
  tell(wire::Recall{1, 0});
  tell(wire::Recall{99, 0});
  step();
  expect_taken_back(1, {12, 3});
  EXPECT_EQ(expect<wire::TakenBack>().count, 0u);
  const auto unknown = expect<wire::TakenBack>();
  EXPECT_EQ(unknown.chunk, 99u);
  EXPECT_EQ(unknown.count, 0u) << "every recall has its answer";
}

TEST_F(WorkerTest, gives_everything_back_when_drained_and_starts_nothing_more) {
  pool_.claimed = 1;
  for (std::uint64_t id = 1; id <= 3; ++id) tell(chunk(id, {id * 10, 5}));
  tell(wire::Drain{});
  step();
  expect_taken_back(3, {30, 5});
  expect_taken_back(1, {11, 4});
  expect_taken_back(2, {21, 4});
  tell(chunk(4, {40, 5}));
  step();
  expect_taken_back(4, {40, 5});
  EXPECT_THAT(with_pool(), ElementsAre(1, 2));
}

TEST_F(WorkerTest, reports_a_lost_chunk_with_the_task_that_ran_and_the_cause) {
  tell(chunk(5, {10, 3}));
  step();
  const auto ticket = pool_.chunks[0].ticket;
  pool_.chunks.clear();
  pool_.events.push_back([ticket](exec::PoolListener& l) {
    base::Failure f;
    f.kind = base::FailureKind::crash;
    l.on_chunk_lost(ticket, 11, f);
    l.on_chunk_lost(ticket, std::nullopt, f);
  });
  step();
  auto lost = expect<wire::ChunkLost>();
  EXPECT_EQ(lost.chunk, 5u);
  EXPECT_TRUE(lost.was_running);
  EXPECT_EQ(lost.running, 11u);
  EXPECT_EQ(lost.cause.kind, base::FailureKind::crash);
  EXPECT_FALSE(expect<wire::ChunkLost>().was_running);
}

TEST_F(WorkerTest, gives_back_a_chunk_that_waits_behind_a_long_one_while_another_executor_idles) {
  for (std::uint64_t id = 1; id <= 2; ++id) tell(chunk(id, {id * 10, 5}));
  step();
  pool_.misplaced_chunk = base::ChunkId{2};
  end_chunk();
  expect_taken_back(2, {20, 5});
}

TEST_F(WorkerTest, gives_back_a_chunk_that_waits_when_another_executor_comes_up) {
  for (std::uint64_t id = 1; id <= 2; ++id) tell(chunk(id, {id * 10, 5}));
  step();
  pool_.misplaced_chunk = base::ChunkId{2};
  pool_.events.push_back([](exec::PoolListener& l) { l.on_slots(2); });
  step();
  EXPECT_EQ(expect<wire::Slots>().ready, 2u);
  expect_taken_back(2, {20, 5});
}

TEST_F(WorkerTest, stops_when_told_and_knows_whether_a_rank_was_lost) {
  EXPECT_FALSE(worker_.stopped());
  tell(wire::Stop{true});
  tell(chunk(9, {0, 1}));
  step();
  EXPECT_TRUE(worker_.stopped());
  EXPECT_TRUE(worker_.lossy());
  EXPECT_TRUE(pool_.chunks.empty()) << "nothing is handled after it";
}

TEST_F(WorkerTest, a_message_for_central_is_an_error) {
  tell(wire::Slots{1});
  EXPECT_THROW(worker_.step(false), base::DecodeError);
}

}  // namespace
}  // namespace mproc::run
