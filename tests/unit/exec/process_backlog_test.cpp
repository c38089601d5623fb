// Executors that load code for long, and what they are told meanwhile.
#include <atomic>

#include "process_pool_fixture.hpp"

namespace mproc::exec {
namespace {

/// Init code that ends when `gate` is open.
class SlowRuntime : public Runtime {
 public:
  explicit SlowRuntime(const std::atomic<bool>& gate) : gate_(gate) {}
  std::optional<base::Failure> init(const job::InitBlock&) override {
    while (!gate_) ::usleep(1000);
    return std::nullopt;
  }
  std::optional<base::Failure> prepare(const job::MapSpec&) override { return std::nullopt; }
  void run(const Chunk&, TaskLoop& loop) override {
    while (loop.next()) {
    }
  }

 private:
  const std::atomic<bool>& gate_;
};

class BacklogTest : public ProcessPoolTest {
 protected:
  BacklogTest() : ProcessPoolTest([] { return std::make_unique<SlowRuntime>(gate()); }) {}
  static std::atomic<bool>& gate() { return *gate_memory_.as<std::atomic<bool>>(); }

 private:
  // Before the zygote is forked.
  inline static base::SharedMemory gate_memory_ = base::SharedMemory::create("test-gate", 4096);
};

TEST_F(BacklogTest, a_host_that_loads_for_long_holds_up_nobody_who_tells_it_more) {
  gate() = false;
  pool_->load({{}, 3, "node7"});
  pool_->init({});
  constexpr std::uint32_t maps = 2'000;  // more than a socket holds
  for (std::uint32_t map = 0; map < maps; ++map) {
    job::MapSpec spec = testing::command_map({"echo", std::to_string(map)});
    spec.map = map;
    pool_->prepare(spec);
  }
  gate() = true;  // we would not come here
  pool_->start(std::vector<Place>(1));
  ASSERT_TRUE(until([&] { return log_.slots == 1 || !log_.setup_failures.empty(); }));
  ASSERT_TRUE(log_.setup_failures.empty()) << log_.setup_failures[0].summary() << "\n"
                                           << log_.setup_failures[0].traceback;
  ChunkTicket last = testing::ticket(1, {0, 1});
  last.stage.map = base::MapId{maps - 1};
  EXPECT_TRUE(pool_->submit(last, testing::packed_each(std::vector<int>{1})));
  EXPECT_TRUE(until([&] { return log_.results.contains(0); }));
  EXPECT_EQ(log_.text_of(0), std::to_string(maps - 1) + "\n");
}

}  // namespace
}  // namespace mproc::exec
