#include <sys/wait.h>
#include <unistd.h>

#include "runtime_fixture.hpp"
#include "support/eventually.hpp"

namespace mproc::pyembed {
namespace {

class Process : public RuntimeTest {
 protected:
  /// Runs f on one item in a forked child, and gives its result's text.
  std::string in_child() {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    runtime_->before_fork();
    const pid_t child = fork();
    if (child == 0) {
      runtime_->after_fork_child();
      const std::string text = run("[0]"_json)[0].value.dump();
      (void)!write(ends[1], text.data(), text.size());
      _exit(0);
    }
    runtime_->after_fork_parent();
    close(ends[1]);
    std::string out(4096, '\0');
    const ssize_t n = read(ends[0], out.data(), out.size());
    close(ends[0]);
    waitpid(child, nullptr, 0);
    out.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return out;
  }
};

TEST_F(Process, a_forked_child_runs_tasks_and_so_does_its_parent) {
  init("import os\npid = os.getpid()\ndef f(x): return os.getpid() == pid");
  prepare("f");
  EXPECT_EQ(in_child(), "false");
  EXPECT_EQ(run("[0]"_json)[0].value, true);
  EXPECT_EQ(in_child(), "false");
}

TEST_F(Process, forked_children_do_not_share_random_numbers) {
  init("import random, numpy\ndef f(x): return [random.random(), numpy.random.rand()]");
  prepare("f");
  const Json one = Json::parse(in_child()), two = Json::parse(in_child());
  EXPECT_NE(one[0], two[0]);
  EXPECT_NE(one[1], two[1]);
}

TEST_F(Process, threads_that_tasks_leave_behind_go_on_between_chunks) {
  init(
      "import threading\n"
      "go, done = threading.Event(), threading.Event()\n"
      "def f(x):\n"
      "  if x == 0: threading.Thread(target=lambda: (go.wait(), done.set()), daemon=True).start()\n"
      "  if x == 1: go.set()\n"
      "  return done.is_set()");
  prepare("f");
  EXPECT_EQ(run("[0]"_json)[0].value, false);
  // The task itself gives up the GIL only between chunks: it does not wait.
  EXPECT_TRUE(testing::eventually([&] { return run("[1]"_json)[0].value == true; }));
}

TEST_F(Process, tasks_that_were_taken_back_are_not_run) {
  init("ran = []\ndef f(x):\n  ran.append(x)\n  return len(ran)");
  prepare("f");
  MemorySink sink;
  exec::Claim claim;
  exec::TaskStamp stamp;
  claim.open(3);
  claim.take_back(2);
  exec::TaskLoop loop({0, 3}, claim, stamp, sink, {});
  const std::string items = packed(1) + packed(2) + packed(3);
  runtime_->run({{}, {0, 3}, base::view(items)}, loop);
  EXPECT_EQ(sink.outcomes().size(), 2u);
}

}  // namespace
}  // namespace mproc::pyembed
