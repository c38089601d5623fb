#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "mproc/base/time.hpp"
#include "mproc/exec/process_pool.hpp"
#include "mproc/exec/process_tree.hpp"
#include "support/pool_log.hpp"
#include "support/process.hpp"
#include "support/temp_directory.hpp"

namespace mproc::exec {

inline pid_t to_pid(const std::string& text) {
  return static_cast<pid_t>(std::strtol(text.c_str(), nullptr, 10));
}

/// A real zygote and real executors, with command kernels.
class ProcessPoolTest : public ::testing::Test {
 protected:
  explicit ProcessPoolTest(PythonFactory python = testing::no_python())
      : python_(std::move(python)), zygote_(fork_zygote(python_)), zygote_pid_(zygote_.pid) {
    watcher_ = std::make_unique<base::Watcher>([this] { bell_.ring(); });
    pool_ = std::make_unique<ProcessPool>(std::move(zygote_), bell_memory_, *watcher_);
  }

  void start(std::uint32_t executors, std::vector<std::string> command) {
    pool_->load({{{"TEST_SETTING", "from settings"}}, 3, "node7"});
    pool_->prepare(testing::command_map(std::move(command)));
    pool_->start(std::vector<Place>(executors));
    EXPECT_TRUE(until([&] { return log_.slots == executors; }));
  }
  /// The zygote's child that is not this one: the template, beside the only executor, or the other way
  /// round. -1 where there is none.
  pid_t child_besides(pid_t other) const {
    pid_t found = -1;
    for (const pid_t child : children_of(zygote_pid_))
      if (child != other) found = child;
    return found;
  }
  /// Kills it. Not everything there is, where there was none.
  static void kill_process(pid_t pid) {
    ASSERT_GT(pid, 1);
    ::kill(pid, SIGKILL);
  }
  template <class T>
  bool submit(std::uint64_t chunk, std::uint64_t first, const std::vector<T>& items) {
    return pool_->submit(testing::ticket(chunk, {first, items.size()}), testing::packed_each(items));
  }
  template <class Condition>
  bool until(Condition&& condition) {
    const std::int64_t deadline = base::monotonic_ns() + std::chrono::nanoseconds(testing::patience).count();
    for (;;) {
      const auto seen = bell_.count();
      const bool any = pool_->poll(log_, watcher_->fired());
      if (condition()) return true;
      if (base::monotonic_ns() > deadline) return false;
      if (!any) bell_.wait(seen, std::chrono::milliseconds(100));
    }
  }

  PythonFactory python_;
  Zygote zygote_;
  pid_t zygote_pid_;
  base::SharedMemory bell_memory_ = base::SharedMemory::create("test-bell", 4096);
  base::Doorbell& bell_ = *bell_memory_.as<base::Doorbell>();
  std::unique_ptr<base::Watcher> watcher_;
  std::unique_ptr<ProcessPool> pool_;
  testing::PoolLog log_;
  testing::TempDirectory dir_;
};

}  // namespace mproc::exec
