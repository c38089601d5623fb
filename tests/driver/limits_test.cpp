// What a driver may say of its maps, and of its session's executors, and who holds tasks to it.
#include "driver_session_test.hpp"
#include "mproc/base/fd.hpp"
#include "support/process.hpp"

namespace mproc {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string program() {
  return std::getenv("MPROC");
}

TEST_F(DriverSessionTest, a_map_has_its_own_timeout_and_its_own_retries) {
  testing::DriverSession session(program(), 2);
  const testing::TempDirectory dir;
  init(session.client(), "import time\ndef f(x):\n    open('" + (dir / "began").string() +
                             "', 'a').write(f'{x} ')\n    if x == 3: time.sleep(1000)\n    return x\n"
                             "def slow(x): time.sleep(1)\n");
  job::MapSpec spec = function("f");
  spec.timeout_ns = 300'000'000;
  map(session.client(), spec, 6, {.retries = 2, .lost_retries = 0});
  EXPECT_EQ(results_.size(), 5u);
  EXPECT_EQ(failures_, (std::map<std::uint64_t, std::string>{{3, "ran longer than its timeout of 0.3 s"}}));
  const std::string began = base::read_file(dir / "began");
  int tries = 0;
  for (const char c : began) tries += c == '3';
  EXPECT_EQ(tries, 3) << began;
  failures_.clear();
  const auto slow =
      session.client().open(function("slow"), {.total = 1}, [&](const auto&, base::ByteView bytes) {
        base::ByteView values;
        EXPECT_TRUE(base::decode_block_header(bytes, values).failed.empty())
            << "the timeout was another map's";
      });
  base::Bytes item;
  base::pack_to(item, 1);
  EXPECT_TRUE(session.client().give(slow, {item.size()}, item));
  session.client().close(slow);
  session.client().wait_until([&] { return session.client().is_done(slow); });
}

TEST_F(DriverSessionTest, a_map_says_how_often_a_task_may_be_lost) {
  testing::DriverSession session(program(), 1);
  const testing::TempDirectory dir;
  init(session.client(), "import os\ndef f(x):\n    open('" + (dir / "began").string() +
                             "', 'a').write('x')\n    os.kill(os.getpid(), 11)\n");
  map(session.client(), function("f"), 1, {.lost_retries = 1});
  EXPECT_THAT(failures_[0], HasSubstr("SIGSEGV"));
  EXPECT_EQ(base::read_file(dir / "began"), "xx");
}

TEST_F(DriverSessionTest, a_session_limits_the_memory_of_its_executors) {
  testing::DriverSession session(program(), 2, {"task.memory=100MiB"});
  init(session.client(),
       "import time\ndef f(x):\n    if x == 1:\n        held = [bytearray(b'x') * (1 << 20) for _ in "
       "range(150)]\n"
       "        time.sleep(1000)\n    return x\n");
  map(session.client(), function("f"), 4);
  EXPECT_EQ(results_.size(), 3u);
  EXPECT_EQ(failures_[1], "took more memory than its limit of 100 MiB");
}

TEST_F(DriverSessionTest, a_session_renews_its_executors) {
  testing::DriverSession session(program(), 2, {"run.recycle=5"});
  init(session.client(), "import os\ndef f(x): return os.getpid()\n");
  map(session.client(), function("f"), 40);
  std::map<std::uint64_t, int> tasks_of;
  for (const auto& [task, pid] : results_) ++tasks_of[pid];
  EXPECT_EQ(results_.size(), 40u);
  for (const auto& [pid, tasks] : tasks_of) EXPECT_LE(tasks, 5) << "executor " << pid;
}

TEST(Session, says_what_it_cannot_be_told) {
  const auto refused = testing::shell(program() + " session nowhere -j 1 --set task.timeout=10s");
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.output,
              StartsWith("mproc: --set: 'task.timeout' is not for a session, which has run.env, "));
}

}  // namespace
}  // namespace mproc
